package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Attribute;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Hdf5.Numbers;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.github.keras4j.hdf5.Stored.Variable;
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
    Map<String, Object> optimizer,
    List<String> variables,
    List<String> notes)
    implements Model {
  private static final String WEIGHTS = "model_weights";
  private static final String OPTIMIZER = "optimizer_weights";
  private static final String TOP_LEVEL = "top_level_model_weights";
  private static final String LAYER_NAMES = "layer_names";
  private static final String WEIGHT_NAMES = "weight_names";
  private static final String TRAINING = "training_config";
  private static final String OPTIMIZER_CONFIG = "optimizer_config";

  static boolean is(Group root) {
    return root.children().containsKey(WEIGHTS)
        || root.attributes().containsKey(LAYER_NAMES)
        || root.attributes().containsKey(LAYER_NAMES + 0);
  }

  static ModelH5 read(Group root) throws IOException {
    boolean whole = root.children().containsKey(WEIGHTS);
    List<String> notes = new ArrayList<>();
    String json = root.string("model_config");
    Map<String, Layer> configured = new LinkedHashMap<>();
    if (json != null) {
      for (Layer layer : Layer.of(Json.read("model_config", json)).layers()) {
        configured.put(layer.name(), layer);
      }
    } else {
      notes.add(
          "the file has no configuration of the model: every weight that Keras can train is taken"
              + " for one that is trained");
    }
    Group group = whole ? root.requireGroup(WEIGHTS) : root;
    List<String> layers = names(group, LAYER_NAMES);
    List<Weight> weights = new ArrayList<>();
    for (String layer : layers) {
      int before = weights.size();
      addWeights(weights, group, layer, configured.get(layer), whole ? WEIGHTS + "/" : "");
      if (json != null && !configured.containsKey(layer)) {
        throw new IOException("has a layer that is not in model_config: " + Text.quote(layer));
      }
      if (json != null && weights.size() > before && !configured.get(layer).isKnown()) {
        notes.add(configured.get(layer).note());
      }
    }
    if (group.children().containsKey(TOP_LEVEL)) {
      addWeights(weights, group, TOP_LEVEL, null, whole ? WEIGHTS + "/" : "");
    }
    return new ModelH5(
        root, layers, weights, optimizer(root), variables(root.group(OPTIMIZER)), notes);
  }

  private static void addWeights(
      List<Weight> weights, Group group, String name, Layer configured, String prefix)
      throws IOException {
    Layer layer = configured == null ? new Layer(name, "", true, Map.of(), List.of()) : configured;
    for (String weight : names(group.requireGroup(name), WEIGHT_NAMES)) {
      weights.add(new Weight(name, prefix + name + "/" + weight, weight, layer.trains(weight)));
    }
  }

  private static Map<String, Object> optimizer(Group root) throws IOException {
    String json = root.string(TRAINING);
    return json == null ? null : Json.map(Json.read(TRAINING, json), OPTIMIZER_CONFIG);
  }

  private static List<String> variables(Group group) throws IOException {
    return group == null
        ? null
        : names(group, WEIGHT_NAMES).stream().map(name -> OPTIMIZER + "/" + name).toList();
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
  public byte[] write(Group copy, Stored stored) throws IOException {
    if (stored != null) {
      Strings old = (Strings) copy.attributes().get(TRAINING);
      Map<String, Object> training = Json.read(TRAINING, old.values().get(0));
      Map<String, Object> serialized = Json.map(training, OPTIMIZER_CONFIG);
      serialized = Json.with(serialized, "class_name", stored.className());
      serialized = Json.with(serialized, "config", stored.config());
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
    boolean alike = variables != null && variables.size() == stored.variables().size();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < stored.variables().size(); i++) {
      Variable variable = stored.variables().get(i);
      String name = alike ? variables.get(i).substring(OPTIMIZER.length() + 1) : variable.name();
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
