package io.github.keras4j.optimizers;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The whole state of an optimizer, as a value: whatever continues from it continues bit for bit.
 *
 * <p>{@link Checkpoint} writes one to a file. With storage of your own, a database or a message,
 * write the components, and later
 *
 * <pre>{@code
 * Optimizer optimizer =
 *     Optimizers.deserialize(Map.of("class_name", state.className(), "config", state.config()));
 * optimizer.setState(state);
 * }</pre>
 *
 * <p>The maps and arrays are those given to the constructor, not copies: {@link Optimizer#getState}
 * and {@link Optimizer#setState Optimizer.setState} copy, so a state and an optimizer never share
 * an array. {@code equals} compares arrays by identity, as records do.
 *
 * @param className the optimizer's class, as in {@link Optimizers#serialize}
 * @param config its configuration, with the learning rate of that moment under {@code lr}
 * @param iterations how many steps it has made
 * @param slots for each slot name ({@code m}, {@code v}, …) one array per tensor, as long as the
 *     tensor, in the parameters' order; no arrays before the first step
 * @param scalars numbers that belong to no tensor, by name, as Nadam's {@code m_schedule}
 */
public record OptimizerState(
    String className,
    Map<String, Object> config,
    long iterations,
    Map<String, double[][]> slots,
    Map<String, Double> scalars) {

  /**
   * Takes the components as they are.
   *
   * @param className the optimizer's class
   * @param config its configuration
   * @param iterations how many steps it has made
   * @param slots one array per tensor, by slot name
   * @param scalars numbers that belong to no tensor, by name
   * @throws IllegalArgumentException if one is null or holds null, or {@code iterations} is not
   *     from 0 to 2<sup>53</sup>
   */
  public OptimizerState {
    requirePresent("className", className);
    requirePresent("config", config);
    requirePresent("slots", slots);
    requirePresent("scalars", scalars);
    config.keySet().forEach(name -> requirePresent("name of config", name));
    scalars.forEach((name, value) -> requirePresent("scalar", name, value));
    slots.forEach(
        (name, tensors) -> {
          requirePresent("slot", name, tensors);
          for (int tensor = 0; tensor < tensors.length; tensor++) {
            requirePresent("slot " + name + " of tensor " + tensor, tensors[tensor]);
          }
        });
    if (iterations < 0 || iterations > Variables.MAX_ITERATIONS) {
      throw new IllegalArgumentException("iterations must be from 0 to 2^53, got " + iterations);
    }
  }

  private static void requirePresent(String what, String name, Object value) {
    requirePresent("name of " + what, name);
    requirePresent(what + " " + name, value);
  }

  private static void requirePresent(String name, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " must be present, got null");
    }
  }

  /** A state that shares no array and no map with this one. */
  OptimizerState copy() {
    // Once more through the constructor, since arrays may have been changed since then.
    OptimizerState checked = new OptimizerState(className, config, iterations, slots, scalars);
    Map<String, double[][]> copies = new LinkedHashMap<>();
    checked.slots.forEach(
        (name, tensors) -> {
          double[][] copy = new double[tensors.length][];
          for (int tensor = 0; tensor < tensors.length; tensor++) {
            copy[tensor] = tensors[tensor].clone();
          }
          copies.put(name, copy);
        });
    return new OptimizerState(
        className, new LinkedHashMap<>(config), iterations, copies, new LinkedHashMap<>(scalars));
  }
}
