package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A generation of Keras's optimizers: how one of them stands in a file, and which class of this
 * library it is. What does not fit is an {@link IllegalArgumentException}.
 */
interface Generation {
  /** The formula of a file's optimizer is that of no class here; the message says which. */
  final class NoFormula extends Exception {
    private static final long serialVersionUID = 1;

    NoFormula(String message) {
      super(message);
    }
  }

  /** What wrote a configuration; each generation has keys that no other has. */
  static Generation of(Map<String, Object> config) throws NoFormula {
    if (config.containsKey("lr")) {
      return new Keras2();
    }
    if (config.containsKey("is_legacy_optimizer")) {
      return new TfKeras();
    }
    if (config.containsKey("gradient_accumulation_steps")) {
      return new Keras3();
    }
    if (config.containsKey("decay") && config.containsKey("name")) {
      return new TfKerasLegacy();
    }
    throw new NoFormula(
        "the optimizer's configuration is not as Keras 2.2.4, tf.keras 2.15 or Keras 3 write it");
  }

  /**
   * A new optimizer with its whole state.
   *
   * @throws NoFormula if no class here computes its formula
   */
  Optimizer make(Stored stored) throws NoFormula;

  /** An optimizer as the file it came from has it, or one like it. */
  Stored store(Optimizer optimizer, Stored old);

  /** What a file of this generation loses of an optimizer: a sentence, or null for nothing. */
  default String lost(Stored stored) {
    return null;
  }

  /** Whether the count of steps is lost. */
  default boolean losesIterations(Stored stored) {
    return false;
  }

  /** The largest count of steps that a file of this generation can hold. */
  default long maxCount() {
    return 1L << 53;
  }

  // ---- What generations share -----------------------------------------------------------------

  static Optimizer deserialize(Map<String, Object> configuration) throws NoFormula {
    try {
      return Optimizers.deserialize(configuration);
    } catch (IllegalArgumentException e) {
      throw new NoFormula(
          "no optimizer here can be made from its configuration: " + e.getMessage());
    }
  }

  /**
   * After so many steps a product of factors below 1 is too small to matter, if it is not 0 yet.
   */
  long MAX_PRODUCT_STEPS = 1_000_000;

  /** Nadam's product of momenta after some steps, which a twin computes again. */
  static Map<String, Double> scalars(Map<String, Object> configuration, long iterations) {
    Optimizer twin = Optimizers.deserialize(configuration);
    double[][] nothing = {{0.}};
    double[][] parameter = {{0.}};
    long steps = Math.min(iterations, MAX_PRODUCT_STEPS);
    for (long step = 0; step < steps; step++) {
      twin.applyGradients(nothing, parameter);
      if (step % 1000 == 0 && twin.getState().scalars().containsValue(0.)) {
        break;
      }
    }
    return twin.getState().scalars();
  }

  /** A configuration in Keras 3's form. */
  static Map<String, Object> keras3(String className, Map<String, Object> config) {
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("module", "keras.optimizers");
    serialized.put("class_name", className);
    serialized.put("config", config);
    return serialized;
  }

  /** Checks that variables are as long as they have to be. */
  static void requireLengths(Stored stored, int... lengths) {
    int[] given =
        stored.variables().stream().mapToInt(variable -> variable.values().length).toArray();
    if (given.length != lengths.length) {
      throw new IllegalArgumentException(
          format(
              "%s of %d tensors must have %d variables, got %d",
              Text.quote(stored.className()),
              stored.tensors().size(),
              lengths.length,
              given.length));
    }
    for (int i = 0; i < lengths.length; i++) {
      if (given[i] != lengths[i]) {
        throw new IllegalArgumentException(
            format(
                "variable %s of the optimizer must have %d elements, got %d",
                Text.quote(stored.variables().get(i).name()), lengths[i], given[i]));
      }
    }
  }

  /** The lengths of scalars, then of some slots of every tensor. */
  static int[] lengths(int scalars, int slots, List<TensorSpec> tensors) {
    int[] lengths = new int[scalars + slots * tensors.size()];
    Arrays.fill(lengths, 0, scalars, 1);
    for (int i = scalars; i < lengths.length; i++) {
      lengths[i] = tensors.get((i - scalars) % tensors.size()).length();
    }
    return lengths;
  }

  /**
   * Variables slot by slot, from a list that has those of each tensor together, or back. Those
   * after the slots stay where they are.
   */
  static <T> List<T> slotBySlot(List<T> variables, int slots, int tensors, boolean back) {
    List<T> ordered = new ArrayList<>(variables);
    for (int slot = 0; slot < slots; slot++) {
      for (int tensor = 0; tensor < tensors; tensor++) {
        int together = tensor * slots + slot;
        int apart = slot * tensors + tensor;
        ordered.set(back ? together : apart, variables.get(back ? apart : together));
      }
    }
    return ordered;
  }

  /** A configuration with values of another in it, where these say more than rounding. */
  static Map<String, Object> merge(Map<String, Object> old, Map<String, Object> values) {
    Map<String, Object> merged = new LinkedHashMap<>(old);
    values.forEach(
        (name, value) -> {
          boolean same =
              value instanceof Number number
                  && old.get(name) instanceof Number before
                  && before.floatValue() == number.floatValue();
          if (!same && (value != null || old.containsKey(name))) {
            merged.put(name, value);
          }
        });
    return merged;
  }

  /** A number as TensorFlow has it after a stay in float32. */
  static Object rounded(Object number) {
    return number instanceof Number value ? (Object) (double) value.floatValue() : number;
  }
}
