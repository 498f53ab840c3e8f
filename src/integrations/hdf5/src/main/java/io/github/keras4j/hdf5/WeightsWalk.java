package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.WeightsH5.LAYERS;
import static io.github.keras4j.hdf5.WeightsH5.LAYERS_OF_OLD;
import static io.github.keras4j.hdf5.WeightsH5.OPTIMIZER;
import static io.github.keras4j.hdf5.WeightsH5.VARS;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.LayerClasses.Known;
import io.github.keras4j.hdf5.Model.Doubt;
import io.github.keras4j.hdf5.Model.Note;
import io.github.keras4j.hdf5.Model.Weight;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A walk through the groups in the order of the layers. */
final class WeightsWalk {
  private static final String SEED = "seed_generator";
  private static final String METRICS = "metrics";

  private final Group root;
  private final boolean ofKeras3;
  private final List<Note> notes = new ArrayList<>();
  private final List<Weight> weights = new ArrayList<>();
  private final List<String> layers = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private final List<String> aside = new ArrayList<>(); // groups of what are no weights

  WeightsWalk(Group root, boolean ofKeras3) {
    this.root = root;
    this.ofKeras3 = ofKeras3;
  }

  WeightsH5 read(Layer model, String version) throws IOException {
    boolean alone = model == null;
    if (alone) {
      notes.add(
          new Note(
              Doubt.TRAINED,
              "a .weights.h5 does not tell the order of the layers, nor which are trained: they"
                  + " are taken in the order in which they were written, and all for trained"));
    }
    Layer top = alone ? told("", root, "sequential") : model;
    if (top.name() == null) {
      top = top.named(told("", root, "model").name());
    }
    boolean isTold = top.config().get("layers") instanceof List;
    String prefix = ofKeras3 && (isSequential(top) || !alone && !isTold) ? top.name() + "/" : "";
    Group vars = root.group(VARS);
    if (vars != null && !vars.children().isEmpty()) {
      notes.add(WeightNotes.ofTheModelItself());
      layers.add(top.name());
      own(vars, VARS, top, top.name(), top.name() + "/", top.isTrainable(true));
    }
    boolean trains = top.isTrainable(true);
    for (Map.Entry<String, Layer> child : layers(root, "", top).entrySet()) {
      Layer layer = child.getValue();
      layers.add(layer.name());
      int before = weights.size();
      walk(root.group(child.getKey()), child.getKey(), layer, layer.name(), prefix, trains);
      if (!alone && weights.size() > before) {
        WeightNotes.add(notes, layer);
      }
    }
    List<String> others = new ArrayList<>();
    List<String> optimizers = new ArrayList<>();
    for (String name : root.children().keySet()) {
      if (!seen.contains(name) && !name.equals(VARS) && !name.equals(OPTIMIZER)) {
        Node node = root.find(name);
        (isAside(name, node) ? aside : isOptimizer(node) ? optimizers : others).add(name);
      }
    }
    if (!optimizers.isEmpty()) {
      notes.add(WeightNotes.ofOptimizers(optimizers));
    }
    if (!alone && !isTold && weights.size() > 0) {
      WeightNotes.add(notes, top);
    }
    int before = weights.size();
    for (String name : others) {
      if (!LAYERS.equals(name) && root.find(name) instanceof Group group && hasArrays(group)) {
        Layer layer = told(name, group, name);
        layers.add(layer.name());
        walk(group, name, layer, layer.name(), prefix, trains);
      }
    }
    List<String> withoutWeights = new ArrayList<>(aside);
    withoutWeights.add(OPTIMIZER);
    List<String> unread = rest(withoutWeights);
    if (weights.size() > before) {
      notes.add(
          WeightNotes.unplaced(
              weights.subList(before, weights.size()).stream().map(Weight::name).toList()));
    }
    if (!aside.isEmpty()) {
      notes.add(WeightNotes.aside(aside));
    }
    WeightNotes.addArrays(notes, root, weights, unread);
    return new WeightsH5(root, layers, Model.distinct(weights), version, notes);
  }

  /** Whether a group is of tf.keras's metrics, or of the optimizer of a model in the model. */
  private boolean isAside(String name, Node node) {
    return name.equals(METRICS) && !ofKeras3 || name.equals(OPTIMIZER) && isOptimizer(node);
  }

  /** Whether a group has an optimizer's variables, of which the first is the count of steps. */
  private static boolean isOptimizer(Node node) {
    return node instanceof Group group
        && group.find(VARS + "/0") instanceof Dataset count
        && count.isInteger()
        && count.shape().length == 0;
  }

