package io.github.keras4j.optimizers.programs;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.SGD;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a first step for which the heap does not suffice, and again when it does. The first group
 * needs no memory to speak of, the last some 16 MB for each of its slots.
 */
public final class LittleMemory {
  private static final int LENGTH = 2 << 20;

  /** The options of its JVM: a heap for parameters, gradients and slots, and not much more. */
  public static final List<String> OPTIONS = List.of("-Xmx120m", "-XX:+UseSerialGC");

  /** What is printed if all goes well. */
  public static final String EXPECTED =
      "rejected, unchanged\nrejected, unchanged\nmade, as alone\n";

  private LittleMemory() {}

  private static MultiOptimizer multi(int length) {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .add("small", SGD.builder().momentum(0.5).learningRate(0.1).build())
            .otherwise(Adam.builder().learningRate(0.1).build())
            .build();
    multi.build(TensorSpec.of("small", 2), TensorSpec.of("large", length));
    return multi;
  }

  public static void main(String[] arguments) {
    MultiOptimizer multi = multi(LENGTH);
    double[] large = new double[LENGTH];
    double[] gradient = new double[LENGTH];
    Arrays.fill(gradient, 1.);
    double[][] parameters = {{1., 2.}, large};
    double[][] gradients = {{1., 1.}, gradient};
    List<byte[]> ballast = new ArrayList<>();
    try {
      while (true) {
        ballast.add(new byte[1 << 20]);
      }
    } catch (OutOfMemoryError full) {
      ballast.subList(0, 8).clear(); // enough to speak, and not for a slot
    }
    attempt(multi, gradients, parameters);
    attempt(multi, gradients, parameters);
    ballast.clear();
    multi.applyGradients(gradients, parameters);
    multi.applyGradients(gradients, parameters);
    MultiOptimizer small = multi(1);
    double[][] expected = {{1., 2.}, {0.}};
    small.applyGradients(new double[][] {{1., 1.}, {1.}}, expected);
    small.applyGradients(new double[][] {{1., 1.}, {1.}}, expected);
    boolean same =
        Arrays.equals(parameters[0], expected[0])
            && large[0] == expected[1][0]
            && large[LENGTH - 1] == expected[1][0]
            && multi.optimizers().get(0).getIterations() == 2
            && multi.getIterations() == 2;
    System.out.print(same ? "made, as alone\n" : "made, other than alone\n");
  }

  private static void attempt(MultiOptimizer multi, double[][] gradients, double[][] parameters) {
    try {
      multi.applyGradients(gradients, parameters);
      System.out.print("made\n");
    } catch (OutOfMemoryError expected) {
      boolean unchanged =
          parameters[0][0] == 1.
              && parameters[0][1] == 2.
              && parameters[1][0] == 0.
              && multi.getIterations() == 0
              && multi.optimizers().stream().allMatch(inner -> inner.getIterations() == 0)
              && multi.getState().slots().values().stream().allMatch(slot -> slot.length == 0);
      System.out.print(unchanged ? "rejected, unchanged\n" : "rejected, changed\n");
    }
  }
}
