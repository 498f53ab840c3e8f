package io.github.keras4j.examples;

import io.github.keras4j.examples.SkipGram.Batch;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** A training of {@link SkipGram}: always on the same batches, whatever the optimizer. */
final class RowTraining {
  private static final int BATCH = 128;
  private static final int TEST = 2_000;
  private static final double NANOS = 1e9;

  /** How gradients are given. */
  enum Way {
    /** As whole tables, zero where the batch has no word. */
    DENSE {
      @Override
      Gradient gradient(int[] rows, double[] values, double[] table) {
        for (int i = 0; i < values.length; i++) {
          table[element(rows, i)] += values[i];
        }
        return Gradient.dense(table);
      }

      @Override
      void clear(int[] rows, double[] table) {
        for (int row : rows) {
          Arrays.fill(table, row * SkipGram.WIDTH, (row + 1) * SkipGram.WIDTH, 0.);
        }
      }

      private int element(int[] rows, int i) {
        return rows[i / SkipGram.WIDTH] * SkipGram.WIDTH + i % SkipGram.WIDTH;
      }
    },
    /** As the rows of the batch's words, for the numbers of the whole tables. */
    ROWS {
      @Override
      Gradient gradient(int[] rows, double[] values, double[] table) {
        return Gradient.rows(rows, values);
      }
    },
    /** As the rows of the batch's words, which alone change. */
    LAZY {
      @Override
      Gradient gradient(int[] rows, double[] values, double[] table) {
        return Gradient.lazyRows(rows, values);
      }
    };

    abstract Gradient gradient(int[] rows, double[] values, double[] table);

    void clear(int[] rows, double[] table) {}

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Optimizer optimizer;
  private final Way way;
  private final SkipGram model;
  private final SplittableRandom random = new SplittableRandom(1);
  private final Batch batch = new Batch(BATCH);
  private final Batch test = new Batch(TEST);
  private final double[][] tables;
  private final List<Double> times = new ArrayList<>();
  private final List<Double> losses = new ArrayList<>();
  private int steps;
  private long nanos;

  RowTraining(Shakespeare corpus, Optimizer optimizer, Way way) {
    this.optimizer = optimizer;
    this.way = way;
    model = new SkipGram(corpus);
    if (optimizer instanceof BaseOptimizer ofKeras3) {
      ofKeras3.build(model.specs());
    }
    int elements = way == Way.DENSE ? model.parameters()[0].length : 0;
    tables = new double[2][elements];
    model.draw(test, new SplittableRandom(2));
    measure();
  }

  /** Makes one step. */
  void step() {
    model.draw(batch, random);
    model.gradients(batch);
    Gradient[] gradients = {
      way.gradient(batch.centres, batch.centreGradients, tables[0]),
      way.gradient(batch.neighbours, batch.neighbourGradients, tables[1])
    };
    optimizer.applyGradients(gradients, model.parameters());
    way.clear(batch.centres, tables[0]);
    way.clear(batch.neighbours, tables[1]);
    steps++;
  }

  /** Trains for some time, in which losses are taken as often as asked for, out of the time. */
  void run(int seconds, int measuredPerSecond, Training.Listener listener) {
    for (int i = 1; i <= seconds * measuredPerSecond; i++) {
      while (nanos < i * NANOS / measuredPerSecond) {
        long start = System.nanoTime();
        step();
        nanos += System.nanoTime() - start;
      }
      measure();
      if (i % measuredPerSecond == 0) {
        listener.done(i / measuredPerSecond, finalLoss());
      }
    }
  }

  private void measure() {
    times.add(nanos / NANOS);
    losses.add(model.loss(test));
  }

  SkipGram model() {
    return model;
  }

  int steps() {
    return steps;
  }

  /** How many seconds had been trained when each of the losses was taken. */
  List<Double> times() {
    return times;
  }

  List<Double> losses() {
    return losses;
  }

  double finalLoss() {
    return losses.get(losses.size() - 1);
  }

  double millisPerStep() {
    return nanos / 1e6 / steps;
  }
}
