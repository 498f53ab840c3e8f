package io.github.keras4j.optimizers.tables;

/** What an optimizer does otherwise than most. */
public enum Trait {
  /** A step needs the names and shapes of the tensors. */
  NEEDS_BUILD,
  /** The formula sums over a tensor's elements. */
  SUMS_OVER_ELEMENTS,
  /** Of which the last place may differ from one Java machine to another. */
  TAKES_MATH_POW,
  HAS_NO_ITERATIONS_IN_ITS_WEIGHTS,
  ANSWERS_ZEROS_FOR_A_VELOCITY_NOT_KEPT,
  /** It has no learning rate, no defaults and no hyperparameter that others have. */
  CONSISTS_OF_OTHERS,
  /** Slots are copies of the parameters, known with the first step. */
  BEGINS_WITH_THE_PARAMETERS
}
