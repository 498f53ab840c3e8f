package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Hyperparameter;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.ScheduleTable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Any value at all, nested in any way, as a configuration: an optimizer, or one clear rejection.
 */
class ConfigurationFuzzTest {
  private static final int DEPTH = 6;

  /** Words that matter, so that the fuzzer need not guess them letter by letter. */
  private static final List<String> WORDS =
      Stream.of(
              Stream.of(
                  "class_name",
                  "config",
                  "module",
                  "registered_name",
                  "shared_object_id",
                  "keras.optimizers",
                  "decay",
                  "MultiOptimizer",
                  "OptimizerMap",
                  "optimizer_map",
                  "default_optimizer",
                  "build_config",
                  "touched_rows"),
              OptimizerTable.ofKeras().map(Entry::name),
              OptimizerTable.ofKeras().map(entry -> entry.type().getSimpleName()),
              OptimizerTable.ofKeras()
                  .flatMap(entry -> entry.hyperparameters().stream().map(Hyperparameter::name)),
              ScheduleTable.all().map(ScheduleTable.Row::name),
              ScheduleTable.all().flatMap(row -> row.arguments().map(Hyperparameter::name)))
          .flatMap(words -> words)
          .distinct()
          .toList();

  private static final List<Entry> OPTIMIZERS = OptimizerTable.ofKeras().toList();

  @FuzzTest(maxDuration = "5m")
  void getMakesAnOptimizerOrRejects(FuzzedDataProvider data) {
    Object identifier = value(data, 0);
    Object before = copy(identifier);
    try {
      Optimizer optimizer = Optimizers.get(identifier);
      assertServes(optimizer);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageMatching("(?s).+ (must|unknown|known|left out)[ ,].+");
    }
    assertThat(identifier).isEqualTo(before);
  }

  /** Goes past the checks of the outer map, to the hyperparameters. */
  @FuzzTest(maxDuration = "5m")
  void anyHyperparametersMakeAnOptimizerOrAreRejected(FuzzedDataProvider data) {
    Entry entry = data.pickValue(OPTIMIZERS);
    Map<Object, Object> config = map(data, 0);
    Object before = copy(config);
    try {
      Optimizer optimizer =
          Optimizers.deserialize(Map.of("class_name", entry.name(), "config", config));
      Map<String, Double> given = numbers(config);
      given
          .keySet()
          .removeIf(name -> name.equals("decay") && !optimizer.getConfig().containsKey(name));
      assertThat(numbers(optimizer.getConfig())).containsAllEntriesOf(given);
      assertServes(optimizer);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageMatching("(?s).+ (must|known) .+");
    }
    assertThat(config).isEqualTo(before);
  }

  private static void assertServes(Optimizer optimizer) {
    double[][] parameters = {{1., -2.}};
    if (optimizer instanceof BaseOptimizer base) {
      base.build(TensorSpec.of("weights", 1, 2));
    }
    optimizer.applyGradients(new double[][] {{0.5, 0.25}}, parameters);
    assertThat(optimizer.getState().iterations()).isEqualTo(1);
    Map<String, Object> serialized = Optimizers.serialize(optimizer);
    assertThat(Optimizers.serialize(Optimizers.deserialize(serialized))).isEqualTo(serialized);
  }

  /** The numbers of a configuration, which are returned as they were given. */
  private static Map<String, Double> numbers(Map<?, ?> config) {
    Map<String, Double> numbers = new HashMap<>();
    config.forEach(
        (name, value) -> {
          if (value instanceof Number number) {
            numbers.put((String) name, number.doubleValue());
          }
        });
    return numbers;
  }

  private static Object value(FuzzedDataProvider data, int depth) {
    return switch (data.consumeInt(0, depth < DEPTH ? 13 : 10)) {
      case 0 -> null;
      case 1 -> data.consumeBoolean();
      case 2 -> data.consumeInt();
      case 3 -> data.consumeLong();
      case 4 -> data.consumeDouble();
      case 5 -> data.consumeProbabilityDouble();
      case 6 -> data.consumeFloat();
      case 7 -> new BigDecimal(BigInteger.valueOf(data.consumeLong()), data.consumeInt());
      case 8 -> data.pickValue(WORDS);
      case 9 -> data.consumeString(20);
      case 10 -> data.consumeChar();
      case 11 -> list(data, depth + 1);
      default -> map(data, depth + 1);
    };
  }

  private static List<Object> list(FuzzedDataProvider data, int depth) {
    List<Object> list = new ArrayList<>();
    for (int i = data.consumeInt(0, 4); i > 0; i--) {
      list.add(value(data, depth));
    }
    return list;
  }

  /** A map of any kind, as a reader of configurations may have made it. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Map<Object, Object> map(FuzzedDataProvider data, int depth) {
    Map map =
        switch (data.consumeInt(0, 3)) {
          case 0 -> new LinkedHashMap<>();
          case 1 -> new TreeMap<>(); // which throws when asked for a key it cannot compare
          case 2 -> new TreeMap<>(Collections.reverseOrder());
          default -> new ConcurrentHashMap<>(); // which throws when asked for null
        };
    for (int i = data.consumeInt(0, 6); i > 0; i--) {
      Object key = data.consumeInt(0, 3) > 0 ? data.pickValue(WORDS) : value(data, DEPTH);
      try {
        map.put(key, value(data, depth));
      } catch (NullPointerException | ClassCastException e) {
        // This kind of map does not take this entry.
      }
    }
    return data.consumeBoolean() ? Collections.unmodifiableMap(map) : map;
  }

  private static Object copy(Object value) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(Arrays.asList(list.stream().map(v -> copy(v)).toArray()));
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((k, v) -> copy.put(k, copy(v)));
      return copy;
    }
    return value;
  }
}
