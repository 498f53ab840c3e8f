package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.engine.Rows;
import io.github.keras4j.optimizers.engine.Rows.Reach;
import io.github.keras4j.optimizers.engine.Step;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The gradients by rows in a step of Keras 3, and which rows the calls of an accumulation have
 * touched so far.
 *
 * <p>An accumulation treats the rows that its calls touch as if all of them had been touched in
 * each: for a row that comes in later, the moves of the moving average are made up for.
 */
final class RowGradients {
  private static final int NONE = 0;
  private static final int ALL = -1;

  private final Step step;
  private final Rows rows;
  private final int[] lengths;
  private final boolean ignoresZeros;
  private final Variable[] variables;

  /** In how many calls of an accumulation each tensor was touched by rows alone; or ALL. */
  private final int[] touchedCalls;

  private int missed;

  RowGradients(Step step, Variable[] variables, int[] lengths, boolean ignoresZeros) {
    this.step = step;
    rows = step.rows();
    this.variables = variables;
    this.lengths = lengths;
    this.ignoresZeros = ignoresZeros;
    touchedCalls = new int[lengths.length];
  }

  /**
   * Begins a call, whose step has begun: puts the sums of rows into the place of their gradients.
   *
   * @param first whether it is the first of an accumulation, or there is none
   * @param catchUp makes the moves of the average up that {@link #missed} says
   */
  void begin(boolean first, double[][] gradients, Gradient[] byRows, Step.Pass catchUp) {
    if (first) {
      Arrays.fill(touchedCalls, NONE);
    }
    for (int tensor = 0; tensor < gradients.length; tensor++) {
      Gradient given = byRows == null ? null : byRows[tensor];
      if (given != null && !given.isDense()) {
        give(tensor, given, catchUp);
      } else if (gradients[tensor] != null) {
        touchAll(tensor, catchUp);
      }
    }
    if (byRows != null) {
      step.addRows();
    }
  }

  private void give(int tensor, Gradient given, Step.Pass catchUp) {
    Reach reach = reach(tensor, given);
    if (reach == Reach.ALL) {
      touchAll(tensor, catchUp);
    }
    missed = touchedCalls[tensor];
    step.giveRows(tensor, given.rows(), given.values(), missed > NONE, reach);
    if (reach != Reach.ALL) {
      if (missed > NONE) {
        rows.forEachNew(tensor, catchUp);
      }
      touchedCalls[tensor]++;
    }
  }

  private Reach reach(int tensor, Gradient given) {
    if (touchedCalls[tensor] == ALL) {
      return Reach.ALL;
    }
    if (given.isLazy()) {
      return Reach.TOUCHED;
    }
    Variable x = variables[tensor];
    return ignoresZeros && !x.isDecaying() && x.average == null ? Reach.TOUCHED_FOR_ALL : Reach.ALL;
  }

  /** Whether the step visits all elements of a tensor. */
  boolean reachesAll(int tensor) {
    return rows.reachesAll(tensor);
  }

  private void touchAll(int tensor, Step.Pass catchUp) {
    missed = touchedCalls[tensor];
    if (missed > NONE) {
      rows.forEachUntouched(tensor, catchUp);
    }
    touchedCalls[tensor] = ALL;
  }

  /** How many moves of the average are to be made up for. */
  int missed() {
    return missed;
  }

  /** Visits whole tensors after all, where clipping has made something else of zeros. */
  void heedZeros() {
    for (Variable x : variables) {
      if (rows.reach(x.tensor) == Reach.TOUCHED_FOR_ALL && x.changesZero()) {
        step.reachAll(x.tensor);
      }
    }
  }

  // ---- State ----------------------------------------------------------------------------------

  /** How many elements a tensor's rows have in the accumulation under way; 0 if not known. */
  int rowLength(int tensor) {
    return touchedCalls[tensor] > NONE ? rows.rowLength(tensor) : 0;
  }

  /**
   * What the accumulation under way has touched.
   *
   * @return by tensor: null for all, else the number of calls, of elements in a row, and the rows'
   *     numbers, or nothing; null if all of every tensor
   */
  List<List<Long>> touched() {
    if (Arrays.stream(touchedCalls).allMatch(calls -> calls == ALL)) {
      return null;
    }
    return IntStream.range(0, lengths.length).mapToObj(this::touched).toList();
  }

  private List<Long> touched(int tensor) {
    int calls = touchedCalls[tensor];
    if (calls == ALL) {
      return null;
    }
    return calls == NONE
        ? List.of()
        : LongStream.concat(
                LongStream.of(calls), Arrays.stream(rows.touched(tensor)).asLongStream())
            .boxed()
            .toList();
  }

  /** Takes over what {@link #touched} answered. */
  void restore(List<List<Long>> touched) {
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      List<Long> numbers = touched == null ? null : touched.get(tensor);
      touchedCalls[tensor] =
          numbers == null ? ALL : numbers.isEmpty() ? NONE : numbers.get(0).intValue();
      if (touchedCalls[tensor] > NONE) {
        int[] its = numbers.stream().skip(1).mapToInt(Long::intValue).toArray();
        rows.restore(tensor, lengths[tensor], its);
      }
    }
  }
}
