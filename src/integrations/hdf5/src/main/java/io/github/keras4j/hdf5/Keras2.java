package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Stored.Variable;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keras 2.2.4: the iterations, then slot by slot, as {@link Optimizer#getWeights} has it.
 *
 * <pre>
 * SGD       iterations, velocities
 * RMSprop   accumulators                                   the iterations are lost
 * Adagrad   accumulators                                   the iterations are lost
 * Adadelta  accumulators, delta_accumulators               the iterations are lost
 * Adam      iterations, m, v, vhat                         vhat of one element without amsgrad
 * Adamax    iterations, m, u
 * Nadam     iterations, m, v                               m_schedule is lost, and computed again
 * </pre>
 *
 * Before the first step there are no variables at all.
 */
final class Keras2 implements Generation {
  private static final Map<String, Integer> SLOTS =
      Map.of(
          "SGD", 1, "RMSprop", 1, "Adagrad", 1, "Adadelta", 2, "Adam", 3, "Adamax", 2, "Nadam", 2);
  private static final Set<String> LOSE_ITERATIONS = Set.of("RMSprop", "Adagrad", "Adadelta");

  @Override
  public Optimizer make(Stored stored) throws NoFormula {
    String className = stored.className();
    if (!SLOTS.containsKey(className)) {
      throw new NoFormula("Keras 2.2.4 has no optimizer " + Text.quote(className));
    }
    Map<String, Object> serialized = Map.of("class_name", className, "config", stored.config());
    Optimizer optimizer = Generation.deserialize(serialized);
    if (stored.variables() == null) {
      return optimizer;
    }
    Generation.requireLengths(stored, lengths(stored));
    optimizer.setWeights(stored.values());
    if (className.equals("Nadam")) {
      OptimizerState state = optimizer.getState();
      Map<String, Double> scalars = Generation.scalars(serialized, state.iterations());
      optimizer.setState(
          new OptimizerState(
              state.className(), state.config(), state.iterations(), state.slots(), scalars));
    }
    return optimizer;
  }

  private static int[] lengths(Stored stored) {
    List<TensorSpec> tensors = stored.tensors();
    int scalars = LOSE_ITERATIONS.contains(stored.className()) ? 0 : 1;
    int[] lengths = Generation.lengths(scalars, SLOTS.get(stored.className()), tensors);
    if (stored.className().equals("Adam") && !Boolean.TRUE.equals(stored.config().get("amsgrad"))) {
      for (int i = scalars + 2 * tensors.size(); i < lengths.length; i++) {
        lengths[i] = 1;
      }
    }
    return lengths;
  }

  @Override
  public boolean losesIterations(Stored stored) {
    return LOSE_ITERATIONS.contains(stored.className()) && stored.variables() != null;
  }

  @Override
  public String lost(Stored stored) {
    return losesIterations(stored)
        ? "the iterations of "
            + stored.className()
            + " are lost, since Keras 2.2.4 does not save them: optimizer() counts from 0 again, as"
            + " Keras does, which matters with decay; optimizer(iterations) gives them back"
        : stored.className().equals("Nadam") && stored.variables() != null
            ? "Nadam's product of momenta (m_schedule) is lost, since Keras 2.2.4 does not save it,"
                + " and computed again from the iterations"
            : null;
  }

  @Override
  public Stored store(Optimizer optimizer, Stored old) {
    Map<String, Object> serialized = Optimizers.serialize(optimizer);
    String className = String.valueOf(serialized.get("class_name"));
    if (!SLOTS.containsKey(className) || serialized.containsKey("module")) {
      throw new IllegalArgumentException(
          "optimizer must be one of Keras 2.2.4, as the file's is, got " + optimizer);
    }
    List<double[]> weights = optimizer.getWeights();
    List<Variable> variables = new ArrayList<>();
    int scalars = LOSE_ITERATIONS.contains(className) ? 0 : 1;
    for (int i = 0; i < weights.size(); i++) {
      int slot = i - scalars;
      if (slot < 0) {
        variables.add(Variable.count(className + "/iterations:0", weights.get(i)[0]));
      } else {
        String name = "training/" + className + "/Variable" + (slot == 0 ? "" : "_" + slot) + ":0";
        TensorSpec tensor = old.tensors().get(slot % old.tensors().size());
        boolean unused =
            className.equals("Adam")
                && slot >= 2 * old.tensors().size()
                && !Boolean.TRUE.equals(optimizer.getConfig().get("amsgrad"));
        int[] shape = unused ? new int[] {1} : tensor.shape();
        variables.add(new Variable(name, shape, false, weights.get(i)));
      }
    }
    Map<String, Object> config = new LinkedHashMap<>(old.config());
    config.keySet().retainAll(optimizer.getConfig().keySet());
    config.putAll(optimizer.getConfig());
    return new Stored(
        className, config, weights.isEmpty() ? null : variables, old.tensors(), old.isFloat32());
  }
}
