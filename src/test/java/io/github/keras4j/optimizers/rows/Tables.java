package io.github.keras4j.optimizers.rows;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Tensors that consist of rows. */
record Tables(int[] rows, int[] widths) {
  /** Two tables, and a bias that has no rows worth the name. */
  static final Tables SMALL = new Tables(new int[] {12, 7, 3}, new int[] {4, 1, 1});

  /** The tables of a part. */
  static Tables of(SomeRows part) {
    return new Tables(
        Arrays.stream(part.rows()).mapToInt(rows -> rows.length).toArray(), part.widths());
  }

  TensorSpec[] specs() {
    return IntStream.range(0, rows.length)
        .mapToObj(i -> TensorSpec.of("layer" + i + "/table_bias", rows[i], widths[i]))
        .toArray(TensorSpec[]::new);
  }

  int[] lengths() {
    return IntStream.range(0, rows.length).map(i -> rows[i] * widths[i]).toArray();
  }

  double[][] parameters() {
    return Bits.normal(1, lengths());
  }

  Optimizer optimizer(Row row) {
    return row.toldOptimizer(specs());
  }
}
