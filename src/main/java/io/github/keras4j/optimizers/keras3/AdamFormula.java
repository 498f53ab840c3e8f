package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.engine.Powers;
import io.github.keras4j.optimizers.step.Memory;
import java.util.List;

/** The formula of {@link Adam}, for {@link AdamW} and {@link Muon} too. */
final class AdamFormula {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final int momentum;
  private final int velocity;
  private final int velocityHat; // below 0 without amsgrad
  private final Powers powersOfBeta1;
  private final Powers powersOfBeta2;

  /** Reads its hyperparameters, as Adam has them, and declares its slots. */
  AdamFormula(Hyperparameters h, Memory memory) {
    this(
        h.decayRate("beta_1", 0.9),
        h.decayRate("beta_2", 0.999),
        h.nonNegative("epsilon", 1e-7),
        memory.slot("momentum", 0.),
        memory.slot("velocity", 0.),
        h.flag("amsgrad", false) ? memory.slot("velocity_hat", 0.) : -1);
  }

  AdamFormula(
      double beta1, double beta2, double epsilon, int momentum, int velocity, int velocityHat) {
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.velocity = velocity;
    this.velocityHat = velocityHat;
    powersOfBeta1 = new Powers(beta1);
    powersOfBeta2 = new Powers(beta2);
  }

  /** In which order Keras creates the slots; another without amsgrad. */
  List<List<String>> weightsOrder(List<List<String>> plain) {
    return velocityHat < 0
        ? plain
        : List.of(List.of("momentum", "velocity"), List.of("velocity_hat"));
  }

  /** The learning rate with both bias corrections. */
  double alpha(double lr, long t) {
    return (lr * Math.sqrt(1. - powersOfBeta2.pow(t))) / (1. - powersOfBeta1.pow(t));
  }

  void update(double alpha, Variable x, int from, int to) {
    if (velocityHat >= 0) {
      updateAmsgrad(alpha, x, from, to);
    } else {
      updatePlain(alpha, x, from, to);
    }
  }

  private void updatePlain(double alpha, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(momentum);
    double[] v = x.slot(velocity);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * (1. - beta1);
      v[i] = v[i] + (g * g - v[i]) * (1. - beta2);
      p[i] = x.decay(p[i]) - (m[i] * alpha) / (Math.sqrt(v[i]) + epsilon);
    }
  }

  private void updateAmsgrad(double alpha, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(momentum);
    double[] v = x.slot(velocity);
    double[] h = x.slot(velocityHat);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * (1. - beta1);
      v[i] = v[i] + (g * g - v[i]) * (1. - beta2);
      h[i] = Math.max(h[i], v[i]);
      p[i] = x.decay(p[i]) - (m[i] * alpha) / (Math.sqrt(h[i]) + epsilon);
    }
  }
}
