package io.github.keras4j.optimizers.configuration;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** What every configuration has to be, so that whoever reads it may cast and recur. */
public final class Configurations {
  private static final int MAX_DEPTH = 32;

  private Configurations() {}

  /**
   * Rejects a map that has, at any depth, keys other than strings, or that is nested too deep or
   * holds itself.
   *
   * <p>It goes down level by level, and looks at an object once in each: so the time stays small
   * where lists and maps stand in many places.
   */
  public static void check(Map<?, ?> config) {
    Set<Object> level = identitySet();
    level.add(config);
    for (int depth = 1; !level.isEmpty(); depth++) {
      checkArgument(
          depth <= MAX_DEPTH,
          "config must be nested at most %d deep, got it deeper or cyclic",
          MAX_DEPTH);
      level = containersIn(level);
    }
  }

  /** Whether two values of a configuration mean the same, whatever kind of number they hold. */
  public static boolean same(Object a, Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return x.doubleValue() == y.doubleValue();
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      Iterator<?> others = y.iterator();
      return x.size() == y.size() && x.stream().allMatch(value -> same(value, others.next()));
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.keySet().equals(y.keySet())
          && x.entrySet().stream().allMatch(e -> same(e.getValue(), y.get(e.getKey())));
    }
    return Objects.equals(a, b);
  }

  /** A copy at every depth of a checked map, where each map in it becomes something else. */
  public static Map<String, Object> copy(
      Map<String, ?> config, Function<Map<String, Object>, ?> inner) {
    Map<String, Object> copy = new LinkedHashMap<>(config);
    copy.replaceAll((name, value) -> copyOf(value, inner));
    return copy;
  }

  @SuppressWarnings("unchecked") // the keys have been checked
  private static Object copyOf(Object value, Function<Map<String, Object>, ?> inner) {
    if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>(list);
      copy.replaceAll(element -> copyOf(element, inner));
      return copy;
    }
    return value instanceof Map ? inner.apply(copy((Map<String, ?>) value, inner)) : value;
  }

  private static Set<Object> containersIn(Set<Object> parents) {
    Set<Object> found = identitySet();
    for (Object parent : parents) {
      for (Object child : parent instanceof Map<?, ?> map ? values(map) : (List<?>) parent) {
        if (child instanceof List || child instanceof Map) {
          found.add(child);
        }
      }
    }
    return found;
  }

  private static Collection<?> values(Map<?, ?> map) {
    for (Object key : map.keySet()) {
      if (!(key instanceof String)) {
        throw illegalArgument("config must have names as keys, got %s", Text.describe(key));
      }
    }
    return map.values();
  }

  private static Set<Object> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }
}
