package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.step.NamedShape;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Tensor;
import io.github.keras4j.optimizers.step.Updater;

/** Lets a step call an optimizer's formula. */
final class FormulaUpdater implements Updater {
  private final Formula formula;
  private Variable[] variables;

  FormulaUpdater(Formula formula) {
    this.formula = formula;
  }

  @Override
  public String name() {
    return formula.getClass().getSimpleName();
  }

  @Override
  public boolean takesRows() {
    return formula.takesRows();
  }

  @Override
  public boolean ignoresZeros() {
    return formula.ignoresZeros();
  }

  @Override
  public void setTensors(Specs specs, Tensor... tensors) {
    variables = new Variable[tensors.length];
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      NamedShape told = specs.tensor(tensor);
      TensorSpec spec = told == null ? null : TensorSpec.of(told.name(), told.shape());
      variables[tensor] = new Variable(tensors[tensor], tensor, spec);
    }
  }

  @Override
  public double beginStep(double lr, long t) {
    return formula.beginStep(lr, t);
  }

  @Override
  public void update(double lr, int tensor, int from, int to) {
    formula.updateStep(lr, variables[tensor], from, to);
  }
}
