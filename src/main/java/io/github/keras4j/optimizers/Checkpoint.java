package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.engine.StepChecks;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An optimizer with its whole state, and parameters, in one file: training that continues from it
 * is bit for bit the training that was never interrupted.
 *
 * <pre>{@code
 * Checkpoint.save(path, optimizer, weights, bias);
 *
 * Checkpoint saved = Checkpoint.load(path);
 * Optimizer optimizer = saved.optimizer();
 * double[][] parameters = saved.parameters();
 * optimizer.applyGradients(gradients, parameters);
 * }</pre>
 *
 * <p>The file is an {@code .npz} archive, which NumPy opens with {@code np.load}, without pickle:
 *
 * <table class="striped">
 *   <caption>What a checkpoint holds</caption>
 *   <thead>
 *     <tr><th scope="col">entry</th><th scope="col">type</th>
 *       <th scope="col">what it is</th></tr>
 *   </thead>
 *   <tbody>
 *     <tr><th scope="row">{@code format_version}</th><td>int64</td><td>1</td></tr>
 *     <tr><th scope="row">{@code entries}</th><td>int64</td>
 *       <td>how many entries the file has</td></tr>
 *     <tr><th scope="row">{@code class_name}</th><td>string</td><td>the optimizer's class</td></tr>
 *     <tr><th scope="row">{@code config/lr} …</th><td>float64 or bool</td>
 *       <td>its configuration, with the learning rate of that moment</td></tr>
 *     <tr><th scope="row">{@code iterations}</th><td>int64</td><td>the steps it has made</td></tr>
 *     <tr><th scope="row">{@code scalars/m_schedule} …</th><td>float64</td>
 *       <td>numbers of its own, where it has such</td></tr>
 *     <tr><th scope="row">{@code slots/m/0} …</th><td>float64 array</td>
 *       <td>each slot of each tensor; none before the first step</td></tr>
 *     <tr><th scope="row">{@code parameters/0} …</th><td>float64 array</td>
 *       <td>the parameters, where they were given</td></tr>
 *   </tbody>
 * </table>
 *
 * <p>How many threads a step may use is no state, and not in the file.
 *
 * <p>Not Keras's format: the weights that Keras 2.2.4 saves lack the iterations of RMSprop, Adagrad
 * and Adadelta, and Nadam's {@code m_schedule}.
 *
 * @see <a href="https://github.com/keras-team/keras/issues/13027">Keras issue 13027, on what Keras
 *     loses</a>
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">NumPy's
 *     description of the .npy format</a>
 */
public final class Checkpoint {
  private static final long FORMAT_VERSION = 1;

