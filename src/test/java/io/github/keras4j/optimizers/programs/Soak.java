package io.github.keras4j.optimizers.programs;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.plain.Plain;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.RandomTraining;
import io.github.keras4j.optimizers.tables.Trait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A million steps of each optimizer over gradients that never repeat. One optimizer runs through;
 * another is thrown away and loaded from its checkpoint again and again; a third is given the same
 * gradients by rows, those that are not zero, and plain code computes the same, unless the formula
 * sums over elements, in another order. All must agree to the last bit, and the heap must not grow.
 *
 * <pre>
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.optimizers.programs.Soak
 * </pre>
 *
 * The argument {@code -Dexec.args=10000} asks for another number of steps.
 */
public final class Soak {
  private static final int[] LENGTHS = {1, 16, 8};
  private static final int SAVES = 200;
  private static final int HEAP_SAMPLES = 10;

  /** A leak of one byte in a step would take ten times as much in a million. */
  private static final long MAX_GROWTH = 100_000;

  /**
   * By the norm of all tensors, with what makes every step another; and by value, with all flags.
   */
  private static Stream<Map<String, Object>> configurations(Entry entry) {
    Map<String, Object> defaults = entry.factory().apply(Map.of()).getConfig();
    Map<String, Object> byNorm = new LinkedHashMap<>(Map.of(entry.generation().normOfAll(), 15.));
    Map<String, Object> byValue = new LinkedHashMap<>(Map.of("clipvalue", 3.));
    if (defaults.containsKey("decay")) {
      byNorm.put("decay", 1e-6);
    }
    defaults.forEach(
        (name, value) -> {
          if (value instanceof Boolean) {
            byValue.put(name, true);
          }
        });
    if (defaults.containsKey("momentum")) {
      byValue.put("momentum", 0.9);
    }
    if (entry.isOf(Generation.KERAS_3)) {
      byNorm.put("weight_decay", 1e-3);
      byValue.put("gradient_accumulation_steps", 3);
    }
    return Stream.of(byNorm, byValue);
  }

  private Soak() {}

  /** Runs all, and ends with an exception at the first bit that differs. */
  public static void main(String[] arguments) throws IOException {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    Path file = Files.createTempFile("soak", ".npz");
    try {
      for (Entry entry : OptimizerTable.withFormula().toList()) {
        for (Map<String, Object> configuration : configurations(entry).toList()) {
          run(entry, configuration, steps, file);
        }
      }
    } finally {
      Files.delete(file);
    }
  }

  private static void run(Entry entry, Map<String, Object> configuration, int steps, Path file)
      throws IOException {
    long start = System.nanoTime();
    RandomTraining training = new RandomTraining(steps);
    double[][] gradients = training.gradients(LENGTHS);
    double[][] throughParameters = training.parameters(LENGTHS);
    double[][] resumedParameters = Bits.copy(throughParameters);
    double[][] plainParameters = Bits.copy(throughParameters);

    Optimizer through = entry.optimizer(configuration, LENGTHS);
    Optimizer resumed = entry.optimizer(configuration, LENGTHS);
    Optimizer byRows = entry.optimizer(configuration, LENGTHS);
    double[][] rowParameters = Bits.copy(throughParameters);
    Plain plain =
        entry.plain(through.getConfig(), OptimizerTable.specs(LENGTHS), null, throughParameters);
    boolean comparable = !entry.is(Trait.SUMS_OVER_ELEMENTS);
    List<Long> heap = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      training.refill(gradients);
      through.applyGradients(gradients, throughParameters);
      resumed.applyGradients(gradients, resumedParameters);
      if (comparable) {
        plain.step(gradients, plainParameters);
        byRows.applyGradients(rowsOf(gradients), rowParameters);
      }
      if (step % (steps / SAVES) == 0) {
        Checkpoint.save(file, resumed, resumedParameters);
        Checkpoint saved = Checkpoint.load(file);
        resumed = saved.optimizer();
        resumedParameters = saved.parameters();
        String where = entry + " " + configuration + " after step " + step;
        Bits.assertSame("resumed " + where, resumedParameters, throughParameters);
        Bits.assertSame(resumed.getState(), through.getState());
        if (comparable) {
          Bits.assertSame("plain " + where, plainParameters, throughParameters);
          Bits.assertSame("by rows " + where, rowParameters, throughParameters);
          Bits.assertSame(byRows.getState(), through.getState());
        }
      }
      if (step % (steps / HEAP_SAMPLES) == 0) {
        heap.add(usedHeap());
      }
    }
    // The first sample is before all code and caches are in place.
    long growth = heap.get(heap.size() - 1) - heap.get(1);
    System.out.printf(
        "%-17s %-58s %,d steps, %d saves and loads, bit-identical; heap %,d kB, growth %,d bytes;"
            + " %.1f s%n",
        entry,
        configuration,
        through.getState().iterations(),
        SAVES,
        heap.get(heap.size() - 1) / 1000,
        growth,
        (System.nanoTime() - start) / 1e9);
    if (growth > MAX_GROWTH) {
      throw new AssertionError("heap must not grow, was " + heap);
    }
  }

  /** The elements that are not zero, each as a separate row, from the last to the first. */
  private static Gradient[] rowsOf(double[][] gradients) {
    Gradient[] rows = new Gradient[gradients.length];
    for (int tensor = 0; tensor < rows.length; tensor++) {
      double[] gradient = gradients[tensor];
      int last = gradient.length - 1;
      int[] numbers =
          IntStream.rangeClosed(0, last)
              .map(i -> last - i)
              .filter(i -> gradient[i] != 0.)
              .toArray();
      rows[tensor] =
          Gradient.rows(numbers, IntStream.of(numbers).mapToDouble(i -> gradient[i]).toArray());
    }
    return rows;
  }

  /** What is in use after collections that find nothing more. */
  private static long usedHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      least =
          Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
    }
    return least;
  }
}
