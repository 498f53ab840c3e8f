package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.hdf5.Hdf5.Attribute;
import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Hdf5.Numbers;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.github.keras4j.hdf5.Truth.Batch;
import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.RMSprop;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.Lion;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.schedules.WarmUp;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.OpaqueDataType;
import io.jhdf.object.datatype.StringData;
import io.jhdf.storage.HdfBackingStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is the file that was read, except for what was to be replaced. */
class WriteTest {
  @TempDir Path folder;

  static Stream<Truth> files() {
    return Truth.everywhere();
  }

  // ---- All else is kept -----------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("files")
  void writtenAndReadAgainIsTheSame(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    Path copy = folder.resolve(truth.name());
    file.write(copy, file.optimizer().orElse(null), file.parameters());
    KerasFile again = KerasFile.read(copy);
    assertThat(again.parameters()).isDeepEqualTo(file.parameters());
    assertThat(again.tensors()).isEqualTo(file.tensors());
    assertThat(again.notes()).isEqualTo(file.notes());
    assertThat(state(again)).isEqualTo(state(file));
    Map<String, Object> before = contents(truth.file());
    Map<String, Object> after = contents(copy);
    if (truth.name().contains("untrained")) { // the slots are written as they begin
      before.keySet().removeIf(path -> path.startsWith("/optimizer"));
      after.keySet().removeIf(path -> path.startsWith("/optimizer"));
    }
    if (truth.className().equals("SGD") && truth.config().get("momentum").equals(0.)) {
      Pattern velocity = Pattern.compile(".*/SGD/(Variable|m/).*"); // which has no influence
      before.replaceAll((path, value) -> velocity.matcher(path).matches() ? "any" : value);
      after.replaceAll((path, value) -> velocity.matcher(path).matches() ? "any" : value);
    }
    assertThat(after).containsExactlyInAnyOrderEntriesOf(before);
  }

  private static Optional<OptimizerState> state(KerasFile file) {
    return file.optimizer().map(Optimizer::getState);
  }

