package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.optimizers.storage.AtomicFile;
import java.io.IOException;
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
    List<Note> notes)
    implements Model {
  static final String LAYERS = "layers";
  static final String LAYERS_OF_OLD = "_layer_checkpoint_dependencies"; // tf.keras to 2.14
  static final String VARS = "vars";
  static final String OPTIMIZER = "optimizer";
  static final String VARIABLES = "optimizer/vars";

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
   * Reads the file with the configurations of model and optimizer, and the version of Keras that
   * wrote them; null where it is alone.
   */
  static WeightsH5 read(Group root, Layer model, Map<String, Object> optimizer, String version)
      throws IOException {
    boolean ofKeras3 = version == null ? isOfKeras3(root) : version.startsWith("3.");
    return new WeightsWalk(root, ofKeras3).read(model, optimizer);
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

  // ---- Back -----------------------------------------------------------------------------------

  @Override
  public AtomicFile.Content write(Group copy, Stored stored) throws IOException {
    if (stored != null && stored.variables() != null) {
      int countBytes = isOfKeras3(tree) ? Integer.BYTES : Long.BYTES;
      Group before = tree.group(OPTIMIZER) == null ? null : tree.group(VARIABLES);
      Group vars = Group.empty();
      if (before != null) {
        vars.attributes().putAll(before.attributes());
      }
      for (int i = 0; i < stored.variables().size(); i++) {
        String name = String.valueOf(i);
        Node old = before == null ? null : before.find(name);
        vars.put(name, stored.variables().get(i).dataset(old, countBytes, stored.isFloat32()));
      }
      Group optimizer = copy.group(OPTIMIZER);
      if (optimizer == null) {
        optimizer = Group.empty();
        copy.children().put(OPTIMIZER, optimizer);
      }
      optimizer.children().put(VARS, vars);
    }
    return Hdf5Writer.write(copy);
  }
}
