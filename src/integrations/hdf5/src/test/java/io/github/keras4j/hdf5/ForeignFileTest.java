package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.keras3.Adam;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** What begins with bytes, of which some are white space to Java. */
  static Stream<Arguments> binaries() {
    return Stream.of(
        Arguments.of("\u001f\u008b\b\0", "is compressed by gzip: unpack it first"),
        Arguments.of("\u0093NUMPY\u0001\0", "is an array of NumPy, not a model: "),
        Arguments.of("\u0080\u0002}q\0.", "is a pickle of Python, as torch.save wrote it: "),
        Arguments.of(" \0\0\0\0\0\0\0{\"a\":{}}", "is a file of safetensors: "),
        Arguments.of("\b\t\u0012\u0007pytorch", "is an ONNX model or another protocol buffer: "),
        Arguments.of("\b\u0001\u0012\u0004onnx", "is an ONNX model or another protocol buffer: "),
        Arguments.of("\b\u0001\u0012\u0010\n\0", "is a .pb of TensorFlow: "),
        Arguments.of("\n\u0010\n\u0001x\u0012\0", "is a .pb of TensorFlow: "),
        Arguments.of("\n  <html>", "is an HTML page, not the file: "),
        Arguments.of("nothing", "is neither an HDF5 file nor a ZIP archive"));
  }

  @ParameterizedTest
  @MethodSource("binaries")
  void saysWhatBytesAre(String start, String what) throws IOException {
    rejects(start.getBytes(StandardCharsets.ISO_8859_1), what);
  }

  private void rejects(byte[] bytes, String what) throws IOException {
    Path file = Files.write(folder.resolve("x"), bytes);
    assertThatThrownBy(() -> KerasFile.read(file))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot read Keras file " + file + ": " + what);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model/data.pkl model/data/0 | is a file of PyTorch: load it in Python",
        "kernel.npy bias.npy         | is an .npz of NumPy: set the weights",
        "kernel.npy readme.txt       | is a ZIP archive without config.json"
      })
  void saysWhatAnArchiveIs(String entries, String what) throws IOException {
    rejects(archive(entries.split(" ")), what);
  }

  @Test
  void saysThatAnArchiveHasAPassword() throws IOException {
    byte[] archive = archive("config.json");
    archive[6] |= 1;
    rejects(archive, "is a ZIP archive with a password: unpack it and zip it without");
  }

  private static byte[] archive(String... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String entry : entries) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.write(1);
      }
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "keras_metadata.pb            | is a folder of a SavedModel: in Python load it",
        "_CHECKPOINT_METADATA         | is a checkpoint of Orbax: restore it in Python",
        "_METADATA                    | is a checkpoint of Orbax: restore it in Python",
        "config.json model.weights.h5 | is an unpacked .keras: zip what is in it",
        "config.json                  | is a folder, not a file"
      })
  void saysWhatAFolderIs(String names, String what) throws IOException {
    for (String name : names.split(" ")) {
      Files.createFile(folder.resolve(name));
    }
    assertThatThrownBy(() -> KerasFile.read(folder))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot read Keras file " + folder + ": " + what);
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
    assertThat(file.optimizer(new Adam()).getIterations()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void saysThatOneShardIsNoModel(int shard) {
    Path file = SHARDED.resolve("adam-sharded_0000" + shard + ".weights.h5");
    assertThatThrownBy(() -> KerasFile.read(file))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(
            "cannot read Keras file %s: is one shard of several: read \"adam-sharded.weights.json\"",
            file);
  }

  @Test
  void notesOfAShardWithoutItsIndexThatArraysAreMissing() throws IOException {
    Path shard = Files.copy(SHARDED.resolve("adam-sharded_00003.weights.h5"), folder.resolve("x"));
    assertThat(KerasFile.read(shard).notes())
        .anyMatch(note -> note.contains("of shards, read their .json"));
  }

  @Test
  void notesThatAFileHasTheNameOfAShardWhoseIndexIsNotThere() throws IOException {
    Path shard = folder.resolve("adam-sharded_00000.weights.h5");
    Files.copy(SHARDED.resolve("adam-sharded_00000.weights.h5"), shard);
    assertThat(KerasFile.read(shard).notes())
        .contains(
            "the file has the name of one shard of several: if it is one, read their index,"
                + " \"adam-sharded.weights.json\", with all of them next to it");
  }

  @Test
  void writesWhatWasInShardsAsOneFile() throws IOException {
    KerasFile file = KerasFile.read(SHARDED.resolve("adam-sharded.weights.json"));
    Path index = Files.writeString(folder.resolve("x.weights.json"), "as before");
    assertThatThrownBy(() -> file.write(index, null, file.parameters()))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "path must be a .weights.h5, since weights are not written in shards, got " + index);
    assertThat(index).hasContent("as before");

    Path whole = folder.resolve("y.weights.h5");
    file.write(whole, null, file.parameters());
    KerasFile again = KerasFile.read(whole);
    assertThat(again.parameters()).isDeepEqualTo(file.parameters());
    assertThat(again.tensors()).isEqualTo(file.tensors());
    assertThat(again.optimizer(new Adam()).getWeights())
        .usingRecursiveComparison()
        .isEqualTo(file.optimizer(new Adam()).getWeights());
  }
}
