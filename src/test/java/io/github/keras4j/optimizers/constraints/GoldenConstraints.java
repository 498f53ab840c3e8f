package io.github.keras4j.optimizers.constraints;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.keras4j.optimizers.support.KerasJson;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the genuine constraints of a Keras compute, as the README next to the files says. */
@JsonIgnoreProperties(ignoreUnknown = true)
record GoldenConstraints(List<Tensor> tensors, List<Case> constraints) {
  static final GoldenConstraints KERAS_3 = read("keras3");
  static final GoldenConstraints KERAS_2 = read("keras2");

  /** What constraints are applied to. */
  record Tensor(int[] shape, double[] values) {}

  /** A constraint, and what it leaves of each tensor, null where its axes are not the tensor's. */
  record Case(
      @JsonProperty("class_name") String className,
      Map<String, Object> arguments,
      Map<String, Object> serialized,
      double[][] expected) {
    Constraint constraint() {
      return Constraint.deserialize(Map.of("class_name", className, "config", arguments));
    }

    @Override
    public String toString() {
      return className + arguments;
    }
  }

  /** A constraint applied to a tensor. */
  record Run(Case constraint, Tensor tensor, double[] expected) {
    double[] actual() {
      double[] values = tensor.values.clone();
      constraint.constraint().apply(values, tensor.shape);
      return values;
    }

    @Override
    public String toString() {
      return constraint + " " + List.of(IntStream.of(tensor.shape).boxed().toArray());
    }
  }

  private static GoldenConstraints read(String file) {
    return KerasJson.read("/golden-constraints/" + file + ".json", GoldenConstraints.class);
  }

  Stream<Run> runs() {
    return constraints.stream()
        .flatMap(
            constraint ->
                IntStream.range(0, tensors.size())
                    .mapToObj(i -> new Run(constraint, tensors.get(i), constraint.expected[i])));
  }
}
