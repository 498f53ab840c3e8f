package io.github.keras4j.optimizers.support;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** All that an optimizer and parameters are, bit for bit, to be compared. */
public record Contents(
    String className,
    Map<String, Object> config,
    long iterations,
    Map<String, List<List<Long>>> slots,
    Map<String, Long> scalars,
    List<List<Long>> parameters) {

  public static Contents of(Checkpoint checkpoint) {
    return of(checkpoint.optimizer(), checkpoint.parameters());
  }

  public static Contents of(Optimizer optimizer, double[]... parameters) {
    OptimizerState state = optimizer.getState();
    Map<String, List<List<Long>>> slots = new TreeMap<>();
    state.slots().forEach((name, tensors) -> slots.put(name, bits(tensors)));
    Map<String, Long> scalars = new TreeMap<>();
    state.scalars().forEach((name, value) -> scalars.put(name, Double.doubleToRawLongBits(value)));
    return new Contents(
        state.className(), state.config(), state.iterations(), slots, scalars, bits(parameters));
  }

  private static List<List<Long>> bits(double[][] tensors) {
    return Stream.of(tensors).map(Contents::bits).collect(Collectors.toList());
  }

  private static List<Long> bits(double[] tensor) {
    LongStream bits = Arrays.stream(tensor).mapToLong(Double::doubleToRawLongBits);
    return bits.boxed().collect(Collectors.toList());
  }
}
