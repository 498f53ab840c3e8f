package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Group;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A file's model, in whichever of Keras's layouts. */
interface Model {
  /**
   * A weight.
   *
   * @param layer of which it is, by its name, the outermost
   * @param path where it lies in the file
   * @param name what Keras calls it
   */
  record Weight(String layer, String path, String name, boolean isTrainable) {}

  /** The arrays and groups. */
  Group tree();

  /** The layers' names, those without weights too. */
  List<String> layers();

  /** The weights of all layers, in Keras's order. */
  List<Weight> weights();

  /** The optimizer, {@code class_name} and {@code config}; null if there is none. */
  Map<String, Object> optimizer();

  /** Where the optimizer's variables lie, in their order; null if there are none. */
  List<String> variables();

  /** What the layout does not tell: sentences. */
  List<String> notes();

  /**
   * The bytes of a file like this one.
   *
   * @param tree a copy of the tree, to be changed, in which the weights are replaced
   * @param optimizer what replaces the optimizer; null leaves it as it is
   */
  byte[] write(Group tree, Stored optimizer) throws IOException;
}
