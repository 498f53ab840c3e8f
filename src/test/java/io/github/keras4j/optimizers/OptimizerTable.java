package io.github.keras4j.optimizers;

import io.github.keras4j.examples.AdaBelief;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Every optimizer in every configuration that the contract is held for. An optimizer joins by a row
 * in {@link #OPTIMIZERS}.
 */
final class OptimizerTable {
  /**
   * An optimizer.
   *
   * @param factory makes it from a configuration
   * @param lr with which it comes down both slopes of the convergence tests in 3,000 steps
   * @param configs what to try it with
   */
  record Entry(
      String className,
      Function<Map<String, ?>, Optimizer> factory,
      double lr,
      List<Map<String, Object>> configs) {

    @Override
    public String toString() {
      return className;
    }
  }

  /** One optimizer in one configuration. */
  record Row(Entry entry, Map<String, Object> config) {
    Optimizer optimizer() {
      return entry.factory.apply(config);
    }

    Optimizer optimizerWith(Map<String, ?> changes) {
      Map<String, Object> changed = new HashMap<>(config);
      changed.putAll(changes);
      return entry.factory.apply(changed);
    }

    double setting(String name) {
      return config.get(name) instanceof Number number ? number.doubleValue() : 0.;
    }

    @Override
    public String toString() {
      return entry + " " + config;
    }
  }

  static final List<Entry> OPTIMIZERS =
      List.of(
          keras("SGD", SGD::fromConfig, 0.002),
          keras("RMSprop", RMSprop::fromConfig, 0.01),
          keras("Adagrad", Adagrad::fromConfig, 0.5),
          keras("Adadelta", Adadelta::fromConfig, 0.5),
          keras("Adam", Adam::fromConfig, 0.05),
          keras("Adamax", Adamax::fromConfig, 0.05),
          keras("Nadam", Nadam::fromConfig, 0.05),
          new Entry(
              "AdaBelief",
              AdaBelief::fromConfig,
              0.05,
              List.of(
                  Map.of(),
                  Map.of("lr", 0.01, "decay", 0.1),
                  Map.of("beta_1", 0.5, "beta_2", 0.7, "epsilon", 1e-8),
                  Map.of("clipnorm", 1., "clipvalue", 0.3))));

  private OptimizerTable() {}

  static Stream<Entry> optimizers() {
    return OPTIMIZERS.stream();
  }

  static Stream<Row> rows() {
    return optimizers().flatMap(entry -> entry.configs.stream().map(c -> new Row(entry, c)));
  }

  private static Entry keras(
      String className, Function<Map<String, ?>, Optimizer> factory, double lr) {
    return new Entry(
        className,
        factory,
        lr,
        Golden.of(className).cases().stream().map(Golden.Case::arguments).toList());
  }
}
