package io.github.keras4j.hdf5;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** What is not a file of Keras: what it is, and what to do in Python. */
final class Foreign {
  private static final String SAVE = ": load it in Python and call model.save(\"model.keras\")";

  /** So many bytes show what a file is. */
  static final int BYTES = 600;

  private Foreign() {}

  /** What a file is, by its first bytes, that is neither HDF5 nor a ZIP archive. */
  static String of(byte[] file) {
    String bytes = new String(file, 0, Math.min(file.length, BYTES), StandardCharsets.ISO_8859_1);
    return bytes.startsWith("\b") || bytes.startsWith("\n") && bytes.indexOf('\0') >= 0
        ? ofProtocolBuffer(bytes)
        : of(bytes, bytes.stripLeading());
  }

  /** By the bytes, and by the text, which may begin with white space. */
  private static String of(String bytes, String text) {
    if (text.startsWith("version https://git-lfs")) {
      return "is a pointer of Git LFS, not the file: run git lfs pull";
    }
    if (text.regionMatches(true, 0, "<!doctype", 0, 9)
        || text.regionMatches(true, 0, "<html", 0, 5)) {
      return "is an HTML page, not the file: download the file itself";
    }
    if (bytes.startsWith("\u001f\u008b")) {
      return "is compressed by gzip: unpack it first";
    }
    if (bytes.startsWith("\u0093NUMPY")) {
      return "is an array of NumPy, not a model: call model.save(\"model.keras\") in Python";
    }
    if (bytes.startsWith("MATLAB")) {
      return "is a file of MATLAB, not a model of Keras";
    }
    if (bytes.length() > 8 && bytes.startsWith("TFL3", 4)) {
      return "is a model of TensorFlow Lite, which cannot be trained: save the Keras model that it"
          + " was converted from, with model.save(\"model.keras\")";
    }
    if (bytes.length() > 1 && bytes.charAt(0) == 0x80 && bytes.charAt(1) <= 5) {
      return "is a pickle of Python, as torch.save wrote it: load it in Python, set the weights of"
          + " a Keras model and call model.save(\"model.keras\")";
    }
    if (bytes.startsWith("{\"", 8)) {
      return "is a file of safetensors: load it in Python, set the weights of a Keras model and"
          + " call model.save(\"model.keras\")";
    }
    if (text.startsWith("{")) {
      return "is JSON, which holds no weights: save the model in Python with"
          + " model.save(\"model.keras\")";
    }
    return "is neither an HDF5 file nor a ZIP archive";
  }

  /** The first field of ONNX and of a SavedModel is a version, of a graph of TensorFlow a node. */
  private static String ofProtocolBuffer(String bytes) {
    boolean isSavedModel = bytes.startsWith("\b\u0001\u0012");
    return bytes.startsWith("\n") || isSavedModel && !bytes.contains("onnx")
        ? "is a .pb of TensorFlow" + SAVE
        : "is an ONNX model or another protocol buffer" + SAVE;
  }

  /** What a ZIP archive is that lacks an entry of Keras's. */
  static String ofArchive(Set<String> entries, String missing) {
    if (entries.stream().anyMatch(name -> name.endsWith("data.pkl"))) {
      return "is a file of PyTorch: load it in Python, set the weights of a Keras model and call"
          + " model.save(\"model.keras\")";
    }
    if (!entries.isEmpty() && entries.stream().allMatch(name -> name.endsWith(".npy"))) {
      return "is an .npz of NumPy: set the weights of a Keras model in Python and call"
          + " model.save(\"model.keras\")";
    }
    return "is a ZIP archive without " + missing;
  }

  /** What a folder is, by the names in it. */
  static String ofFolder(List<String> names) {
    if (names.contains("saved_model.pb") || names.contains("keras_metadata.pb")) {
      return "is a folder of a SavedModel: in Python load it by tf.keras.models.load_model and call"
          + " model.save(\"model.keras\")";
    }
    if (names.contains("_CHECKPOINT_METADATA") || names.contains("_METADATA")) {
      return "is a checkpoint of Orbax: restore it in Python and call model.save(\"model.keras\")";
    }
    if (names.contains("config.json") && names.contains("model.weights.h5")) {
      return "is an unpacked .keras: zip what is in it, without compression";
    }
    return "is a folder, not a file";
  }
}
