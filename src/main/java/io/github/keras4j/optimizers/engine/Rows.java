package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * The gradients of a step that are given by rows: the sums of the rows of each tensor, and what the
 * step reaches of it.
 */
public final class Rows {
  private TouchedRows[] touched = {}; // by tensor; null where no rows were ever given
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

  /** Takes the gradient of a tensor, and returns the array that will hold its sums. */
  double[] give(int tensor, int length, int[] given, double[] values, Reach reach) {
    TouchedRows rows = rows(tensor, length);
    rows.begin(given, values, reach != Reach.TOUCHED);
    rows.reach = reach;
    return rows.sums();
  }

  private TouchedRows rows(int tensor, int length) {
    if (tensor >= touched.length) {
      touched = Arrays.copyOf(touched, tensor + 1);
    }
    if (touched[tensor] == null || touched[tensor].sums().length != length) {
      touched[tensor] = new TouchedRows(length);
    }
    return touched[tensor];
  }

  void add(Passes passes) {
    for (int tensor = 0; tensor < touched.length; tensor++) {
      if (reach(tensor) != null) {
        touched[tensor].add(passes.threadsFor(touched[tensor].elements()));
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
    return reach(tensor) == Reach.TOUCHED_FOR_ALL
        ? touched[tensor].sumOfSquares(from, to)
        : SumOfSquares.of(gradient, from, to);
  }

  void setReach(int tensor, Reach reach) {
    touched[tensor].reach = reach;
  }

  /** Ends the step: holds on to nobody's arrays. */
  void end() {
    for (int tensor = 0; tensor < touched.length; tensor++) {
      if (reach(tensor) != null) {
        touched[tensor].end();
        touched[tensor].reach = null;
      }
    }
  }

  // ---- Of one tensor ----------------------------------------------------------------------------

  /** What the step under way does with a tensor; null where its gradient is not given by rows. */
  public Reach reach(int tensor) {
    return tensor < touched.length && touched[tensor] != null ? touched[tensor].reach : null;
  }

  /** How many rows of a tensor are touched, whose gradient is given by rows. */
  public int touched(int tensor) {
    return touched[tensor].count();
  }

  public int firstElement(int tensor, int place) {
    return touched[tensor].firstElement(place);
  }

  /** Whether the step under way visits all elements of a tensor. */
  public boolean reachesAll(int tensor) {
    Reach reach = reach(tensor);
    return reach == null || reach == Reach.ALL;
  }
}
