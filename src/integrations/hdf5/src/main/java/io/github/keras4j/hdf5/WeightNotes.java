package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Model.Doubt;
import io.github.keras4j.hdf5.Model.Note;
import io.github.keras4j.hdf5.Model.Weight;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is to be said of a file's weights. */
final class WeightNotes {
  private static final int MAX_NAMES = 10;

  private WeightNotes() {}

  /** Adds what is to be said of a layer that has weights. */
  static void add(List<Note> notes, Layer layer) {
    if (!layer.isKnown()) {
      notes.add(
          new Note(
              Doubt.TRAINED,
              format(
                  "layer %s is not known here, nor which of its weights are trained: all are taken"
                      + " for trained; withTrainable says it",
                  Text.quote(layer.name()))));
    }
    if (layer.hasLora()) {
      notes.add(
          new Note(
              Doubt.ORDER,
              format(
                  "layer %s is trained by LoRA, whose arrays Keras does not save: its kernel, into"
                      + " which they are merged, is not among the parameters",
                  Text.quote(layer.name()))));
    }
    String constraint = layer.unknownConstraint();
    if (constraint != null && layer.isTrainable(true)) {
      notes.add(
          new Note(
              Doubt.NONE,
              format(
                  "layer %s has a %s, which is not applied here, since the layer is not known: make"
                      + " an optimizer as in Keras, call constrain(tensor, constraint, shape) on it"
                      + " and give it to optimizer(template)",
                  Text.quote(layer.name()), constraint)));
    }
  }

  static Note notConfigured(String layer) {
    return new Note(
        Doubt.TRAINED,
        format(
            "layer %s is not in the model's configuration: all its weights are taken for trained;"
                + " withTrainable says which are",
            Text.quote(layer)));
  }

  static Note constraintsInside(String layer) {
    return new Note(
        Doubt.NONE,
        format(
            "layer %s has layers inside with constraints, and weights of other names than theirs:"
                + " the constraints are not applied here; make an optimizer as in Keras, call"
                + " constrain(tensor, constraint, shape) on it and give it to optimizer(template)",
            Text.quote(layer)));
  }

  static Note ofTheModelItself() {
    return new Note(
        Doubt.ORDER,
        "the model itself has weights, and the file does not say where they come among"
            + " the parameters: withTrainable says it");
  }

  static Note ofOptimizers(List<String> groups) {
    return new Note(
        Doubt.NONE,
        format(
            "the model has several optimizers, and the file does not tell whose weights"
                + " each trains: their variables are in weights() as %s",
            names(groups)));
  }

  static Note aside(List<String> groups) {
    return new Note(
        Doubt.NONE,
        "groups that are kept, but not read, since they hold values of metrics, or the optimizer of"
            + " a model in the model: "
            + names(groups));
  }

  static Note ofAShard(String index) {
    return new Note(
        Doubt.NONE,
        format(
            "the file has the name of one shard of several: if it is one, read their index, %s,"
                + " with all of them next to it",
            Text.quote(index)));
  }

  static Note unordered(String layer, List<String> parts) {
    return new Note(
        Doubt.ORDER,
        format(
            "layer %s has layers inside of which the file does not tell the order: %s;"
                + " withTrainable says it",
            Text.quote(layer), names(parts)));
  }

  static Note unplaced(List<String> paths) {
    return new Note(
        Doubt.ORDER,
        format(
            "the file does not tell where these arrays come among the parameters: %s; withTrainable"
                + " says it",
            names(paths)));
  }

  static Note otherWeights(String layer, int count) {
    return new Note(
        Doubt.TRAINED,
        format(
            "layer %s has %d weights, and its class is not known to have so many: all are taken for"
                + " trained; withTrainable says which are",
            Text.quote(layer), count));
  }

  static Note missing(String layer) {
    return new Note(
        Doubt.TRAINED,
        format(
            "layer %s has no arrays in the file, as one that was not built, or is in two models and has"
                + " them once",
            Text.quote(layer)));
  }

  /** Adds what arrays show that are not the optimizer's: which are not read, and 16 bits. */
  static void addArrays(List<Note> notes, Group root, List<Weight> weights, List<String> others) {
    List<String> unread = new ArrayList<>();
    boolean isHalf = false;
    for (Weight weight : weights) {
      boolean isReadable = false;
      if (root.find(weight.path()) instanceof Dataset data) {
        isHalf |= weight.isTrainable() && data.isHalf();
        isReadable = data.isReadable();
      }
      if (!isReadable && !weight.isTrainable()) {
        unread.add(weight.path());
      }
    }
    if (!unread.isEmpty()) {
      notes.add(new Note(Doubt.NONE, "arrays of types that are not read: " + names(unread)));
    }
    if (!others.isEmpty()) {
      notes.add(
          new Note(
              Doubt.NONE,
              "arrays that are kept, but not read, since Keras lists them nowhere: "
                  + names(others)));
    }
    if (isHalf) {
      notes.add(
          new Note(
              Doubt.NONE,
              "the model has float16 or bfloat16 weights: Keras rounds to that type after each"
                  + " operation, which the optimizer here does not"));
    }
  }

  /** The paths of the arrays that are no weights', except in some groups. */
  static List<String> others(Group root, List<Weight> weights, List<String> withoutWeights) {
    Set<String> paths = new LinkedHashSet<>();
    arrays(root, "", paths);
    for (Weight weight : weights) {
      paths.remove(weight.path());
      paths.removeAll(weight.copies());
    }
    paths.removeIf(path -> withoutWeights.stream().anyMatch(none -> path.startsWith(none + "/")));
    return List.copyOf(paths);
  }

  /** Adds the paths of all arrays in a group. */
  static void arrays(Group group, String prefix, Collection<String> paths) {
    for (Map.Entry<String, Node> child : group.children().entrySet()) {
      if (child.getValue() instanceof Group inner) {
        arrays(inner, prefix + child.getKey() + "/", paths);
      } else {
        paths.add(prefix + child.getKey());
      }
    }
  }

  private static String names(List<String> names) {
    List<String> some = names.subList(0, Math.min(MAX_NAMES, names.size()));
    String more = names.size() > MAX_NAMES ? " and " + (names.size() - MAX_NAMES) + " more" : "";
    return String.join(", ", some.stream().map(Text::quote).toList()) + more;
  }
}
