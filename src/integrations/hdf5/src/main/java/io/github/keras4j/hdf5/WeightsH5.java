package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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
    Group tree, List<String> layers, List<Weight> weights, String version, List<Note> notes)
    implements Model {
  static final String LAYERS = "layers";
  static final String LAYERS_OF_OLD = "_layer_checkpoint_dependencies"; // tf.keras to 2.14
  static final String VARS = "vars";
  static final String OPTIMIZER = "optimizer";
  static final String VARIABLES = "optimizer/vars";
  private static final String INNER = "optimizer/inner_optimizer/vars"; // of one that scales losses

  private static final String GROUPS = "optimizer/optimizers"; // of a MultiOptimizer

  /** Its own variables, which come first: iteration and learning rate. */
  private static final int OF_GROUPS = 2;

  static boolean is(Group root) {
    Set<String> names = root.children().keySet();
    return names.contains(LAYERS)
        || names.contains(LAYERS_OF_OLD)
        || names.contains(VARS)
        || root.children().values().stream().anyMatch(WeightsH5::hasVariables);
  }

  private static boolean hasVariables(Node node) {
    return node instanceof Group group && group.children().containsKey(VARS);
  }

  /**
   * Reads the file with the configuration of the model, and the version of Keras that wrote it;
   * null where it is alone.
   */
  static WeightsH5 read(Group root, Layer model, String version) throws IOException {
    boolean ofKeras3 = version == null ? isOfKeras3(root) : version.startsWith("3.");
    return new WeightsWalk(root, ofKeras3).read(model, version);
  }

  /**
   * Whether Keras 3 wrote the file, and not tf.keras: it names groups of variables from 3.6 on, and
   * before that has the learning rate, a scalar, in second place.
   */
  static boolean isOfKeras3(Group root) {
    if (root.children().containsKey(LAYERS_OF_OLD)) {
      return false;
    }
    Node vars = root.find(VARS);
    return vars != null && vars.attributes().containsKey("name")
        || root.find(VARIABLES + "/1") instanceof Dataset rate && rate.shape().length == 0
        || root.find(VARIABLES + "/0") instanceof Dataset count
            && count.isInteger()
            && count.type().getSize() == Integer.BYTES;
  }

  // ---- The optimizer's variables --------------------------------------------------------------

  @Override
  public Map<String, Object> optimizer() {
    return null; // an archive has its configuration
  }

  @Override
  public List<String> variables() throws IOException {
    String path = isLossScaled() ? INNER : VARIABLES;
    Group vars = tree.group(OPTIMIZER) == null ? null : tree.group(path);
    List<String> paths = new ArrayList<>();
    for (int i = 0; vars != null && i < vars.children().size(); i++) {
      if (!vars.children().containsKey(String.valueOf(i))) {
        throw new IOException(
            "has no array " + Text.quote(path + "/" + i) + ": of shards, read their .json");
      }
      paths.add(path + "/" + i);
    }
    return vars == null ? null : paths;
  }

  @Override
  public boolean isLossScaled() {
    return tree.find(INNER) instanceof Group;
  }

  // ---- Back -----------------------------------------------------------------------------------

  @Override
  public AtomicFile.Content write(Group copy, Stored stored) throws IOException {
    if (stored != null && stored.variables() != null) {
      if (isLossScaled()) { // the variables stand in the file twice
        int inner = tree.group(INNER).children().size();
        Group around = tree.find(VARIABLES) instanceof Group group ? group : Group.empty();
        write(copy, stored, VARIABLES, Math.max(0, around.children().size() - inner));
        write(copy, stored, INNER, 0);
      } else {
        write(copy, stored, VARIABLES, 0);
        writeGroups(copy, stored);
      }
    }
    return Hdf5Writer.write(copy);
  }

  /** Keras has the variables of each optimizer in a MultiOptimizer once more, and loads both. */
  private void writeGroups(Group copy, Stored stored) throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    int all = stored.variables().size();
    int from = Math.min(OF_GROUPS, all);
    for (String className : Serialized.inGroups(stored.config())) {
      String name = LayerClasses.group(className);
      int before = counts.merge(name, 1, Integer::sum) - 1;
      String path = GROUPS + "/" + name + (before == 0 ? "" : "_" + before) + "/" + VARS;
      int to = Math.min(from + 1, all); // each begins with its count of steps
      while (to < all && !stored.variables().get(to).isWhole()) {
        to++;
      }
      write(copy, stored.with(stored.variables().subList(from, to)), path, 0);
      from = to;
    }
  }

  /** Writes the variables into a group, behind as many that are kept. */
  private void write(Group copy, Stored stored, String path, int kept) throws IOException {
    int countBytes = isOfKeras3(tree) ? Integer.BYTES : Long.BYTES;
    Group before = tree.find(path) instanceof Group group ? group : Group.empty();
    Group vars = Group.empty();
    vars.attributes().putAll(before.attributes());
    for (int i = 0; i < kept; i++) {
      vars.put(String.valueOf(i), before.requireDataset(String.valueOf(i)));
    }
    for (int i = 0; i < stored.variables().size(); i++) {
      String name = String.valueOf(kept + i);
      Node old = before.find(name);
      vars.put(name, stored.variables().get(i).dataset(old, countBytes, stored.isFloat32()));
    }
    Group at = copy;
    String[] names = path.split("/");
    for (String name : Arrays.asList(names).subList(0, names.length - 1)) {
      Node inner = at.children().computeIfAbsent(name, key -> Group.empty());
      if (!(inner instanceof Group group)) {
        throw new IOException("has an array where a group belongs: " + Text.quote(name));
      }
      at = group;
    }
    at.children().put(VARS, vars);
  }
}
