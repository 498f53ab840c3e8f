package io.github.keras4j.optimizers.keras3;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Seeded arguments, parameters and gradients. */
final class RandomTraining3 {
  static final String[] PATHS = {
    "scale", "dense/bias", "empty/bias", "dense/kernel", "embedding/embeddings", "conv/kernel", "b"
  };

  /** The last is longer than what one thread takes at a time. */
  static final int[][] SHAPES = {{}, {33}, {0}, {7, 4}, {5, 60}, {2, 3, 4}, {41_000}};

  private static final int[] LENGTHS =
      Arrays.stream(SHAPES)
          .mapToInt(shape -> IntStream.of(shape).reduce(1, (x, y) -> x * y))
          .toArray();

  private final Random random;

  RandomTraining3(long seed) {
    random = new Random(seed);
  }

  /**
   * Arguments with everything set, over the ranges that training uses, one clip at most.
   *
   * @param defaults a full configuration of the optimizer
   */
  Map<String, Object> arguments(Map<String, Object> defaults) {
    Map<String, Object> arguments = new TreeMap<>(defaults);
    arguments.replaceAll(this::hyperparameter);
    if (random.nextBoolean()) {
      arguments.put(
          pick("clipnorm", "global_clipnorm", "clipvalue"), Math.pow(10., random.nextInt(4) - 2));
    }
    return arguments;
  }

  private Object hyperparameter(String name, Object byDefault) {
    return switch (name) {
      case "learning_rate" -> random.nextInt(3) == 0 ? schedule() : learningRate();
      case "weight_decay", "adam_weight_decay" ->
          byDefault == null && random.nextBoolean() ? null : random.nextDouble() / 10.;
      case "use_ema", "nesterov", "amsgrad", "centered", "relative_step", "exclude_embeddings" ->
          random.nextBoolean();
      case "ema_overwrite_frequency" -> pick(null, 1, 3);
      // Powers of two, so that squares still add without rounding.
      case "loss_scale_factor" -> pick(null, 1, 0.5, 8.);
      case "gradient_accumulation_steps" -> pick(null, 0, 2, 4);
      case "momentum", "ema_momentum" -> pick(0., random.nextDouble(), random.nextDouble());
      case "rho", "beta_1", "beta_2", "adam_beta_1", "adam_beta_2" ->
          0.5 + 0.499 * random.nextDouble();
      case "epsilon", "epsilon_2" -> Math.pow(10., -9. + 7. * random.nextDouble());
      case "epsilon_1" -> Math.pow(10., -30. + 25. * random.nextDouble());
      case "initial_accumulator_value" -> 0.01 + random.nextDouble();
      case "learning_rate_power" -> pick(-0.5, -1., 0, -random.nextDouble());
      case "beta",
          "l1_regularization_strength",
          "l2_regularization_strength",
          "l2_shrinkage_regularization_strength" ->
          pick(0., random.nextDouble() / 10.);
      case "beta_2_decay" -> -0.5 - random.nextDouble();
      case "clip_threshold", "adam_lr_ratio" -> 0.5 + random.nextDouble();
      case "muon_a", "muon_b", "muon_c" ->
          ((Number) byDefault).doubleValue() * (0.9 + 0.1 * random.nextDouble());
      case "ns_steps" -> random.nextInt(1, 6);
      case "rms_rate" -> pick(null, random.nextDouble());
      case "exclude_layers" -> pick(List.of(), List.of("^dense/k"), List.of("no", "el$"));
      case "warmup_steps" -> random.nextInt(10);
      case "name", "clipnorm", "global_clipnorm", "clipvalue" -> byDefault;
      default -> throw new IllegalArgumentException("no range for " + name);
    };
  }

  private double learningRate() {
    return Math.pow(10., -1. - 4. * random.nextDouble());
  }

  private Map<String, Object> schedule() {
    double rate = learningRate();
    int steps = random.nextInt(1, 20);
    return switch (random.nextInt(6)) {
      case 0 ->
          schedule(
              "ExponentialDecay",
              Map.of("decay_rate", random.nextDouble(0.5, 1.1), "staircase", random.nextBoolean()),
              Map.of("initial_learning_rate", rate, "decay_steps", steps));
      case 1 ->
          schedule(
              "InverseTimeDecay",
              Map.of("decay_rate", random.nextDouble(), "staircase", random.nextBoolean()),
              Map.of("initial_learning_rate", rate, "decay_steps", steps));
      case 2 ->
          schedule(
              "PiecewiseConstantDecay",
              Map.of("boundaries", List.of(steps, steps + 4)),
              Map.of("values", List.of(rate, rate / 2., rate / 10.)));
      case 3 ->
          schedule(
              "PolynomialDecay",
              Map.of("power", pick(0.5, 1., 2, 1.7), "cycle", random.nextBoolean()),
              Map.of(
                  "initial_learning_rate",
                  rate,
                  "decay_steps",
                  steps,
                  "end_learning_rate",
                  rate / 100.));
      case 4 -> {
        Map<String, Object> warmup = new TreeMap<>();
        warmup.put("warmup_target", pick(null, 2. * rate));
        warmup.put("warmup_steps", random.nextInt(6));
        yield schedule(
            "CosineDecay",
            warmup,
            Map.of("initial_learning_rate", rate, "decay_steps", steps, "alpha", 0.1));
      }
      default ->
          schedule(
              "CosineDecayRestarts",
              Map.of("t_mul", pick(1., 1.5, 2), "m_mul", pick(1., 0.8)),
              Map.of("initial_learning_rate", rate, "first_decay_steps", steps, "alpha", 0.1));
    };
  }

  private static Map<String, Object> schedule(
      String className, Map<String, ?> some, Map<String, ?> others) {
    Map<String, Object> config = new TreeMap<>(some);
    config.putAll(others);
    return Map.of(
        "module", "keras.optimizers.schedules", "class_name", className, "config", config);
  }

  /** Tensors left out of weight decay, as the golden data have them, or null. */
  Map<String, List<Object>> excluded() {
    return pick(
        null, Map.of("var_names", List.of("bias", "^sc")), Map.of("var_list", List.of(1, 6)));
  }

  double[][] parameters() {
    return tensors(random::nextGaussian);
  }

  /**
   * Gradients that are multiples of 2<sup>-10</sup> and below 8, one in four of them zero: their
   * squares add without rounding, in whatever order. One tensor in eight has none.
   */
  double[][] gradients() {
    double[][] gradients = tensors(this::gradient);
    for (int k = 1; k < gradients.length; k++) {
      gradients[k] = random.nextInt(8) == 0 ? null : gradients[k];
    }
    return gradients;
  }

  private double gradient() {
    int bits = random.nextInt();
    return (bits & 3) == 0 ? 0. : (bits >> 18) / 1024.;
  }

  private static double[][] tensors(DoubleSupplier element) {
    return IntStream.of(LENGTHS)
        .mapToObj(length -> DoubleStream.generate(element).limit(length).toArray())
        .toArray(double[][]::new);
  }

  @SafeVarargs
  private <T> T pick(T... values) {
    return values[random.nextInt(values.length)];
  }
}
