package io.github.keras4j.optimizers.engine;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The Newton–Schulz iteration of fifth order, which drives the singular values of a matrix towards
 * one: {@code A = x·xᵀ; B = b * A + (c * A)·A; x = a * x + B·x}, where x has no more rows than
 * columns.
 *
 * <p>The sums of the products are taken in an order which depends on the shape alone: the same bits
 * on every processor and with any number of threads.
 *
 * <p>Memory is kept from call to call, enough for the largest matrix so far: three times its size
 * and two squares of its shorter side, sides being filled up to multiples of six. One call at a
 * time.
 *
 * @see <a href="https://kellerjordan.github.io/posts/muon/">Muon: an optimizer for hidden
 *     layers</a>
 */
public final class NewtonSchulz {
  /** Rows of a product that are computed together, by one thread. */
  private static final int BLOCK = 48;

  private static final double EPSILON = 1e-7;

  private final double a;
  private final double b;
  private final double c;
  private final int steps;

  // Made once, so that a call allocates nothing.
  private final IntConsumer gramOf = this::gramOf;
  private final IntConsumer factorOf = this::factorOf;
  private final IntConsumer nextOf = this::nextOf;

  private double[][] x = {};
  private double[][] next = {};
  private double[][] transposed = {};
  private double[][] gram = {};
  private double[][] factor = {};

  /** The sides of x, filled up. */
  private int rows;

  private int columns;

  /** So many steps with the coefficients of x, (x·xᵀ)·x and (x·xᵀ)·(x·xᵀ)·x. */
  public NewtonSchulz(double a, double b, double c, int steps) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.steps = steps;
  }

  /** A counted loop whose turns may be taken by several threads at once. */
  @FunctionalInterface
  public interface Loop {
    /** Runs the body for each number below count, once, and returns when all have been run. */
    void forEach(int count, IntConsumer body);
  }

  /**
   * Replaces a matrix, whose rows lie one after another: divides it by its norm, {@code
   * sqrt(sumOfSquares) + 1e-7}, and then takes the steps; one with more rows than columns is
   * transposed for them.
   */
  public void orthogonalize(
      double[] matrix, int rows, int columns, double sumOfSquares, Loop loop) {
    boolean tall = rows > columns;
    makeRoom(rows, columns);
    load(matrix, rows, columns, Math.sqrt(sumOfSquares) + EPSILON, tall ? transposed : x);
    if (tall) {
      Matrices.transpose(transposed, x, 0, this.columns, 0, this.rows);
    } else {
      Matrices.transpose(x, transposed, 0, this.rows, 0, this.columns);
    }
    int blocks = (this.rows + BLOCK - 1) / BLOCK;
    for (int step = 0; step < steps; step++) {
      loop.forEach(blocks, gramOf);
      loop.forEach(blocks, factorOf);
      loop.forEach(blocks, nextOf);
      double[][] last = x;
      x = next;
      next = last;
    }
    store(tall ? transposed : x, matrix, rows, columns);
  }

  /** Makes what a call with these sides takes of memory, so that the call takes none. */
  public void makeRoom(int matrixRows, int matrixColumns) {
    rows = Matrices.padded(Math.min(matrixRows, matrixColumns));
    columns = Matrices.padded(Math.max(matrixRows, matrixColumns));
    x = Matrices.room(x, rows, columns);
    next = Matrices.room(next, rows, columns);
    transposed = Matrices.room(transposed, columns, rows);
    gram = Matrices.room(gram, rows, rows);
    factor = Matrices.room(factor, rows, rows);
  }

  /** Zeros fill up the sides: they add nothing, and stay zeros. */
  private static void load(
      double[] matrix, int rows, int columns, double norm, double[][] filledUp) {
    int length = Matrices.padded(columns);
    for (int i = 0; i < rows; i++) {
      double[] row = filledUp[i];
      for (int j = 0; j < columns; j++) {
        row[j] = matrix[i * columns + j] / norm;
      }
      Arrays.fill(row, columns, length, 0.);
    }
    for (int i = rows; i < Matrices.padded(rows); i++) {
      Arrays.fill(filledUp[i], 0, length, 0.);
    }
  }

  private static void store(double[][] from, double[] matrix, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(from[i], 0, matrix, i * columns, columns);
    }
  }

  /** {@code A = x·xᵀ}; what lies below the blocks on the diagonal is equal to what lies above. */
  private void gramOf(int block) {
    int from = block * BLOCK;
    int to = Math.min(from + BLOCK, rows);
    Matrices.multiply(1., x, transposed, gram, columns, from, to, from, rows);
    Matrices.transpose(gram, gram, from, to, to, rows);
  }

  /** {@code B = b * A + (c * A)·A}. */
  private void factorOf(int block) {
    int from = block * BLOCK;
    int to = Math.min(from + BLOCK, rows);
    Matrices.multiply(c, gram, gram, factor, rows, from, to, 0, rows);
    Matrices.addScaled(b, gram, factor, from, to, rows);
  }

  /** {@code x = a * x + B·x}, and its transpose. */
  private void nextOf(int block) {
    int from = block * BLOCK;
    int to = Math.min(from + BLOCK, rows);
    Matrices.multiply(1., factor, x, next, rows, from, to, 0, columns);
    Matrices.addScaled(a, x, next, from, to, columns);
    Matrices.transpose(next, transposed, from, to, 0, columns);
  }
}
