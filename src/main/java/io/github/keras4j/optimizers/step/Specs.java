package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * What an optimizer has been told of its tensors besides their arrays: constraints, and in Keras 3
 * more. Immutable.
 */
public abstract class Specs {
  /** The name in configurations. */
  public static final String KEY = "build_config";

  /** Nothing, as an optimizer of Keras 2.2.4 begins. */
  public static final Specs NONE = new OfKeras2(Constraints.NONE);

  protected static final String CONSTRAINTS = "constraints";

  protected final Constraints constraints;

  protected Specs(Constraints constraints) {
    this.constraints = constraints;
  }

  private static final class OfKeras2 extends Specs {
    OfKeras2(Constraints constraints) {
      super(constraints);
    }

    @Override
    protected Specs with(Constraints constraints) {
      return new OfKeras2(constraints);
    }

    @Override
    protected Specs nothing() {
      return NONE;
    }

    @Override
    protected void requireNames() {
      checkArgument(
          !constraints.havePatterns(),
          "constraints must be on tensors by number, got one with a pattern");
    }
  }

  /** The name of a tensor, or null unless told. */
  public String name(int tensor) {
    return null;
  }

  /** The shape of a tensor, or null unless told. */
  public int[] shape(int tensor) {
    return null;
  }

  /** The tensors' lengths, or null unless told. */
  public int[] lengths() {
    return null;
  }

  /** Rejects a step over so many tensors that does not fit what has been told. */
  public void requireFit(int tensors) {}

  /** Rejects other tensors that are to be matched by number. */
  public void requireNoNames() {}

  /** How many elements a row of a tensor has, 0 unless told. */
  public int rowLength(int tensor) {
    return 0;
  }

  /** The weight decay of a tensor, or null for none. */
  public Double weightDecay(int tensor) {
    return null;
  }

  // ---- Constraints ----------------------------------------------------------------------------

  /** The same with other constraints. */
  protected abstract Specs with(Constraints constraints);

  /** The same with one more constraint on a tensor; without a shape it is that told, or a line. */
  public Specs constraining(int tensor, Constraint constraint, int... shape) {
    return with(constraints.constraining(tensor, constraint, shape));
  }

  /**
   * What has been told, without names, where each tensor had a number before, or one below 0 if it
   * is new, and has a length now.
   */
  public Specs renumbered(int[] numbers, int... lengths) {
    return with(constraints.renumbered(numbers, lengths));
  }

  /** The constraint of a tensor of a length, with its shape, or null for none. */
  public final Constrained constraint(int tensor, int length) {
    return constraints.of(tensor, this, length);
  }

  /** Rejects tensors of these lengths that cannot be constrained so. */
  public final void requireLengths(int... lengths) {
    constraints.begin(lengths.length);
    for (int tensor = 0; !constraints.isEmpty() && tensor < lengths.length; tensor++) {
      Constrained told = constraint(tensor, lengths[tensor]);
      if (told != null) {
        told.requireFit(tensor, lengths[tensor]);
      }
    }
  }

  // ---- Configuration --------------------------------------------------------------------------

  /** What a state holds of this: strings, numbers, lists and maps; null for nothing. */
  public final Map<String, Object> config() {
    return orNull(config(Constraint::serialize));
  }

  /** The same, in which objects may stand for themselves. */
  public final Map<String, Object> arguments() {
    return orNull(config(constraint -> constraint));
  }

  private static Map<String, Object> orNull(Map<String, Object> config) {
    return config.isEmpty() ? null : config;
  }

  /** A new map, with constraints in a form. */
  protected Map<String, Object> config(Function<Constraint, Object> form) {
    Map<String, Object> config = new LinkedHashMap<>();
    if (!constraints.isEmpty()) {
      config.put(CONSTRAINTS, constraints.list(form));
    }
    return config;
  }

  /** What a configuration tells, or null for nothing; constraints in it may be some of these. */
  public Specs parsed(Object config) {
    Specs told = nothing();
    Map<?, ?> map = config == null ? Map.of() : Text.require(KEY, config, Map.class, "a map");
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      told = told.with(String.valueOf(entry.getKey()), entry.getValue(), constraints);
    }
    told.requireNames();
    return told;
  }

  protected abstract Specs nothing();

  /** The names that a configuration of this may have. */
  protected List<String> keys() {
    return List.of(CONSTRAINTS);
  }

  /** The same with what a configuration has by a name; constraints may be some that are known. */
  protected Specs with(String key, Object value, Constraints known) {
    if (!key.equals(CONSTRAINTS)) {
      throw illegalArgument(
          "%s must hold %s alone, got %s", KEY, String.join(", ", keys()), Text.quote(key));
    }
    return with(known.parsed(list(key, value)));
  }

  protected static List<?> list(String key, Object value) {
    return Text.require(key, value, List.class, "a list");
  }

  /** Rejects constraints with patterns for names that nobody has told. */
  protected abstract void requireNames();

  /** What of the specs in a state is to be the same as here. */
  protected Specs comparable(Specs told) {
    return told;
  }

  /** Checks what a state holds of this, or null for nothing, and returns it as an object. */
  public final Specs restored(Object config) {
    Specs told = parsed(config);
    Map<String, Object> own = arguments();
    checkArgument(
        own == null || equals(comparable(told)),
        "state must have build_config %s, got %s",
        own,
        told.arguments());
    return told;
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof Specs its && Objects.equals(arguments(), its.arguments());
  }

  @Override
  public final int hashCode() {
    return Objects.hashCode(arguments());
  }
}
