package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Keras 3's Ftrl, follow the regularized leader: finds every parameter again from a sum over all
 * gradients, and sets it to exactly 0 while that is within the L1 penalty.
 *
 * <pre>
 * P = -learning_rate_power
 * L = l2 + beta / (2 * lr)
 * k = g + (2 * shrinkage) * p
 * b = a + g * g
 * z = z + (k - ((pow(b, P) - pow(a, P)) / lr) * p)
 * q = pow(b, P) / lr + 2 * L
 * p = (min(max(z, -l1), l1) - z) / q
 * a = b
 * </pre>
 *
 * <p>With {@code l1_regularization_strength}, {@code l2_regularization_strength} and {@code
 * l2_shrinkage_regularization_strength} for l1, l2 and shrinkage. The sum z begins at 0 whatever
 * the parameters are, so they should begin at 0 too: a parameter whose first gradient is 0 becomes
 * 0. Powers of an exponent other than 0.5, 1 and 2 come from {@link Math#pow}: their last place may
 * differ from one JVM or processor to another.
 *
 * <p>A learning rate of 0 leads to NaN for good. As a number it is rejected; a schedule that
 * reaches 0 goes on with NaN, as in Keras. So does a first gradient of 0 with {@code
 * initial_accumulator_value} 0.
 *
 * <p>Slots: {@code accumulator} a, which begins at {@code initial_accumulator_value}, and {@code
 * linear} z. Defaults: {@code learning_rate} 0.001, {@code learning_rate_power} -0.5, {@code
 * initial_accumulator_value} 0.1, {@code l1_regularization_strength} 0, {@code
 * l2_regularization_strength} 0, {@code l2_shrinkage_regularization_strength} 0, {@code beta} 0;
 * others as {@link BaseOptimizer} says.
 *
 * <p>Use it for linear models over very many sparse features, where most parameters should be 0.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.Ftrl;
 *
 * Ftrl ftrl = Ftrl.builder().learningRate(0.1).l1RegularizationStrength(0.01).build();
 * }</pre>
 *
 * @see <a href="https://research.google.com/pubs/archive/41159.pdf">McMahan et al., Ad Click
 *     Prediction: a View from the Trenches, 2013</a>
 * @see <a href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/ftrl.py">
 *     Keras 3.15.1, ftrl.py</a>
 */
public final class Ftrl extends BaseOptimizer {
  private final double power;
  private final double l1;
  private final double l2;
  private final double shrinkage;
  private final double beta;
  private final int accumulator;
  private final int linear;

  /** Ftrl with Keras's defaults. */
  public Ftrl() {
    this(Hyperparameters.defaults(Ftrl::new));
  }

  private Ftrl(Hyperparameters h) {
    super(h, 0.001);
    power =
        -h.number(
            "learning_rate_power",
            -0.5,
            "a finite number <= 0",
            x -> x <= 0. && x > Double.NEGATIVE_INFINITY);
    accumulator = slot("accumulator", h.nonNegative("initial_accumulator_value", 0.1));
    linear = slot("linear");
    l1 = h.nonNegative("l1_regularization_strength", 0.);
    l2 = h.nonNegative("l2_regularization_strength", 0.);
    shrinkage = h.nonNegative("l2_shrinkage_regularization_strength", 0.);
    beta = h.nonNegative("beta", 0.);
    if (!learningRate.isSchedule()) {
      requireNotZero(learningRate.at(0));
    }
  }

  private static void requireNotZero(double learningRate) {
    checkArgument(
        learningRate != 0.,
        "learning_rate must be a finite number > 0 for Ftrl, got %s",
        learningRate);
  }

  /** Sets the learning rate, as in every optimizer of Keras 3, but it must be above 0. */
  @Override
  public void setLearningRate(double learningRate) {
    requireNotZero(learningRate);
    super.setLearningRate(learningRate);
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double twoL = 2. * (l2 + beta / (2. * lr));
    if (power == 0.5) {
      updateByRoot(lr, twoL, x, from, to);
    } else {
      updateByPower(lr, twoL, x, from, to);
    }
  }

  /** The same as {@link #updateByPower}, in a loop that compiles to vector instructions. */
  private void updateByRoot(double lr, double twoL, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] a = x.slot(accumulator);
    double[] z = x.slot(linear);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      double w = x.decay(p[i]);
      double b = a[i] + g * g;
      double k = g + (2. * shrinkage) * w;
      double powerOfB = Math.sqrt(b);
      z[i] = z[i] + (k - ((powerOfB - Math.sqrt(a[i])) / lr) * w);
      p[i] = (Math.min(Math.max(z[i], -l1), l1) - z[i]) / (powerOfB / lr + twoL);
      a[i] = b;
    }
  }

  private void updateByPower(double lr, double twoL, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] a = x.slot(accumulator);
    double[] z = x.slot(linear);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      double w = x.decay(p[i]);
      double b = a[i] + g * g;
      double k = g + (2. * shrinkage) * w;
      double powerOfB = Powers.pow(b, power);
      z[i] = z[i] + (k - ((powerOfB - Powers.pow(a[i], power)) / lr) * w);
      p[i] = (Math.min(Math.max(z[i], -l1), l1) - z[i]) / (powerOfB / lr + twoL);
      a[i] = b;
    }
  }

  /** Makes Ftrl from a configuration, by Keras's names; absent ones take their defaults. */
  public static Ftrl fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Ftrl::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Ftrl by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Ftrl, Builder> {
    private Builder() {
      super(Ftrl::new);
    }

    /**
     * Sets how fast the learning rate of an element falls with its accumulator: by this power.
     * Finite and at most 0; 0 for not at all; default -0.5.
     */
    public Builder learningRatePower(double learningRatePower) {
      return set("learning_rate_power", learningRatePower);
    }

    /** Sets where the accumulators begin. Finite and at least 0; default 0.1. */
    public Builder initialAccumulatorValue(double initialAccumulatorValue) {
      return set("initial_accumulator_value", initialAccumulatorValue);
    }

    /**
     * Sets the strength of the L1 penalty: the larger, the more parameters are exactly 0. Finite
     * and at least 0; default 0.
     */
    public Builder l1RegularizationStrength(double l1) {
      return set("l1_regularization_strength", l1);
    }

    /**
     * Sets the strength of the L2 penalty, which holds the parameters near 0. Finite and at least
     * 0; default 0.
     */
    public Builder l2RegularizationStrength(double l2) {
      return set("l2_regularization_strength", l2);
    }

    /**
     * Sets the strength of the L2 penalty that is added to the gradients, as one in the loss.
     * Finite and at least 0; default 0.
     */
    public Builder l2ShrinkageRegularizationStrength(double shrinkage) {
      return set("l2_shrinkage_regularization_strength", shrinkage);
    }

    /**
     * Sets the paper's beta, which lowers the learning rate of elements with small gradients.
     * Finite and at least 0; default 0.
     */
    public Builder beta(double beta) {
      return set("beta", beta);
    }
  }
}