  /** Adds the weights to which no layer leads, each by its path; returns the arrays left. */
  private List<String> rest(List<String> withoutWeights) {
    List<String> left = new ArrayList<>();
    for (String path : WeightNotes.others(root, weights, withoutWeights)) {
      int vars = path.indexOf("/" + VARS + "/");
      if (vars >= 0) {
        weights.add(new Weight(path.substring(0, vars), path, path, false, List.of()));
      } else {
        left.add(path);
      }
    }
    return left;
  }

  private static boolean isSequential(Layer layer) {
    return layer.isSequential()
        || layer.config().isEmpty()
            && layer.name() != null
            && layer.name().startsWith("sequential");
  }

  /** The groups of a model's layers, each with its configuration, in order. */
  private Map<String, Layer> layers(Group group, String at, Layer model) throws IOException {
    Map<String, Layer> layers = new LinkedHashMap<>();
    boolean old = group.children().containsKey(LAYERS_OF_OLD);
    String container = old ? LAYERS_OF_OLD : LAYERS;
    String prefix = at + container + "/";
    Group all = group.group(container);
    seen.add(at + container);
    if (!(model.config().get("layers") instanceof List)) {
      for (String name : all == null ? List.<String>of() : all.children().keySet()) {
        layers.put(prefix + name, told(name, all.requireGroup(name), name));
      }
      return layers;
    }
    Map<String, Integer> counts = new HashMap<>();
    for (Layer.Part part : model.parts()) {
      String name = part.path();
      if (old && all != null) {
        name = LayerClasses.groupOfOld(all.children().keySet(), name, counts);
      }
      String path = prefix + name;
      Layer layer = part.layer();
      boolean isNamed = layer.name() != null;
      layers.put(path, isNamed ? layer : layer.named(told(path, root.group(path), path).name()));
    }
    return layers;
  }

  /** A layer of which there is but a group, whose class is known by its name. */
  private static Layer told(String group, Group of, String name) throws IOException {
    Group vars = of == null ? null : of.group(VARS);
    String told = vars == null ? null : vars.string("name");
    String className = LayerClasses.classOfGroup(group.substring(group.lastIndexOf('/') + 1));
    if (!LayerClasses.isKnown(className) && told != null) {
      className = LayerClasses.classOfGroup(told.replaceAll("^(for|back)ward_", ""));
    }
    return Layer.told(told == null ? name : told, className);
  }

  /** Adds the weights of a group: its own, then the weights of its parts. */
  private void walk(
      Group group, String path, Layer layer, String outermost, String prefix, boolean around)
      throws IOException {
    boolean trains = layer.isTrainable(around) && (ofKeras3 || around);
    if (group == null) {
      if (LayerClasses.mustHaveWeights(layer.className())) {
        notes.add(WeightNotes.missing(layer.name()));
      }
      return;
    }
    Group vars = group.group(VARS);
    // A list in a layer is no layer, and not in the names.
    boolean isList = vars == null && !group.children().isEmpty() && !layer.isModel();
    String inner = isList || layer.name().isEmpty() ? prefix : prefix + layer.name() + "/";
    if (vars != null) {
      own(vars, path + "/" + VARS, layer, outermost, inner, trains);
    }
    Set<String> walked = new HashSet<>(Set.of(VARS, SEED));
    if (layer.isModel() || group.children().containsKey(LAYERS)) {
      walked.addAll(List.of(LAYERS, LAYERS_OF_OLD));
      String of =
          ofKeras3 && isSequential(layer) ? nested(prefix, outermost) + layer.name() + "/" : "";
      for (Map.Entry<String, Layer> child : layers(group, path + "/", layer).entrySet()) {
        Group at = root.group(child.getKey());
        walk(at, child.getKey(), child.getValue(), outermost, of, trains);
      }
    } else {
      for (Layer.Part part : layer.parts()) {
        String at = group.find(part.path()) == null ? "_" + part.path() : part.path();
        if (group.group(at) != null) {
          walked.add(at.contains("/") ? at.substring(0, at.indexOf('/')) : at);
          Layer told = told(at, group.group(at), part.layer().name());
          Layer one = part.layer();
          if (!ofKeras3 && LayerClasses.namesNoneInside(layer.className())) {
            one = one.named("");
          } else if (told.name() != null) {
            one = one.named(told.name());
          }
          walk(group.group(at), path + "/" + at, one, outermost, inner, trains);
        }
      }
    }
    others(group, path, layer, outermost, inner, trains, walked, isList);
    if (group.find(SEED) instanceof Group seed && seed.group(VARS) != null) {
      String at = path + "/" + SEED + "/" + VARS;
      for (String name : seed.group(VARS).children().keySet()) {
        String state = inner + SEED + "/" + SEED + "_state" + (name.equals("0") ? "" : "_" + name);
        weights.add(new Weight(outermost, at + "/" + name, state, false, List.of()));
      }
    }
  }

