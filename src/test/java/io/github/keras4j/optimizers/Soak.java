package io.github.keras4j.optimizers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A million steps of each optimizer over gradients that never repeat. One optimizer runs through;
 * another is thrown away and loaded from its checkpoint again and again; plain code computes the
 * same. All three must agree to the last bit, and the heap must not grow.
 *
 * <pre>
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.optimizers.Soak
 * </pre>
 *
 * The argument {@code -Dexec.args=10000} asks for another number of steps.
 */
final class Soak {
  private static final int[] LENGTHS = {1, 16, 8};
  private static final int SAVES = 200;
  private static final int HEAP_SAMPLES = 10;

  /** A leak of one byte in a step would take ten times as much in a million. */
  private static final long MAX_GROWTH = 100_000;

  private static final List<Map<String, Object>> CONFIGURATIONS =
      List.of(
          Map.of("class_name", "SGD", "config", Map.of("decay", 1e-6, "clipnorm", 15.)),
          Map.of(
              "class_name",
              "SGD",
              "config",
              Map.of("decay", 1e-6, "momentum", 0.9, "nesterov", true, "clipvalue", 3.)),
          Map.of("class_name", "RMSprop", "config", Map.of("decay", 1e-6, "clipnorm", 15.)),
          Map.of("class_name", "Adagrad", "config", Map.of("decay", 1e-6, "clipvalue", 3.)),
          Map.of("class_name", "Adadelta", "config", Map.of("decay", 1e-6, "clipnorm", 15.)),
          Map.of("class_name", "Adam", "config", Map.of("decay", 1e-6, "clipnorm", 15.)),
          Map.of("class_name", "Adam", "config", Map.of("amsgrad", true, "clipvalue", 3.)),
          Map.of("class_name", "Adamax", "config", Map.of("decay", 1e-6, "clipnorm", 15.)),
          Map.of("class_name", "Nadam", "config", Map.of("clipvalue", 3.)));

  private Soak() {}

  /** Runs all, and ends with an exception at the first bit that differs. */
  public static void main(String[] arguments) throws IOException {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    Path file = Files.createTempFile("soak", ".npz");
    try {
      for (Map<String, Object> configuration : CONFIGURATIONS) {
        run(configuration, steps, file);
      }
    } finally {
      Files.delete(file);
    }
  }

  private static void run(Map<String, Object> configuration, int steps, Path file)
      throws IOException {
    long start = System.nanoTime();
    RandomTraining training = new RandomTraining(steps);
    double[][] gradients = training.gradients(LENGTHS);
    double[][] throughParameters = training.parameters(LENGTHS);
    double[][] resumedParameters =
        Arrays.stream(throughParameters).map(double[]::clone).toArray(double[][]::new);
    double[] plainParameters = RandomTraining.flat(throughParameters);
    double[] plainGradients = new double[plainParameters.length];

    Optimizer through = Optimizers.deserialize(configuration);
    Optimizer resumed = Optimizers.deserialize(configuration);
    String name = (String) configuration.get("class_name");
    PlainOptimizer plain = new PlainOptimizer(name, through.getConfig(), plainParameters.length);
    List<Long> heap = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      training.refill(gradients);
      through.applyGradients(gradients, throughParameters);
      resumed.applyGradients(gradients, resumedParameters);
      flatten(gradients, plainGradients);
      plain.step(plainGradients, plainParameters);
      if (step % (steps / SAVES) == 0) {
        Checkpoint.save(file, resumed, resumedParameters);
        Checkpoint saved = Checkpoint.load(file);
        resumed = saved.optimizer();
        resumedParameters = saved.parameters();
        String where = configuration + " after step " + step;
        Bits.assertSame("resumed " + where, resumedParameters, throughParameters);
        Bits.assertSame(resumed.getState(), through.getState());
        Bits.assertSame("plain " + where, plainParameters, RandomTraining.flat(throughParameters));
      }
      if (step % (steps / HEAP_SAMPLES) == 0) {
        heap.add(usedHeap());
      }
    }
    // The first sample is before all code and caches are in place.
    long growth = heap.get(heap.size() - 1) - heap.get(1);
    System.out.printf(
        "%-8s %-58s %,d steps, %d saves and loads, bit-identical; heap %,d kB, growth %,d bytes;"
            + " %.1f s%n",
        name,
        configuration.get("config"),
        through.getIterations(),
        SAVES,
        heap.get(heap.size() - 1) / 1000,
        growth,
        (System.nanoTime() - start) / 1e9);
    if (growth > MAX_GROWTH) {
      throw new AssertionError("heap must not grow, was " + heap);
    }
  }

  private static void flatten(double[][] tensors, double[] flat) {
    int at = 0;
    for (double[] tensor : tensors) {
      System.arraycopy(tensor, 0, flat, at, tensor.length);
      at += tensor.length;
    }
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
