package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * Products of matrices whose rows are separate arrays, so that the inner loop has one index for all
 * its arrays, without which the compiler makes no vectors.
 *
 * <p>An element of a product is the sum over k of {@code (scale * a[i][k]) * b[k][j]}, three terms
 * at a time, in the order of k: the same bits whichever rows and columns are asked for together.
 */
final class Matrices {
  /** Rows are taken in pairs and terms by three: both dimensions are filled up with zeros. */
  private static final int MULTIPLE = 6;

  /** A panel of b: 60 rows of 512 elements, 240 KiB, stay in the second-level cache. */
  private static final int PANEL_ROWS = 60;

  private static final int PANEL_COLUMNS = 512;

  /** Side of the squares in which a matrix is transposed. */
  private static final int SQUARE = 16;

  private Matrices() {}

  /** A number of rows or columns, filled up. */
  static int padded(int length) {
    return Math.multiplyExact(Math.addExact(length, MULTIPLE - 1) / MULTIPLE, MULTIPLE);
  }

  /** Room for a matrix: the rows given where they are long enough, and new ones. */
  static double[][] room(double[][] rows, int count, int columns) {
    double[][] room = rows.length < count ? Arrays.copyOf(rows, count) : rows;
    // With their header such rows fill whole cache lines: all begin at the same place in one.
    int length = columns / 8 * 8 + (columns % 8 > 6 ? 14 : 6);
    for (int i = 0; i < count; i++) {
      if (room[i] == null || room[i].length < columns) {
        room[i] = new double[length];
      }
    }
    return room;
  }

  /** {@code c = (scale * a)·b} for some rows and columns of c. */
  static void multiply(
      double scale,
      double[][] a,
      double[][] b,
      double[][] c,
      int inner,
      int fromRow,
      int toRow,
      int fromColumn,
      int toColumn) {
    for (int i = fromRow; i < toRow; i++) {
      Arrays.fill(c[i], fromColumn, toColumn, 0.);
    }
    for (int from = fromColumn; from < toColumn; from += PANEL_COLUMNS) {
      int to = Math.min(from + PANEL_COLUMNS, toColumn);
      for (int k = 0; k < inner; k += PANEL_ROWS) {
        int end = Math.min(k + PANEL_ROWS, inner);
        for (int i = fromRow; i < toRow; i += 2) {
          addTerms(scale, a[i], a[i + 1], b, k, end, c[i], c[i + 1], from, to);
        }
      }
    }
  }

  private static void addTerms(
      double scale,
      double[] a0,
      double[] a1,
      double[][] b,
      int fromTerm,
      int toTerm,
      double[] c0,
      double[] c1,
      int from,
      int to) {
    for (int k = fromTerm; k < toTerm; k += 3) {
      addThreeTerms(
          scale * a0[k],
          scale * a0[k + 1],
          scale * a0[k + 2],
          scale * a1[k],
          scale * a1[k + 1],
          scale * a1[k + 2],
          b[k],
          b[k + 1],
          b[k + 2],
          c0,
          c1,
          from,
          to);
    }
  }

  /** Two rows by three terms is the most for which C2 still makes vectors. */
  private static void addThreeTerms(
      double a00,
      double a01,
      double a02,
      double a10,
      double a11,
      double a12,
      double[] b0,
      double[] b1,
      double[] b2,
      double[] c0,
      double[] c1,
      int from,
      int to) {
    for (int j = from; j < to; j++) {
      c0[j] += a00 * b0[j] + a01 * b1[j] + a02 * b2[j];
      c1[j] += a10 * b0[j] + a11 * b1[j] + a12 * b2[j];
    }
  }

  /** {@code c = scale * a + c} for some rows. */
  static void addScaled(
      double scale, double[][] a, double[][] c, int fromRow, int toRow, int columns) {
    for (int i = fromRow; i < toRow; i++) {
      addScaled(scale, a[i], c[i], columns);
    }
  }

  private static void addScaled(double scale, double[] a, double[] c, int columns) {
    for (int j = 0; j < columns; j++) {
      c[j] = scale * a[j] + c[j];
    }
  }

  /**
   * {@code b[j][i] = a[i][j]} for some rows and columns of a; b may be a if they lie off its
   * diagonal.
   */
  static void transpose(
      double[][] a, double[][] b, int fromRow, int toRow, int fromColumn, int toColumn) {
    for (int row = fromRow; row < toRow; row += SQUARE) {
      int end = Math.min(row + SQUARE, toRow);
      for (int j = fromColumn; j < toColumn; j++) {
        double[] column = b[j];
        for (int i = row; i < end; i++) {
          column[i] = a[i][j];
        }
      }
    }
  }
}
