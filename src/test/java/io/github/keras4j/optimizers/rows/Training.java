package io.github.keras4j.optimizers.rows;

import static io.github.keras4j.optimizers.rows.Tables.SMALL;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** A training with gradients of every kind that the optimizer takes. */
final class Training {
  Optimizer optimizer;
  double[][] parameters = SMALL.parameters();
  private final boolean mayLack;
  private final boolean takesLazyRows;
  private int step;

  Training(Row row) {
    optimizer = SMALL.optimizer(row);
    mayLack = row.entry().isOf(Generation.KERAS_3);
    takesLazyRows = row.takesLazyRows();
  }

  private Training(Training other, Optimizer optimizer, double[][] parameters) {
    this.optimizer = optimizer;
    this.parameters = parameters;
    this.mayLack = other.mayLack;
    this.takesLazyRows = other.takesLazyRows;
    this.step = other.step;
  }

  Training run(int steps) {
    for (int end = step + steps; step < end; step++) {
      RandomRows random = new RandomRows(step);
      Gradient[] gradients = mayLack ? random.gradientsThatMayLack() : random.lazyGradients();
      int other = random.nextInt(3);
      if (gradients[other] != null) {
        gradients[other] =
            random.nextBoolean()
                ? Gradient.dense(SomeRows.dense(gradients[other], SMALL.lengths()[other]))
                : Gradient.rows(gradients[other].rows(), gradients[other].values());
      }
      optimizer.applyGradients(takesLazyRows ? gradients : RandomRows.exact(gradients), parameters);
    }
    return this;
  }

  Training saved() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, optimizer, parameters);
    Checkpoint read = Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray()));
    return new Training(this, read.optimizer(), read.parameters());
  }

  Training copied() {
    return new Training(this, optimizer.copy(), Bits.copy(parameters));
  }

  void assertSameAs(Training other) {
    Bits.assertSame("parameters", parameters, other.parameters);
    Bits.assertSame(optimizer.getState(), other.optimizer.getState());
  }
}
