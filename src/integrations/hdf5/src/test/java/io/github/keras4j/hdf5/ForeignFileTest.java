package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not a file of Keras is called by its name, and shards are read by their index. */
class ForeignFileTest {
  private static final Path SHARDED = Path.of("src/test/resources/more-keras-files/sharded");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version https://git-lfs.github.com/spec/v1 | is a pointer of Git LFS",
        "<!DOCTYPE html><html>                      | is an HTML page",
        "MATLAB 5.0 MAT-file                        | is a file of MATLAB",
        "xxxxTFL3xxxx                               | is a model of TensorFlow Lite",
        "xxxxxxxx{\"a\":{}}                          | is a file of safetensors",
        "{\"class_name\": \"Sequential\"}            | is JSON, which holds no weights"
      })
  void saysWhatItIs(String start, String what) throws IOException {
    Path file = Files.write(folder.resolve("x"), start.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> KerasFile.read(file))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot read Keras file " + file + ": " + what);
  }

  @Test
  void saysThatAFolderIsASavedModel() throws IOException {
    Files.createFile(folder.resolve("saved_model.pb"));
    assertThatThrownBy(() -> KerasFile.read(folder))
        .hasMessageContaining(": is a folder of a SavedModel: in Python load it");
  }

  @Test
  void readsShardsByTheirIndex() throws IOException {
    KerasFile file = KerasFile.read(SHARDED.resolve("adam-sharded.weights.json"));
    assertThat(file.tensors().stream().map(tensor -> tensor.toString()).toList())
        .hasSize(4)
        .first()
        .asString()
        .contains("sequential/dense/kernel");
    assertThat(file.optimizer(new io.github.keras4j.optimizers.keras3.Adam()).getIterations())
        .isPositive();
  }

  @Test
  void saysThatOneShardIsNoModel() {
    assertThatThrownBy(() -> KerasFile.read(SHARDED.resolve("adam-sharded_00003.weights.h5")))
        .hasMessageContaining("of shards, read their .json");
  }
}
