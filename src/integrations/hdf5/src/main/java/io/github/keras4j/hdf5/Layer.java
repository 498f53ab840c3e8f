package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.LayerClasses.Inside;
import io.github.keras4j.hdf5.LayerClasses.Known;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A layer, as a model's configuration has it, or a model, which is a layer with layers in it, as a
 * wrapper is.
 *
 * @param name null where the configuration does not say it
 * @param className without its package; empty where the class is not Keras's
 * @param trainable what its own configuration says; null where it has none
 * @param parts the layers in it, in order, each with its group in {@code .weights.h5}
 */
record Layer(
    String name,
    String className,
    Boolean trainable,
    Map<String, Object> config,
    List<Part> parts) {
  /** A layer in another, and where: of a model, the name among {@code layers}. */
  record Part(String path, Layer layer) {}

  private static final int MAX_DEPTH = 64;
  private static final int MAX_LAYERS = 10_000;
  private static final String CONSTRAINT = "_constraint";
  private static final String FORWARD = "forward_layer";
  private static final String BACKWARD = "backward_layer";

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
    className = className.substring(className.lastIndexOf('>') + 1);
    String name = Json.string(configuration, "name");
    Object inner = configuration.get("config");
    if (inner instanceof List<?> ofSequential) { // as Keras wrote it before 2.2.3
      List<Part> parts = model(ofSequential, depth, count);
      return new Layer(name, className, true, Map.of("layers", ofSequential), parts);
    }
    Map<String, Object> config = inner == null ? Map.of() : Json.requireMap("config", inner);
    List<Part> parts;
    if (config.get("layers") != null
        && !className.matches("Sequential|Functional|Model")
        && !areLayers(config.get("layers"))) {
      config = Json.with(config, "layers", null); // an option of that name
    }
    if (config.get("layers") != null) {
      parts = model(Json.requireList("layers", config.get("layers")), depth, count);
    } else {
      parts = isOfKeras(configuration) ? inside(className, config, depth, count) : List.of();
    }
    return new Layer(
        name == null ? Json.string(config, "name") : name,
        isOfKeras(configuration) ? className : "",
        !Boolean.FALSE.equals(config.get("trainable")),
        config,
        parts);
  }

  /** Whether an option of a class that may be any is the layers of a model. */
  private static boolean areLayers(Object option) {
    return option instanceof List<?> list
        && list.stream()
            .allMatch(one -> one instanceof Map<?, ?> of && of.get("class_name") instanceof String);
  }

  /** Only a class of Keras is known by its name; others are registered or come from elsewhere. */
  private static boolean isOfKeras(Map<String, Object> configuration) throws IOException {
    String module = Json.string(configuration, "module");
    String registered = Json.string(configuration, "registered_name");
    boolean custom =
        Json.string(configuration, "class_name").contains(">")
            || registered != null && registered.contains(">")
            || configuration.containsKey("module") && module == null;
    return !custom
        && (module == null || module.matches("(tf_|tensorflow\\.)?(python\\.)?keras(\\..*)?"));
  }

  private static List<Part> model(List<?> configurations, int depth, AtomicInteger count)
      throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    List<Part> parts = new ArrayList<>();
    for (Object configuration : configurations) {
      Map<String, Object> of = Json.requireMap("layers", configuration);
      String className = Json.string(of, "class_name");
      Layer layer = of(of, depth + 1, count);
      String group = LayerClasses.group(className.substring(className.lastIndexOf('>') + 1));
      int before = counts.merge(group, 1, Integer::sum) - 1;
      parts.add(new Part(group + (before == 0 ? "" : "_" + before), layer));
    }
    return parts;
  }

  private static List<Part> inside(
      String className, Map<String, Object> config, int depth, AtomicInteger count)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    for (Inside inside : LayerClasses.inside(className)) {
      if (inside.key() == null) {
        parts.add(new Part(inside.path(), inside(inside, config)));
      } else if (inside.isList() && config.get(inside.key()) instanceof List<?> list) {
        for (Part part : model(list, depth, count)) {
          parts.add(new Part(inside.path() + "/" + part.path(), part.layer()));
        }
      } else if (config.get(inside.key()) instanceof Map) {
        Layer layer = of(Json.map(config, inside.key()), depth + 1, count);
        parts.add(new Part(inside.path(), layer.directed(inside.path())));
        if (inside.path().equals(FORWARD) && config.get(BACKWARD) == null) {
          // What goes backward is a copy, which Keras 2 does not write down.
          parts.add(new Part(BACKWARD, layer.directed(BACKWARD)));
        }
      }
    }
    return parts;
  }

  private static Layer inside(Inside inside, Map<String, Object> config) {
    return new Layer(inside.name(), inside.className(), null, config, List.of());
  }

  /** The same layer as Bidirectional names it, where it is in one. */
  private Layer directed(String path) {
    return name != null && (path.equals(FORWARD) || path.equals(BACKWARD))
        ? named(path.replace("layer", "") + name.replaceFirst("^(for|back)ward_", ""))
        : this;
  }

  /** A layer of which there is but a group, and its name. */
  static Layer told(String name, String className) {
    List<Part> parts = new ArrayList<>();
    for (Inside inside : LayerClasses.inside(className)) {
      if (inside.key() == null) {
        parts.add(new Part(inside.path(), inside(inside, Map.of())));
      }
    }
    return new Layer(name, className, null, Map.of(), parts);
  }

  Layer named(String other) {
    return new Layer(other, className, trainable, config, parts);
  }

  boolean isModel() {
    return config.get("layers") instanceof List
        || className.equals("Sequential")
        || className.equals("Functional");
  }

  boolean isSequential() {
    return className.equals("Sequential");
  }

  /** Whether it is known of the layer, and of those in it, which weights are trained. */
  boolean isKnown() {
    return (isModel() || LayerClasses.isKnown(className))
        && (isModel() || parts.stream().allMatch(part -> part.layer().isKnown()));
  }

  boolean isTrainable(boolean otherwise) {
    return trainable == null ? otherwise : trainable;
  }

  /** Whether the layer learns a difference of low rank, which files do not hold. */
  boolean hasLora() {
    return config.get("lora_rank") != null
        || parts.stream().anyMatch(part -> part.layer().hasLora());
  }

  /** The configuration of a weight's constraint, or null. */
  Object constraint(String weight) {
    String option =
        weight.equals("kernel") && className.startsWith("Depthwise")
            ? "depthwise"
            : weight.replaceFirst("_kernel$", "");
    return config.get(option + CONSTRAINT);
  }

  /** An option for a constraint, where it is not known of which weights; or null. */
  String unknownConstraint() {
    if (!isModel() && !LayerClasses.isKnown(className)) {
      for (Map.Entry<String, Object> option : config.entrySet()) {
        if (option.getKey().endsWith(CONSTRAINT) && option.getValue() != null) {
          return option.getKey();
        }
      }
    }
    return parts.stream()
        .map(part -> part.layer().unknownConstraint())
        .filter(constraint -> constraint != null)
        .findFirst()
        .orElse(null);
  }

  /** A weight of a layer or of one in it: whether its layers would train it, and do. */
  private record Inner(String name, boolean could, boolean isTrained, Object constraint) {}

  /**
   * The weights of the layer and of those in it, in the order of {@code layer.weights} in {@code
   * .h5}: what is trained first. In Keras 3 the innermost layer says what is trained; before it,
   * every layer around it has to agree.
   */
  List<Known> weights(boolean ofKeras3) {
    List<Inner> all = new ArrayList<>();
    add(all, ofKeras3, true);
    return (ofKeras3 && !isTrainable(true) ? all : trainedFirst(all))
        .stream()
            .map(weight -> new Known(weight.name, weight.isTrained, null, weight.constraint))
            .toList();
  }

  private void add(List<Inner> all, boolean ofKeras3, boolean around) {
    boolean own = isTrainable(around);
    boolean trains = own && (ofKeras3 || around);
    List<Inner> mine = new ArrayList<>();
    for (Known weight : LayerClasses.weights(className, config, ofKeras3)) {
      if (weight.sameAs() == null) {
        boolean isTrained = weight.isTrained() && trains;
        boolean could = ofKeras3 ? isTrained : weight.isTrained();
        mine.add(new Inner(weight.name(), could, isTrained, constraint(weight.name())));
      }
    }
    for (Part part : parts) {
      part.layer().add(mine, ofKeras3, trains);
    }
    if (!ofKeras3 && !own) { // Keras 2 lists what a frozen layer would train before the rest
      mine = trainedFirst(mine);
      mine.replaceAll(weight -> new Inner(weight.name, false, false, null));
    }
    all.addAll(mine);
  }

  private static List<Inner> trainedFirst(List<Inner> weights) {
    List<Inner> ordered = new ArrayList<>(weights.stream().filter(Inner::could).toList());
    weights.stream().filter(weight -> !weight.could).forEach(ordered::add);
    return ordered;
  }
}
