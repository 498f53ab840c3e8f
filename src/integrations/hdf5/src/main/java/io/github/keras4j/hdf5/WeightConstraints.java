package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Model.Doubt;
import io.github.keras4j.hdf5.Model.Note;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The constraints of a model's layers on its parameters, which an optimizer keeps them to. */
record WeightConstraints(Map<Integer, Constraint> constraints, List<TensorSpec> tensors) {

  /**
   * The constraints that configurations have for the parameters, null where they have none; notes
   * those that no class here is.
   */
  static WeightConstraints of(List<?> configurations, List<TensorSpec> tensors, List<Note> notes) {
    Map<Integer, Constraint> constraints = new TreeMap<>();
    for (int tensor = 0; tensor < tensors.size(); tensor++) {
      Object config = configurations.get(tensor);
      if (config != null) {
        try {
          constraints.put(tensor, constraint(config));
        } catch (IllegalArgumentException e) {
          notes.add(unknown(tensor, tensors.get(tensor), e.getMessage()));
        }
      }
    }
    return new WeightConstraints(constraints, tensors);
  }

  private static Constraint constraint(Object config) {
    if (!(config instanceof Map)) {
      throw new IllegalArgumentException("constraint must be a map, got " + Text.describe(config));
    }
    @SuppressWarnings("unchecked") // JSON
    Map<String, Object> map = (Map<String, Object>) config;
    return Constraint.deserialize(map);
  }

  private static Note unknown(int tensor, TensorSpec spec, String why) {
    return new Note(
        Doubt.NONE,
        format(
            "the constraint on %s is not applied here: %s; make an optimizer as in Keras, call"
                + " constrain(%d, constraint%s) on it and give it to optimizer(template)",
            Text.quote(spec.name()),
            why,
            tensor,
            Arrays.toString(spec.shape())
                .replace("[", spec.shape().length == 0 ? "" : ", ")
                .replace("]", "")));
  }

  /** Puts the constraints on an optimizer that has made no step. */
  void on(Optimizer optimizer) {
    constraints.forEach(
        (tensor, constraint) ->
            optimizer.constrain(tensor, constraint, tensors.get(tensor).shape()));
  }

  /** An optimizer like one that may have made steps, with the constraints. */
  Optimizer with(Optimizer trained) {
    if (constraints.isEmpty()) {
      return trained;
    }
    Optimizer optimizer = Optimizers.deserialize(Optimizers.serialize(trained));
    if (optimizer instanceof BaseOptimizer named) {
      named.build(Variables.distinct(tensors));
    }
    on(optimizer);
    OptimizerState state = trained.getState();
    optimizer.setState(
        new OptimizerState(
            state.className(),
            optimizer.getState().config(),
            state.iterations(),
            state.slots(),
            state.scalars()));
    return optimizer;
  }
}
