package io.github.keras4j.optimizers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.ExponentialDecay;
import io.github.keras4j.optimizers.schedules.InverseTimeDecay;
import io.github.keras4j.optimizers.schedules.PiecewiseConstantDecay;
import io.github.keras4j.optimizers.schedules.PolynomialDecay;
import io.github.keras4j.optimizers.support.Bits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A training of each optimizer, stopped between two updates of an accumulation: checkpoints of it
 * are kept in every format that there was, with the parameters after three more steps.
 *
 * <p>To keep the trainings of a format, run {@link #main} with the code that writes it, and with
 * the name of a new directory. Files of an older format are never written again, so an optimizer
 * that comes after a format has none of it: add it here when the next format is kept.
 *
 * <p>No configuration takes a power or a cosine of which the last place may differ from one
 * processor to another.
 */
final class SavedTrainings {
  /** Next to the checkpoints: by name the parameters at the end, as hexadecimal doubles. */
  static final String EXPECTED = "expected.json";

  /** One more than an update, where four gradients are accumulated for each. */
  private static final int STEPS = 5;

  private static final TensorSpec[] SPECS = {
    TensorSpec.of("embedding/table", 3, 2),
    TensorSpec.of("dense/kernel", 2, 3),
    TensorSpec.of("dense/bias", 3),
    TensorSpec.of("scale")
  };

  private SavedTrainings() {}

  /** Writes all checkpoints and what is expected of them. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createDirectories(Path.of(arguments[0]));
    Map<String, String[][]> expected = new TreeMap<>();
    for (Map.Entry<String, Supplier<Optimizer>> training : all().entrySet()) {
      Optimizer optimizer = training.getValue().get();
      double[][] parameters = initialParameters();
      for (int step = 1; step <= STEPS; step++) {
        optimizer.applyGradients(gradients(step), parameters);
      }
      Checkpoint.save(directory.resolve(training.getKey() + ".npz"), optimizer, parameters);
      goOn(optimizer, parameters);
      expected.put(training.getKey(), hexadecimal(parameters));
    }
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(directory.resolve(EXPECTED).toFile(), expected);
  }

  /** Three more steps. */
  static void goOn(Optimizer optimizer, double[][] parameters) {
    for (int step = STEPS + 1; step <= STEPS + 3; step++) {
      optimizer.applyGradients(gradients(step), parameters);
    }
  }

  static String[][] hexadecimal(double[][] tensors) {
    return Arrays.stream(tensors)
        .map(tensor -> Arrays.stream(tensor).mapToObj(Double::toHexString).toArray(String[]::new))
        .toArray(String[][]::new);
  }

  private static double[][] initialParameters() {
    return Bits.normal(0, lengths());
  }

  private static double[][] gradients(int step) {
    return Bits.normal(step, lengths());
  }

  private static int[] lengths() {
    return Arrays.stream(SPECS).mapToInt(TensorSpec::length).toArray();
  }

  // ---- The optimizers -------------------------------------------------------------------------

  /** By the names of their files, in the state in which they begin. */
  static Map<String, Supplier<Optimizer>> all() {
    Map<String, Supplier<Optimizer>> all = new LinkedHashMap<>();
    keras2(all, "sgd", Map.of("momentum", 0.9, "nesterov", true, "clipvalue", 0.5));
    keras2(all, "rmsprop", Map.of("rho", 0.8, "clipnorm", 1.));
    keras2(all, "adagrad", Map.of("epsilon", 1e-8, "clipnorm", 0.5));
    keras2(all, "adadelta", Map.of("rho", 0.9, "lr", 0.5));
    keras2(all, "adam", Map.of("amsgrad", true, "clipnorm", 1., "error_if_non_finite", true));
    keras2(all, "adamax", Map.of("beta_1", 0.8, "clipvalue", 1.));
    all.put(
        "nadam",
        () -> optimizer("nadam", Map.of("lr", 0.01, "schedule_decay", 0., "clipnorm", 1.)));

    keras3(all, "keras3.sgd", Map.of("learning_rate", cosine(), "momentum", 0.9, "nesterov", true));
    keras3(all, "keras3.rmsprop", Map.of("momentum", 0.5, "centered", true));
    keras3(all, "keras3.adagrad", Map.of("learning_rate", exponential()));
    keras3(all, "keras3.adadelta", Map.of("rho", 0.9, "loss_scale_factor", 4.));
    keras3(all, "keras3.adam", Map.of("amsgrad", true, "learning_rate", inverseTime()));
    keras3(all, "adamw", Map.of("learning_rate", polynomial(), "error_if_non_finite", true));
    keras3(all, "keras3.adamax", Map.of("learning_rate", piecewise()));
    keras3(all, "keras3.nadam", Map.of("learning_rate", 0.01, "name", "Nadam 나담"));
    keras3(all, "ftrl", Map.of("l1_regularization_strength", 0.01, "clipvalue", 1.));
    keras3(all, "lion", Map.of("beta_1", 0.8, "clipnorm", 1.));
    keras3(all, "lamb", Map.of("learning_rate", 0.01));
    keras3(all, "adafactor", Map.of("beta_2_decay", -1., "learning_rate", 0.01));
    keras3(all, "muon", Map.of("adam_weight_decay", 0.02, "exclude_embeddings", true));
    keras3(all, "schedulefreeadamw", Map.of("warmup_steps", 3));
    all.put("multioptimizer", SavedTrainings::groups);
    return all;
  }

  private static void keras2(
      Map<String, Supplier<Optimizer>> all, String name, Map<String, Object> config) {
    all.put(name, () -> optimizer(name, with(config, Map.of("decay", 0.1))));
  }

  private static void keras3(
      Map<String, Supplier<Optimizer>> all, String name, Map<String, Object> config) {
    all.put(name, () -> told(optimizer3(name, config), "bias", "scale"));
  }

  private static Optimizer groups() {
    BaseOptimizer ofMatrices =
        optimizer3("adamw", Map.of("learning_rate", piecewise(), "clipnorm", 1.));
    BaseOptimizer ofVectors =
        optimizer3("keras3.sgd", Map.of("learning_rate", cosine(), "momentum", 0.9));
    ofMatrices.excludeFromWeightDecay(0);
    ofVectors.excludeFromWeightDecay("bias");
    MultiOptimizer groups =
        MultiOptimizer.builder()
            .add("embedding/.*", optimizer3("adafactor", Map.of("beta_2_decay", -1.)))
            .add(".+/kernel", ofMatrices)
            .otherwise(ofVectors)
            .lossScaleFactor(2.)
            .build();
    groups.build(SPECS);
    return groups;
  }

  private static BaseOptimizer optimizer3(String name, Map<String, Object> config) {
    Map<String, Object> shared = new TreeMap<>();
    shared.put("gradient_accumulation_steps", 4);
    shared.put("use_ema", true);
    shared.put("ema_momentum", 0.9);
    shared.put("ema_overwrite_frequency", 2);
    shared.put("weight_decay", 0.01);
    if (config.keySet().stream().noneMatch(key -> key.contains("clip"))) {
      shared.put("global_clipnorm", 1.);
    }
    return (BaseOptimizer) optimizer(name, with(shared, config));
  }

  private static Optimizer told(BaseOptimizer optimizer, String... excluded) {
    optimizer.build(SPECS);
    optimizer.excludeFromWeightDecay(excluded);
    optimizer.excludeFromWeightDecay(0);
    return optimizer;
  }

  private static Optimizer optimizer(String name, Map<String, Object> config) {
    return Optimizers.deserialize(Map.of("class_name", name, "config", config));
  }

  private static Map<String, Object> with(Map<String, Object> config, Map<String, Object> more) {
    Map<String, Object> all = new TreeMap<>(config);
    all.putAll(more);
    return all;
  }

  // ---- Learning rates -------------------------------------------------------------------------

  /** Still warming up at the end. */
  private static CosineDecay cosine() {
    return CosineDecay.builder()
        .initialLearningRate(0.001)
        .warmupTarget(0.1)
        .warmupSteps(10.)
        .decaySteps(100.)
        .alpha(0.25)
        .build();
  }

  /** In stairs, each half of that before. */
  private static ExponentialDecay exponential() {
    return ExponentialDecay.builder()
        .initialLearningRate(0.1)
        .decaySteps(2.)
        .decayRate(0.5)
        .staircase(true)
        .build();
  }

  private static InverseTimeDecay inverseTime() {
    return InverseTimeDecay.builder()
        .initialLearningRate(0.1)
        .decaySteps(3.)
        .decayRate(0.5)
        .build();
  }

  private static PolynomialDecay polynomial() {
    return PolynomialDecay.builder()
        .initialLearningRate(0.1)
        .decaySteps(20.)
        .endLearningRate(0.01)
        .power(1.)
        .build();
  }

  private static PiecewiseConstantDecay piecewise() {
    return PiecewiseConstantDecay.builder().boundaries(1., 3.).values(0.1, 0.01, 0.001).build();
  }
}
