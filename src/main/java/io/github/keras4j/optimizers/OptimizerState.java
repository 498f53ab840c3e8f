package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.configuration.Configurations;
import io.github.keras4j.optimizers.step.Memory;
import io.github.keras4j.optimizers.storage.NpzReader;
import io.github.keras4j.optimizers.storage.NpzWriter;
import io.github.keras4j.optimizers.text.Text;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The whole state of an optimizer, as a value: whatever continues from it continues bit for bit.
 *
 * <p>{@link Checkpoint} writes one to a file or a stream. For other storage, such as a database or
 * a message, serialize it, or write the components, and later
 *
 * <pre>{@code
 * Optimizer optimizer =
 *     Optimizers.deserialize(Map.of("class_name", state.className(), "config", state.config()));
 * optimizer.setState(state);
 * }</pre>
 *
 * <p>The maps and arrays are those given to the constructor, not copies: {@link Optimizer#getState}
 * and {@link Optimizer#setState Optimizer.setState} copy, so a state and an optimizer never share
 * an array. Two states are equal when their contents are, numbers compared as {@link Double#equals}
 * does.
 *
 * <p>Its serialized form holds the bytes of a {@link Checkpoint} without parameters, and stays
 * readable as long as those are. So names and configuration must be such as {@link Checkpoint#save
 * save} takes, an {@link Integer} in the configuration comes back as a {@link Long}, and a state of
 * more than 2 GiB can only be saved by a checkpoint.
 *
 * @param className the optimizer's class, as in {@link Optimizers#serialize}
 * @param config its configuration, with the learning rate of that moment under {@code lr}: numbers,
 *     flags, strings, null, and lists and maps of such
 * @param iterations how many steps it has made
 * @param slots for each slot name ({@code m}, {@code v}, …) one array per tensor, in the
 *     parameters' order, for most classes as long as the tensor; no arrays before the first step
 * @param scalars numbers that belong to no tensor, by name, as Nadam's {@code m_schedule}
 * @serial exclude
 */
public record OptimizerState(
    String className,
    Map<String, Object> config,
    long iterations,
    Map<String, double[][]> slots,
    Map<String, Double> scalars)
    implements Serializable {

  /**
   * Takes the components as they are.
   *
   * @throws IllegalArgumentException if one is null or holds null other than as a value of the
   *     configuration, or {@code iterations} is not from 0 to 2<sup>53</sup>
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
    checkArgument(
        iterations >= 0 && iterations <= Memory.MAX_CALLS,
        "iterations must be from 0 to 2^53, got %s",
        iterations);
  }

  private static void requirePresent(String what, String name, Object value) {
    requirePresent("name of " + what, name);
    requirePresent(what + " " + name, value);
  }

  private static void requirePresent(String name, Object value) {
    checkArgument(value != null, "%s must be present, got null", name);
  }

  /** A state that shares no array and no map with this one. */
  OptimizerState copy() {
    Configurations.check(config);
    // Once more through the constructor, since arrays may have been changed since then.
    OptimizerState checked = new OptimizerState(className, config, iterations, slots, scalars);
    Map<String, double[][]> copies = new LinkedHashMap<>();
    checked.slots.forEach(
        (name, tensors) ->
            copies.put(name, Arrays.stream(tensors).map(double[]::clone).toArray(double[][]::new)));
    Map<String, Object> copy = Configurations.copy(config, map -> map);
    return new OptimizerState(className, copy, iterations, copies, new LinkedHashMap<>(scalars));
  }

  // ---- A value --------------------------------------------------------------------------------

  @Override
  public boolean equals(Object other) {
    return other instanceof OptimizerState state
        && className.equals(state.className)
        && config.equals(state.config)
        && iterations == state.iterations
        && slots.keySet().equals(state.slots.keySet())
        && slots.keySet().stream()
            .allMatch(name -> Arrays.deepEquals(slots.get(name), state.slots.get(name)))
        && scalars.equals(state.scalars);
  }

  @Override
  public int hashCode() {
    int hash = Objects.hash(className, config, iterations, scalars);
    for (Map.Entry<String, double[][]> slot : slots.entrySet()) {
      hash += slot.getKey().hashCode() ^ Arrays.deepHashCode(slot.getValue()); // in any order
    }
    return hash;
  }

  /** The class, the iterations and the slots' names; not the numbers, of which there are many. */
  @Override
  public String toString() {
    return format(
        "OptimizerState[className=%s, iterations=%d, slots=%s]",
        className, iterations, slots.keySet());
  }

  private Object writeReplace() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      NpzWriter.write(bytes, CheckpointEntries.of(this));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // never: these are bytes in memory
    }
    return new Serialized(bytes.toByteArray());
  }

  /** What is serialized in a state's place. */
  private static final class Serialized implements Serializable {
    private static final long serialVersionUID = 1;

    private final byte[] checkpoint;

    Serialized(byte[] checkpoint) {
      this.checkpoint = checkpoint;
    }

    private Object readResolve() throws ObjectStreamException {
      try {
        return CheckpointEntries.read(NpzReader.read(new ByteArrayInputStream(checkpoint))).state();
      } catch (IOException | RuntimeException e) {
        InvalidObjectException invalid =
            new InvalidObjectException("cannot read optimizer state: " + Text.reason(e));
        invalid.initCause(e);
        throw invalid;
      }
    }
  }
}
