package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.step.Rate;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Keras 2.2.4's learning rate: {@code lr * (1. / (1. + decay * iterations))}. */
final class DecayedRate implements Rate {
  private final Hyperparameters hyperparameters;
  private double lr;
  private double decay;

  DecayedRate(Hyperparameters h, double defaultLr) {
    hyperparameters = h;
    lr = h.nonNegative("lr", defaultLr);
  }

  /** Not part of the constructor, since Keras has it in another place in each configuration. */
  void readDecay() {
    decay = hyperparameters.nonNegative("decay", 0.);
  }

  double lr() {
    return lr;
  }

  /** Sets a rate that has been checked. */
  void setLr(double lr) {
    this.lr = lr;
    hyperparameters.replace("lr", lr);
  }

  @Override
  public double at(long calls) {
    return decay > 0. ? lr * (1. / (1. + decay * calls)) : lr;
  }

  @Override
  public Runnable prepare(Map<String, ?> config) {
    double checked = Hyperparameters.checkNonNegative("lr", config.get("lr"));
    return () -> setLr(checked);
  }

  @Override
  public Runnable prepareChange(DoubleUnaryOperator change) {
    double changed = Hyperparameters.checkNonNegative("lr", change.applyAsDouble(lr));
    return () -> setLr(changed);
  }
}
