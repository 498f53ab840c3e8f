package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.engine.SumOfSquares;

/** What steps by rows are held against: the arithmetic alone, written by hand, row by row. */
final class PlainRows {
  private final String optimizer;
  private final boolean clips;
  private final int width;
  private final double[] g;
  private final double[] m;
  private final double[] v;
  private final int[] metIn; // by row: the step that met it last
  private int steps;

  PlainRows(String optimizer, String clipping, int rows, int width) {
    this.optimizer = optimizer;
    this.clips = clipping.equals("clipnorm");
    this.width = width;
    g = new double[rows * width];
    m = new double[optimizer.equals("sgd") ? 0 : rows * width];
    v = new double[optimizer.equals("adam") ? rows * width : 0];
    metIn = new int[rows];
  }

  void step(double[] p, int[] rows, double[] values) {
    steps++;
    for (int i = 0; i < rows.length; i++) {
      add(rows[i], values, i * width);
    }
    double scale = clips ? scale(rows) : 1.;
    steps++;
    for (int row : rows) {
      if (metIn[row] != steps) {
        metIn[row] = steps;
        update(p, scale, row * width, (row + 1) * width);
      }
    }
  }

  private void add(int row, double[] values, int from) {
    int to = row * width;
    if (metIn[row] != steps) {
      metIn[row] = steps;
      System.arraycopy(values, from, g, to, width);
      return;
    }
    for (int j = 0; j < width; j++) {
      g[to + j] += values[from + j];
    }
  }

  private double scale(int[] rows) {
    steps++;
    double sum = 0.;
    for (int row : rows) {
      if (metIn[row] != steps) {
        metIn[row] = steps;
        sum += SumOfSquares.of(g, row * width, (row + 1) * width);
      }
    }
    return Math.min(1., 1. / Math.sqrt(sum));
  }

  private void update(double[] p, double scale, int from, int to) {
    if (clips) {
      for (int i = from; i < to; i++) {
        g[i] = g[i] * scale;
      }
    }
    switch (optimizer) {
      case "adam" -> PlainLoops.adam(1e-3, p, g, m, v, from, to);
      case "adagrad" -> PlainLoops.adagrad(1e-2, p, g, m, from, to);
      case "sgd" -> PlainLoops.sgd(1e-2, p, g, from, to);
      default -> throw new IllegalArgumentException(optimizer);
    }
  }
}