  private static final String NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}";
  private static final Pattern HYPERPARAMETER = Pattern.compile("config/(" + NAME + ")");
  private static final Pattern SCALAR = Pattern.compile("scalars/(" + NAME + ")");
  private static final Pattern TENSOR =
      Pattern.compile("(slots/" + NAME + "|parameters)/(0|[1-9][0-9]{0,8})");

  private final Optimizer optimizer;
  private final double[][] parameters;

  private Checkpoint(Optimizer optimizer, double[][] parameters) {
    this.optimizer = optimizer;
    this.parameters = parameters;
  }

  /**
   * The optimizer, in the state in which it was saved.
   *
   * @return the same optimizer every time
   */
  public Optimizer optimizer() {
    return optimizer;
  }

  /**
   * The parameters, as they were saved.
   *
   * @return the same arrays every time, not copies; none if none were saved
   */
  public double[][] parameters() {
    return parameters;
  }

  // ---- Save -----------------------------------------------------------------------------------

  /**
   * Saves an optimizer, and parameters, to a file.
   *
   * <p>Whatever happens, the file is the old one or the new one, whole: the new one is written
   * beside it as {@code NAME.0123456789abcdef.tmp}, forced to the disk, moved into place in one
   * step, and the directory forced. A call that fails removes what it wrote, unless all that failed
   * was forcing the directory: then the new file is in place, but may not outlast a power failure.
   * A process that is killed may leave a {@code .tmp} file of that pattern, which is safe to
   * delete. A symbolic link to a file is followed. The file gets the permissions of a new one. An
   * interrupted thread cannot save.
   *
   * <p>The numbers go from the arrays to the file block by block, without a second copy in memory.
   * A step that another thread begins meanwhile is refused with an {@link IllegalStateException};
   * that nobody else changes the parameters is for the caller to see to.
   *
   * @param path the file to make or to replace, in a directory that exists; conventionally {@code
   *     something.npz}
   * @param optimizer what to save; one of a class of your own needs no code for it, but must be
   *     known to {@link Optimizers#register Optimizers.register} when it is loaded
   * @param parameters the tensors to save with it, or none
   * @throws IllegalArgumentException if an argument or a tensor is null, {@code path} has the name
   *     of a temporary file, an array is among the parameters twice, their number or lengths are
   *     not those of the optimizer's steps, or the optimizer's class has no name, or a name in its
   *     state is not of letters, digits and {@code _.-}, at most 100, not beginning with {@code .}
   *     or {@code -}
   * @throws IllegalStateException if another call of the optimizer is under way
   * @throws IOException if the file cannot be written; the message says where and why
   */
  public static void save(Path path, Optimizer optimizer, double[]... parameters)
      throws IOException {
    if (path == null) {
      throw new IllegalArgumentException("path must be a file, got null");
    }
    if (optimizer == null) {
      throw new IllegalArgumentException("optimizer must be an optimizer, got null");
    }
    if (AtomicFile.isTemporary(path)) {
      throw new IllegalArgumentException(
          "path must not have the name of a temporary file, got " + path);
    }
    try {
      AtomicFile.replace(path, channel -> write(channel, optimizer, parameters));
    } catch (IOException e) {
      throw new IOException("cannot save checkpoint " + path + ": " + reason(e), e);
    }
  }

  /** Writes a checkpoint, but not atomically. */
  static void write(FileChannel channel, Optimizer optimizer, double[]... parameters)
      throws IOException {
    optimizer.withLiveState(
        state -> {
          checkNames(state);
          checkParameters(parameters, optimizer);
          writeEntries(new NpzWriter(channel), state, parameters);
        });
  }

  private static void writeEntries(NpzWriter file, OptimizerState state, double[][] parameters)
      throws IOException {
    file.put("format_version", FORMAT_VERSION);
    file.put("entries", countEntries(state, parameters));
    file.put("class_name", state.className());
    for (Map.Entry<String, Object> hyperparameter : state.config().entrySet()) {
      String name = "config/" + hyperparameter.getKey();
      // Hyperparameters reads numbers and flags, nothing else.
      if (hyperparameter.getValue() instanceof Boolean) {
        file.put(name, (Boolean) hyperparameter.getValue());
      } else {
        file.put(name, (Double) hyperparameter.getValue());
      }
    }
    file.put("iterations", state.iterations());
    for (Map.Entry<String, Double> scalar : state.scalars().entrySet()) {
      file.put("scalars/" + scalar.getKey(), scalar.getValue());
    }
    for (Map.Entry<String, double[][]> slot : state.slots().entrySet()) {
      putTensors(file, "slots/" + slot.getKey(), slot.getValue());
    }
    putTensors(file, "parameters", parameters);
    file.finish();
  }

  private static void putTensors(NpzWriter file, String name, double[][] tensors)
      throws IOException {
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      file.put(name + "/" + tensor, tensors[tensor]);
    }
  }

  private static long countEntries(OptimizerState state, double[][] parameters) {
    long count = 4L + state.config().size() + state.scalars().size() + parameters.length;
    for (double[][] tensors : state.slots().values()) {
      count += tensors.length;
    }
    return count;
  }

  private static void checkNames(OptimizerState state) {
    if (state.className().isEmpty()) {
      throw new IllegalArgumentException(
          "optimizer must be of a class with a name, got an anonymous one");
    }
    state.config().keySet().forEach(name -> checkName("hyperparameter", name));
    state.scalars().keySet().forEach(name -> checkName("scalar", name));
    state.slots().keySet().forEach(name -> checkName("slot", name));
  }

  private static void checkName(String what, String name) {
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          String.format(
              "%s to be saved must have a name of letters, digits and _.-,"
                  + " not beginning with . or -, at most 100, got \"%s\"",
              what, name));
    }
  }

  private static void checkParameters(double[][] parameters, Optimizer optimizer) {
    if (parameters == null || parameters.length > 0) {
      new StepChecks().checkParameters(parameters, optimizer.variables.lengths());
    }
  }

  // ---- Load -----------------------------------------------------------------------------------

  /**
   * Loads what {@link #save save} wrote, or NumPy's {@code savez} in the same entries.
   *
   * <p>Everything is checked: the checksums, that the archive's parts agree and nothing else is in
   * the file, every name, type and shape, and that the state fits the optimizer. Memory is taken
   * for what is in the file, never for what its headers claim. Entries must be stored, not
   * compressed.
   *
   * @param path the file
   * @return the optimizer and the parameters
   * @throws IllegalArgumentException if {@code path} is null
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if the file cannot be read, is damaged, is no checkpoint or one of a later
   *     format, or its optimizer's class is not known to {@link Optimizers}; the message says which
   *     file and what is wrong with it
   */
  public static Checkpoint load(Path path) throws IOException {
    if (path == null) {
      throw new IllegalArgumentException("path must be a file, got null");
    }
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    try {
      if (!Files.isRegularFile(path)) {
        throw new IOException("is no regular file");
      }
      if (AtomicFile.isTemporary(path)) {
        throw new IOException("is what an interrupted save left over");
      }
      return restore(NpzReader.read(path));
    } catch (IOException | RuntimeException e) { // a factory of the user's may throw anything
      throw new IOException("cannot load checkpoint " + path + ": " + reason(e), e);
    }
  }

  private static Checkpoint restore(Map<String, Object> entries) throws IOException {
    checkVersion(entries);
    Map<String, Object> config = new LinkedHashMap<>();
    Map<String, Double> scalars = new LinkedHashMap<>();
    Map<String, SortedMap<Integer, double[]>> tensors = new LinkedHashMap<>();
    for (String name : entries.keySet()) {
      Matcher hyperparameter = HYPERPARAMETER.matcher(name);
      Matcher scalar = SCALAR.matcher(name);
      Matcher tensor = TENSOR.matcher(name);
      if (hyperparameter.matches()) {
        Class<?> type = entries.get(name) instanceof Boolean ? Boolean.class : Double.class;
        config.put(hyperparameter.group(1), get(entries, name, type));
      } else if (scalar.matches()) {
        scalars.put(scalar.group(1), get(entries, name, Double.class));
      } else if (tensor.matches()) {
        tensors
            .computeIfAbsent(tensor.group(1), group -> new TreeMap<>())
            .put(Integer.valueOf(tensor.group(2)), get(entries, name, double[].class));
      } else if (!name.matches("format_version|entries|class_name|iterations")) {
        throw new IOException("entry " + name + " does not belong in a checkpoint");
      }
    }
    Map<String, double[][]> slots = new LinkedHashMap<>();
    double[][] parameters = {};
    for (Map.Entry<String, SortedMap<Integer, double[]>> group : tensors.entrySet()) {
      double[][] arrays = withoutGaps(group.getKey(), group.getValue());
      if (group.getKey().equals("parameters")) {
        parameters = arrays;
      } else {
        slots.put(group.getKey().substring("slots/".length()), arrays);
      }
    }
    String className = get(entries, "class_name", String.class);
    long iterations = get(entries, "iterations", Long.class);
    long count = get(entries, "entries", Long.class);
    if (count != entries.size()) {
      throw new IOException(
          String.format("must hold %d entries, as it says, got %d", count, entries.size()));
    }
    Optimizer optimizer = Optimizers.deserialize(Map.of("class_name", className, "config", config));
    // Before the first step there are no tensors, so no entries that could tell the slots' names.
    optimizer.withLiveState(
        fresh -> fresh.slots().keySet().forEach(name -> slots.putIfAbsent(name, new double[0][])));
    optimizer.restore(new OptimizerState(className, config, iterations, slots, scalars));
    if (parameters.length > 0) {
      optimizer.restoreTensors(parameters);
    }
    return new Checkpoint(optimizer, parameters);
  }

  private static void checkVersion(Map<String, Object> entries) throws IOException {
    long version = get(entries, "format_version", Long.class);
    if (version != FORMAT_VERSION) {
      throw new IOException(
          String.format(
              "format_version must be %d, the one that this library reads, got %d",
              FORMAT_VERSION, version));
    }
  }

  private static <T> T get(Map<String, Object> entries, String name, Class<T> type)
      throws IOException {
    Object value = entries.get(name);
    if (value == null) {
      throw new IOException("entry " + name + " is missing");
    }
    if (!type.isInstance(value)) {
      throw new IOException(
          String.format(
              "entry %s must be %s, got %s",
              name, Npy.describe(type), Npy.describe(value.getClass())));
    }
    return type.cast(value);
  }

  private static double[][] withoutGaps(String name, SortedMap<Integer, double[]> tensors)
      throws IOException {
    int next = 0;
    for (int index : tensors.keySet()) {
      if (index != next) {
        throw new IOException(String.format("entry %s/%d is missing", name, next));
      }
      next++;
    }
    return tensors.values().toArray(new double[0][]);
  }

  /** What went wrong, where the message alone, as of some file exceptions, is but a path. */
  private static String reason(Exception e) {
    return e.getClass() == IOException.class || e instanceof IllegalArgumentException
        ? e.getMessage()
        : e.toString();
  }
}
