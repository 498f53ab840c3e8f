package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.configuration.Configurations;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The constraints that an optimizer has been given, by the numbers of tensors and by patterns for
 * their names. Immutable.
 */
record Constraints(
    TreeMap<Integer, Constrained> byNumber, NamePatterns patterns, List<Constrained> byPattern) {
  static final Constraints NONE =
      new Constraints(new TreeMap<>(), NamePatterns.of("pattern", List.of()), List.of());

  private static final String KEY = Specs.CONSTRAINTS;
  private static final List<String> KEYS = List.of("tensor", "pattern", "constraint", "shape");
  private static final String LIST = "a list of maps of tensor or pattern, constraint and shape";

  /** With one more on a tensor; without a shape it is that told, or a line. */
  Constraints constraining(int tensor, Constraint constraint, int... shape) {
    checkArgument(tensor >= 0, "tensor must be the number of one, got %s", tensor);
    checkArgument(shape != null, "shape must be an array of dimensions, got null");
    return constraining(
        tensor, new Constrained(constraint, shape.length == 0 ? null : shape.clone()));
  }

  Constraints constraining(int tensor, Constrained added) {
    TreeMap<Integer, Constrained> all = new TreeMap<>(byNumber);
    requireOne(tensor, all.put(tensor, added), added);
    return new Constraints(all, patterns, byPattern);
  }

  /** With one more, for the tensors in whose names a pattern is found. */
  Constraints constraining(String pattern, Constraint constraint) {
    List<String> morePatterns = new ArrayList<>(patterns.strings());
    morePatterns.add(pattern);
    List<Constrained> more = new ArrayList<>(byPattern);
    more.add(new Constrained(constraint, (int[]) null));
    return new Constraints(byNumber, NamePatterns.of("pattern", morePatterns), more);
  }

  private static void requireOne(int tensor, Constrained first, Constrained second) {
    if (first != null) {
      throw illegalArgument(
          "tensor %d must have one constraint, got %s and %s",
          tensor, first.constraint(), second.constraint());
    }
  }

  boolean havePatterns() {
    return !patterns.isEmpty();
  }

  boolean isEmpty() {
    return byNumber.isEmpty() && patterns.isEmpty();
  }

  // ---- For a step -----------------------------------------------------------------------------

  /** The constraints of tensors that had these numbers before, and have these lengths now. */
  Constraints renumbered(int[] numbers, int... lengths) {
    TreeMap<Integer, Constrained> followed = new TreeMap<>();
    for (int tensor = 0; tensor < numbers.length; tensor++) {
      Constrained its = byNumber.get(numbers[tensor]);
      if (its != null) {
        followed.put(tensor, its.ofLength(lengths[tensor]));
      }
    }
    return new Constraints(followed, patterns, byPattern);
  }

  /** That of a tensor, which may have a name and a shape; null for none. */
  Constrained of(int tensor, NamedShape named, int length) {
    Constrained its = byNumber.get(tensor);
    if (havePatterns() && named != null) {
      for (int pattern : patterns.foundIn(NamePatterns.lastPart(named.name()))) {
        requireOne(tensor, its, byPattern.get(pattern));
        its = byPattern.get(pattern);
      }
    }
    if (its == null || its.shape() != null) {
      return its;
    }
    int[] shape = named == null ? new int[] {length} : named.shape().clone();
    return new Constrained(its.constraint(), shape);
  }

  /**
   * Begins a series of questions about so many tensors; rejects a number that is none of theirs.
   */
  void begin(int tensors) {
    if (!byNumber.isEmpty() && byNumber.lastKey() >= tensors) {
      throw illegalArgument(
          "constrain must name one of the %d tensors, got number %d", tensors, byNumber.lastKey());
    }
    patterns.begin();
  }

  // ---- Configuration --------------------------------------------------------------------------

  /** All of them, each constraint in a form. */
  List<Object> list(Function<Constraint, Object> form) {
    List<Object> list = new ArrayList<>();
    byNumber.forEach((tensor, told) -> list.add(entry("tensor", (long) tensor, told, form)));
    for (int place = 0; place < byPattern.size(); place++) {
      list.add(entry("pattern", patterns.strings().get(place), byPattern.get(place), form));
    }
    return list;
  }

  private static Map<String, Object> entry(
      String key, Object value, Constrained told, Function<Constraint, Object> form) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put(key, value);
    entry.put("constraint", form.apply(told.constraint()));
    if (told.shape() != null) {
      entry.put("shape", Arrays.stream(told.shape()).mapToObj(Long::valueOf).toList());
    }
    return entry;
  }

  /** What a list tells, in which a constraint that has no other form may be one of these. */
  Constraints parsed(List<?> list) {
    Constraints told = NONE;
    for (Object element : list) {
      Map<?, ?> entry = Text.require(KEY, element, Map.class, LIST);
      for (Object key : entry.keySet()) {
        if (!KEYS.contains(String.valueOf(key))) {
          throw Text.mismatch(KEY, LIST, key);
        }
      }
      checkArgument(
          entry.containsKey("tensor") != entry.containsKey("pattern"),
          "constraints must each have tensor or pattern, got both or none");
      told = told.with(entry, constraintOf(entry.get("constraint")));
    }
    return told;
  }

  private Constraints with(Map<?, ?> entry, Constraint constraint) {
    if (entry.containsKey("pattern")) {
      checkArgument(
          !entry.containsKey("shape"),
          "constraints must be without shape where they have a pattern, got one with both");
      Object pattern = entry.get("pattern");
      return constraining(Text.require("pattern", pattern, String.class, "a string"), constraint);
    }
    List<?> shape = List.of();
    if (entry.containsKey("shape")) {
      String allowed = "a list of whole numbers";
      shape = Text.require("shape", entry.get("shape"), List.class, allowed);
    }
    return constraining(
        Text.wholeNumber("tensor", entry.get("tensor"), "a whole number below 2^31"),
        constraint,
        shape.stream().mapToInt(size -> Text.wholeNumber("shape", size)).toArray());
  }

  /** A constraint as it is, one of these from its serialized form, or a new one. */
  @SuppressWarnings("unchecked") // deserialize checks the keys it looks for
  private Constraint constraintOf(Object value) {
    if (value instanceof Constraint constraint) {
      return constraint;
    }
    Map<?, ?> map =
        Text.require("constraint", value, Map.class, "a constraint or its configuration");
    for (Object known : list(constraint -> constraint)) {
      Constraint own = (Constraint) ((Map<?, ?>) known).get("constraint");
      // A custom class may be known only to who made this optimizer.
      if (own.getClass().getSimpleName().equals(map.get("class_name"))
          && Configurations.same(Constraint.serialize(own), map)) {
        return own;
      }
    }
    return Constraint.deserialize((Map<String, ?>) map);
  }
}
