package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a file does not say: which weights are trained, and in which order. */
class WithTrainableTest {
  private static final Path FILES = Path.of("src/test/resources/keras-files");

  private static KerasFile file;

  @BeforeAll
  static void read() throws IOException {
    file = KerasFile.read(FILES.resolve("keras3-rmsprop-dense-f64.keras"));
  }

  @Test
  void hasTheWeightsInTheOrderGiven() {
    KerasFile told = file.withTrainable("dense/bias", "dense/kernel");

    assertThat(told.tensors())
        .extracting("name")
        .containsExactly("sequential/dense/bias", "sequential/dense/kernel");
    assertThat(told.parameters()[1]).isEqualTo(file.parameters()[0]);
  }

  @Test
  void hasNoOptimizerWhereItsVariablesAreOfOthers() {
    KerasFile told = file.withTrainable("dense/bias");

    assertThat(told.optimizer()).isEmpty();
    assertThat(told.notes()).isNotEmpty();
    assertThat(file.optimizer()).isPresent();
  }

  @Test
  void rejectsWhatIsNoWeight() {
    rejects("weights must be names, got null", (String[]) null);
    rejects("weights must be names of one weight each, got null, the name of none", (String) null);
    rejects(
        "weights must be names of one weight each, got \"dense/kernal\", the name of none",
        "dense/kernal");
    rejects(
        "weights must be given once, got twice \"dense/bias\"",
        "dense/bias",
        "dense/kernel",
        "dense/bias");
  }

  @Test
  void isToldOfWhereAnOptimizerIsOfOtherWeightsAlone() {
    assertThat(file.withTrainable("dense/bias").notes())
        .singleElement()
        .asString()
        .endsWith("; withTrainable says which are");
    assertThat(file.withTrainable().notes())
        .containsExactly("there is no optimizer, since the model has no weight to train");
  }

  private static void rejects(String message, String... weights) {
    assertThatThrownBy(() -> file.withTrainable(weights))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
