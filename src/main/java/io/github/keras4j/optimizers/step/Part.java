package io.github.keras4j.optimizers.step;

/** A part of a step that may be absent: what it does apart from passes over elements. */
public interface Part {
  /** Begins a call, whose tensors have their arrays. */
  default void begin(Step step) {}

  /** Ends a call that has made an update, or not. */
  default void end(Step step, boolean updated) {}
}
