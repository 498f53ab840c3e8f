package io.github.keras4j.tribuo;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.SGD;
import io.github.keras4j.optimizers.keras3.Adafactor;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.Lamb;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.Muon;
import io.github.keras4j.optimizers.keras3.RMSprop;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The optimizers under test: all by name, and some with what changes the way of a step. */
final class Cases {
  private Cases() {}

  /** New optimizers by what they are called here. */
  static Map<String, Optimizer> all() {
    Map<String, Optimizer> all = new LinkedHashMap<>();
    Optimizers.names().forEach(name -> all.put(name, Optimizers.get(name)));
    all.put("nesterov of 2.2.4", SGD.builder().momentum(0.9).nesterov(true).build());
    all.put("momentum", SGD.builder().lr(0.1).momentum(0.9).decay(0.01).clipnorm(0.5).build());
    all.put(
        "amsgrad",
        io.github.keras4j.optimizers.Adam.builder().amsgrad(true).clipvalue(0.2).build());
    all.put("centered", RMSprop.builder().momentum(0.9).centered(true).build());
    all.put("weight decay", Adam.builder().weightDecay(0.1).build());
    all.put("moving average", Adam.builder().useEma(true).emaMomentum(0.9).build());
    all.put(
        "overwriting average",
        Adam.builder().useEma(true).emaMomentum(0.5).emaOverwriteFrequency(3).build());
    all.put("accumulation", Adam.builder().gradientAccumulationSteps(3).build());
    all.put(
        "accumulation of 0",
        io.github.keras4j.optimizers.keras3.SGD.builder().gradientAccumulationSteps(0).build());
    all.put(
        "accumulation without momentum",
        io.github.keras4j.optimizers.keras3.SGD.builder().gradientAccumulationSteps(3).build());
    all.put(
        "weight decay without momentum",
        io.github.keras4j.optimizers.keras3.SGD.builder().weightDecay(0.1).build());
    all.put("global norm", Adam.builder().globalClipnorm(0.5).lossScaleFactor(64.).build());
    all.put(
        "schedule",
        Adam.builder()
            .learningRate(
                CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).alpha(0.25).build())
            .build());
    Adam excluding = Adam.builder().weightDecay(0.5).build();
    excluding.excludeFromWeightDecay(0);
    all.put("excluded from weight decay", excluding);
    all.put("groups", groups());
    all.put(
        "accumulation in groups",
        MultiOptimizer.builder()
            .add("parameters/1", Adam.builder().gradientAccumulationSteps(2).build())
            .otherwise(AdamW.builder().build())
            .build());
    all.put(
        "groups that add",
        MultiOptimizer.builder()
            .add("parameters/1", Adam.builder().build())
            .otherwise(RMSprop.builder().build())
            .build());
    all.put("null", Muon.fromConfig(withoutDecay()));
    return all;
  }

  private static Map<String, Object> withoutDecay() {
    Map<String, Object> config = new HashMap<>();
    config.put("weight_decay", null);
    config.put("adam_weight_decay", null);
    config.put("rms_rate", null);
    return config;
  }

  private static Optimizer groups() {
    return MultiOptimizer.builder()
        .add("parameters/0", Lamb.builder().learningRate(0.1).build())
        .otherwise(Adafactor.builder().learningRate(0.01).build())
        .build();
  }

  static Optimizer get(String name) {
    return all().get(name);
  }

  // ---- What an optimizer says of itself, and the core's FormulaContractTest holds it to
  // -----------

  /** Whether a case is exact only up to the rounding of a difference. */
  static boolean readsParameters(String name) {
    return get(name).readsParameters();
  }

  static boolean mayBeLazy(String name) {
    Optimizer optimizer = get(name);
    return optimizer.takesRows() && !accumulates(optimizer);
  }

  /** Whether a gradient of zero leaves parameters and state as they are. */
  static boolean keepsStillAtZero(String name) {
    Optimizer optimizer = get(name);
    return optimizer.ignoresZeros() && !optimizer.readsParameters() && !accumulates(optimizer);
  }

  private static boolean accumulates(Optimizer optimizer) {
    if (optimizer instanceof MultiOptimizer groups) {
      return groups.optimizers().stream().anyMatch(Cases::accumulates);
    }
    return optimizer.getConfig().get("gradient_accumulation_steps") instanceof Number steps
        && steps.longValue() > 1;
  }
}
