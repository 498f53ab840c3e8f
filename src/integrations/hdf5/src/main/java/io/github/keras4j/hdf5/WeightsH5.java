package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code .weights.h5}, as Keras 3 and tf.keras 2.15 write it, alone or in a {@code .keras}.
 *
 * <pre>
 * layers/&lt;class, _1, _2 for the next&gt;/vars/0, 1, …   layer.weights in order; &#64;name is the
 *                                                        layer's, in Keras 3
 * layers/&lt;nested model&gt;/layers/…
 * layers/&lt;recurrent layer&gt;/cell/vars/0, 1, …         and so for what is in other layers
 * optimizer/vars/0, 1, …                                 in the order of the numbers
 * </pre>
 *
 * The names of the weights are not in the file; they follow from the classes. Alone the file does
 * not tell the order of the layers either: Keras writes them in their order, so numbers that lie
 * further behind belong to a later layer.
 */
record WeightsH5(
    Group tree,
    List<String> layers,
    List<Weight> weights,
    Map<String, Object> optimizer,
    List<String> variables,
    List<String> notes)
    implements Model {
  private static final String LAYERS = "layers";
  private static final String VARS = "vars";
  private static final String OPTIMIZER = "optimizer/vars";
  private static final Set<String> NO_WEIGHTS = Set.of(VARS, LAYERS, "seed_generator");

  /** The parts of layers that have several, in Keras's order. */
  private static final List<List<String>> PARTS =
      List.of(
          List.of("cell"),
          List.of("layer"),
          List.of("forward_layer", "backward_layer"),
          List.of("_query_dense", "_key_dense", "_value_dense", "_output_dense"),
          List.of("query_dense", "key_dense", "value_dense", "output_dense"));

  static boolean is(Group root) {
    return root.children().containsKey(LAYERS);
  }

  /** Reads the file with the configurations of model and optimizer; null where it is alone. */
  static WeightsH5 read(Group root, Layer model, Map<String, Object> optimizer) throws IOException {
    List<String> notes = new ArrayList<>();
    if (model == null) {
      notes.add(
          "a .weights.h5 does not tell the order of the layers, nor which are trained: they are"
              + " taken in the order in which they were written, and all for trained");
    }
    if (model != null && !model.isModel()) {
      throw new IOException(
          "holds a model of class "
              + Text.quote(model.className())
              + ", neither Sequential nor Functional, of which the file does not tell the order of the"
              + " weights");
    }
    Group own = root.group(VARS);
    if (own != null && !own.children().isEmpty()) {
      throw new IOException(
          "holds weights of the model itself, of which the file does not tell where they come");
    }
    return new Walk(isOfKeras3(root), notes).read(root, model, optimizer);
  }

  /** Keras 3 names groups of variables, tf.keras does not. */
  static boolean isOfKeras3(Group root) {
    Node vars = root.find(VARS);
    return vars != null && vars.attributes().containsKey("name");
  }

  /** A walk through the groups in the order of the layers. */
  private static final class Walk {
    private final boolean ofKeras3;
    private final List<String> notes;
    private final List<Weight> weights = new ArrayList<>();
    private final List<String> layers = new ArrayList<>();

    Walk(boolean ofKeras3, List<String> notes) {
      this.ofKeras3 = ofKeras3;
      this.notes = notes;
    }

    WeightsH5 read(Group root, Layer model, Map<String, Object> optimizer) throws IOException {
      Layer top = model == null ? layer(VARS, root, "sequential") : model;
      String prefix = ofKeras3 && isSequential(top) ? top.name() + "/" : "";
      for (Map.Entry<String, Layer> child : layers(root, top).entrySet()) {
        Layer layer = child.getValue();
        layers.add(layer.name());
        Group group = root.group(LAYERS + "/" + child.getKey());
        int before = weights.size();
        walk(group, LAYERS + "/" + child.getKey(), layer, layer.name(), prefix, true);
        if (model != null && weights.size() > before && !layer.isKnown()) {
          notes.add(layer.note());
        }
      }
      return new WeightsH5(root, layers, weights, optimizer, variables(root), notes);
    }

    private static boolean isSequential(Layer layer) {
      return layer.isSequential()
          || layer.config().isEmpty() && layer.name().startsWith("sequential");
    }

    /** The groups of a model's layers, each with its configuration, in order. */
    private static Map<String, Layer> layers(Group group, Layer model) throws IOException {
      Map<String, Layer> layers = new LinkedHashMap<>();
      if (!model.config().isEmpty()) {
        Map<String, Integer> counts = new HashMap<>();
        for (Layer layer : model.layers()) {
          int count = counts.merge(layer.group(), 1, Integer::sum) - 1;
          layers.put(layer.group() + (count == 0 ? "" : "_" + count), layer);
        }
        return layers;
      }
      Group all = group.requireGroup(LAYERS);
      for (String name : all.children().keySet()) {
        layers.put(name, layer(name, all.requireGroup(name), name));
      }
      return layers;
    }

    /** A layer of which there is but a group. */
    private static Layer layer(String group, Group of, String name) throws IOException {
      Group vars = of.group(VARS);
      String told = vars == null ? null : vars.string("name");
      return new Layer(
          told == null ? name : told, Layer.classOfGroup(group), true, Map.of(), List.of());
    }

    /** Adds the weights of a group: its own, then those of its parts. */
    private void walk(
        Group group, String path, Layer layer, String outermost, String prefix, boolean trainable)
        throws IOException {
      boolean trains = trainable && layer.isTrainable();
      if (group == null) {
        if (layer.mustHaveWeights() || layer.isModel()) {
          throw new IOException("has no group " + Text.quote(path));
        }
        return;
      }
      Group vars = group.group(VARS);
      int count = vars == null ? 0 : vars.children().size();
      if (count == 0 && layer.mustHaveWeights()) {
        throw new IOException("has no arrays in " + Text.quote(path + "/" + VARS));
      }
      List<String> names = layer.weightNames(count);
      for (int i = 0; i < count; i++) {
        String name = prefix + layer.name() + "/" + names.get(i);
        weights.add(
            new Weight(
                outermost,
                path + "/" + VARS + "/" + i,
                ofKeras3 ? name : name + ":0",
                trains && layer.trains(name)));
      }
      if (group.children().containsKey(LAYERS)) {
        String inner = ofKeras3 && isSequential(layer) ? layer.name() + "/" : "";
        for (Map.Entry<String, Layer> child : layers(group, layer).entrySet()) {
          String at = LAYERS + "/" + child.getKey();
          walk(group.group(at), path + "/" + at, child.getValue(), outermost, inner, trains);
        }
      }
      // A list in a layer is no layer, and not in the names.
      String outer =
          vars == null && !group.children().isEmpty() ? prefix : prefix + layer.name() + "/";
      for (String part : parts(group, path)) {
        Layer inner = part(layer, part, group.requireGroup(part));
        walk(group.requireGroup(part), path + "/" + part, inner, outermost, outer, trains);
      }
    }

    /** What is in another layer: of what class, the configuration says, or else the name. */
    private static Layer part(Layer layer, String part, Group group) throws IOException {
      Layer told = layer(part, group, part);
      if (part.equals("cell")) {
        String cell =
            switch (layer.group()) {
              case "lstm" -> "LSTMCell";
              case "gru" -> "GRUCell";
              case "simple_rnn" -> "SimpleRNNCell";
              default -> "";
            };
        String name = told.name().equals(part) ? layer.group() + "_cell" : told.name();
        return new Layer(name, cell, true, layer.config(), List.of());
      }
      int index = part.equals("backward_layer") && layer.layers().size() > 1 ? 1 : 0;
      String className =
          part.endsWith("_dense")
              ? "EinsumDense"
              : part.endsWith("layer") && !layer.layers().isEmpty()
                  ? layer.layers().get(index).className()
                  : Layer.classOfGroup(told.name().replaceAll("^(for|back)ward_", ""));
      return new Layer(told.name(), className, true, told.config(), List.of());
    }

    /** The groups in a layer's that hold weights, in Keras's order. */
    private static List<String> parts(Group group, String path) throws IOException {
      List<String> parts = new ArrayList<>();
      for (Map.Entry<String, Node> child : group.children().entrySet()) {
        if (!NO_WEIGHTS.contains(child.getKey())
            && child.getValue() instanceof Group part
            && hasArrays(part)) {
          parts.add(child.getKey());
        }
      }
      if (!group.children().containsKey(VARS)) {
        return parts; // a list, which Keras writes in its order
      }
      for (List<String> known : PARTS) {
        if (known.containsAll(parts)) {
          return known.stream().filter(parts::contains).toList();
        }
      }
      if (parts.size() > 1) {
        throw new IOException(
            format(
                "layer %s has parts of which the file does not tell the order: %s",
                Text.quote(path), Text.quote(parts.toString())));
      }
      return parts;
    }

    private static boolean hasArrays(Group group) {
      return group.children().entrySet().stream()
          .anyMatch(
              child ->
                  child.getValue() instanceof Dataset
                      || !child.getKey().equals("seed_generator")
                          && child.getValue() instanceof Group inner
                          && hasArrays(inner));
    }

    private static List<String> variables(Group root) throws IOException {
      Group vars = root.group("optimizer") == null ? null : root.group(OPTIMIZER);
      if (vars == null) {
        return null;
      }
      List<String> paths = new ArrayList<>();
      for (int i = 0; i < vars.children().size(); i++) {
        if (!vars.children().containsKey(String.valueOf(i))) {
          throw new IOException("has no array " + Text.quote(OPTIMIZER + "/" + i));
        }
        paths.add(OPTIMIZER + "/" + i);
      }
      return paths;
    }
  }

  // ---- Back -----------------------------------------------------------------------------------

  @Override
  public byte[] write(Group copy, Stored stored) throws IOException {
    if (stored != null && stored.variables() != null) {
      int countBytes = isOfKeras3(tree) ? Integer.BYTES : Long.BYTES;
      Group before = tree.group("optimizer") == null ? null : tree.group(OPTIMIZER);
      Group vars = Group.empty();
      if (before != null) {
        vars.attributes().putAll(before.attributes());
      }
      for (int i = 0; i < stored.variables().size(); i++) {
        String name = String.valueOf(i);
        Node old = before == null ? null : before.find(name);
        vars.put(name, stored.variables().get(i).dataset(old, countBytes, stored.isFloat32()));
      }
      Group optimizer = copy.group("optimizer");
      if (optimizer == null) {
        optimizer = Group.empty();
        copy.children().put("optimizer", optimizer);
      }
      optimizer.children().put(VARS, vars);
    }
    return Hdf5Writer.write(copy);
  }
}
