package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.text.Text;

/** The key in configurations of what optimizers were told of their tensors, and how it is read. */
public final class BuildConfig {
  public static final String KEY = "build_config";

  private BuildConfig() {}

  /** A whole number in a list. */
  public static int wholeNumber(String what, Object value) {
    return wholeNumber(what, value, "a list of whole numbers below 2^31");
  }

  static int wholeNumber(String what, Object value, String allowed) {
    double number = Text.require(what, value, Number.class, allowed).doubleValue();
    if (number != (int) number) {
      throw Text.mismatch(what, allowed, value);
    }
    return (int) number;
  }
}
