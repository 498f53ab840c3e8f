package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Hdf5.Numbers;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of strangers: rejected by name, in bounded memory, and never half read. */
class HostileFileTest {
  /** So many bytes may be taken to read a file of this folder, whatever it claims. */
  private static final long MEMORY = 64L << 20;

  private static final List<String> LAYOUTS =
      List.of(
          "adam-lstm-f64.h5",
          "adam-dense-f64-libver-latest.h5",
          "adam-weights-only-bn-f32.h5",
          "tf215-legacy-adam-lstm-f32.h5",
          "tf215-new-adam-dense-f64.keras",
          "keras3-nadam-bn-f64.h5",
          "keras3-adam-amsgrad-nested-f64.keras",
          "keras3-adam-dense-f32.weights.h5");

  @TempDir Path folder;

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("hostile.h5"), bytes);
  }

  private void assertRejected(byte[] bytes, String why) throws IOException {
    Path path = write(bytes);
    long before = allocated();
    assertThatThrownBy(() -> KerasFile.read(path))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot read Keras file " + path + ": ")
        .hasMessageContaining(why);
    assertThat(allocated() - before).isLessThan(MEMORY);
  }

  /** Reads bytes that may be whole or not. */
  private boolean isRead(byte[] bytes) throws IOException {
    Path path = write(bytes);
    long before = allocated();
    boolean read = true;
    try {
      KerasFile.read(path).optimizer();
    } catch (IOException e) {
      assertThat(e).hasMessageStartingWith("cannot read Keras file " + path + ": ");
      assertThat(e.getMessage().length()).isLessThan(1000);
      read = false;
    }
    assertThat(allocated() - before).isLessThan(MEMORY);
    return read;
  }

  /** By reflection, since the library's module does not read java.management. */
  static long allocated() {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      return (Long)
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes")
              .invoke(threads);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> layouts() {
    return LAYOUTS;
  }

  // ---- Damage ---------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("layouts")
  void rejectsAFileThatIsCutAnywhere(String name) throws IOException {
    byte[] bytes = Truth.of(name).bytes();
    for (int length = 0; length < bytes.length; length += 1 + length / 40) {
      assertRejected(Arrays.copyOf(bytes, length), "");
    }
    assertRejected(Arrays.copyOf(bytes, bytes.length - 1), "");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void readsOrRejectsAFileWithFlippedBits(String name) throws IOException {
    byte[] bytes = Truth.of(name).bytes();
    Random random = new Random(13);
    int rejected = 0;
    for (int trial = 0; trial < 300; trial++) {
      byte[] damaged = bytes.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      rejected += isRead(damaged) ? 0 : 1;
    }
    assertThat(rejected).isPositive();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void readsOrRejectsAFileWithNumbersOfAnySize(String name) throws IOException {
    byte[] bytes = Truth.of(name).bytes();
    Random random = new Random(14);
    long[] sizes = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, 1L << 32};
    for (int trial = 0; trial < 300; trial++) {
      ByteBuffer damaged = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
      int at = random.nextInt(Math.min(bytes.length, 6000) / 8 - 1) * 8;
      damaged.putLong(at, sizes[random.nextInt(sizes.length)]);
      isRead(damaged.array());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "PK", "\u0089HDF", "this is no HDF5 file, but text"})
  void rejectsWhatIsNoFileOfKeras(String text) throws IOException {
    assertRejected(
        text.getBytes(StandardCharsets.ISO_8859_1), "is neither an HDF5 file nor a ZIP archive");
  }

  @Test
  void rejectsAnHdf5FileOfSomebodyElse() throws IOException {
    Group root = Group.empty();
    root.put("data", Dataset.of(FloatingPoint.DOUBLE, new int[] {2}, 1, 2));
    assertRejected(InMemory.write(root), "is an HDF5 file, but none of Keras's: has no layers");
  }

  // ---- Structures that lead nowhere -----------------------------------------------------------

  @Test
  void rejectsATreeThatIsItsOwnBranch() throws IOException {
    byte[] bytes = Truth.of("adam-lstm-f64.h5").bytes();
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int tree = indexOf(bytes, "TREE", 0);
    file.put(tree + 5, (byte) 1); // no leaf
    file.putLong(tree + 32, tree); // its child
    assertRejected(bytes, "is damaged: ");
  }

  @Test
  void rejectsAGroupThatIsInItself() throws IOException {
    byte[] bytes = Truth.of("adam-lstm-f64.h5").bytes();
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long root = file.getLong(64); // where the superblock says it is
    file.putLong(indexOf(bytes, "SNOD", 0) + 16, root);
    assertRejected(bytes, "has an object twice");
  }

  @Test
  void rejectsGroupsWithoutEnd() throws IOException {
    Group root = Group.empty();
    root.put("a/".repeat(65) + "a", Dataset.of(FloatingPoint.DOUBLE, new int[0], 1));
    assertRejected(InMemory.write(root), "has groups more than 64 deep");
  }

  @Test
  void rejectsAHeapThatClaimsMoreThanTheFile() throws IOException {
    byte[] bytes = Truth.of("adam-lstm-f64.h5").bytes();
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(indexOf(bytes, "HEAP", 0) + 8, 1L << 40);
    assertRejected(bytes, "claims 1099511627776 bytes at ");
  }

  @Test
  void rejectsATextOfManyGigabytes() throws IOException {
    byte[] bytes = Truth.of("adam-lstm-f64.h5").bytes();
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(indexOf(bytes, "GCOL", 0) + 8, Integer.MAX_VALUE);
    assertRejected(bytes, "is damaged: ");
  }

  private static int indexOf(byte[] bytes, String text, int from) {
    int index = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text, from);
    assertThat(index).isNotNegative();
    return index;
  }

  /** A list of names that all refer to one long string elsewhere in the file. */
  @Test
  void rejectsAnAttributeThatGrowsBeyondMeasure() throws IOException {
    Group root = root("adam-lstm-f64.h5");
    List<String> names = IntStream.range(0, 4000).mapToObj(i -> "n" + i).toList();
    String bomb = "b".repeat(1 << 20);
    root.attributes().put("bomb", new Strings(0, true, false, List.of(bomb)));
    root.attributes().put("names", new Strings(0, true, true, names));
    byte[] bytes = InMemory.write(root);
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int heap = indexOf(bytes, "bbbbbbbb", 0) - 32;
    int header = indexOf(bytes, "OHDR", 0);
    int data = indexOf(bytes, "names\0", header) + 6 + 20 + 12; // its type and its space
    for (int i = 0; i < names.size(); i++) {
      file.putInt(data + 16 * i, 1 << 20).putLong(data + 16 * i + 4, heap);
      file.putInt(data + 16 * i + 12, 1);
    }
    makeChecksumRight(file, header);
    assertRejected(bytes, "has arrays and strings of more bytes, all told, than the file");
  }

  // ---- What is there is not what belongs there -------------------------------------------------

  private static Group root(String name) {
    try {
      return InMemory.read(Truth.of(name).bytes()).copy();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What is done to a tree. */
  private interface Change {
    void to(Group root) throws IOException;
  }

  private static Arguments wrong(String file, String why, Change change) {
    return arguments(file, why, change, false);
  }

  /** What leaves the weights readable is said in a note. */
  private static Arguments noted(String file, String why, Change change) {
    return arguments(file, why, change, true);
  }

  static Stream<Arguments> changes() {
    String h5 = "adam-lstm-f64.h5";
    String weights = "keras3-adam-dense-f32.weights.h5";
    String kernel = "model_weights/dense_1/dense_1/kernel:0";
    return Stream.of(
        wrong(
            h5,
            "has no group \"dense_1\"",
            r -> r.group("model_weights").children().remove("dense_1")),
        wrong(
            h5,
            "has no array \"" + kernel + "\"",
            r -> r.group("model_weights/dense_1").children().clear()),
        noted(
            h5,
            "has no array \"optimizer_weights/training/Adam/Variable:0\"",
            r -> r.group("optimizer_weights").children().remove("training")),
        wrong(
            h5,
            "has no attribute \"layer_names\" where one belongs",
            r -> r.group("model_weights").attributes().clear()),
        noted(
            h5,
            "attribute \"weight_names\" must be a list of names",
            r -> r.group("optimizer_weights").attributes().put("weight_names", text("x"))),
        wrong(
            h5,
            "attribute \"layer_names\" must be a list of names",
            r ->
                r.group("model_weights")
                    .attributes()
                    .put(
                        "layer_names",
                        new Numbers(new FixedPoint(8), new int[] {1}, ByteBuffer.allocate(8)))),
        wrong(
            h5,
            "\"model_weights\" must be a group, got an array",
            r -> r.children().put("model_weights", scalar())),
        noted(
            h5,
            "\"training_config\" must be a string",
            r -> r.attributes().put("training_config", names("{}"))),
        wrong(
            h5,
            "model_config must be a JSON object",
            r -> r.attributes().put("model_config", text("[1]"))),
        wrong(
            h5,
            "model_config must be a JSON object",
            r -> r.attributes().put("model_config", text("{\"a\""))),
        wrong(
            h5,
            "model_config must be one JSON object",
            r -> r.attributes().put("model_config", text("{\"class_name\":\"A\"} {}"))),
        wrong(
            h5,
            "model_config must be a JSON object",
            r -> r.attributes().put("model_config", text("{\"a\":1,\"a\":2}"))),
        wrong(
            h5,
            "model_config must be a JSON object",
            r -> r.attributes().put("model_config", text("{\"a\":".repeat(100_000)))),
        wrong(
            h5,
            "has layers more than 64 deep",
            r ->
                r.attributes()
                    .put(
                        "model_config",
                        text(
                            "{\"class_name\":\"M\",\"config\":{\"layers\":[".repeat(70)
                                + "]}}".repeat(70)))),
        wrong(
            h5,
            "has more than 10000 layers",
            r ->
                r.attributes()
                    .put(
                        "model_config",
                        text(
                            "{\"class_name\":\"M\",\"config\":{\"layers\":["
                                + "{\"class_name\":\"\"},".repeat(10_000)
                                + "{\"class_name\":\"\"}]}}"))),
        noted(
            h5,
            "layer \"lstm_1\" is not in the model's configuration",
            r ->
                r.attributes()
                    .put(
                        "model_config",
                        text(
                            "{\"class_name\":\"Sequential\",\"config\":{\"layers\":[{\"class_name\":"
                                + "\"E\",\"config\":{\"name\":\"embedding_1\"}}]}}"))),
        wrong(
            h5,
            "\"layers\" must be a list, got 7",
            r ->
                r.attributes()
                    .put(
                        "model_config",
                        text("{\"class_name\":\"Sequential\",\"config\":{\"layers\":7}}"))),
        noted(
            h5,
            "has an optimizer without class_name or config",
            r -> r.attributes().put("training_config", text("{\"optimizer_config\":{}}"))),
        noted(
            h5,
            "\"class_name\" must be a string, got 1",
            r ->
                r.attributes()
                    .put("training_config", text("{\"optimizer_config\":{\"class_name\":1}}"))),
        noted(
            h5,
            "\"Adam\" of 5 tensors must have 16 variables, got 19",
            r ->
                r.put(
                    kernel,
                    new Dataset(
                        new FixedPoint(2),
                        new int[] {2, 2},
                        Bytes.of(ByteBuffer.allocate(8)),
                        Map.of()))),
        noted(
            h5,
            "variable \"training/Adam/Variable_1:0\" of the optimizer must have 24 elements, as momentum of",
            r ->
                r.put(
                    "optimizer_weights/training/Adam/Variable_1:0",
                    Dataset.of(FloatingPoint.DOUBLE, new int[] {3}, 1, 2, 3))),
        noted(
            h5,
            "weights[0] must hold the iterations, one whole number from 0 to 2^53, got -1.0",
            r ->
                r.put(
                    "optimizer_weights/Adam/iterations:0",
                    Dataset.of(new FixedPoint(8), new int[0], -1))),
        noted(
            h5,
            "must hold whole numbers of at most 2^53, got " + Long.MAX_VALUE,
            r ->
                r.put(
                    "optimizer_weights/Adam/iterations:0",
                    new Dataset(
                        new FixedPoint(8),
                        new int[0],
                        Bytes.of(
                            ByteBuffer.allocate(8)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(0, Long.MAX_VALUE)),
                        Map.of()))),
        noted(
            h5,
            "must have 19 variables, got 18",
            r -> {
              Strings names =
                  (Strings) r.group("optimizer_weights").attributes().get("weight_names");
              r.group("optimizer_weights")
                  .attributes()
                  .put("weight_names", names(names.values().subList(0, 18).toArray(String[]::new)));
            }),
        noted(
            h5,
            "has no array \"optimizer_weights/../../etc/passwd\"",
            r -> name(r, "../../etc/passwd")),
        noted(h5, "has no array \"optimizer_weights//etc/passwd\"", r -> name(r, "/etc/passwd")),
        noted(h5, "has no array \"optimizer_weights/./Adam\"", r -> name(r, "./Adam")),
        noted(h5, "has no array \"optimizer_weights/\"", r -> name(r, "")),
        noted(h5, "has no array \"optimizer_weights/\\u001b[2J\"", r -> name(r, "\u001b[2J")),
        noted(
            h5,
            "the file names a variable of it twice",
            r ->
                r.group("optimizer_weights")
                    .attributes()
                    .put("weight_names", names("Adam/iterations:0", "Adam/iterations:0"))),
        wrong(
            h5,
            "has a name that HDF5 does not allow: \"..\"",
            r -> r.children().put("..", Group.empty())),
        wrong(
            h5,
            "has a name that HDF5 does not allow: \"a/b\"",
            r -> r.children().put("a/b", Group.empty())),
        noted(
            weights,
            "has no array \"optimizer/vars/3\"",
            r -> {
              Group vars = r.group("optimizer/vars");
              vars.children().put("three", vars.children().remove("3"));
            }),
        noted(
            weights,
            "layer \"dense\" has no arrays in the file, as one that was not built",
            r -> r.group("layers/dense/vars").children().clear()),
        wrong(weights, "\"layers\" must be a group", r -> r.children().put("layers", scalar())),
        noted(weights, "the model itself has weights", r -> r.put("vars/0", scalar())),
        noted(
            weights,
            "layer \"dense\" has layers inside of which the file does not tell the order",
            r -> {
              r.put("layers/dense/one/vars/0", scalar());
              r.put("layers/dense/two/vars/0", scalar());
            }));
  }

  private static void name(Group root, String name) throws IOException {
    root.group("optimizer_weights").attributes().put("weight_names", names(name));
  }

  private static Strings text(String text) {
    return new Strings(0, true, false, List.of(text));
  }

  private static Strings names(String... names) {
    return new Strings(0, true, true, List.of(names));
  }

  private static Dataset scalar() {
    return Dataset.of(FloatingPoint.DOUBLE, new int[0], 1);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void rejectsOrNotesWhatDoesNotBelongThere(String file, String why, Change change, boolean isNoted)
      throws IOException {
    Group root = root(file);
    change.to(root);
    if (isNoted) {
      KerasFile read = KerasFile.read(write(InMemory.write(root)));
      assertThat(read.notes()).anyMatch(note -> note.contains(why));
      assertThat(read.parameters()).isNotEmpty();
    } else {
      assertRejected(InMemory.write(root), why);
    }
  }

  /**
   * A count that is no number, a schedule that returns none: the weights are there all the same.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"class_name\":\"Custom>Nadam\",\"config\":{\"is_legacy_optimizer\":false,"
            + "\"learning_rate\":{\"class_name\":\"PolynomialDecay\",\"config\":"
            + "{\"initial_learning_rate\":1,\"decay_steps\":1,\"power\":-1,\"name\":null}}}}",
        "{\"class_name\":\"Custom>SGD\",\"config\":{\"is_legacy_optimizer\":false}}",
        "{\"class_name\":\"Adam\",\"config\":{\"gradient_accumulation_steps\":null}}",
        "{\"class_name\":\"Adam\",\"config\":{\"lr\":1}}",
        "{\"class_name\":\"Adam\",\"config\":{\"name\":\"a\",\"decay\":0,\"learning_rate\":1}}"
      })
  void notesACountThatIsNone(String optimizer) throws IOException {
    for (double[] count : new double[][] {{}, {1, 2}, {-1}, {0x1p62}, {7}}) {
      Group root = root("adam-untrained-f64.h5");
      for (Map.Entry<String, Node> layer : root.group("model_weights").children().entrySet()) {
        for (String array : List.of("kernel:0", "bias:0")) { // a model of float32
          String path = "model_weights/" + layer.getKey() + "/" + layer.getKey() + "/" + array;
          if (root.find(path) instanceof Dataset wide) {
            root.put(path, Dataset.of(FloatingPoint.FLOAT, wide.shape(), wide.doubles(path)));
          }
        }
      }
      root.attributes().put("training_config", text("{\"optimizer_config\":" + optimizer + "}"));
      root.put(
          "optimizer_weights/count",
          Dataset.of(new FixedPoint(8), new int[] {count.length}, count));
      root.put("optimizer_weights/more", scalar());
      root.group("optimizer_weights").attributes().put("weight_names", names("count", "more"));
      KerasFile file = KerasFile.read(write(InMemory.write(root)));
      assertThat(file.optimizer()).isEmpty();
      assertThat(file.notes()).anyMatch(note -> note.startsWith("there is no optimizer"));
      assertThat(file.parameters()).hasNumberOfRows(4);
    }
  }

  /** What Keras can read, though no optimizer here can be made of it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"class_name\":\"Mine\",\"config\":{\"lr\":1}}",
        "{\"class_name\":\"AdamW\",\"config\":{\"lr\":1}}",
        "{\"class_name\":\"keras3.Adam\",\"config\":{\"lr\":1}}",
        "{\"class_name\":\"Adam\",\"config\":{}}",
        "{\"class_name\":\"Adam\",\"config\":{\"lr\":\"fast\"}}",
        "{\"class_name\":\"Adam\",\"config\":{\"lr\":-1}}",
        "{\"class_name\":\"Adam\",\"config\":{\"lr\":NaN}}",
        "{\"class_name\":\"Adam\",\"config\":{\"lr\":0.1,\"unheard_of\":1}}",
        "{\"class_name\":\"Lion\",\"config\":{\"name\":\"Lion\",\"decay\":0.0,\"learning_rate\":1}}",
        "{\"class_name\":\"Adam\",\"config\":{\"name\":\"Adam\",\"decay\":0,\"learning_rate\":{}}}",
        "{\"class_name\":\"Ftrl\",\"config\":{\"is_legacy_optimizer\":false}}",
        "{\"class_name\":\"SGD\",\"config\":{\"is_legacy_optimizer\":false,\"use_ema\":true}}",
        "{\"class_name\":\"LossScaleOptimizer\",\"config\":{\"gradient_accumulation_steps\":null}}",
        "{\"class_name\":\"Muon\",\"config\":{\"gradient_accumulation_steps\":null,"
            + "\"exclude_layers\":[\"(a+)+$\"]}}"
      })
  void notesWhyThereIsNoOptimizer(String optimizer) throws IOException {
    Group root = root("adam-lstm-f64.h5");
    root.attributes().put("training_config", text("{\"optimizer_config\":" + optimizer + "}"));
    KerasFile file = KerasFile.read(write(InMemory.write(root)));
    assertThat(file.optimizer()).isEmpty();
    assertThat(file.notes()).singleElement().asString().startsWith("there is no optimizer: ");
    assertThat(file.parameters().length).isEqualTo(6);
  }

  /** A layer that is not Keras's may have weights that are not trained, and does not say so. */
  @Test
  void notesWhatItDoesNotKnowOfALayer() throws IOException {
    Group root = root("adam-lstm-f64.h5");
    String config = ((Strings) root.attributes().get("model_config")).values().get(0);
    root.attributes()
        .put(
            "model_config",
            text(config.replace("\"class_name\": \"LSTM\"", "\"class_name\": \"Mine\"")));
    KerasFile file = KerasFile.read(write(InMemory.write(root)));
    assertThat(file.optimizer()).isPresent();
    assertThat(file.notes())
        .containsExactly(
            "layer \"lstm_1\" is not known here, nor which of its weights are trained: all are"
                + " taken for trained; withTrainable says it");
    name(root, "Adam/iterations:0");
    KerasFile unfit = KerasFile.read(write(InMemory.write(root)));
    assertThat(unfit.optimizer()).isEmpty();
    assertThat(unfit.notes())
        .last()
        .asString()
        .startsWith("there is no optimizer: \"Adam\" of 6 tensors must have 19 variables, got 1");
  }

  // ---- Archives -------------------------------------------------------------------------------

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static Map<String, byte[]> entries() throws IOException {
    return new LinkedHashMap<>(
        InMemory.entries(Truth.of("keras3-adagrad-dense-f64.keras").bytes()));
  }

  @Test
  void readsAnArchiveThatSomebodyCompressed() throws IOException {
    KerasFile file = KerasFile.read(write(zip(entries())));
    assertThat(file.parameters())
        .isDeepEqualTo(
            KerasFile.read(Truth.of("keras3-adagrad-dense-f64.keras").file()).parameters());
  }

  @Test
  void rejectsAnArchiveThatGrowsBeyondMeasure() throws IOException {
    Map<String, byte[]> entries = entries();
    entries.put("assets/bomb", new byte[64 << 20]);
    Path path = write(zip(entries));
    assertThatThrownBy(() -> KerasFile.read(path))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot read Keras file " + path + ": grows more than 16 times when it is unpacked");
  }

  @Test
  void rejectsAnArchiveOfSomethingElse() throws IOException {
    assertRejected(zip(Map.of("a", new byte[1])), "is a ZIP archive without config.json");
    Map<String, byte[]> entries = entries();
    entries.remove("model.weights.h5");
    assertRejected(zip(entries), "is a ZIP archive without model.weights.h5");
    entries.put("model.weights.h5", new byte[100]);
    assertRejected(zip(entries), "is damaged: ");
  }

  @Test
  void notesAModelWhoseLayersAreNotInTheArchive() throws IOException {
    Map<String, byte[]> entries = entries();
    String config =
        new String(entries.get("config.json"), StandardCharsets.UTF_8)
            .replace("\"class_name\": \"Dense\"", "\"class_name\": \"Conv2D\"");
    entries.put("config.json", config.getBytes(StandardCharsets.UTF_8));
    KerasFile file = KerasFile.read(write(zip(entries)));
    assertThat(file.optimizer()).isEmpty();
    assertThat(file.notes())
        .anyMatch(note -> note.startsWith("layer \"dense_1\" has no arrays in the file"))
        .anyMatch(note -> note.contains("does not tell where these arrays come"));
    assertThat(file.weights().values().stream().mapToInt(Map::size).sum()).isEqualTo(4);
  }

  @Test
  void notesAModelThatIsNeitherSequentialNorFunctional() throws IOException {
    Map<String, byte[]> entries = entries();
    entries.put(
        "config.json",
        "{\"class_name\": \"Mine\", \"config\": {}}".getBytes(StandardCharsets.UTF_8));
    KerasFile file = KerasFile.read(write(zip(entries)));
    assertThat(file.optimizer()).isEmpty();
    assertThat(file.weights().values().stream().mapToInt(Map::size).sum()).isEqualTo(4);
  }

  @Test
  void writesNothingOutsideOfTheFileItIsGiven() throws IOException {
    Map<String, byte[]> entries = entries();
    entries.put("../outside", new byte[1]);
    KerasFile file = KerasFile.read(write(zip(entries)));
    Path inner = Files.createDirectory(folder.resolve("inner"));
    file.write(inner.resolve("x.keras"), null, file.parameters());
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.map(Path::getFileName).map(String::valueOf).collect(Collectors.toList()))
          .doesNotContain("outside");
    }
  }

  // ---- Sizes ----------------------------------------------------------------------------------

  @Test
  void rejectsShapesThatTheFileHasNoRoomFor() throws IOException {
    for (int[] shape : List.of(new int[] {0, 1 << 30}, new int[] {1 << 20, 0})) {
      Group root = root("adam-lstm-f64.h5");
      root.put(
          "model_weights/dense_1/dense_1/kernel:0",
          Dataset.of(FloatingPoint.DOUBLE, shape, new double[0]));
      assertRejected(InMemory.write(root), "is damaged: ");
    }
  }

  @Test
  void rejectsArraysThatLieOverEachOther() throws IOException {
    Group root = root("adam-lstm-f64.h5");
    int length = 40_000;
    root.put("big", Dataset.of(FloatingPoint.DOUBLE, new int[] {length}, new double[length]));
    root.put("one", Dataset.of(FloatingPoint.DOUBLE, new int[] {777}, new double[777]));
    byte[] bytes = InMemory.write(root);
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int big = layout(file, 8 * length);
    int one = layout(file, 8 * 777);
    int header = new String(bytes, 0, one, StandardCharsets.ISO_8859_1).lastIndexOf("OHDR");
    int dimension = header;
    while (file.getLong(dimension) != 777) {
      dimension++;
    }
    file.putLong(dimension, length); // the second array is now the first one once more
    file.putLong(one + 2, file.getLong(big + 2)).putLong(one + 10, 8 * length);
    makeChecksumRight(file, header);
    assertRejected(bytes, "has arrays and strings of more bytes, all told, than the file");
  }

  /** Where a header says how many bytes its array has. */
  private static int layout(ByteBuffer file, long size) {
    int at = 0;
    while (file.get(at) != 3 || file.get(at + 1) != 1 || file.getLong(at + 10) != size) {
      at++;
    }
    return at;
  }

  private static void makeChecksumRight(ByteBuffer file, int header) {
    int end = header + 10 + file.getInt(header + 6);
    byte[] checked = Arrays.copyOfRange(file.array(), header, end);
    file.putInt(end, io.jhdf.checksum.ChecksumUtils.checksum(checked));
  }
}
