package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A layer, as a model's configuration has it, or a model, which is a layer with layers in it, as a
 * wrapper is. Trainable is what its own configuration says: one inside a layer that is not is not
 * either.
 */
record Layer(
    String name,
    String className,
    boolean isTrainable,
    Map<String, Object> config,
    List<Layer> layers) {
  /** Names of weights that Keras never trains. */
  private static final Set<String> NEVER_TRAINED =
      Set.of("moving_mean", "moving_variance", "moving_stddev", "renorm_mean", "renorm_stddev");

  private static final Set<String> NEVER_TRAINED_OF_NORMALIZATION =
      Set.of("mean", "variance", "count");

  /** The weights of Keras's layers in order, of which the last may be missing. */
  private static final Map<String, List<String>> WEIGHTS = weights();

  /** Layers whose weights depend on their options. */
  private static final Set<String> NORMALIZATIONS =
      Set.of("BatchNormalization", "LayerNormalization", "GroupNormalization");

  /** Layers all of whose weights are trained, under names that the class does not tell alone. */
  private static final Set<String> ALL_TRAINED =
      Set.of(
          "RNN",
          "LSTM",
          "GRU",
          "SimpleRNN",
          "CuDNNLSTM",
          "CuDNNGRU",
          "ConvLSTM1D",
          "ConvLSTM2D",
          "ConvLSTM3D",
          "StackedRNNCells",
          "Bidirectional",
          "TimeDistributed",
          "MultiHeadAttention",
          "GroupQueryAttention",
          "Attention",
          "AdditiveAttention",
          "LocallyConnected1D",
          "LocallyConnected2D",
          "UnitNormalization",
          "RMSNormalization");

  private static final int MAX_DEPTH = 64;
  private static final int MAX_LAYERS = 10_000;

  private static Map<String, List<String>> weights() {
    Map<String, List<String>> weights = new HashMap<>();
    for (String kernelAndBias :
        List.of(
            "Dense",
            "EinsumDense",
            "Conv1D",
            "Conv2D",
            "Conv3D",
            "Conv1DTranspose",
            "Conv2DTranspose",
            "Conv3DTranspose",
            "DepthwiseConv1D",
            "DepthwiseConv2D")) {
      weights.put(kernelAndBias, List.of("kernel", "bias"));
    }
    for (String cell : List.of("LSTMCell", "GRUCell", "SimpleRNNCell")) {
      weights.put(cell, List.of("kernel", "recurrent_kernel", "bias"));
    }
    for (String separable : List.of("SeparableConv1D", "SeparableConv2D")) {
      weights.put(separable, List.of("depthwise_kernel", "pointwise_kernel", "bias"));
    }
    weights.put("Embedding", List.of("embeddings"));
    weights.put("PReLU", List.of("alpha"));
    weights.put("Normalization", List.of("mean", "variance", "count"));
    return weights;
  }

  /** The model of a configuration. */
  static Layer of(Map<String, Object> configuration) throws IOException {
    return of(configuration, 0, new AtomicInteger());
  }

  private static Layer of(Map<String, Object> configuration, int depth, AtomicInteger count)
      throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException("has layers more than " + MAX_DEPTH + " deep");
    }
    if (count.incrementAndGet() > MAX_LAYERS) {
      throw new IOException("has more than " + MAX_LAYERS + " layers");
    }
    String className = Json.string(configuration, "class_name");
    if (className == null) {
      throw new IOException("has a layer without class_name");
    }
    Object inner = configuration.get("config");
    List<Layer> layers = new ArrayList<>();
    if (inner instanceof List<?> ofSequential) { // as Keras wrote it before 2.2.3
      add(layers, ofSequential, depth, count);
      return new Layer("sequential", className, true, Map.of(), layers);
    }
    Map<String, Object> config = inner == null ? Map.of() : Json.requireMap("config", inner);
    if (config.get("layers") != null) {
      add(layers, Json.requireList("layers", config.get("layers")), depth, count);
    }
    for (String wrapped : List.of("layer", "backward_layer", "cell")) {
      if (config.get(wrapped) instanceof Map
          && Json.map(config, wrapped).containsKey("class_name")) {
        layers.add(of(Json.map(config, wrapped), depth + 1, count));
      }
    }
    String name = Json.string(config, "name");
    return new Layer(
        name == null ? className : name,
        className.substring(className.lastIndexOf('>') + 1),
        !Boolean.FALSE.equals(config.get("trainable")),
        config,
        layers);
  }

  private static void add(
      List<Layer> layers, List<?> configurations, int depth, AtomicInteger count)
      throws IOException {
    for (Object configuration : configurations) {
      layers.add(of(Json.requireMap("layers", configuration), depth + 1, count));
    }
  }

  boolean isModel() {
    return config.get("layers") instanceof List || config.isEmpty() && !layers.isEmpty();
  }

  boolean isSequential() {
    return className.equals("Sequential");
  }

  /** The group of a layer of this class among others, in Keras's new files. */
  String group() {
    return snakeCase(className);
  }

  static String snakeCase(String className) {
    return className
        .replaceAll("\\W+", "")
        .replaceAll("(.)([A-Z][a-z0-9]+)", "$1_$2")
        .replaceAll("([a-z])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }

  /** The class whose layers are in a group, as far as its weights are known here. */
  static String classOfGroup(String group) {
    String base = group.replaceAll("_\\d+$", "");
    return Stream.concat(WEIGHTS.keySet().stream(), NORMALIZATIONS.stream())
        .filter(className -> snakeCase(className).equals(base))
        .findFirst()
        .orElse(base);
  }

  /** Whether a layer of this class cannot be without weights. */
  boolean mustHaveWeights() {
    return isBatchNormalization()
        || WEIGHTS.containsKey(className) && !className.equals("Normalization");
  }

  private boolean isBatchNormalization() {
    return className.endsWith("BatchNormalization");
  }

  /** Whether it is known of this layer, and of those in it, which weights are trained. */
  boolean isKnown() {
    boolean known =
        isModel()
            || isBatchNormalization()
            || WEIGHTS.containsKey(className)
            || NORMALIZATIONS.contains(className)
            || ALL_TRAINED.contains(className);
    // What has no weights in a model is not asked.
    return known && (isModel() || layers.stream().allMatch(Layer::isKnown));
  }

  /** What is to be said of a layer that is not known. */
  String note() {
    return format(
        "layer %s is of class %s, of which it is not known here which weights are trained: all are"
            + " taken for trained",
        Text.quote(name), Text.quote(className));
  }

  /** The names of the layer's own weights, of which there are so many. */
  List<String> weightNames(int count) throws IOException {
    List<String> names = new ArrayList<>();
    if (isBatchNormalization()) {
      if (isOn("scale") && (!config.isEmpty() || count > 2)) {
        names.add("gamma");
      }
      if (isOn("center") && (!config.isEmpty() || count > 3)) {
        names.add("beta");
      }
      names.addAll(List.of("moving_mean", "moving_variance"));
      if (Boolean.TRUE.equals(config.get("renorm"))) {
        names.addAll(List.of("moving_stddev", "renorm_mean", "renorm_stddev"));
      }
      if (names.size() != count) {
        throw new IOException(
            format("layer %s must have the weights %s, got %d", Text.quote(name), names, count));
      }
      return names;
    }
    if (NORMALIZATIONS.contains(className)) {
      if (isOn("scale")) {
        names.add("gamma");
      }
      if (isOn("center")) {
        names.add("beta");
      }
    } else {
      names.addAll(WEIGHTS.getOrDefault(className, List.of()));
    }
    if (count > names.size()) {
      names.clear();
      for (int i = 0; i < count; i++) {
        names.add(i == 0 ? "variable" : "variable_" + i);
      }
    }
    return names.subList(0, count);
  }

  private boolean isOn(String option) {
    return !Boolean.FALSE.equals(config.get(option));
  }

  /** Whether a weight is trained, by its name with those of layers in this one before it. */
  boolean trains(String weight) {
    String path = weight.replaceAll(":\\d+$", "");
    String leaf = path.substring(path.lastIndexOf('/') + 1);
    return isTrainable
        && !NEVER_TRAINED.contains(leaf)
        && !(NEVER_TRAINED_OF_NORMALIZATION.contains(leaf) && has("Normalization", path))
        && !isFrozen("/" + path);
  }

  private boolean has(String wanted, String path) {
    return className.equals(wanted)
        || layers.stream().anyMatch(layer -> path.contains(layer.name) && layer.has(wanted, path));
  }

  /** Whether a path leads through a layer in this one that is not trainable. */
  private boolean isFrozen(String path) {
    for (Layer layer : layers) {
      if (layer.isFrozen(path)
          || !layer.isTrainable && path.contains("/" + layer.name + "/")
          || !layer.isTrainable && layer.isModel() && layer.holds(path)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a path leads through a layer in this one. */
  private boolean holds(String path) {
    return layers.stream()
        .anyMatch(layer -> path.contains("/" + layer.name + "/") || layer.holds(path));
  }
}
