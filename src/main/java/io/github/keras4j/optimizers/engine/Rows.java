package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * The gradients of a step that are given by rows: the sums of the rows of each tensor, and what the
 * step reaches of it.
 */
public final class Rows {
  private TouchedRows[] touched = {}; // by tensor; null where no rows were ever given
  private Reach[] reaches = {}; // by tensor; null where this step was given none
  private boolean any;
  private final Layout visited = new Layout();
  private final Layout summed = new Layout();

  /** What a step does with a tensor whose gradient is given by rows. */
  public enum Reach {
    /** The touched rows are all that is visited. */
    TOUCHED,
    /** The same, since nothing happens elsewhere; sums are those over the whole tensor. */
    TOUCHED_FOR_ALL,
    /** The whole tensor is visited: the gradient is zero where no row is touched. */
    ALL
  }

  // ---- A step -----------------------------------------------------------------------------------

  /** Takes the gradient of a tensor, and answers the array that will hold its sums. */
  double[] give(int tensor, int length, int[] given, double[] values, boolean more, Reach reach) {
    TouchedRows rows = rows(tensor, length);
    rows.begin(given, values, more, reach != Reach.TOUCHED);
    reaches[tensor] = reach;
    any = true;
    return rows.sums();
  }

  private TouchedRows rows(int tensor, int length) {
    if (tensor >= touched.length) {
      touched = Arrays.copyOf(touched, tensor + 1);
      reaches = Arrays.copyOf(reaches, tensor + 1);
    }
    if (touched[tensor] == null || touched[tensor].sums().length != length) {
      touched[tensor] = new TouchedRows(length);
    }
    return touched[tensor];
  }

  /** Adds up the rows given. */
  void add(Step step) {
    for (int tensor = 0; tensor < touched.length; tensor++) {
      if (reaches[tensor] != null) {
        touched[tensor].add(step.threadsFor(touched[tensor].elements()));
      }
    }
  }

  /** The elements that are visited, where whole tensors lie as given. */
  Layout visited(Layout whole) {
    visited.clear();
    for (int tensor = 0; tensor < whole.tensors(); tensor++) {
      visited.nextTensor();
      if (reachesAll(tensor)) {
        visited.add(0, whole.length(tensor));
      } else {
        touched[tensor].layOut(visited);
      }
    }
    return visited;
  }

  /** The elements that sums are taken over. */
  Layout summed(Layout whole) {
    summed.clear();
    for (int tensor = 0; tensor < whole.tensors(); tensor++) {
      summed.nextTensor();
      Reach reach = reach(tensor);
      if (reach == Reach.TOUCHED) {
        touched[tensor].layOut(summed);
        continue;
      }
      summed.add(0, whole.length(tensor));
      if (reach == Reach.TOUCHED_FOR_ALL) {
        touched[tensor].sort();
      }
    }
    return summed;
  }

  /** The sum of the squares of a part of {@link #summed}, whose gradient is given. */
  double sumOfSquares(int tensor, double[] gradient, int from, int to) {
    return any && reach(tensor) == Reach.TOUCHED_FOR_ALL
        ? touched[tensor].sumOfSquares(from, to)
        : SumOfSquares.of(gradient, from, to);
  }

  void setReach(int tensor, Reach reach) {
    reaches[tensor] = reach;
  }

  /** Ends the step: holds on to nobody's arrays. */
  void end() {
    for (int tensor = 0; any && tensor < touched.length; tensor++) {
      if (reaches[tensor] != null) {
        touched[tensor].end();
        reaches[tensor] = null;
      }
    }
    any = false;
  }

  // ---- Of one tensor ----------------------------------------------------------------------------

  /**
   * What the step under way does with a tensor whose gradient is given by rows.
   *
   * @param tensor its number
   * @return null where the gradient is not given by rows
   */
  public Reach reach(int tensor) {
    return tensor < reaches.length ? reaches[tensor] : null;
  }

  /**
   * Whether the step under way visits all elements of a tensor.
   *
   * @param tensor its number
   * @return false where its gradient is given by rows and they are all that is visited
   */
  public boolean reachesAll(int tensor) {
    Reach reach = reach(tensor);
    return reach == null || reach == Reach.ALL;
  }

  /**
   * How many elements the rows of a tensor have.
   *
   * @param tensor its number
   * @return the length of those that were given last
   */
  public int rowLength(int tensor) {
    return touched[tensor].width();
  }

  /**
   * Visits the rows of a tensor that this step touches and none before did. By the caller alone.
   *
   * @param tensor its number
   * @param pass what to do with each
   */
  public void forEachNew(int tensor, Step.Pass pass) {
    touched[tensor].visitNew(pass, tensor);
  }

  /**
   * Visits the rows of a tensor that no step has touched. By the caller alone.
   *
   * @param tensor its number
   * @param pass what to do with each
   */
  public void forEachUntouched(int tensor, Step.Pass pass) {
    touched[tensor].visitUntouched(pass, tensor);
  }

  /**
   * The rows of a tensor that stay touched.
   *
   * @param tensor its number
   * @return how many elements a row has, and the numbers of the rows
   */
  public int[] touched(int tensor) {
    return touched[tensor].toArray();
  }

  /**
   * Takes over what {@link #touched} answered, before a step begins.
   *
   * @param tensor its number
   * @param length how many elements it has
   * @param rows how many elements a row has, and the numbers of the rows
   */
  public void restore(int tensor, int length, int... rows) {
    rows(tensor, length).fromArray(rows);
  }
}
