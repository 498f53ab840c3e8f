package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.configuration.Serialized;
import io.github.keras4j.optimizers.step.NamePatterns;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Keras's OptimizerMap: optimizers by patterns of names of tensors, and one, the last, for all
 * others.
 */
record OptimizerMap(NamePatterns patterns, List<BaseOptimizer> optimizers) {
  /** The name in a configuration of the whole map, and within it of the optimizers by pattern. */
  static final String KEY = "optimizer_map";

  private static final String DEFAULT = "default_optimizer";

  /** Rejects optimizers over whose gradients there cannot be one norm. */
  void requireOneNorm() {
    for (int i = 0; i < optimizers.size(); i++) {
      checkArgument(
          !optimizers.get(i).tensorStep().clips(),
          "optimizers[%d] must be without clipnorm, global_clipnorm and clipvalue, since"
              + " global_clipnorm of the whole clips, got one that clips",
          i);
      int steps = optimizers.get(i).step.accumulationSteps();
      int first = optimizers.get(0).step.accumulationSteps();
      checkArgument(
          steps == first,
          "optimizers[%d] must accumulate over as many calls as optimizers[0], %d, with"
              + " global_clipnorm of the whole, got %d",
          i,
          first,
          steps);
    }
  }

  // ---- Tensors --------------------------------------------------------------------------------

  /** One group for each optimizer, empty while the tensors are not known. */
  Group[] groups(Specs told) {
    patterns.begin();
    int[] numbers =
        IntStream.range(0, told.count()).map(i -> number(told.tensor(i).name())).toArray();
    return IntStream.range(0, optimizers.size())
        .mapToObj(
            number ->
                new Group(
                    optimizers.get(number),
                    IntStream.range(0, numbers.length)
                        .filter(tensor -> numbers[tensor] == number)
                        .toArray()))
        .toArray(Group[]::new);
  }

  /** Which of the optimizers a tensor of this name goes to. */
  private int number(String tensor) {
    int exact = patterns.strings().indexOf(tensor);
    if (exact >= 0) {
      return exact;
    }
    List<Integer> matching = patterns.matching(tensor);
    if (matching.size() > 1) {
      throw illegalArgument(
          "name of a tensor must match one pattern, got %s, which matches %s and %s",
          Text.quote(tensor),
          Text.quote(patterns.strings().get(matching.get(0))),
          Text.quote(patterns.strings().get(matching.get(1))));
    }
    return matching.isEmpty() ? optimizers.size() - 1 : matching.get(0);
  }

  // ---- Made from a configuration --------------------------------------------------------------

  /** Takes the optimizers from a configuration, in which they stand as objects or serialized. */
  static OptimizerMap of(Object config) {
    Map<?, ?> map = config(KEY, config, "OptimizerMap");
    List<String> patterns = new ArrayList<>();
    List<BaseOptimizer> optimizers = new ArrayList<>();
    byPattern(map.get(KEY))
        .forEach(
            (pattern, optimizer) -> {
              patterns.add(pattern);
              optimizers.add(optimizer(KEY + "[" + Text.quote(pattern) + "]", optimizer));
            });
    optimizers.add(optimizer(DEFAULT, map.get(DEFAULT)));
    for (int i = 0; i < optimizers.size(); i++) {
      int first = optimizers.indexOf(optimizers.get(i));
      checkArgument(
          first == i,
          "optimizers[%d] must be a separate object, got the object of optimizers[%d]; one for"
              + " both has a pattern such as \"a|b\"",
          i,
          first);
    }
    return new OptimizerMap(NamePatterns.of("patterns", patterns), List.copyOf(optimizers));
  }

  @SuppressWarnings("unchecked") // deserialize checks the keys it looks for
  private static BaseOptimizer optimizer(String what, Object value) {
    Object made = value instanceof Map ? Optimizers.deserialize((Map<String, ?>) value) : value;
    if (!(made instanceof BaseOptimizer optimizer) || optimizer.step instanceof MultiStep) {
      throw Text.mismatch(what, "an optimizer of Keras 3, but no MultiOptimizer", made);
    }
    checkArgument(
        !optimizer.step.guard.isPart(),
        "%s must be in one MultiOptimizer alone, got one that is in another",
        what);
    checkArgument(
        optimizer.calls() == 0 && optimizer.step.lengths() == null,
        "%s must be new, got one that has made %d steps%s",
        what,
        optimizer.calls(),
        optimizer.step.lengths() == null ? "" : " and knows its tensors");
    checkArgument(
        !optimizer.step.isErrorIfNonFinite(),
        "%s must be without error_if_non_finite, got it set to true",
        what);
    return optimizer;
  }

