package io.github.keras4j.optimizers;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What is measured of Keras 3: each optimizer alone, then some with each feature. */
public enum Keras3Case {
  SGD(24, Keras3Loop::sgd, "SGD"),
  MOMENTUM(40, Keras3Loop::momentum, "SGD", "momentum", 0.9),
  NESTEROV(40, Keras3Loop::nesterov, "SGD", "momentum", 0.9, "nesterov", true),
  RMSPROP(40, Keras3Loop::rmsprop, "RMSprop"),
  RMSPROP_CENTERED(56, Keras3Loop::rmspropCentered, "RMSprop", "centered", true),
  RMSPROP_MOMENTUM(56, Keras3Loop::rmspropMomentum, "RMSprop", "momentum", 0.9),
  RMSPROP_CENTERED_MOMENTUM(
      72, Keras3Loop::rmspropCenteredMomentum, "RMSprop", "centered", true, "momentum", 0.9),
  ADAGRAD(40, Keras3Loop::adagrad, "Adagrad"),
  ADADELTA(56, Keras3Loop::adadelta, "Adadelta"),
  ADAM(56, Keras3Loop::adam, "Adam"),
  AMSGRAD(72, Keras3Loop::amsgrad, "Adam", "amsgrad", true),
  ADAMAX(56, Keras3Loop::adamax, "Adamax"),
  NADAM(56, Keras3Loop::nadam, "Nadam"),
  FTRL(56, Keras3Loop::ftrl, "Ftrl"),
  LION(40, Keras3Loop::lion, "Lion"),
  SCHEDULE_FREE_ADAMW(56, Keras3Loop::scheduleFreeAdamW, "ScheduleFreeAdamW"),

  SGD_DECAY(24, Keras3Loop::sgd, "SGD", "weight_decay", 0.004),
  SGD_CLIPVALUE(24, Keras3Loop::sgd, "SGD", "clipvalue", 1),
  SGD_CLIPNORM(24, Keras3Loop::sgd, "SGD", "clipnorm", 1),
  SGD_GLOBAL_CLIPNORM(24, Keras3Loop::sgd, "SGD", "global_clipnorm", 1),
  SGD_EMA(24, Keras3Loop::sgd, "SGD", "use_ema", true),
  SGD_ACCUMULATION(24, Keras3Loop::sgd, "SGD", "gradient_accumulation_steps", 2),
  SGD_LOSS_SCALE(24, Keras3Loop::sgd, "SGD", "loss_scale_factor", 3),

  RMSPROP_EMA(40, Keras3Loop::rmsprop, "RMSprop", "use_ema", true),
  ADAGRAD_EMA(40, Keras3Loop::adagrad, "Adagrad", "use_ema", true),
  LION_EMA(40, Keras3Loop::lion, "Lion", "use_ema", true),

  ADAM_DECAY(56, Keras3Loop::adam, "Adam", "weight_decay", 0.004),
  ADAM_CLIPVALUE(56, Keras3Loop::adam, "Adam", "clipvalue", 1),
  ADAM_CLIPNORM(56, Keras3Loop::adam, "Adam", "clipnorm", 1),
  ADAM_GLOBAL_CLIPNORM(56, Keras3Loop::adam, "Adam", "global_clipnorm", 1),
  ADAM_EMA(56, Keras3Loop::adam, "Adam", "use_ema", true),
  ADAM_ACCUMULATION(56, Keras3Loop::adam, "Adam", "gradient_accumulation_steps", 2),
  ADAM_LOSS_SCALE(56, Keras3Loop::adam, "Adam", "loss_scale_factor", 3),

  RMSPROP_CENTERED_MOMENTUM_LOSS_SCALE(
      72,
      Keras3Loop::rmspropCenteredMomentum,
      "RMSprop",
      "centered",
      true,
      "momentum",
      0.9,
      "loss_scale_factor",
      3),

  ADAMW(56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004),
  ADAMW_CLIPVALUE(56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004, "clipvalue", 1),
  ADAMW_CLIPNORM(56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004, "clipnorm", 1),
  ADAMW_GLOBAL_CLIPNORM(56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004, "global_clipnorm", 1),
  ADAMW_EMA(56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004, "use_ema", true),
  ADAMW_ACCUMULATION(
      56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004, "gradient_accumulation_steps", 2),
  ADAMW_LOSS_SCALE(56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004, "loss_scale_factor", 3),
  ADAMW_CLIPVALUE_EMA(
      56, Keras3Loop::adam, "AdamW", "weight_decay", 0.004, "clipvalue", 1, "use_ema", true);

  private final int bytesAlone;
  private final Consumer<Keras3Loop> loop;
  private final String className;
  private final Map<String, Object> config = new HashMap<>();

  /**
   * @param bytesAlone what the formula reads and writes, features aside, for an element
   * @param config names and values in turns
   */
  Keras3Case(int bytesAlone, Consumer<Keras3Loop> loop, String className, Object... config) {
    this.bytesAlone = bytesAlone;
    this.loop = loop;
    this.className = className;
    for (int i = 0; i < config.length; i += 2) {
      this.config.put((String) config[i], config[i + 1]);
    }
  }

  /** What benchmarks call it, as the library does where it is an optimizer without features. */
  String label() {
    return "keras3." + name().toLowerCase(Locale.ROOT);
  }

  static Optional<Keras3Case> find(String label) {
    return Stream.of(values()).filter(value -> value.label().equals(label)).findFirst();
  }

  Optimizer optimizer(Map<String, ?> clipping) {
    Map<String, Object> all = new HashMap<>(config);
    all.putAll(clipping);
    return Optimizers.get(Map.of("class_name", "keras3." + className, "config", all));
  }

  boolean has(String feature) {
    return config.containsKey(feature);
  }

  void run(Keras3Loop arrays) {
    loop.accept(arrays);
  }

  /** What a step reads and writes for an element: where two differ, what they do on average. */
  int bytes() {
    int bytes = bytesAlone;
    if (has("use_ema")) {
      bytes += 16;
    }
    if (has("clipnorm") || has("global_clipnorm")) {
      bytes += 8;
    }
    if (has("gradient_accumulation_steps")) {
      bytes = (24 + bytes + 16) / 2;
    }
    return bytes;
  }
}
