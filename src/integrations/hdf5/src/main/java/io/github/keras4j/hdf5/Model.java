package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Group;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A file's model, in whichever of Keras's layouts. */
interface Model {
  /** A weight: its outermost layer's name, where it lies in the file, and what Keras calls it. */
  record Weight(String layer, String path, String name, boolean isTrainable) {}

  /** What a file holds, in the layout that its contents show. */
  static Model read(byte[] file) throws IOException {
    if (Archive.is(file)) {
      return Archive.read(file);
    }
    if (file.length < 9 || file[0] != (byte) 0x89 || file[1] != 'H' || file[2] != 'D') {
      throw new IOException("is neither an HDF5 file nor a ZIP archive");
    }
    Group root = Hdf5Reader.read(file);
    if (ModelH5.is(root)) {
      return ModelH5.read(root);
    }
    if (WeightsH5.is(root)) {
      return WeightsH5.read(root, null, null);
    }
    throw new IOException("is an HDF5 file, but none of Keras's: has no layers");
  }

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
   * The bytes of a file like this one, from a copy of the tree that may be changed. Null leaves the
   * optimizer as it is.
   */
  byte[] write(Group tree, Stored optimizer) throws IOException;
}