  private static Map<?, ?> config(String what, Object value, String className) {
    Map<?, ?> serialized = map(what, value);
    checkArgument(
        className.equals(serialized.get("class_name")),
        "%s must be the configuration of an %s, got one with class_name %s",
        what,
        className,
        serialized.get("class_name") instanceof String
            ? Text.quote((String) serialized.get("class_name"))
            : "none");
    return map(what + ".config", serialized.get("config"));
  }

  /**
   * What stands for the optimizers, by their patterns: in a map, as Keras has it, or in a list of
   * pairs, as earlier versions wrote a state.
   */
  private static Map<String, Object> byPattern(Object value) {
    String what = KEY + ".config." + KEY;
    Collection<?> entries = value instanceof List ? (List<?>) value : map(what, value).entrySet();
    Map<String, Object> byPattern = new LinkedHashMap<>();
    for (Object entry : entries) {
      List<?> pair =
          entry instanceof Map.Entry<?, ?> its
              ? Arrays.asList(its.getKey(), its.getValue())
              : entry instanceof List<?> list ? list : List.of();
      checkArgument(
          pair.size() == 2 && pair.get(0) instanceof String,
          "%s must have a text for each optimizer, its pattern, got something else",
          what);
      checkArgument(
          byPattern.put((String) pair.get(0), pair.get(1)) == null,
          "%s must have a pattern once, got %s again",
          what,
          Text.quote((String) pair.get(0)));
    }
    return byPattern;
  }

  private static Map<?, ?> map(String what, Object value) {
    return Text.require(what, value, Map.class, "a map");
  }

  // ---- Its configuration ----------------------------------------------------------------------

  /** Keras's configuration, with the optimizers in a form. */
  Map<String, Object> config(Function<BaseOptimizer, Object> form) {
    Map<String, Object> byPattern = new LinkedHashMap<>();
    List<String> strings = patterns.strings();
    for (int i = 0; i < strings.size(); i++) {
      byPattern.put(strings.get(i), form.apply(optimizers.get(i)));
    }
    return config(form.apply(optimizers.get(strings.size())), byPattern);
  }

  static Map<String, Object> config(Object otherwise, Object byPattern) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(DEFAULT, otherwise);
    map.put(KEY, byPattern);
    return Serialized.of("keras.optimizers", "OptimizerMap", map);
  }

  /** The serialized form as a state has it, with exclusions from weight decay. */
  static Map<String, Object> withExclusions(BaseOptimizer inner) {
    Map<String, Object> config = inner.getConfig();
    Map<String, Object> exclusions = inner.step.specs().exclusions().config();
    if (exclusions != null) {
      config.put("build_config", exclusions);
    }
    Map<String, Object> serialized = Optimizers.serialize(inner);
    serialized.put("config", config);
    return serialized;
  }

  /** The configurations of the optimizers inside that a state holds. */
  List<Map<String, Object>> configsIn(Object optimizerMap) {
    Map<?, ?> map = config(KEY, optimizerMap, "OptimizerMap");
    Map<String, Object> byPattern = byPattern(map.get(KEY));
    List<String> expected = patterns.strings();
    checkArgument(
        byPattern.keySet().equals(Set.copyOf(expected)),
        "state must have patterns %s, got %s",
        expected,
        Text.quote(byPattern.keySet().toString()));
    List<Map<String, Object>> configs = new ArrayList<>();
    for (int i = 0; i < optimizers.size(); i++) {
      Object given = i < expected.size() ? byPattern.get(expected.get(i)) : map.get(DEFAULT);
      Object className = Optimizers.serialize(optimizers.get(i)).get("class_name");
      Map<String, Object> config = new LinkedHashMap<>();
      config("optimizers[" + i + "]", given, (String) className)
          .forEach((key, value) -> config.put(String.valueOf(key), value));
      configs.add(config);
    }
    return configs;
  }
}
