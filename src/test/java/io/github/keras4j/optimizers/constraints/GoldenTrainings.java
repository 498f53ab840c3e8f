package io.github.keras4j.optimizers.constraints;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.support.KerasJson;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Whole trainings of a genuine Keras with constraints, as the README next to the files says. */
@JsonIgnoreProperties(ignoreUnknown = true)
record GoldenTrainings(
    String[] names,
    int[][] shapes,
    @JsonProperty("initial_params") double[][] initialParams,
    double[][][] gradients,
    List<Case> trainings) {

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Case(
      String name,
      @JsonProperty("class_name") String className,
      List<Map<String, Object>> constraints,
      Map<String, Object> config,
      @JsonProperty("missing_gradients") int[][] missingGradients,
      List<Moment> expected) {}

  record Moment(int step, double[][] params, double[][] weights) {}

  /** One training with the file that it is from. */
  record Run(GoldenTrainings file, Case training) {
    Optimizer optimizer(boolean ofKeras3) {
      Map<String, Object> serialized = new LinkedHashMap<>();
      serialized.put("class_name", training.className);
      serialized.put("config", training.config);
      if (ofKeras3) {
        serialized.put("module", "keras.optimizers");
      }
      return Optimizers.deserialize(serialized);
    }

    TensorSpec[] specs() {
      TensorSpec[] specs = new TensorSpec[file.names.length];
      Arrays.setAll(specs, i -> TensorSpec.of(file.names[i], file.shapes[i]));
      return specs;
    }

    /** Constrains the tensors by numbers, with or without shapes. */
    void constrain(Optimizer optimizer) {
      boolean told = optimizer instanceof BaseOptimizer;
      for (int tensor = 0; tensor < file.shapes.length; tensor++) {
        Map<String, Object> constraint = training.constraints.get(tensor);
        if (constraint != null) {
          optimizer.constrain(
              tensor, Constraint.deserialize(constraint), told ? new int[0] : file.shapes[tensor]);
        }
      }
    }

    double[][] gradients(int step) {
      double[][] gradients = file.gradients[step].clone();
      if (training.missingGradients != null) {
        for (int[] missing : training.missingGradients) {
          if (missing[0] == step + 1) {
            gradients[missing[1]] = null;
          }
        }
      }
      return gradients;
    }

    @Override
    public String toString() {
      return training.className + ", " + training.name;
    }
  }

  static Stream<Run> of(String keras) {
    GoldenTrainings file =
        KerasJson.read("/golden-constraints/" + keras + ".json", GoldenTrainings.class);
    return file.trainings.stream().map(training -> new Run(file, training));
  }
}
