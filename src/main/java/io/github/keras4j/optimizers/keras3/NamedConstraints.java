package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.step.Constrained;
import io.github.keras4j.optimizers.step.Constraints;
import io.github.keras4j.optimizers.text.Text;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * Constraints by numbers of tensors and by patterns for their names. Immutable, as patterns are.
 */
final class NamedConstraints {
  static final NamedConstraints NONE = new NamedConstraints(Constraints.NONE);

  private final Constraints constraints;
  private final NamePatterns patterns;

  NamedConstraints(Constraints constraints) {
    this.constraints = constraints;
    patterns = NamePatterns.of("pattern", constraints.patterns());
    patterns.begin();
  }

  boolean isEmpty() {
    return constraints.isEmpty();
  }

  NamedConstraints with(int tensor, Constraint constraint, int... shape) {
    return new NamedConstraints(constraints.constraining(tensor, constraint, shape));
  }

  /** With one more for tensors in whose names a pattern is found; null for specs not told. */
  NamedConstraints with(String pattern, Constraint constraint, List<TensorSpec> specs) {
    checkState(
        specs != null, "constrain with a pattern needs names: call build(TensorSpec...) first");
    NamePatterns one = NamePatterns.of("pattern", Collections.singletonList(pattern));
    one.begin();
    checkArgument(
        specs.stream().map(TensorSpecs::lastPart).anyMatch(one::findIn),
        "pattern must be found in the name of a tensor, got %s",
        Text.quote(pattern));
    return new NamedConstraints(constraints.constraining(pattern, constraint));
  }

  /** The same where each tensor had a number before, and has a length now. */
  NamedConstraints renumbered(int[] numbers, int... lengths) {
    return new NamedConstraints(constraints.renumbered(numbers, lengths));
  }

  /** That of a tensor, with its shape, or null; the spec is null unless told. */
  Constrained of(int tensor, TensorSpec spec, int length) {
    Constrained its = constraints.ofNumber(tensor);
    if (spec != null && !patterns.isEmpty()) {
      for (int pattern : patterns.foundIn(TensorSpecs.lastPart(spec))) {
        Constraints.requireOne(tensor, its, constraints.ofPattern(pattern));
        its = constraints.ofPattern(pattern);
      }
    }
    if (its == null) {
      return null;
    }
    return spec == null ? its.orShape(length) : its.orShape(spec.shape());
  }

  /**
   * Begins a series of questions about so many tensors; rejects numbers that are none of theirs.
   */
  void begin(int tensors) {
    constraints.requireNumbers(tensors);
    patterns.begin();
  }

  void requireNoPatterns() {
    checkArgument(
        patterns.isEmpty(),
        "build_config must hold tensors, whose names the patterns of constraints are for");
  }

  /** All of them, each constraint in a form. */
  List<Object> list(Function<Constraint, Object> form) {
    return constraints.list(form);
  }

  /** What a list tells, in which some may be these. */
  NamedConstraints parsed(List<?> list) {
    return new NamedConstraints(constraints.parsedList(list));
  }
}
