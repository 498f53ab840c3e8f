package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Attribute;
import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Hdf5.Numbers;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.github.keras4j.hdf5.LayerClasses.Known;
import io.github.keras4j.hdf5.Stored.Variable;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code .h5}, as Keras 2.2.4, tf.keras and Keras 3 write it.
 *
 * <pre>
 * /                      &#64;model_config     JSON
 *                        &#64;training_config  JSON, if compiled; in it optimizer_config
 *   model_weights/       &#64;layer_names      model.layers in order
 *     &lt;layer&gt;/           &#64;weight_names     layer.weights in order, each a path from here
 *   optimizer_weights/   &#64;weight_names     optimizer.weights in order, each a path from here
 * </pre>
 *
 * {@code save_weights} writes what is under {@code model_weights} at the root, and nothing else. A
 * list of names that is too long for one attribute is cut into {@code weight_names0}, {@code
 * weight_names1} and so on.
 */
record ModelH5(
    Group tree,
    List<String> layers,
    List<Weight> weights,
    String version,
    String backend,
    List<Note> notes)
    implements Model {
  private static final String WEIGHTS = "model_weights";
  private static final String OPTIMIZER = "optimizer_weights";
  private static final String TOP_LEVEL = "top_level_model_weights";
  private static final String LAYER_NAMES = "layer_names";
  private static final String WEIGHT_NAMES = "weight_names";
  private static final String TRAINING = "training_config";
  private static final String OPTIMIZER_CONFIG = "optimizer_config";
  private static final int LOSS_SCALE = 4; // iteration, learning rate, count of steps, scale

  static boolean is(Group root) {
    return root.children().containsKey(WEIGHTS)
        || root.attributes().containsKey(LAYER_NAMES)
        || root.attributes().containsKey(LAYER_NAMES + 0);
  }

  static ModelH5 read(Group root) throws IOException {
    boolean whole = root.children().containsKey(WEIGHTS);
    List<Note> notes = new ArrayList<>();
    String json = root.string("model_config");
    Layer model = json == null ? null : Layer.of(Json.read("model_config", json));
    if (model == null) {
      notes.add(
          new Note(
              Doubt.TRAINED,
              "the file has no configuration of the model: every weight that Keras can train is"
                  + " taken for one that is trained"));
    }
    Group group = whole ? root.requireGroup(WEIGHTS) : root;
    List<String> layers = names(group, LAYER_NAMES);
    String version = root.string("keras_version");
    boolean ofKeras3 = version != null && version.startsWith("3.");
    Map<String, Layer> configured = configured(model, layers);
    List<Weight> weights = new ArrayList<>();
    String prefix = whole ? WEIGHTS + "/" : "";
    for (String name : layers) {
      List<String> names = names(group.requireGroup(name), WEIGHT_NAMES);
      Layer layer = configured.get(name);
      if (layer == null) {
        layer = Layer.told(name, "");
        if (model != null && !names.isEmpty()) {
          notes.add(WeightNotes.notConfigured(name));
        }
      } else if (!names.isEmpty()) {
        WeightNotes.add(notes, layer.named(name));
      }
      if (!add(weights, prefix, name, layer, names, ofKeras3)) {
        notes.add(WeightNotes.constraintsInside(name));
      }
    }
    if (group.children().containsKey(TOP_LEVEL)) {
      List<String> names = names(group.requireGroup(TOP_LEVEL), WEIGHT_NAMES);
      add(weights, prefix, TOP_LEVEL, Layer.told(TOP_LEVEL, ""), names, ofKeras3);
      if (!names.isEmpty()) {
        notes.add(WeightNotes.ofTheModelItself());
      }
    }
    List<String> others = WeightNotes.others(root, weights, List.of(OPTIMIZER));
    WeightNotes.addArrays(notes, root, weights, others);
    return new ModelH5(
        root, layers, Model.distinct(weights), version, root.string("backend"), notes);
  }

  /** Which layer of a configuration is which of the file: by name, those without one in order. */
  private static Map<String, Layer> configured(Layer model, List<String> names) {
    Map<String, Layer> configured = new LinkedHashMap<>();
    if (model == null) {
      return configured;
    }
    List<Layer> nameless = new ArrayList<>();
    for (Layer.Part part : model.parts()) {
      Layer layer = part.layer();
      if (layer.name() != null && names.contains(layer.name())) {
        configured.put(layer.name(), layer);
      } else if (layer.name() == null) {
        nameless.add(layer);
      }
    }
    List<String> left = names.stream().filter(name -> !configured.containsKey(name)).toList();
    for (int i = 0; i < left.size() && left.size() == nameless.size(); i++) {
      configured.put(left.get(i), nameless.get(i));
    }
    return configured;
  }

  /** Adds a layer's weights; returns whether all constraints on them have found their weight. */
  private static boolean add(
      List<Weight> weights,
      String prefix,
      String name,
      Layer layer,
      List<String> names,
      boolean ofKeras3) {
    List<Known> known = layer.weights(ofKeras3);
    boolean alike = known.size() == names.size();
    for (int i = 0; alike && i < names.size(); i++) {
      alike = leaf(names.get(i)).equals(known.get(i).name());
    }
    for (int i = 0; i < names.size(); i++) {
      String weight = names.get(i);
      boolean isTrained =
          alike
              ? known.get(i).isTrained()
              : layer.isTrainable(true) && !LayerClasses.isNeverTrained(leaf(weight));
      Object constraint =
          alike
              ? known.get(i).constraint()
              : layer.parts().isEmpty() ? layer.constraint(leaf(weight)) : null;
      String path = prefix + name + "/" + weight;
      weights.add(new Weight(name, path, weight, isTrained, List.of(), constraint));
    }
    return alike
        || names.isEmpty()
        || layer.parts().isEmpty()
        || known.stream().noneMatch(weight -> weight.isTrained() && weight.constraint() != null);
  }

  /** The last name of a path, without the number that Keras gives to the next of a name. */
  private static String leaf(String weight) {
    String path = weight.replaceAll(":\\d+$", "");
    return path.substring(path.lastIndexOf('/') + 1).replaceAll("_\\d+$", "");
  }

  @Override
  public Map<String, Object> optimizer() throws IOException {
    String json = tree.string(TRAINING);
    return json == null ? null : Json.map(Json.read(TRAINING, json), OPTIMIZER_CONFIG);
  }

  @Override
  public List<String> variables() throws IOException {
    List<String> all = all();
    return all == null
        ? null
        : all.subList(around(all), all.size()).stream()
            .map(name -> OPTIMIZER + "/" + name)
            .toList();
  }

  @Override
  public boolean isLossScaled() {
    try {
      return all() != null && around(all()) > 0;
    } catch (IOException e) {
      return false; // variables() says what is wrong
    }
  }

  private List<String> all() throws IOException {
    Group group = tree.group(OPTIMIZER);
    return group == null ? null : names(group, WEIGHT_NAMES);
  }

  /**
   * How many variables a LossScaleOptimizer of Keras 3 has before the variables of the optimizer
   * inside.
   */
  private int around(List<String> all) {
    return version != null
            && version.startsWith("3.")
            && all.size() >= LOSS_SCALE
            && tree.find(OPTIMIZER + "/" + all.get(2)) instanceof Dataset steps
            && steps.isInteger()
        ? LOSS_SCALE
        : 0;
  }

  /** A list of names, whole or in pieces. */
  private static List<String> names(Group group, String attribute) throws IOException {
    Attribute whole = group.attributes().get(attribute);
    if (whole != null) {
      return names(attribute, whole);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; group.attributes().containsKey(attribute + i); i++) {
      names.addAll(names(attribute + i, group.attributes().get(attribute + i)));
    }
    if (!group.attributes().containsKey(attribute + 0)) {
      throw new IOException("has no attribute " + Text.quote(attribute) + " where one belongs");
    }
    return names;
  }

  private static List<String> names(String name, Attribute attribute) throws IOException {
    if (attribute instanceof Strings strings && strings.isArray()) {
      return strings.values();
    }
    if (attribute instanceof Numbers none && !none.data().hasRemaining()) {
      return List.of(); // of no names h5py makes no numbers
    }
    throw new IOException("attribute " + Text.quote(name) + " must be a list of names");
  }

  // ---- Back -----------------------------------------------------------------------------------

  @Override
  public AtomicFile.Content write(Group copy, Stored stored) throws IOException {
    if (stored != null) {
      Strings old = (Strings) copy.attributes().get(TRAINING);
      Map<String, Object> training = Json.read(TRAINING, old.values().get(0));
      Map<String, Object> serialized = Json.map(training, OPTIMIZER_CONFIG);
      serialized = Serialized.with(serialized, stored.className(), stored.config());
      String json = Json.write(Json.with(training, OPTIMIZER_CONFIG, serialized));
      copy.attributes()
          .put(TRAINING, new Strings(old.length(), old.utf8(), old.isArray(), List.of(json)));
      writeVariables(copy, stored);
    }
    return Hdf5Writer.write(copy);
  }

  private void writeVariables(Group copy, Stored stored) throws IOException {
    Group before = tree.group(OPTIMIZER);
    copy.children().remove(OPTIMIZER);
    if (stored.variables() == null) {
      return;
    }
    Group group = Group.empty();
    copy.children().put(OPTIMIZER, group);
    List<String> all = before == null ? List.of() : all();
    int around = around(all);
    boolean alike = all.size() - around == stored.variables().size();
    List<String> names = new ArrayList<>();
    for (String name : all.subList(0, around)) {
      names.add(name);
      group.put(name, before.requireDataset(name));
    }
    for (int i = 0; i < stored.variables().size(); i++) {
      Variable variable = stored.variables().get(i);
      String name = alike ? all.get(around + i) : variable.name();
      names.add(name);
      Node old = alike ? before.find(name) : null;
      group.put(name, variable.dataset(old, Long.BYTES, stored.isFloat32()));
    }
    group.attributes().putAll(namesLike(before, names));
  }

  /** Names in as many pieces as they need, of the kind of those before. */
  private Map<String, Attribute> namesLike(Group before, List<String> names) throws IOException {
    if (before != null && names(before, WEIGHT_NAMES).equals(names)) {
      return before.attributes();
    }
    Attribute kind =
        (tree.group(WEIGHTS) == null ? tree : tree.group(WEIGHTS)).attributes().get(LAYER_NAMES);
    boolean fixed = kind instanceof Strings strings && strings.length() > 0;
    int length = names.stream().mapToInt(String::length).max().orElse(1);
    int each = Math.max(1, fixed ? 60_000 / length : 4_000);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    for (int from = 0; from < names.size(); from += each) {
      String name = names.size() <= each ? WEIGHT_NAMES : WEIGHT_NAMES + from / each;
      List<String> some = names.subList(from, Math.min(names.size(), from + each));
      attributes.put(name, new Strings(fixed ? length : 0, false, true, List.copyOf(some)));
    }
    return attributes;
  }
}
