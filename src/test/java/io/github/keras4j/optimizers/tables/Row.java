package io.github.keras4j.optimizers.tables;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One optimizer in one configuration.
 *
 * @param excluded from weight decay, as the golden data have it, or null
 */
public record Row(
    Entry entry, String name, Map<String, Object> config, Map<String, List<Object>> excluded) {
  /** For tensors of these lengths, of which it is told where it needs to know. */
  public Optimizer optimizer(int... lengths) {
    return optimizerWith(Map.of(), lengths);
  }

  public Optimizer optimizerWith(Map<String, ?> changes, int... lengths) {
    Map<String, Object> changed = new LinkedHashMap<>(config);
    changed.putAll(changes);
    Optimizer optimizer = entry.factory().apply(changed);
    return entry.is(Trait.NEEDS_BUILD) || excluded != null
        ? told(optimizer, OptimizerTable.specs(lengths))
        : optimizer;
  }

  /** For tensors of these lengths, of which it is told even where it need not know. */
  public Optimizer toldOptimizer(int... lengths) {
    return toldOptimizer(OptimizerTable.specs(lengths));
  }

  public Optimizer toldOptimizer(TensorSpec... specs) {
    return told(entry.factory().apply(config), specs);
  }

  public Optimizer told(Optimizer optimizer, TensorSpec... specs) {
    if (optimizer instanceof BaseOptimizer base) {
      base.build(specs);
      OptimizerTable.exclude(base, excluded);
    }
    return optimizer;
  }

  public boolean has(String name) {
    return setting(name) > 0.;
  }

  public double setting(String name) {
    return config.get(name) instanceof Number number ? number.doubleValue() : 0.;
  }

  /** Whether it takes lazy rows, if it takes rows. */
  public boolean takesLazyRows() {
    return !has("gradient_accumulation_steps");
  }

  public boolean clipsByNorm() {
    return has("clipnorm") || has("global_clipnorm");
  }

  /** The learning rate's name. */
  public String rate() {
    return entry.generation().rate;
  }

  public boolean hasSchedule() {
    return config.get(rate()) instanceof Map;
  }

  @Override
  public String toString() {
    return entry + " " + name;
  }
}
