package io.github.keras4j.optimizers.constraints;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkNonNegative;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Norms from {@code min_value} to {@code max_value}, or on the way there.
 *
 * <pre>
 * norm = sqrt(sum(w * w))                                    along axis
 * wanted = rate * clip(norm, min_value, max_value) + (1 - rate) * norm
 * w = w * (wanted / (1e-7 + norm))
 * </pre>
 *
 * <p>{@code min_value} is 0 unless set, {@code max_value} 1, {@code rate} 1 and {@code axis} 0.
 * With a rate below 1 every step moves the norms a part of the way.
 *
 * @see <a href="https://keras.io/api/layers/constraints/">Keras, MinMaxNorm</a>
 */
public final class MinMaxNorm extends NormConstraint {
  private final double minValue;
  private final double maxValue;
  private final double rate;

  private MinMaxNorm(double minValue, double maxValue, double rate, int... axis) {
    super(arguments(minValue, maxValue, rate), axis);
    this.minValue = minValue;
    this.maxValue = maxValue;
    this.rate = rate;
  }

  private static Map<String, Object> arguments(double minValue, double maxValue, double rate) {
    checkNonNegative("min_value", minValue);
    checkNonNegative("max_value", maxValue);
    checkArgument(
        minValue <= maxValue, "min_value must be at most max_value %s, got %s", maxValue, minValue);
    checkArgument(rate >= 0. && rate <= 1., "rate must be from 0 to 1, got %s", rate);
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("min_value", minValue);
    arguments.put("max_value", maxValue);
    arguments.put("rate", rate);
    return arguments;
  }

  /**
   * Makes the constraint.
   *
   * @param minValue the smallest norm allowed, finite and at least 0
   * @param maxValue the largest norm allowed, finite and at least {@code minValue}
   * @param rate the part of the way that one step goes, from 0 to 1
   * @param axis the dimensions along which norms are taken, those below 0 counted from the end;
   *     without any it is 0, with null all
   * @throws IllegalArgumentException if a number is out of range
   */
  public static MinMaxNorm of(double minValue, double maxValue, double rate, int... axis) {
    return new MinMaxNorm(minValue, maxValue, rate, axis);
  }

  /** Makes the constraint from its arguments by Keras's names; rejects what is not valid. */
  public static MinMaxNorm fromConfig(Map<String, ?> config) {
    Arguments arguments = new Arguments("MinMaxNorm", config);
    MinMaxNorm made =
        of(
            arguments.number("min_value", 0.),
            arguments.number("max_value", 1.),
            arguments.number("rate", 1.),
            arguments.axes());
    arguments.requireNoMore();
    return made;
  }

  @Override
  double factor(double norm) {
    return (rate * clip(norm, minValue, maxValue) + (1. - rate) * norm) / (EPSILON + norm);
  }
}
