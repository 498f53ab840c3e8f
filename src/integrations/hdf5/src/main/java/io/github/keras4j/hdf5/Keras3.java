package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Stored.Variable;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Keras 3: the iteration, the learning rate unless it is a schedule, averages, accumulators, then
 * the slots, as {@link BaseOptimizer#getWeights} has it. Nothing is lost.
 *
 * <p>A model that was compiled and never trained has no more than the iteration and the learning
 * rate.
 */
final class Keras3 implements Generation {
  /** Names, and what finds them in a time that does not grow beyond measure. */
  private static final Pattern PLAIN = Pattern.compile("[\\w/.^$ -]*");

  @Override
  public Optimizer make(Stored stored) throws NoFormula {
    requirePlainPatterns(stored);
    Optimizer made = Generation.deserialize(Generation.keras3(stored.className(), stored.config()));
    if (!(made instanceof BaseOptimizer optimizer) || made instanceof MultiOptimizer) {
      throw new NoFormula(
          "the optimizer " + Text.quote(stored.className()) + " is none that can be read here");
    }
    fill(optimizer, stored);
    return optimizer;
  }

  /** Keras 3 counts in int32. */
  @Override
  public long maxCount() {
    return Integer.MAX_VALUE;
  }

  /** A regular expression of a stranger may search for ever. */
  private static void requirePlainPatterns(Stored stored) throws NoFormula {
    if (stored.config().get("exclude_layers") instanceof List<?> patterns) {
      for (Object pattern : patterns) {
        if (!PLAIN.matcher(String.valueOf(pattern)).matches()) {
          throw new NoFormula(
              "exclude_layers holds a regular expression, which is not run from a file: "
                  + Text.quote(String.valueOf(pattern)));
        }
      }
    }
  }

  /** Gives an optimizer that has made no step the variables of a file. */
  static void fill(BaseOptimizer optimizer, Stored stored) {
    optimizer.build(stored.tensors().toArray(new TensorSpec[0]));
    if (stored.variables() != null) {
      List<double[]> weights = stored.values();
      boolean untrained =
          weights.size() == scalars(optimizer)
              && weights.get(0).length == 1
              && weights.get(0)[0] == 0.;
      if (untrained) {
        List<double[]> fresh = optimizer.getWeights();
        weights.addAll(fresh.subList(weights.size(), fresh.size()));
      }
      optimizer.setWeights(weights);
    }
  }

  /** How many variables come before those of the tensors. */
  static int scalars(Optimizer optimizer) {
    return hasSchedule(optimizer) ? 1 : 2;
  }

  static boolean hasSchedule(Optimizer optimizer) {
    return !(optimizer.getConfig().get("learning_rate") instanceof Number);
  }

  @Override
  public Stored store(Optimizer optimizer, Stored old) {
    Map<String, Object> serialized = Optimizers.serialize(optimizer);
    if (!serialized.containsKey("module") || optimizer instanceof MultiOptimizer) {
      throw new IllegalArgumentException(
          "optimizer must be one of Keras 3, as the file's is, got " + optimizer);
    }
    List<double[]> weights = optimizer.getWeights();
    boolean alike = old.variables() != null && old.variables().size() == weights.size();
    List<Variable> variables = alike ? old.variables() : variables(serialized, old, weights);
    List<Variable> filled = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      Variable variable = variables.get(i);
      filled.add(
          new Variable(variable.name(), variable.shape(), variable.isWhole(), weights.get(i)));
    }
    return new Stored(
        String.valueOf(serialized.get("class_name")),
        optimizer.getConfig(),
        filled,
        old.tensors(),
        old.isFloat32());
  }

  /** The variables that a file did not have: a twin tells which of them is whose. */
  private static List<Variable> variables(
      Map<String, Object> serialized, Stored old, List<double[]> weights) {
    BaseOptimizer twin = (BaseOptimizer) Optimizers.deserialize(serialized);
    twin.build(old.tensors().toArray(new TensorSpec[0]));
    List<double[]> numbers = twin.getWeights();
    for (int i = 1; i < numbers.size(); i++) {
      Arrays.fill(numbers.get(i), i);
    }
    twin.setWeights(numbers);
    String name = twin.getConfig().get("name") + "/";
    List<Variable> variables = new ArrayList<>();
    variables.add(Variable.count(name + "iteration", 0));
    for (int i = 1; i < weights.size(); i++) {
      variables.add(Variable.number(name + (i < scalars(twin) ? "learning_rate" : "variable"), 0));
    }
    twin.getState()
        .slots()
        .forEach(
            (slot, arrays) -> {
              for (int tensor = 0; tensor < arrays.length; tensor++) {
                TensorSpec spec = old.tensors().get(tensor);
                if (arrays[tensor].length > 0 && weights.size() > scalars(twin)) {
                  if (arrays[tensor].length != spec.length()) {
                    throw new IllegalArgumentException(
                        "optimizer must keep arrays of the tensors' shapes, to be written into a"
                            + " file that has none like it, got "
                            + slot);
                  }
                  String path = name + spec.name().replace('/', '_') + "_" + slot;
                  variables.set((int) arrays[tensor][0], Variable.of(path, spec, null));
                }
              }
            });
    return variables;
  }
}
