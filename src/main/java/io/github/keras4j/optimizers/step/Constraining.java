package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.engine.Rows;
import java.util.ArrayList;
import java.util.List;

/** Applies constraints at the end of every call, to the tensors that have a gradient in it. */
final class Constraining implements Part {
  private final List<Of> constrained = new ArrayList<>();

  /** Of one tensor, with room for a row where rows are constrained one by one. */
  private static final class Of {
    final int tensor;
    final Constrained told;
    double[] row;
    int[] rowShape;

    Of(int tensor, Constrained told) {
      this.tensor = tensor;
      this.told = told;
    }
  }

  void setTensors(Specs specs, int... lengths) {
    constrained.clear();
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      Constrained told = specs.constraint(tensor, lengths[tensor]);
      if (told != null) {
        constrained.add(new Of(tensor, told));
      }
    }
  }

  /**
   * Rejects lazy rows of a tensor that can be constrained as a whole alone; null for no constraint.
   */
  static void requireTaken(Constrained told, int gradient, int[] rows, double[] values) {
    if (told == null) {
      return;
    }
    if (!told.constraint().takesRows(told.shape())) {
      throw illegalArgument(
          "gradients[%d] must be dense or rows with constraint %s, got lazyRows",
          gradient, told.constraint());
    }
    if (told.shape().length > 1) {
      GradientChecks.requireRowLength(told.rowLength(), "constraint", gradient, rows, values);
    }
  }

  /** Makes room for rows, before a step in which nothing may fail. */
  void makeRoom(int tensor, int[] rows, double[] values) {
    for (int i = 0; rows.length > 0 && i < constrained.size(); i++) {
      Of its = constrained.get(i);
      int width = values.length / rows.length;
      if (its.tensor == tensor && (its.row == null || its.row.length != width)) {
        its.row = new double[width];
        its.rowShape = its.told.shape().length == 0 ? new int[1] : its.told.shape().clone();
        its.rowShape[0] = its.rowShape.length == 1 ? width : 1;
      }
    }
  }

  @Override
  public void end(Step step, boolean updated) {
    Rows rows = step.passes.rows();
    for (int i = 0; i < constrained.size(); i++) {
      Of its = constrained.get(i);
      if (!step.tensors[its.tensor].hasGradient()) {
        continue;
      }
      double[] parameter = step.tensors[its.tensor].parameter();
      if (rows.reach(its.tensor) == Rows.Reach.TOUCHED) {
        applyToRows(its, parameter, rows);
      } else {
        its.told.constraint().apply(parameter, its.told.shape());
      }
    }
  }

  private static void applyToRows(Of its, double[] parameter, Rows rows) {
    for (int place = 0; place < rows.touched(its.tensor); place++) {
      int from = rows.firstElement(its.tensor, place);
      System.arraycopy(parameter, from, its.row, 0, its.row.length);
      its.told.constraint().apply(its.row, its.rowShape);
      System.arraycopy(its.row, 0, parameter, from, its.row.length);
    }
  }
}
