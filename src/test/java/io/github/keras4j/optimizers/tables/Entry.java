package io.github.keras4j.optimizers.tables;

import static io.github.keras4j.optimizers.tables.Generation.KERAS_2;
import static io.github.keras4j.optimizers.tables.Trait.SUMS_OVER_ELEMENTS;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.plain.Plain;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * An optimizer.
 *
 * @param name as {@link Optimizers#get} knows it, if it does
 * @param factory makes it from a configuration
 * @param rate the learning rate with which it comes down both slopes of the contract
 * @param formula the formula once more, or null
 * @param own hyperparameters that others do not have, or that have another range there
 * @param configs what to try it with; null for the configurations of the golden data
 */
public record Entry(
    String name,
    Generation generation,
    Function<Map<String, ?>, Optimizer> factory,
    double rate,
    Plain.Formula formula,
    Set<Trait> traits,
    List<Hyperparameter> own,
    List<Map<String, Object>> configs) {
  /** Cases of Keras 3 that between them have every feature that all optimizers share. */
  private static final Set<String> SHARED_FEATURES =
      Set.of(
          "weight_decay excluding names",
          "clipnorm",
          "global_clipnorm",
          "accumulation, schedule, weight_decay, clipvalue",
          "accumulation, ema, overwriting",
          "loss_scale_factor");

  Entry having(Hyperparameter... own) {
    return new Entry(name, generation, factory, rate, formula, traits, List.of(own), configs);
  }

  Entry tried(List<Map<String, Object>> configs) {
    return new Entry(name, generation, factory, rate, formula, traits, own, configs);
  }

  public boolean is(Trait trait) {
    return traits.contains(trait);
  }

  public boolean isOf(Generation generation) {
    return this.generation == generation;
  }

  public boolean hasGoldenData() {
    return configs == null;
  }

  public boolean isOfTheLibrary() {
    return type().getPackageName().startsWith(Optimizer.class.getPackageName());
  }

  /** The name without its generation. */
  public String keyInKeras() {
    return name.substring(name.indexOf('.') + 1);
  }

  public Class<?> type() {
    return factory.apply(configs == null ? Map.of() : configs.get(0)).getClass();
  }

  /** From a configuration, and told of tensors where it needs to know. */
  public Optimizer optimizer(Map<String, ?> config, int... lengths) {
    return new Row(this, "", new LinkedHashMap<>(config), null).optimizer(lengths);
  }

  /** The formula once more, for tensors that these specs tell. */
  public Plain plain(
      Map<String, Object> config,
      TensorSpec[] specs,
      Map<String, List<Object>> excluded,
      double[]... parameters) {
    Plain.Sum sum = is(SUMS_OVER_ELEMENTS) ? Plain.Sum.EXACT : Plain.Sum.LEFT_TO_RIGHT;
    return formula.of(new Plain.Task(config, specs, excluded, sum, parameters));
  }

  /** What the configuration holds, and what it holds only where it is set. */
  public List<Hyperparameter> hyperparameters() {
    Set<String> names = new TreeSet<>(factory.apply(Map.of()).getConfig().keySet());
    generation.common.forEach(row -> names.add(row.name()));
    return names.stream().map(this::hyperparameter).toList();
  }

  public Hyperparameter hyperparameter(String name) {
    return Stream.of(own, generation.common, generation.shared, Hyperparameter.OF_SOME)
        .flatMap(List::stream)
        .filter(row -> row.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row for " + name + " of " + this));
  }

  public Stream<Row> rows() {
    if (configs != null) {
      return configs.stream()
          .map(config -> new Row(this, new TreeMap<>(config).toString(), config, null));
    }
    List<Golden.Case> cases = Golden.of(this).cases();
    int own =
        isOf(KERAS_2)
            ? cases.size()
            : cases.stream().map(Golden.Case::name).toList().indexOf("weight_decay");
    return Stream.concat(
            cases.stream().limit(own),
            cases.stream().skip(own).filter(c -> SHARED_FEATURES.contains(c.name())))
        .map(c -> new Row(this, c.name(), c.arguments(), c.excluded()));
  }

  @Override
  public String toString() {
    return name;
  }
}
