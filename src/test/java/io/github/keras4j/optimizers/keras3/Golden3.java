package io.github.keras4j.optimizers.keras3;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;

/** Trajectories of Keras 3, as the README beside them describes them. */
@JsonIgnoreProperties(ignoreUnknown = true)
record Golden3(
    @JsonProperty("class_name") String className,
    String[] names,
    int[][] shapes,
    @JsonProperty("initial_params") double[][] initialParams,
    double[][][] gradients,
    List<Case> cases) {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .build();

  /** What one configuration gives. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Case(
      String name,
      Map<String, Object> arguments,
      Map<String, Object> config,
      List<Named> variables,
      @JsonProperty("exclude_from_weight_decay") Map<String, List<Object>> excluded,
      @JsonProperty("missing_gradients") int[][] missingGradients,
      @JsonProperty("set_learning_rate") double[][] setLearningRate,
      List<Moment> expected,
      double[][] finalized,
      boolean bitwise) {}

  /** One of the optimizer's variables. */
  record Named(String name, String path, int[] shape) {}

  /** What is expected after so many steps. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Moment(
      int step,
      long iterations,
      @JsonProperty("learning_rate") double learningRate,
      double[][] params,
      double[][] variables) {}

  /** Several files in one. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Groups(List<Golden3> groups) {}

  /** One case with the file it is from. */
  record Run(Golden3 file, Case trajectory, boolean special) {
    BaseOptimizer optimizer() {
      return deserialize(file.className, trajectory.arguments);
    }

    /** Tells the optimizer what Keras was told before the first step. */
    BaseOptimizer build(BaseOptimizer optimizer) {
      return Golden3.build(optimizer, file.names, file.shapes, trajectory.excluded);
    }

    double[][] initialParameters() {
      return Stream.of(file.initialParams).map(double[]::clone).toArray(double[][]::new);
    }

    /** The gradients of a step, counted from 0, with null for the missing. */
    double[][] gradients(int step) {
      double[][] gradients = file.gradients[step].clone();
      if (trajectory.missingGradients != null) {
        for (int[] missing : trajectory.missingGradients) {
          if (missing[0] == step + 1) {
            gradients[missing[1]] = null;
          }
        }
      }
      return gradients;
    }

    /** Sets the learning rate, if it is to be set after this step, counted from 0. */
    void setLearningRate(int step, DoubleConsumer setter) {
      if (trajectory.setLearningRate != null) {
        for (double[] set : trajectory.setLearningRate) {
          if (set[0] == step + 1) {
            setter.accept(set[1]);
          }
        }
      }
    }

    @Override
    public String toString() {
      return file.className + " " + trajectory.name;
    }
  }

  static final List<String> CLASS_NAMES =
      List.of(
          "SGD",
          "RMSprop",
          "Adagrad",
          "Adadelta",
          "Adam",
          "AdamW",
          "Adamax",
          "Nadam",
          "Ftrl",
          "Lion",
          "Lamb",
          "Adafactor",
          "Muon",
          "ScheduleFreeAdamW");

  static BaseOptimizer deserialize(String className, Map<String, Object> arguments) {
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("module", "keras.optimizers");
    serialized.put("class_name", className);
    serialized.put("config", arguments);
    serialized.put("registered_name", null);
    return (BaseOptimizer) Optimizers.deserialize(serialized);
  }

  /**
   * Tells an optimizer what Keras is told before the first step.
   *
   * @param excluded from weight decay: patterns, or numbers of tensors, or null
   */
  static BaseOptimizer build(
      BaseOptimizer optimizer, String[] names, int[][] shapes, Map<String, List<Object>> excluded) {
    TensorSpec[] specs = new TensorSpec[names.length];
    Arrays.setAll(specs, i -> TensorSpec.of(names[i], shapes[i]));
    optimizer.build(specs);
    if (excluded != null) {
      List<Object> patterns = excluded.get("var_names");
      if (patterns != null) {
        optimizer.excludeFromWeightDecay(patterns.toArray(String[]::new));
      }
      List<Object> numbers = excluded.get("var_list");
      if (numbers != null) {
        optimizer.excludeFromWeightDecay(
            numbers.stream().mapToInt(number -> (Integer) number).toArray());
      }
    }
    return optimizer;
  }

  /** The optimizers that are built. */
  static Stream<String> classNames() {
    return CLASS_NAMES.stream().filter(Golden3::isBuilt);
  }

  /** Those of the optimizers that are built. */
  static Stream<Run> runs() {
    return allRuns().filter(run -> isBuilt(run.file.className));
  }

  static Stream<Run> allRuns() {
    return Stream.concat(
        CLASS_NAMES.stream()
            .map(name -> read(name.toLowerCase(Locale.ROOT), Golden3.class))
            .flatMap(file -> runs(file, false)),
        read("special", Groups.class).groups.stream().flatMap(file -> runs(file, true)));
  }

  private static boolean isBuilt(String className) {
    String name = className.toLowerCase(Locale.ROOT);
    return Optimizers.names().contains("keras3." + name)
        || !List.of("sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam").contains(name)
            && Optimizers.names().contains(name);
  }

  private static Stream<Run> runs(Golden3 file, boolean special) {
    return file.cases.stream().map(trajectory -> new Run(file, trajectory, special));
  }

  private static <T> T read(String name, Class<T> type) {
    try (InputStream json = Golden3.class.getResourceAsStream("/golden-keras3/" + name + ".json")) {
      return JSON.readValue(json, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