  /** A Sequential that a layer makes is named as being in it, one that a model has is not. */
  private static String nested(String prefix, String outermost) {
    return prefix.startsWith(outermost + "/") || prefix.contains("/" + outermost + "/")
        ? prefix
        : "";
  }

  /** Adds what is in a group of which the class does not tell. */
  private void others(
      Group group,
      String path,
      Layer layer,
      String outermost,
      String prefix,
      boolean trains,
      Set<String> walked,
      boolean isList)
      throws IOException {
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, Node> child : group.children().entrySet()) {
      if (!walked.contains(child.getKey())
          && child.getValue() instanceof Group part
          && hasArrays(part)) {
        boolean isNone = isAside(child.getKey(), part);
        (isNone ? aside : parts).add(isNone ? path + "/" + child.getKey() : child.getKey());
      }
    }
    boolean isKnown = layer.isModel() || !layer.parts().isEmpty();
    if (!isList && parts.size() > (isKnown ? 0 : 1)) { // a list is written in its order
      notes.add(WeightNotes.unordered(layer.name(), parts));
    }
    for (String part : parts) {
      Layer inner = told(part, group.requireGroup(part), part);
      walk(group.requireGroup(part), path + "/" + part, inner, outermost, prefix, trains);
    }
  }

  /** Adds the weights of a layer itself. */
  private void own(
      Group vars, String path, Layer layer, String outermost, String prefix, boolean trains) {
    List<String> names = new ArrayList<>(vars.children().keySet());
    names.sort(Comparator.comparing((String name) -> name.length()).thenComparing(name -> name));
    int count = names.size();
    List<Known> known = LayerClasses.weights(layer.className(), layer.config(), ofKeras3, count);
    if (count == 0 && LayerClasses.mustHaveWeights(layer.className())) {
      notes.add(WeightNotes.missing(layer.name()));
    } else if (known == null && LayerClasses.isKnown(layer.className())) {
      notes.add(WeightNotes.otherWeights(layer.name(), count));
    }
    for (int i = 0; i < count; i++) {
      String at = path + "/" + names.get(i);
      Known weight =
          known == null
              ? new Known(i == 0 ? "variable" : "variable_" + i, true, null)
              : known.get(i);
      if (weight.sameAs() != null) {
        same(at, path, layer, weight, outermost, prefix, trains);
      } else if (seen.add(at)) {
        String name = prefix + weight.name() + (ofKeras3 ? "" : ":0");
        weights.add(
            new Weight(
                outermost,
                at,
                name,
                trains && weight.isTrained(),
                List.of(),
                layer.constraint(weight.name())));
      }
    }
  }

  /** Adds a weight of a layer inside, which stands in the file twice. */
  private void same(
      String at,
      String path,
      Layer layer,
      Known weight,
      String outermost,
      String prefix,
      boolean trains) {
    String other = path.substring(0, path.length() - VARS.length()) + weight.sameAs();
    Layer inside = layer.parts().isEmpty() ? Layer.told("layer", "") : layer.parts().get(0).layer();
    List<Known> names = LayerClasses.weights(inside.className(), inside.config(), ofKeras3);
    String name = names.isEmpty() ? "variable" : names.get(0).name();
    boolean isThere = root.find(other) instanceof Dataset;
    seen.add(other);
    weights.add(
        new Weight(
            outermost,
            isThere ? other : at,
            prefix + (ofKeras3 ? inside.name() + "/" + name : name + ":0"),
            weight.isTrained() && inside.isTrainable(trains) && (ofKeras3 || trains),
            isThere ? List.of(at) : List.of(),
            inside.constraint(name)));
  }

  private static boolean hasArrays(Group group) {
    return group.children().entrySet().stream()
        .anyMatch(
            child ->
                !(child.getValue() instanceof Group inner)
                    || !child.getKey().equals(SEED) && hasArrays(inner));
  }
}
