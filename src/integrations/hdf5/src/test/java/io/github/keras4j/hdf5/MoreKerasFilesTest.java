package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.KerasFile.Weight;
import io.github.keras4j.hdf5.Truth.Tensor;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
