package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adadelta;
import io.github.keras4j.optimizers.keras3.RMSprop;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.jhdf.object.datatype.FixedPoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * More of tf.keras 2.15, since of its optimizers some are another's of this library: {@code
 * src/test/python/tf_keras.py}.
 */
class TfKerasTest {
  private static final Path FOLDER = Path.of("src/test/resources/tf-keras");

  @TempDir Path folder;

  static Stream<Truth> files() {
    return Truth.all(FOLDER);
  }

  @Test
  void hasAllFiles() {
    assertThat(files()).hasSize(41);
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsParametersBitForBit(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    assertThat(file.tensors().stream().map(TensorSpec::name).toList())
        .isEqualTo(truth.parameters().stream().map(Truth.Tensor::name).toList());
    for (int tensor = 0; tensor < file.tensors().size(); tensor++) {
      assertThat(file.parameters()[tensor])
          .containsExactly(truth.parameters().get(tensor).values());
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void trainsOnAsTfKerasDid(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    Optimizer optimizer = file.optimizer().orElseThrow();
    assertThat(optimizer.getIterations()).isEqualTo(truth.iterations());
    KerasFileTest.assertTrainsAs(truth, truth.batches("continued"), optimizer, file.parameters());
  }

  @ParameterizedTest
  @MethodSource("files")
  void trainsOnFromACopyLikewise(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    Path path = folder.resolve(truth.name());
    file.write(path, file.optimizer().orElseThrow(), file.parameters());
    KerasFile copy = KerasFile.read(path);
    assertThat(copy.optimizer().orElseThrow().getState())
        .isEqualTo(file.optimizer().orElseThrow().getState());
    KerasFileTest.assertTrainsAs(
        truth, truth.batches("continued"), copy.optimizer().orElseThrow(), copy.parameters());
  }

  @Test
  void notesThatNadamsProductIsLost() throws IOException {
    Truth truth = Truth.of(FOLDER, "tf215-new-nadam-f32.h5.json");
    assertThat(KerasFile.read(truth.file()).notes())
        .singleElement()
        .asString()
        .startsWith("Nadam's running product is lost");
  }

  /** After fit a .keras of tf.keras has the metrics too, and a name for compile("rmsprop"). */
  @Test
  void readsAFileAsFitLeavesIt() throws IOException {
    String name = "tf215-new-rmsprop-by-name-f32.keras";
    KerasFile file = read(name + ".json");
    assertThat(file.notes()).singleElement().asString().endsWith(": \"metrics\"");
    assertThat(file.weights().values().stream().mapToInt(Map::size).sum()).isEqualTo(4);
    RMSprop optimizer = (RMSprop) file.optimizer().orElseThrow();
    assertThat(optimizer.getLearningRate()).isEqualTo((double) 0.001f);
    Path path = folder.resolve("x.keras");
    optimizer.setLearningRate(0.5);
    file.write(path, optimizer, file.parameters());
    Map<String, Object> written = Source.model(path).optimizer();
    assertThat(written)
        .containsEntry("module", "keras.optimizers")
        .containsEntry("class_name", "RMSprop");
    assertThat(Json.map(written, "config")).containsEntry("learning_rate", 0.5);
    assertThat(KerasFile.read(path).optimizer().orElseThrow().getState())
        .isEqualTo(optimizer.getState());
    file.write(path, null, file.parameters());
    assertThat(Json.map(config(path), "compile_config")).containsEntry("optimizer", "rmsprop");
  }

  private static Map<String, Object> config(Path path) throws IOException {
    byte[] json = InMemory.entries(Files.readAllBytes(path)).get("config.json");
    return Json.read("config.json", new String(json, StandardCharsets.UTF_8));
  }

  @Test
  void rejectsWhatTfKerasCannotBeTold() throws IOException {
    KerasFile legacy = read("tf215-legacy-adadelta-decay-f64.h5.json");
    Adadelta scheduled =
        Adadelta.builder()
            .learningRate(CosineDecay.builder().initialLearningRate(1).decaySteps(10).build())
            .build();
    assertThatThrownBy(() -> legacy.write(folder.resolve("x"), scheduled, legacy.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "learning_rate must be a number or InverseTimeDecay of decay_steps 1, to be written for"
                + " tf.keras's legacy optimizers, got CosineDecay");
    assertThatThrownBy(
            () ->
                legacy.write(
                    folder.resolve("x"),
                    Adadelta.builder().weightDecay(0.1).build(),
                    legacy.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight_decay must be off, to be written for tf.keras 2.15, got 0.1");
    KerasFile current = read("tf215-new-rmsprop-centered-momentum-f64.h5.json");
    RMSprop scaled = RMSprop.builder().lossScaleFactor(2.).build();
    assertThatThrownBy(() -> current.write(folder.resolve("x"), scaled, current.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loss_scale_factor must be off, to be written for tf.keras 2.15, got 2.0");
    RMSprop averaging = RMSprop.builder().useEma(true).build();
    assertThatThrownBy(() -> current.write(folder.resolve("x"), averaging, current.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "optimizer must fit the file: tf.keras's moving average begins with the parameters");
  }

  /** What the optimizer that is written has and the one that was read had not. */
  @Test
  void writesWeightDecayAndAverages() throws IOException {
    KerasFile file = read("tf215-new-rmsprop-decay-f64.keras.json");
    Optimizer other =
        file.optimizer()
            .orElseThrow()
            .copy(Map.of("weight_decay", 0.5, "use_ema", true, "learning_rate", 0.25));
    double[][] parameters = file.parameters();
    other.applyGradients(file.parameters(), parameters);
    Path copy = folder.resolve("copy.keras");
    file.write(copy, other, parameters);
    KerasFile again = KerasFile.read(copy);
    assertThat(again.optimizer().orElseThrow().getState()).isEqualTo(other.getState());
    assertThat(again.parameters()).isDeepEqualTo(parameters);
  }

  /** What a change takes out of the configuration goes out of the file. */
  @ParameterizedTest
  @CsvSource({
    "tf215-legacy-rmsprop-clipped-f64.h5.json, clipnorm",
    "tf215-legacy-adadelta-decay-f64.h5.json, clipnorm",
    "tf215-new-nadam-clipped-f32.keras.json, global_clipnorm",
  })
  void writesThatNothingClipsAnyMore(String name, String clip) throws IOException {
    KerasFile file = read(name);
    Map<String, Double> off = new HashMap<>();
    off.put(clip, clip.equals("clipnorm") && name.contains("rmsprop") ? 0. : null);
    Optimizer other = file.optimizer().orElseThrow().copy(off);
    assertWritten(file, other);
  }

  @Test
  void writesAnotherScheduleWhereTheFileHasOne() throws IOException {
    KerasFile file = read("tf215-legacy-adam-schedule-f32.h5.json");
    CosineDecay cosine = CosineDecay.builder().initialLearningRate(0.5).decaySteps(10).build();
    Optimizer other = file.optimizer().orElseThrow().copy(Map.of("learning_rate", cosine));
    assertWritten(file, other);
  }

  private void assertWritten(KerasFile file, Optimizer other) throws IOException {
    Path copy = folder.resolve("copy");
    file.write(copy, other, file.parameters());
    assertThat(KerasFile.read(copy).optimizer().orElseThrow().getState())
        .isEqualTo(other.getState());
  }

  /** Only what goes on is the same as in Keras 3. */
  @Test
  void notesThatAnAverageBeginsOtherwise() throws IOException {
    Truth truth = Truth.of(FOLDER, "tf215-new-adagrad-average-f64.h5.json");
    Group root = InMemory.read(truth.bytes());
    root.put("optimizer_weights/iteration:0", Dataset.of(new FixedPoint(8), new int[0], 0.));
    Path path = Files.write(folder.resolve("begin.h5"), InMemory.write(root));
    KerasFile file = KerasFile.read(path);
    assertThat(file.optimizer()).isEmpty();
    assertThat(file.notes())
        .singleElement()
        .asString()
        .startsWith("there is no optimizer: tf.keras's moving average begins with the parameters");
  }

  private static KerasFile read(String json) throws IOException {
    return KerasFile.read(Truth.of(FOLDER, json).file());
  }
}
