package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Weights of many kinds of layers, of layers in layers and of models in models come in Keras's
 * order and by Keras's names, though the files hold neither: {@code
 * src/test/python/keras_layers.py}.
 */
class KerasLayersTest {
  private static final Path FOLDER = Path.of("src/test/resources/layers");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "convolutions.keras",
        "sequences.keras",
        "cells.keras",
        "models_in_models.keras",
        "order.keras",
        "compiled_in_compiled.keras",
        "custom.keras",
        "order.weights.h5"
      })
  void weightsComeInKerasOrderAndByItsNames(String name) throws IOException {
    KerasFile file = KerasFile.read(FOLDER.resolve(name));
    List<?> names =
        (List<?>) Json.read(name, Files.readString(FOLDER.resolve(name + ".json"))).get("names");
    assertThat(file.tensors().stream().map(TensorSpec::name).toList()).isEqualTo(names);
    double[][] parameters = file.parameters();
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      assertThat(parameters[tensor]).containsOnly(tensor + 1);
    }
    if (name.endsWith(".keras")) {
      assertThat(file.optimizer()).isPresent();
    }
    if (name.equals("compiled_in_compiled.keras")) {
      assertThat(file.notes()).singleElement().asString().contains("layers/sequential/optimizer");
      assertThat(file.weights().values().stream().mapToInt(Map::size).sum()).isEqualTo(10);
    }
    // And again, once they have been written here.
    Path copy = folder.resolve(name);
    file.write(copy, file.optimizer().orElse(null), parameters);
    assertThat(KerasFile.read(copy).tensors()).isEqualTo(file.tensors());
    assertThat(KerasFile.read(copy).parameters()).isDeepEqualTo(parameters);
  }

  /** An empty one shows that the class has none, by which a subclassed Sequential is known. */
  @Test
  void leavesAConfigurationWithoutLayersAsItIs() throws IOException {
    Map<String, Object> configuration = Map.of("class_name", "Own", "config", Map.of());
    assertThat(Layer.of(configuration).config()).isEmpty();
  }
}
