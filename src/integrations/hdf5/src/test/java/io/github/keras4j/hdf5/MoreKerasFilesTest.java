package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.KerasFile.Weight;
import io.github.keras4j.hdf5.Truth.Batch;
import io.github.keras4j.hdf5.Truth.Tensor;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.Nadam;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as people have them: what they hold is read, and what they do not say is said. */
class MoreKerasFilesTest {
  private static final Path FOLDER = Path.of("src/test/resources/more-keras-files");

  /** Arrays of LoRA, which Keras does not save. */
  private static final String UNSAVED = "lora_kernel";

  static Stream<Truth> files() {
    return Truth.all(FOLDER);
  }

  @Test
  void hasAllFiles() {
    assertThat(files()).hasSize(30);
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsEveryWeight(Truth truth) throws IOException {
    List<String> expected = new ArrayList<>();
    truth.layers().values().stream()
        .flatMap(List::stream)
        .filter(tensor -> !tensor.name().contains(UNSAVED))
        .forEach(tensor -> expected.add(text(tensor.shape(), tensor.values())));
    List<String> read = new ArrayList<>();
    KerasFile.read(truth.file()).weights().values().stream()
        .flatMap(layer -> layer.values().stream())
        .forEach(weight -> read.add(text(weight)));
    if (truth.name().equals("adam-lora-dense.keras")) { // the kernel is merged in the file
      assertThat(read.remove(0)).startsWith("[4, 4]");
      assertThat(expected.remove(0)).startsWith("[4, 4]");
    }
    assertThat(read).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static String text(Weight weight) {
    List<Integer> shape = Arrays.stream(weight.tensor().shape()).boxed().toList();
    return text(shape, weight.values());
  }

  private static String text(List<Integer> shape, double[] values) {
    return shape + Arrays.toString(values);
  }

  /** Files that do not say what is trained, or in what order. */
  static Stream<Truth> filesThatSayWhatIsTrained() {
    List<String> others =
        List.of(
            "adam-custom-z-first.keras",
            "sgd-custom-nontrainable.keras",
            "kerasio-transformer.keras",
            "adam-lora-dense.keras");
    return files().filter(truth -> !others.contains(truth.name()));
  }

  @ParameterizedTest
  @MethodSource("filesThatSayWhatIsTrained")
  void takesForParametersWhatKerasTrains(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    double[][] parameters = file.parameters();
    List<Tensor> expected = truth.parameters();
    assertThat(parameters).hasNumberOfRows(expected.size());
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      assertThat(parameters[tensor])
          .as(expected.get(tensor).name())
          .containsExactly(expected.get(tensor).values());
    }
    boolean isNameless = truth.name().endsWith(".weights.h5"); // the layers' own names are nowhere
    if (!isNameless) {
      assertThat(file.tensors().stream().map(TensorSpec::name).toList())
          .isEqualTo(expected.stream().map(Tensor::name).toList());
    }
  }

  // ---- Optimizers -----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "adam-bidirectional-forward-frozen.json",
        "adam-subclassed-inside.json",
        "adam-td-frozen-base.json",
        "convlstm2d.json",
        "gqa.json",
        "k2.3.1-adam-dense.json",
        "k3.6.0-opt-nadam-64.json",
        "sgd-base-frozen-last-unfrozen.json",
        "sgd-td-frozen-inner.json",
        "spectral-norm.json",
        "tf2.13.1-opt-adam-f32.json",
        "tf2.15.0-mixed-float16.json",
        "tf2.15.0-opt-sgd-f32.json"
      })
  void trainsOnAsKerasDid(String json) throws IOException {
    Truth truth = Truth.of(FOLDER, json);
    KerasFile file = KerasFile.read(truth.file());
    Optimizer optimizer = file.optimizer().orElseThrow();
    assertThat(optimizer.getIterations()).isEqualTo(truth.iterations());
    KerasFileTest.assertTrainsAs(truth, truth.batches("continued"), optimizer, file.parameters());
  }

  /** The truth hands the LossScaleOptimizer gradients that its scale, 8, has multiplied. */
  @Test
  void trainsOnWithTheOptimizerInsideALossScaleOptimizer() throws IOException {
    Truth truth = Truth.of(FOLDER, "adam-lossscale-optimizer.json");
    KerasFile file = KerasFile.read(truth.file());
    Optimizer optimizer = file.optimizer().orElseThrow();
    List<Batch> batches = new ArrayList<>();
    for (Batch batch : truth.batches("continued")) {
      double[][] gradients = batch.gradients();
      for (double[] gradient : gradients) {
        Arrays.setAll(gradient, i -> gradient[i] / 8.);
      }
      batches.add(batch.withGradients(gradients));
    }
    assertThat(optimizer.getIterations()).isEqualTo(7);
    assertThat(file.notes()).singleElement().asString().contains("LossScaleOptimizer");
    KerasFileTest.assertTrainsAs(truth, batches, optimizer, file.parameters());
  }

  @ParameterizedTest
  @CsvSource({
    "adam-frozen-after-training.keras, withTrainable says which are",
    "k3.10.0-opt-muon-64.keras, Muon of Keras before 3.13 computes another formula",
    "untold/keras-3.15.1-custom-optimizer.keras, \"MyAdam\" is a custom class; optimizer(template)",
    "untold/keras-3.15.1-custom-schedule.keras, optimizer(template) fills one that you made",
  })
  void saysWhyThereIsNoOptimizer(String file, String why) throws IOException {
    KerasFile read = KerasFile.read(FOLDER.resolve(file));
    assertThat(read.optimizer()).isEmpty();
    assertThat(read.notes()).last().asString().contains(why);
    assertThat(read.parameters()).isNotEmpty();
  }

  @Test
  void notesThatKerasBefore3Point5CountsCalls() throws IOException {
    KerasFile file = KerasFile.read(FOLDER.resolve("k3.3.3-opt-adam-accum.keras"));
    assertThat(file.optimizer()).isPresent();
    assertThat(file.notes()).singleElement().asString().startsWith("Keras before 3.5 counts every");
  }

  @ParameterizedTest
  @CsvSource({
    "k3.0.5-opt-adam-template.json, 7",
    "tf2.14.0-adam-nested.json, 7",
    "untold/keras-3.0.5-adam.weights.h5, 3",
    "untold/keras-3.15.1-custom-optimizer.keras, 3",
    "untold/keras-3.15.1-custom-schedule.keras, 3",
    "untold/keras-3.9.2-nadam-scalars.keras, 3",
    "k2.3.1-adam-dense.json, 7",
    "k2.0.8-opt-adam-f32.json, 7",
  })
  void fillsATemplate(String name, long iterations) throws IOException {
    boolean isTold = name.endsWith(".json");
    Path path = isTold ? Truth.of(FOLDER, name).file() : FOLDER.resolve(name);
    KerasFile file = KerasFile.read(path);
    Optimizer template = template(name);
    file.optimizer(template);
    assertThat(template.getIterations()).isEqualTo(iterations);
    if (isTold) {
      List<double[]> expected = new ArrayList<>();
      Truth.of(FOLDER, name).optimizerWeights().forEach(weight -> expected.add(weight.values()));
      List<double[]> weights = template.getWeights();
      weights.removeIf(array -> array.length == 1);
      expected.removeIf(array -> array.length == 1);
      assertThat(weights.toArray(double[][]::new)).isDeepEqualTo(expected.toArray(double[][]::new));
    }
  }

  private static Optimizer template(String name) {
    if (name.startsWith("k2")) {
      return new io.github.keras4j.optimizers.Adam();
    }
    return name.contains("nadam")
        ? new Nadam()
        : name.contains("schedule")
            ? Adam.builder().learningRate(step -> 0.001).build()
            : new Adam();
  }

  /** The third variable is the product before 3.10, the last from then on. */
  @Test
  void takesNadamsProductFromWhereItsVersionHasIt() throws IOException {
    Path path = FOLDER.resolve("untold/keras-3.9.2-nadam-scalars.keras");
    Optimizer nadam = KerasFile.read(path).optimizer().orElseThrow();
    assertThat(nadam.getState().scalars()).containsEntry("variable", (double) 0.11397993f);
  }

  /** Keras loads the outer state, the inner one, or both. */
  @ParameterizedTest
  @ValueSource(strings = {"tf2.15.0-mixed-float16.keras", "adam-lossscale-optimizer.keras"})
  void writesStateThatStandsInTheFileTwiceToBothPlaces(String name, @TempDir Path folder)
      throws IOException {
    KerasFile file = KerasFile.read(FOLDER.resolve(name));
    Optimizer optimizer = file.optimizer().orElseThrow();
    double[][] parameters = file.parameters();
    optimizer.applyGradients(file.parameters(), parameters);
    Path copy = folder.resolve(name);
    file.write(copy, optimizer, parameters);
    KerasFile again = KerasFile.read(copy);
    assertThat(again.optimizer().orElseThrow().getIterations()).isEqualTo(8);
    assertThat(again.notes()).isEqualTo(file.notes());
    Group tree = Source.model(copy).tree();
    Group outer = tree.group("optimizer/vars");
    Group inner = tree.group("optimizer/inner_optimizer/vars");
    int around = outer.children().size() - inner.children().size();
    for (int i = 0; i < inner.children().size(); i++) {
      assertThat(outer.requireDataset("" + (around + i)).doubles(""))
          .containsExactly(inner.requireDataset("" + i).doubles(""));
    }
  }

  /** The class stays the file's; its variables and numbers are the template's. */
  @ParameterizedTest
  @ValueSource(strings = {"custom-optimizer", "custom-schedule"})
  void writesATemplateBack(String name, @TempDir Path folder) throws IOException {
    Path path = FOLDER.resolve("untold/keras-3.15.1-" + name + ".keras");
    KerasFile file = KerasFile.read(path);
    Optimizer optimizer = file.optimizer(template(name));
    double[][] parameters = file.parameters();
    optimizer.applyGradients(file.parameters(), parameters);
    boolean hasRate = !name.contains("schedule");
    if (hasRate) {
      ((Adam) optimizer).setLearningRate(0.25);
    }
    Path copy = folder.resolve("copy.keras");
    file.write(copy, optimizer, parameters);
    KerasFile again = KerasFile.read(copy);
    assertThat(again.notes()).isEqualTo(file.notes());
    assertThat(again.parameters()).isDeepEqualTo(asFloats(List.of(parameters)));
    Optimizer filled = again.optimizer(template(name));
    assertThat(filled.getIterations()).isEqualTo(4);
    assertThat(filled.getWeights().toArray(double[][]::new))
        .isDeepEqualTo(asFloats(optimizer.getWeights()));
    Map<String, Object> before = Source.model(path).optimizer();
    Map<String, Object> after = Source.model(copy).optimizer();
    if (hasRate) {
      assertThat(Json.map(after, "config")).containsEntry("learning_rate", 0.25);
      after = Json.with(after, "config", Json.map(before, "config"));
    }
    assertThat(after).isEqualTo(before);
    assertThatThrownBy(() -> file.write(copy, new Nadam(), parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("optimizer must be null, since ");
  }

  private static double[][] asFloats(List<double[]> arrays) {
    return arrays.stream()
        .map(array -> Arrays.stream(array).map(x -> (float) x).toArray())
        .toArray(double[][]::new);
  }

  @Test
  void readsAndKeepsARateThatAScheduleHasReplaced(@TempDir Path folder) throws IOException {
    KerasFile file =
        KerasFile.read(FOLDER.resolve("untold/keras-3.0.5-number-then-schedule.keras"));
    Optimizer optimizer = file.optimizer().orElseThrow();
    assertThat(optimizer.getIterations()).isEqualTo(3);
    Path copy = folder.resolve("copy.keras");
    file.write(copy, optimizer, file.parameters());
    Group vars = Source.model(copy).tree().group("optimizer/vars");
    assertThat(vars.children()).hasSize(10);
    assertThat(KerasFile.read(copy).optimizer().orElseThrow().getState())
        .isEqualTo(optimizer.getState());
  }

  /** A popular way around errors of load_model. */
  @Test
  void notesThatTheVariablesAreGone(@TempDir Path folder) throws IOException {
    Group root = InMemory.read(Files.readAllBytes(FOLDER.resolve("k2.3.1-adam-dense.h5")));
    root.children().remove("optimizer_weights");
    Path path = Files.write(folder.resolve("x.h5"), InMemory.write(root));
    KerasFile file = KerasFile.read(path);
    assertThat(file.optimizer().orElseThrow().getIterations()).isZero();
    assertThat(file.notes())
        .containsExactly(
            "the file has none of the optimizer's variables, as before the first step or where"
                + " they are left out: optimizer() begins with step 0");
  }

  @ParameterizedTest
  @MethodSource("files")
  void writesWhatItReads(Truth truth, @TempDir Path folder) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    double[][] parameters = file.parameters();
    for (double[] tensor : parameters) {
      for (int i = 0; i < tensor.length; i++) {
        tensor[i] = 2. * tensor[i];
      }
    }
    Path copy = folder.resolve(truth.name());
    file.write(copy, null, parameters);
    KerasFile again = KerasFile.read(copy);
    assertThat(again.parameters()).isDeepEqualTo(parameters);
    assertThat(again.notes()).isEqualTo(file.notes());
    assertThat(again.tensors()).isEqualTo(file.tensors());
  }
}
