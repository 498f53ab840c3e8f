package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adadelta;
import io.github.keras4j.optimizers.keras3.RMSprop;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * More of tf.keras 2.15, since of its optimizers some are another's of this library: {@code
 * src/test/python/tf_keras.py}.
 */
class TfKerasTest {
  @TempDir Path folder;

  static Stream<Truth> files() {
    return Truth.all(Path.of("src/test/resources/tf-keras"));
  }

  @Test
  void hasAllFiles() {
    assertThat(files()).hasSize(17);
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
    Truth truth = Truth.of(Path.of("src/test/resources/tf-keras"), "tf215-new-nadam-f32.h5.json");
    assertThat(KerasFile.read(truth.file()).notes())
        .singleElement()
        .asString()
        .startsWith("Nadam's running product is lost");
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
    KerasFile current = read("tf215-new-rmsprop-centered-momentum-f64.h5.json");
    RMSprop decaying = RMSprop.builder().weightDecay(0.1).build();
    assertThatThrownBy(() -> current.write(folder.resolve("x"), decaying, current.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight_decay must be null, to be written for tf.keras 2.15, got 0.1");
    RMSprop averaging = RMSprop.builder().useEma(true).build();
    assertThatThrownBy(() -> current.write(folder.resolve("x"), averaging, current.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("use_ema must be false, to be written for tf.keras 2.15, got true");
  }

  private static KerasFile read(String json) throws IOException {
    return KerasFile.read(Truth.of(Path.of("src/test/resources/tf-keras"), json).file());
  }
}