  /** All that is in a file, by path: types, shapes, bytes, attributes, JSON by what it says. */
  private static Map<String, Object> contents(Path path) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    Map<String, Object> contents = new TreeMap<>();
    if (Archive.is(bytes)) {
      Archive archive = Archive.read(Bytes.of(ByteBuffer.wrap(bytes)));
      contents.put("entries", List.copyOf(archive.entries().keySet()));
      contents.put("metadata", new String(InMemory.bytes(archive.entries().get("metadata.json"))));
      contents.put("config", archive.config());
      addContents(contents, "", archive.tree());
    } else {
      addContents(contents, "", InMemory.read(bytes));
    }
    return contents;
  }

  private static void addContents(Map<String, Object> contents, String path, Node node)
      throws IOException {
    for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
      String name = path + "@" + attribute.getKey();
      if (attribute.getValue() instanceof Numbers numbers) {
        contents.put(name, List.of(numbers.type().getClass(), bytes(numbers.data())));
      } else {
        Strings texts = (Strings) attribute.getValue();
        boolean json = attribute.getKey().endsWith("_config");
        contents.put(name, json ? Json.read(name, texts.values().get(0)) : texts);
      }
    }
    if (node instanceof Group group) {
      contents.put(path, "a group");
      for (Map.Entry<String, Node> child : group.children().entrySet()) {
        addContents(contents, path + "/" + child.getKey(), child.getValue());
      }
    } else {
      Dataset dataset = (Dataset) node;
      contents.put(
          path,
          List.of(
              dataset.type() instanceof StringData
                  ? OpaqueDataType.class
                  : dataset.type().getClass(),
              dataset.type().getSize(),
              java.util.Arrays.toString(dataset.shape()),
              ByteBuffer.wrap(InMemory.bytes(dataset.data()))));
    }
  }

  private static ByteBuffer bytes(ByteBuffer data) {
    return data.slice();
  }

  // ---- Training goes on after it --------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("files")
  void trainingGoesOnFromTheCopyAsWithoutIt(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    Optimizer optimizer = file.optimizer().orElse(null);
    if (optimizer == null) {
      return;
    }
    double[][] parameters = file.parameters();
    List<Batch> batches = truth.batches("continued");
    for (Batch batch : batches.subList(0, 2)) {
      optimizer.applyGradients(batch.gradients(), parameters);
    }
    Path path = folder.resolve(truth.name());
    file.write(path, optimizer, parameters);

    KerasFile copy = KerasFile.read(path);
    boolean loses = copy.notes().stream().anyMatch(note -> note.contains("iterations of"));
    Optimizer again =
        loses ? copy.optimizer(optimizer.getIterations()) : copy.optimizer().orElseThrow();
    double[][] copied = copy.parameters();
    assertThat(again.getIterations()).isEqualTo(optimizer.getIterations());
    for (Batch batch : batches.subList(2, 5)) {
      optimizer.applyGradients(batch.gradients(), parameters);
      again.applyGradients(batch.gradients(), copied);
    }
    for (int tensor = 0; tensor < copied.length; tensor++) {
      if (truth.isFloat32()) { // rounded once, when it was written
        double largest =
            java.util.Arrays.stream(parameters[tensor]).map(Math::abs).max().orElseThrow();
        assertThat(copied[tensor])
            .containsExactly(
                parameters[tensor],
                org.assertj.core.api.Assertions.within(4 * unit(truth) * largest));
      } else {
        assertThat(copied[tensor]).containsExactly(parameters[tensor]);
      }
    }
  }

  private static double unit(Truth truth) {
    return switch (truth.name()) {
      case "adam-bfloat16.keras" -> 0x1p-7;
      case "adam-float16.keras" -> 0x1p-10;
      default -> 0x1p-23;
    };
  }

  @Test
  void writesAnOptimizerThatTheFileHadNotTrained() throws IOException {
    Truth truth = Truth.of("adam-untrained-f64.h5");
    KerasFile file = KerasFile.read(truth.file());
    assertThat(InMemory.read(Files.readAllBytes(truth.file())).children())
        .doesNotContainKey("optimizer_weights");
    Optimizer adam = file.optimizer().orElseThrow();
    double[][] parameters = file.parameters();
    adam.applyGradients(truth.batches("continued").get(0).gradients(), parameters);
    Path path = folder.resolve("trained.h5");
    file.write(path, adam, parameters);
    assertThat(KerasFile.read(path).optimizer().orElseThrow().getState())
        .isEqualTo(adam.getState());
    assertThat(
            InMemory.read(Files.readAllBytes(path))
                .group("optimizer_weights/Adam")
                .children()
                .keySet())
        .startsWith("iteration", "dense_1_kernel:0_momentum", "dense_1_bias:0_momentum");
  }

  @Test
  void writesAnotherOptimizerThatHasNoWeightsYet() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("adam-untrained-f64.h5").file());
    Path path = folder.resolve("untrained.h5");
    Optimizer rmsprop = new RMSprop();
    file.write(path, rmsprop, file.parameters());
    assertThat(KerasFile.read(path).optimizer().orElseThrow().getState())
        .isEqualTo(rmsprop.getState());
    assertThat(InMemory.read(Files.readAllBytes(path)).children())
        .doesNotContainKey("optimizer_weights");
  }

  @Test
  void writesAnotherOptimizerOfTheGeneration() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("keras3-sgd-nesterov-dense-f64.keras").file());
    AdamW adamw = AdamW.builder().learningRate(0.02).build();
    double[][] parameters = file.parameters();
    adamw.applyGradients(file.parameters(), parameters);
    Path path = folder.resolve("other.keras");
    file.write(path, adamw, parameters);
    OptimizerState read = KerasFile.read(path).optimizer().orElseThrow().getState();
    assertThat(read.className()).isEqualTo("keras3.AdamW");
    assertThat(read.slots().keySet()).isEqualTo(adamw.getState().slots().keySet());
    read.slots()
        .forEach(
            (name, arrays) -> assertThat(arrays).isDeepEqualTo(adamw.getState().slots().get(name)));
    assertThat(read.config()).containsEntry("learning_rate", 0.02);
  }

  @Test
  void writesAWarmUpBeforeAnotherSchedule() throws IOException {
    Path written = folder.resolve("warm-up.keras");
    KerasFile file = KerasFile.read(Truth.FOLDER.resolve("keras3-adam-schedule-dense-f64.keras"));
    WarmUp warm =
        WarmUp.builder()
            .start(0.01)
            .steps(5)
            .schedule(CosineDecay.builder().initialLearningRate(0.1).decaySteps(20).build())
            .build();
    BaseOptimizer adam =
        io.github.keras4j.optimizers.keras3.Adam.builder().learningRate(warm).build();
    adam.build(file.tensors().toArray(new TensorSpec[0]));
    double[][] parameters = file.parameters();
    adam.applyGradients(file.parameters(), parameters);
    file.write(written, adam, parameters);

    Optimizer again = KerasFile.read(written).optimizer().orElseThrow();
    assertThat(again.getConfig())
        .containsEntry("learning_rate", LearningRateSchedule.serialize(warm));
    assertThat(again.getState()).isEqualTo(adam.getState());
    assertThat(again.getLr()).isEqualTo(warm.at(1));
  }

  @Test
  void writesTheLearningRateOfThatMoment() throws IOException {
    for (String name :
        List.of(
            "adam-lstm-f64.h5",
            "tf215-legacy-adamax-dense-f64.h5",
            "tf215-new-rmsprop-dense-f64.h5",
            "keras3-adadelta-dense-f64.keras")) {
      KerasFile file = KerasFile.read(Truth.of(name).file());
      Optimizer optimizer = file.optimizer().orElseThrow();
      optimizer.setLr(0.25);
      Path path = folder.resolve(name);
      file.write(path, optimizer, file.parameters());
      assertThat(KerasFile.read(path).optimizer().orElseThrow().getLr()).isEqualTo(0.25);
    }
  }

  @Test
  void writesVariablesOfWeightsThatDoNotSayTheirClass() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("keras3-adam-dense-f32.weights.h5").file());
    Optimizer adam = file.optimizer(new io.github.keras4j.optimizers.keras3.Adam());
    double[][] parameters = file.parameters();
    adam.applyGradients(file.parameters(), parameters);
    Path path = folder.resolve("trained.weights.h5");
    file.write(path, adam, parameters);
    KerasFile again = KerasFile.read(path);
    Optimizer read = again.optimizer(new io.github.keras4j.optimizers.keras3.Adam());
    assertThat(read.getIterations()).isEqualTo(adam.getIterations());
    assertThat(again.parameters()[0][0]).isEqualTo((float) parameters[0][0]);
    assertThat(read.getWeights().get(2)[0]).isEqualTo((float) adam.getWeights().get(2)[0]);
  }

  @Test
  void keepsTheOptimizerWhereNoneIsGiven() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("tf215-legacy-nadam-dense-f64.h5").file());
    double[][] parameters = file.parameters();
    parameters[0][0] = 0.5;
    Path path = folder.resolve("kept.h5");
    file.write(path, null, parameters);
    Map<String, Object> before = contents(Truth.of("tf215-legacy-nadam-dense-f64.h5").file());
    Map<String, Object> after = contents(path);
    before.remove("/model_weights/dense/dense/kernel:0");
    after.remove("/model_weights/dense/dense/kernel:0");
    assertThat(after).isEqualTo(before);
    assertThat(KerasFile.read(path).parameters()).isDeepEqualTo(parameters);
  }

  @Test
  void mayReplaceTheFileThatWasRead() throws IOException {
    Path path = Files.copy(Truth.of("adam-lstm-f64.h5").file(), folder.resolve("model.h5"));
    KerasFile file = KerasFile.read(path);
    double[][] parameters = file.parameters();
    parameters[1][2] = -7;
    file.write(path, file.optimizer().orElseThrow(), parameters);
    assertThat(KerasFile.read(path).parameters()).isDeepEqualTo(parameters);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(path); // no temporary file is left
    }
  }

  // ---- Rejections -------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "adam-lstm-f64.h5                 | optimizer must be one of Keras 2.2.4, as the file's is",
        "keras3-adagrad-dense-f64.keras   | none",
        "tf215-new-rmsprop-dense-f64.h5   | must be of the class that computes the file's, keras3.RMSprop",
        "tf215-legacy-adamax-dense-f64.h5 | must be of the class that computes the file's, keras3.Adamax",
        "tf215-new-nadam-dense-f64.h5     | optimizer must be null, since there is no optimizer",
        "adam-no-optimizer-f32.h5         | optimizer must be null, since the file has no optimizer"
      })
  void rejectsAnOptimizerThatTheFileCannotHold(String name, String message) throws IOException {
    KerasFile file = KerasFile.read(Truth.of(name).file());
    Path path = folder.resolve(name);
    if (message.equals("none")) {
      file.write(path, new Lion(), file.parameters()); // of the same generation
      return;
    }
    assertThatThrownBy(() -> file.write(path, new Lion(), file.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("got keras3.Lion{");
    assertThat(path).doesNotExist();
  }

  @Test
  void rejectsAnOptimizerOfOtherTensors() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("adam-lstm-f64.h5").file());
    Adam adam = new Adam();
    adam.applyGradients(new double[][] {{1}}, new double[][] {{1}});
    assertThatThrownBy(() -> file.write(folder.resolve("x.h5"), adam, file.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "optimizer must fit the file: variable \"Adam/momentum_0\" of the optimizer must have 18");
  }

  @Test
  void rejectsParametersThatDoNotFit() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("adam-lstm-f64.h5").file());
    Path path = folder.resolve("x.h5");
    assertThatThrownBy(() -> file.write(path, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must be 6 tensors, got null");
    assertThatThrownBy(() -> file.write(path, null, new double[5][]))
        .hasMessage("parameters must be 6 tensors, got 5");
    double[][] parameters = file.parameters();
    parameters[2] = new double[3];
    assertThatThrownBy(() -> file.write(path, null, parameters))
        .hasMessage(
            "parameters[2] must have 16 elements, as lstm_1/recurrent_kernel:0[2, 8], got 3");
    assertThatThrownBy(() -> file.write(null, null, file.parameters()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void saysWhichFileCannotBeWritten() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("adam-lstm-f64.h5").file());
    Path path = folder.resolve("none").resolve("x.h5");
    assertThatThrownBy(() -> file.write(path, null, file.parameters()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write Keras file " + path + ": ");
  }

  @Test
  void rejectsMoreStepsThanKeras3Counts() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("keras3-adagrad-dense-f64.keras").file());
    Optimizer optimizer = file.optimizer().orElseThrow();
    OptimizerState state = optimizer.getState();
    optimizer.setState(
        new OptimizerState(
            state.className(), state.config(), 1L << 31, state.slots(), state.scalars()));
    assertThatThrownBy(() -> file.write(folder.resolve("x.keras"), optimizer, file.parameters()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("iterations must be at most 2147483647 in this file, got 2147483648");
  }

  // ---- What jHDF's writable files could not hold ----------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4080, 65_000, 200_000})
  void writesTextsOfAnyLength(int length) throws IOException {
    Group root = Group.empty();
    Strings text = new Strings(0, true, false, List.of("é".repeat(length)));
    root.attributes().put("model_config", text);
    root.attributes().put("keras_version", new Strings(0, false, false, List.of("3.15.1")));
    assertThat(InMemory.read(InMemory.write(root)).attributes())
        .containsEntry("model_config", text)
        .containsKey("keras_version");
  }

  @Test
  void writesAttributesThatAreNoTexts() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(7).putInt(-1);
    Group root = Group.empty();
    root.attributes().put("numbers", new Numbers(new FixedPoint(4), new int[] {2}, data.flip()));
    Group once = InMemory.read(InMemory.write(root));
    Group twice = InMemory.read(InMemory.write(once));
    Numbers numbers = (Numbers) twice.attributes().get("numbers");
    assertThat(numbers.shape()).containsExactly(2);
    assertThat(numbers.type()).isInstanceOf(FixedPoint.class);
    assertThat(numbers.data().slice()).isEqualTo(data);
  }

  @Test
  void saysWhatCannotBeWritten() {
    Group root = Group.empty();
    DataType flag = new DataType(4, 1) { // a kind of type that jHDF does not write
          @Override
          public Class<?> getJavaType() {
            return Object.class;
          }

          @Override
          public Object fillData(
              ByteBuffer buffer, int[] dimensions, HdfBackingStorage hdfBackingStorage) {
            return null;
          }
        };
    root.attributes().put("flag", new Numbers(flag, new int[] {1}, ByteBuffer.allocate(1)));
    assertThatThrownBy(() -> InMemory.write(root))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("holds what cannot be written: ");
    Group named = Group.empty();
    named.children().put("n".repeat(256), Group.empty());
    assertThatThrownBy(() -> InMemory.write(named))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("has a name of more than 255 bytes, which cannot be written: ");
  }

  @Test
  void cutsAListOfNamesThatIsTooLongIntoPieces() throws IOException {
    KerasFile file = KerasFile.read(Truth.of("adam-untrained-f64.h5").file());
    Group root = InMemory.read(Files.readAllBytes(Truth.of("adam-lstm-f64.h5").file())).copy();
    Group group = root.group("optimizer_weights");
    Strings names = (Strings) group.attributes().remove("weight_names");
    for (int i = 0; i < names.values().size(); i += 4) {
      List<String> some =
          new ArrayList<>(names.values().subList(i, Math.min(i + 4, names.values().size())));
      group
          .attributes()
          .put("weight_names" + i / 4, new Strings(names.length(), false, true, some));
    }
    Path path = Files.write(folder.resolve("pieces.h5"), InMemory.write(root));
    KerasFile pieces = KerasFile.read(path);
    assertThat(state(pieces)).isEqualTo(state(KerasFile.read(Truth.of("adam-lstm-f64.h5").file())));
    assertThat(file.notes()).noneMatch(note -> note.contains("no optimizer"));
  }
}
