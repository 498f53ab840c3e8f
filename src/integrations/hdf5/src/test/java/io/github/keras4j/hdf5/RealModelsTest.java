package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.Truth.Tensor;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.Nadam;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models in the shape of what people train, by {@code src/test/python/real_models.py}: their files
 * are read, and trained on with the same numbers.
 */
class RealModelsTest {
  static final Path FOLDER = Path.of("src/test/resources/real-models");

  /** Files whose training cannot go on, and what the notes say. */
  private static final Map<String, String> WITHOUT_OPTIMIZER =
      Map.of(
          "lora.keras", "is trained by LoRA",
          "gan.weights.h5", "the model has several optimizers",
          "tf215-two-optimizers.weights.h5", "the model has several optimizers");

  /** Files that do not say which weights are trained, or in which order; the caller does. */
  private static final Map<String, String> WITHOUT_ORDER =
      Map.of(
          "k224-gan-adam-f64.h5", "withTrainable says which are",
          "transformer-adamw.keras", "layers inside of which the file does not tell the order",
          "subclassed.keras", "where these arrays come among the parameters",
          "subclassed.weights.h5", "where these arrays come among the parameters",
          "tf215-subclassed-new.weights.h5", "where these arrays come among the parameters");

  static Stream<Truth> files() {
    return Truth.all(FOLDER);
  }

  static Stream<Truth> filesThatGoOn() {
    return files().filter(truth -> !WITHOUT_OPTIMIZER.containsKey(truth.name()));
  }

  @Test
  void hasAllFiles() {
    assertThat(files()).hasSize(59);
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsEveryWeight(Truth truth) throws IOException {
    List<String> expected = new ArrayList<>();
    truth.layers().values().stream()
        .flatMap(List::stream)
        .forEach(one -> expected.add(text(one.shape(), one.values())));
    List<String> read = new ArrayList<>();
    KerasFile.read(truth.file()).weights().values().stream()
        .flatMap(layer -> layer.values().stream())
        .forEach(
            weight ->
                read.add(
                    text(
                        Arrays.stream(weight.tensor().shape()).boxed().toList(), weight.values())));
    if (truth.name().equals("lora.keras")) { // what it learns is merged into the kernel there
      assertThat(read).hasSize(expected.size() - 2);
    } else if (truth.className().equals("two")) { // the optimizers' variables come after them
      assertThat(read).containsAll(expected);
    } else {
      assertThat(read).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  private static String text(List<Integer> shape, double[] values) {
    return shape + Arrays.toString(values);
  }

  @ParameterizedTest
  @MethodSource("filesThatGoOn")
  void takesForParametersWhatKerasTrains(Truth truth) throws IOException {
    KerasFile file = read(truth);
    List<Tensor> expected = truth.parameters();
    if (!truth.name().endsWith(".weights.h5")) { // where the layers' own names are nowhere
      assertThat(file.tensors().stream().map(TensorSpec::name).toList())
          .isEqualTo(expected.stream().map(Tensor::name).toList());
    }
    assertThat(file.parameters())
        .isDeepEqualTo(expected.stream().map(Tensor::values).toArray(double[][]::new));
  }

  @ParameterizedTest
  @MethodSource("filesThatGoOn")
  void trainsOnAsKerasDid(Truth truth) throws IOException {
    KerasFile file = read(truth);
    Optimizer optimizer = optimizer(file, truth);
    if (truth.isOfKeras2()) { // which loses the count of RMSprop
      optimizer = file.optimizer(truth.iterations());
    } else if (truth.name().equals("transformer-adamw.keras")) { // which loses the exclusions
      AdamW decaying =
          AdamW.builder().learningRate(0.01).weightDecay(0.01).globalClipnorm(1.0).build();
      decaying.excludeFromWeightDecay("bias", "gamma", "beta");
      Optimizer excluding = file.optimizer(decaying);
      optimizer = excluding;
    }
    assertThat(optimizer).as("%s", file.notes()).isNotNull();
    KerasFileTest.assertTrainsAs(truth, truth.batches("continued"), optimizer, file.parameters());
  }

  static Stream<Truth> filesThatDoNot() {
    return files()
        .filter(
            truth ->
                WITHOUT_OPTIMIZER.containsKey(truth.name())
                    || WITHOUT_ORDER.containsKey(truth.name()));
  }

  @ParameterizedTest
  @MethodSource("filesThatDoNot")
  void saysWhyATrainingCannotGoOn(Truth truth) throws IOException {
    String why = WITHOUT_OPTIMIZER.getOrDefault(truth.name(), WITHOUT_ORDER.get(truth.name()));
    KerasFile file = KerasFile.read(truth.file());
    assertThat(file.optimizer()).isEmpty();
    assertThat(file.notes()).anyMatch(note -> note.contains(why));
  }

  static boolean saysWhatIsTrained(Truth truth) {
    return !WITHOUT_ORDER.containsKey(truth.name());
  }

  /** The file, and where it does not say which weights are trained, those with their numbers. */
  static KerasFile read(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    if (saysWhatIsTrained(truth)) {
      return file;
    }
    Map<String, String> names = new HashMap<>();
    file.weights()
        .forEach(
            (layer, weights) ->
                weights.forEach(
                    (name, weight) ->
                        names.put(Arrays.toString(weight.values()), layer + "/" + name)));
    return file.withTrainable(
        truth.parameters().stream()
            .map(parameter -> names.get(Arrays.toString(parameter.values())))
            .toArray(String[]::new));
  }

  /** The file's, or for one that does not say its class, one like it. */
  static Optimizer optimizer(KerasFile file, Truth truth) {
    if (truth.name().equals("conv-bn-nadam.weights.h5")) {
      return file.optimizer(Nadam.builder().learningRate(0.01).build());
    }
    if (truth.name().endsWith(".weights.h5") && !WITHOUT_OPTIMIZER.containsKey(truth.name())) {
      return file.optimizer(Adam.builder().learningRate(0.01).build());
    }
    return file.optimizer().orElse(null);
  }
}
