package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A file's model, in whichever of Keras's layouts. */
interface Model {
  /**
   * A weight: its outermost layer's name, where it lies in the file, what Keras calls it, where the
   * file has it once more, and the configuration of its constraint, null without one.
   */
  record Weight(
      String layer,
      String path,
      String name,
      boolean isTrainable,
      List<String> copies,
      Object constraint) {
    Weight(String layer, String path, String name, boolean isTrainable, List<String> copies) {
      this(layer, path, name, isTrainable, copies, null);
    }
  }

  /** The weights with names that differ within each layer: the next of a name has a number. */
  static List<Weight> distinct(List<Weight> weights) {
    Set<String> names = new HashSet<>();
    Map<String, Integer> counts = new HashMap<>();
    List<Weight> distinct = new ArrayList<>();
    for (Weight weight : weights) {
      String key = weight.layer() + "\n";
      String name = weight.name();
      while (!names.add(key + name)) {
        int count = counts.merge(key + weight.name(), 1, Integer::sum);
        name = weight.name().replaceFirst("(:\\d+)?$", "_" + count + "$1");
      }
      distinct.add(
          new Weight(
              weight.layer(),
              weight.path(),
              name,
              weight.isTrainable(),
              weight.copies(),
              weight.constraint()));
    }
    return distinct;
  }

  /** What is to be said of a file. */
  record Note(Doubt doubt, String text) {}

  /** What a note leaves open of the weights that are trained, or of their order. */
  enum Doubt {
    /** Nothing. */
    NONE,
    /** What is trained, which an optimizer shows that has arrays for just these. */
    TRAINED,
    /** The order, which nothing in the file shows. */
    ORDER
  }

  /** What a file holds, in the layout that its contents show. */
  static Model read(Bytes file) throws IOException {
    byte[] first = file.first(Foreign.BYTES);
    if (Archive.is(first)) {
      return Archive.read(file);
    }
    if (first.length < 9 || first[0] != (byte) 0x89 || first[1] != 'H' || first[2] != 'D') {
      throw new IOException(Foreign.of(first));
    }
    return read(Hdf5Reader.read(file));
  }

  /** What an HDF5 file holds. */
  static Model read(Group root) throws IOException {
    if (ModelH5.is(root)) {
      return ModelH5.read(root);
    }
    if (WeightsH5.is(root)) {
      return WeightsH5.read(root, null, null);
    }
    throw new IOException("is an HDF5 file, but none of Keras's: has no layers");
  }

  /** A file that names one array many times could fill the memory with copies of it. */
  static void requireEachOnce(Model model) throws IOException {
    Set<String> paths = new HashSet<>();
    List<String> all = new ArrayList<>();
    for (Model.Weight weight : model.weights()) {
      all.add(weight.path());
      all.addAll(weight.copies());
    }
    for (String path : all) {
      if (!paths.add(path)) {
        throw new IOException("names an array twice: " + Text.quote(path));
      }
    }
  }

  /** The arrays and groups. */
  Group tree();

  /** The layers' names, those without weights too. */
  List<String> layers();

  /** The weights of all layers, in Keras's order. */
  List<Weight> weights();

  /**
   * The numbers of the weights of a name, with or without the layer's before it; where there are
   * none, of those whose names end so, as that of a layer in a model called sequential.
   */
  default List<Integer> numbersOf(String name) {
    List<Integer> exact = numbersOf(name::equals);
    return exact.isEmpty() ? numbersOf(own -> own.endsWith("/" + name)) : exact;
  }

  /** Whether the arrays of some weights are of float32. */
  default boolean areFloat32(Stream<Weight> weights) {
    return weights.allMatch(
        weight -> tree().find(weight.path()) instanceof Dataset data && data.isFloat32());
  }

  private List<Integer> numbersOf(Predicate<String> named) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < weights().size(); i++) {
      Weight weight = weights().get(i);
      if (named.test(weight.name()) || named.test(weight.layer() + "/" + weight.name())) {
        found.add(i);
      }
    }
    return found;
  }

  /**
   * The optimizer, {@code class_name} and {@code config}; null if there is none.
   *
   * @throws IOException if what is in its place is none
   */
  Map<String, Object> optimizer() throws IOException;

  /**
   * Where the optimizer's variables lie, in their order; null if there are none.
   *
   * @throws IOException if one is missing
   */
  List<String> variables() throws IOException;

  /** Whether there is state of one that scales losses around the optimizer's variables. */
  boolean isLossScaled();

  /** The version of Keras that wrote the file, or null. */
  String version();

  /** The backend that it had, or null. */
  default String backend() {
    return null;
  }

  /** What the layout does not tell. */
  List<Note> notes();

  /**
   * A file like this one, from a copy of the tree that may be changed. Null leaves the optimizer as
   * it is.
   */
  AtomicFile.Content write(Group tree, Stored optimizer) throws IOException;
}
