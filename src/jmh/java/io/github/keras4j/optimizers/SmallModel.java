package io.github.keras4j.optimizers;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** A small model with an optimizer of the library, and with its formula written by hand. */
final class SmallModel {
  /** After as many steps both corrections of Adam are 1. */
  private static final int CORRECTED = 40_000;

  private static final double[] ADAM =
      rates(t -> 1e-3 * (Math.sqrt(1. - Math.pow(0.999, t)) / (1. - Math.pow(0.9, t))));
  private static final double[] ADAM_3 =
      rates(t -> (1e-3 * Math.sqrt(1. - Math.pow(0.999, t))) / (1. - Math.pow(0.9, t)));

  private final String name;
  private final Optimizer library;
  private final double[][] parameters;
  private final double[][] gradients;
  private final double[][] p;
  private final double[][] m;
  private final double[][] v;
  private int iterations;

  SmallModel(String name, int... lengths) {
    this.name = name;
    library = Workload.optimizer(name, "none");
    parameters = Workload.tensors(1, lengths);
    gradients = Workload.tensors(2, lengths);
    p = Workload.tensors(1, lengths);
    m = zeros(lengths);
    v = zeros(lengths);
  }

  private static double[] rates(IntToDoubleFunction rate) {
    return IntStream.rangeClosed(1, CORRECTED).mapToDouble(rate::applyAsDouble).toArray();
  }

  private static double[][] zeros(int... lengths) {
    return IntStream.of(lengths).mapToObj(double[]::new).toArray(double[][]::new);
  }

  private static double[][] copy(double[][] tensors) {
    return Arrays.stream(tensors).map(double[]::clone).toArray(double[][]::new);
  }

  /** The gradients of some calls, in the same arrays or in new ones. */
  double[][][] gradients(int calls, boolean fresh) {
    double[][][] all = new double[calls][][];
    Arrays.setAll(all, call -> fresh ? copy(gradients) : gradients);
    return all;
  }

  /** Nanoseconds a call. */
  double step(double[][][] gradients) {
    long start = System.nanoTime();
    for (double[][] gradient : gradients) {
      library.applyGradients(gradient, parameters);
    }
    return (double) (System.nanoTime() - start) / gradients.length;
  }

  /** Nanoseconds a call. */
  double loop(double[][][] gradients) {
    long start = System.nanoTime();
    for (double[][] gradient : gradients) {
      int corrected = Math.min(iterations++, CORRECTED - 1);
      switch (name) {
        case "adam" -> adam(ADAM[corrected], gradient);
        case "keras3.adam" -> adam3(ADAM_3[corrected], gradient);
        default -> sgd(gradient);
      }
    }
    return (double) (System.nanoTime() - start) / gradients.length;
  }

  private void sgd(double[][] g) {
    for (int i = 0; i < p.length; i++) {
      PlainLoops.sgd(1e-2, p[i], g[i], 0, p[i].length);
    }
  }

  private void adam(double lr, double[][] g) {
    for (int i = 0; i < p.length; i++) {
      PlainLoops.adam(lr, p[i], g[i], m[i], v[i], 0, p[i].length);
    }
  }

  private void adam3(double lr, double[][] g) {
    for (int i = 0; i < p.length; i++) {
      PlainLoops.adam3(lr, p[i], g[i], m[i], v[i], 0, p[i].length);
    }
  }

  /** Fails unless both have done the same, except for the last places of Adam's corrections. */
  void check() {
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p[i].length; j++) {
        if (!(Math.abs(p[i][j] - parameters[i][j]) <= 1e-9 * Math.abs(p[i][j]))) {
          throw new IllegalStateException(name + ": " + parameters[i][j] + " next to " + p[i][j]);
        }
      }
    }
  }
}
