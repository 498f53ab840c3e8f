package io.github.keras4j.hdf5;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A file that Keras wrote, and what Keras says is in it, as the README in the folder has it. */
record Truth(Path file, Map<String, Object> json) {
  static final Path FOLDER = Path.of("src/test/resources/keras-files");

  static Stream<Truth> all() {
    return all(FOLDER);
  }

  static Stream<Truth> all(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .map(Truth::of)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All files that have a truth. */
  static Stream<Truth> everywhere() {
    return Stream.of("keras-files", "more-keras-files", "tf-keras", "groups", "real-models")
        .flatMap(folder -> all(FOLDER.resolveSibling(folder)));
  }

  static Truth of(String file) {
    return of(FOLDER.resolve(file.replaceAll("(\\.weights)?\\.(h5|keras)$", "") + ".json"));
  }

  static Truth of(Path folder, String json) {
    return of(folder.resolve(json));
  }

  private static Truth of(Path json) {
    try {
      Map<String, Object> truth = Json.read(json.toString(), Files.readString(json));
      return new Truth(json.resolveSibling((String) truth.get("file")), truth);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tensor as Keras has it. */
  record Tensor(String name, List<Integer> shape, double[] values) {}

  /**
   * One more batch in Keras. The model itself may change its parameters before the optimizer does,
   * as SpectralNormalization of tf.keras: to these, null where it does not.
   */
  record Batch(double[][] gradients, double[][] parameters, long iterations, double[][] changed) {
    Batch withGradients(double[][] others) {
      return new Batch(others, parameters, iterations, changed);
    }
  }

  byte[] bytes() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return file.getFileName().toString();
  }

  boolean isFloat32() {
    return json.get("floatx").equals("float32");
  }

  boolean isOfKeras2() {
    return writtenBy().startsWith("2.2.4");
  }

  boolean isOfKeras3() {
    return writtenBy().startsWith("3.");
  }

  String writtenBy() {
    return (String) map("written_by").get("keras");
  }

  /** The package that is of its generation, as the scripts call it. */
  String generation() {
    return isOfKeras3() ? "3" : writtenBy().matches("2\\.[0-3]\\..*") ? "2.2.4" : "2.15";
  }

  /** Numbers in the file's type, and scalars of an optimizer at least in float32. */
  double[] stored(double[] values) {
    HalfFloat half =
        values.length == 1
            ? null
            : switch (name()) {
              case "adam-bfloat16.keras" -> new HalfFloat(8, 7);
              case "adam-float16.keras" -> new HalfFloat(5, 10);
              default -> null;
            };
    return Arrays.stream(values)
        .map(x -> half != null ? half.value(half.bits(x)) : isFloat32() ? (float) x : x)
        .toArray();
  }

  long iterations() {
    return ((Number) json.get("iterations")).longValue();
  }

  String className() {
    return (String) map("optimizer").get("class_name");
  }

  /** {@code get_config} of the live optimizer. */
  @SuppressWarnings("unchecked")
  Map<String, Object> config() {
    return (Map<String, Object>) map("optimizer").get("config");
  }

  List<Tensor> parameters() {
    return tensors(json.get("parameters"));
  }

  List<Tensor> optimizerWeights() {
    return tensors(json.get("optimizer_weights"));
  }

  /** The layers' weights, by layer. */
  Map<String, List<Tensor>> layers() {
    Map<String, List<Tensor>> layers = new LinkedHashMap<>();
    for (Object layer : (List<?>) json.get("layers")) {
      layers.put(
          (String) ((Map<?, ?>) layer).get("name"), tensors(((Map<?, ?>) layer).get("weights")));
    }
    return layers;
  }

  boolean isTrainable(String layer, String weight) {
    for (Object one : (List<?>) json.get("layers")) {
      if (((Map<?, ?>) one).get("name").equals(layer)) {
        for (Object of : (List<?>) ((Map<?, ?>) one).get("weights")) {
          if (((Map<?, ?>) of).get("name").equals(weight)) {
            return (Boolean) ((Map<?, ?>) of).get("trainable");
          }
        }
      }
    }
    throw new IllegalArgumentException(layer + " " + weight);
  }

  /** Five more batches: in the same process, or after the file has been loaded. */
  List<Batch> batches(String key) {
    List<Batch> batches = new ArrayList<>();
    if (json.get(key) != null) {
      for (Object batch : (List<?>) json.get(key)) {
        Map<?, ?> of = (Map<?, ?>) batch;
        batches.add(
            new Batch(
                arrays(of.get("gradients")),
                arrays(of.get("parameters")),
                ((Number) of.get("iterations")).longValue(),
                of.get("changed") == null ? null : arrays(of.get("changed"))));
      }
    }
    return batches;
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> map(String key) {
    return (Map<String, Object>) json.get(key);
  }

  private static List<Tensor> tensors(Object list) {
    List<Tensor> tensors = new ArrayList<>();
    if (list != null) {
      for (Object tensor : (List<?>) list) {
        Map<?, ?> of = (Map<?, ?>) tensor;
        @SuppressWarnings("unchecked")
        List<Integer> shape = (List<Integer>) of.get("shape");
        tensors.add(new Tensor((String) of.get("name"), shape, array(of.get("values"))));
      }
    }
    return tensors;
  }

  private static double[][] arrays(Object list) {
    return ((List<?>) list).stream().map(Truth::array).toArray(double[][]::new);
  }

  private static double[] array(Object values) {
    if (values instanceof String packed) {
      return unpack(packed);
    }
    if (values instanceof Map<?, ?> tensor) {
      return array(tensor.get("values"));
    }
    if (values instanceof Number number) {
      return new double[] {number.doubleValue()};
    }
    return ((List<?>) values)
        .stream().flatMapToDouble(value -> Arrays.stream(array(value))).toArray();
  }

  /** {@code f4:} or {@code f8:}, then the base64 of numbers in little endian. */
  private static double[] unpack(String packed) {
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(packed.substring(3)));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    boolean isFloat = packed.startsWith("f4:");
    double[] values = new double[bytes.limit() / (isFloat ? Float.BYTES : Double.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = isFloat ? bytes.getFloat() : bytes.getDouble();
    }
    return values;
  }

  @Override
  public String toString() {
    return name();
  }
}
