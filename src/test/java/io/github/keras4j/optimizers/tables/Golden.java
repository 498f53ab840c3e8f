package io.github.keras4j.optimizers.tables;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.plain.Plain;
import io.github.keras4j.optimizers.plain.PlainOptimizer3;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Intrinsics;
import io.github.keras4j.optimizers.support.KerasJson;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;

/**
 * Trajectories of Keras, one file per optimizer of each generation, as the README next to them
 * describes them.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Golden(
    @JsonProperty("class_name") String className,
    String[] names,
    int[][] shapes,
    @JsonProperty("initial_params") double[][] initialParams,
    double[][][] gradients,
    List<Case> cases) {
  /** How far sums in another order may lead, in last places of a tensor's largest magnitude. */
  private static final int CLIPNORM_ULPS = 8;

  private static final int KERAS3_SUM_ULPS = 16;

  /** How far a power, cosine or logarithm may lead where {@link Intrinsics} are missing. */
  private static final int MATH_ULPS = 16;

  /** Ftrl subtracts two powers that may be next to each other. */
  private static final int FTRL_MATH_ULPS = 512;

  /** Read once: mutation testing asks for each run again, thousands of times. */
  private static final Map<String, Golden> FILES = new ConcurrentHashMap<>();

  /** What one configuration gives. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Case(
      String name,
      Map<String, Object> arguments,
      Map<String, Object> config,
      @JsonProperty("exclude_from_weight_decay") Map<String, List<Object>> excluded,
      @JsonProperty("missing_gradients") int[][] missingGradients,
      @JsonProperty("set_learning_rate") double[][] setLearningRate,
      List<Variable> variables,
      List<Moment> expected,
      double[][] finalized,
      boolean bitwise) {}

  /** What Keras calls one of its variables, of which the weights are the values. */
  public record Variable(String name, String path, int[] shape) {}

  /** What is expected after so many steps. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Moment(
      int step,
      double[][] params,
      @JsonAlias("variables") double[][] weights,
      long iterations,
      @JsonProperty("learning_rate") Double learningRate,
      @JsonProperty("m_schedule") Double mSchedule) {}

  /** Several files in one. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Groups(List<Golden> groups) {}

  /** Keras 3 with special values, read once too. */
  private static final class Special {
    public static final List<Golden> FILES =
        KerasJson.read("/golden-keras3/special.json", Groups.class).groups;
  }

  /** One case with the file it is from. */
  public record Run(Entry optimizer, Golden file, Case trajectory, boolean special) {
    public double[][] initialParameters() {
      return Bits.copy(file.initialParams);
    }

    public int steps() {
      return file.gradients.length;
    }

    /** The gradients of a step, counted from 0, with null for the missing. */
    public double[][] gradients(int step) {
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

    /** What Keras writes of the optimizer with this as its config. */
    public Map<String, Object> serialized(Map<String, Object> config) {
      Map<String, Object> serialized = new LinkedHashMap<>();
      if (optimizer.isOf(Generation.KERAS_3)) {
        serialized.put("module", "keras.optimizers");
      }
      serialized.put("class_name", file.className);
      serialized.put("config", config);
      if (optimizer.isOf(Generation.KERAS_3)) {
        serialized.put("registered_name", null);
      }
      return serialized;
    }

    public Optimizer optimizerFromConfiguration() {
      return told(Optimizers.deserialize(serialized(trajectory.arguments)));
    }

    /** Tells the optimizer what Keras was told before the first step. */
    public Optimizer told(Optimizer optimizer) {
      if (optimizer instanceof BaseOptimizer base) {
        base.build(specs());
        OptimizerTable.exclude(base, trajectory.excluded);
      }
      return optimizer;
    }

    private TensorSpec[] specs() {
      TensorSpec[] specs = new TensorSpec[file.names.length];
      Arrays.setAll(specs, i -> TensorSpec.of(file.names[i], file.shapes[i]));
      return specs;
    }

    /** The same in plain code. */
    public PlainOptimizer3 plain(Plain.Sum sum) {
      return (PlainOptimizer3)
          optimizer
              .formula()
              .of(
                  new Plain.Task(
                      trajectory.config, specs(), trajectory.excluded, sum, file.initialParams));
    }

    /** Sets the learning rate, where Keras was told to after so many steps. */
    public void setLearningRate(int step, DoubleConsumer optimizer) {
      if (trajectory.setLearningRate != null) {
        for (double[] set : trajectory.setLearningRate) {
          if (set[0] == step) {
            optimizer.accept(set[1]);
          }
        }
      }
    }

    /** How far from Keras's numbers sums and other powers may lead; 0 where there are none. */
    public int ulps() {
      return sumUlps() + mathUlps();
    }

    /** How far a learning rate may be from Keras's. */
    public int mathUlps() {
      boolean takesMath =
          optimizer.is(Trait.TAKES_MATH_POW)
              || trajectory.arguments.get("learning_rate") instanceof Map;
      if (!takesMath || Intrinsics.present()) {
        return 0;
      }
      return file.className.equals("Ftrl") ? FTRL_MATH_ULPS : MATH_ULPS;
    }

    private int sumUlps() {
      if (optimizer.isOf(Generation.KERAS_3)) {
        return special || trajectory.bitwise ? 0 : KERAS3_SUM_ULPS;
      }
      return clipsByNorm() ? CLIPNORM_ULPS : 0;
    }

    /** Whether clipnorm changes a gradient: then the order of the norm's sum counts. */
    private boolean clipsByNorm() {
      double clipnorm = ((Number) trajectory.arguments.getOrDefault("clipnorm", 0.)).doubleValue();
      return clipnorm > 0. && Stream.of(file.gradients).anyMatch(step -> norm(step) >= clipnorm);
    }

    private static double norm(double[][] tensors) {
      return Math.sqrt(Stream.of(tensors).flatMapToDouble(Arrays::stream).map(g -> g * g).sum());
    }

    @Override
    public String toString() {
      return optimizer + " " + trajectory.name;
    }
  }

  public static Golden of(Entry optimizer) {
    String path =
        String.format(
            "/%s/%s.json",
            optimizer.isOf(Generation.KERAS_3) ? "golden-keras3" : "golden",
            optimizer.keyInKeras());
    return FILES.computeIfAbsent(path, key -> KerasJson.read(key, Golden.class));
  }

  public static Stream<Run> runs() {
    return OptimizerTable.ofKeras()
        .flatMap(
            optimizer ->
                Stream.concat(
                    of(optimizer).runs(optimizer, false),
                    specialFiles(optimizer).flatMap(file -> file.runs(optimizer, true))));
  }

  /** The runs of Keras 3. */
  public static Stream<Run> runsOfKeras3() {
    return runs().filter(run -> run.optimizer.isOf(Generation.KERAS_3));
  }

  private static Stream<Golden> specialFiles(Entry optimizer) {
    return Special.FILES.stream()
        .filter(file -> optimizer.isOf(Generation.KERAS_3))
        .filter(file -> file.className.equalsIgnoreCase(optimizer.keyInKeras()));
  }

  private Stream<Run> runs(Entry optimizer, boolean special) {
    return cases.stream().map(trajectory -> new Run(optimizer, this, trajectory, special));
  }
}
