package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;

/** The key in configurations of what optimizers were told of their tensors, and how it is read. */
public final class BuildConfig {
  public static final String KEY = "build_config";

  private BuildConfig() {}

  /** A value of a type. */
  public static <T> T require(String what, Object value, Class<T> type, String allowed) {
    if (!type.isInstance(value)) {
      throw refusal(what, allowed, value);
    }
    return type.cast(value);
  }

  /** A whole number in a list. */
  public static int wholeNumber(String what, Object value) {
    String allowed = "a list of whole numbers below 2^31";
    double number = require(what, value, Number.class, allowed).doubleValue();
    if (number != (int) number) {
      throw refusal(what, allowed, value);
    }
    return (int) number;
  }

  public static IllegalArgumentException refusal(String what, String allowed, Object value) {
    return new IllegalArgumentException(
        format("%s must be %s, got %s", what, allowed, Text.describe(value)));
  }
}
