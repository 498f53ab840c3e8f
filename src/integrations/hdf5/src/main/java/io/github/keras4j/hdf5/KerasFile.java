package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Unread;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model file of Keras: a model that was trained in Keras goes on training in Java, and comes
 * back.
 *
 * <pre>{@code
 * import io.github.keras4j.hdf5.KerasFile;
 * import io.github.keras4j.optimizers.Optimizer;
 *
 * KerasFile file = KerasFile.read(Path.of("model.keras"));
 * double[][] parameters = file.parameters();
 * Optimizer optimizer = file.optimizer().orElseThrow();
 * optimizer.applyGradients(gradients, parameters);
 * file.write(Path.of("trained.keras"), optimizer, parameters);
 * }</pre>
 *
 * <p>It reads {@code .h5}, {@code .keras} and {@code .weights.h5} of Keras from 2.0 on. What a file
 * is, its contents say, not its name. A file of any length is read whole and checked; then it is
 * needed no more. Its numbers are kept once, in the types of the file. Of the model, the layers'
 * names and weights are read, not what they compute. Numbers of float32 are given as the doubles
 * they are.
 *
 * <p>Immutable: all methods may be called from any thread, and what they give is the caller's.
 *
 * @see <a href="https://keras.io/guides/serialization_and_saving/">Keras's guide to its files</a>
 */
public final class KerasFile {
  private final Model model;
  private final List<Read> weights; // as the model has them
  private final List<Integer> parameters; // which of them are trained, in the optimizer's order
  private final List<TensorSpec> tensors; // of these
  private final boolean isTold; // what is trained, by the caller
  private FileOptimizer optimizer; // null until it is asked for

  /** A weight, and its array, null where its numbers cannot be read. */
  private record Read(TensorSpec tensor, boolean isTrainable, Dataset data) {}

  private KerasFile(Model model) throws IOException {
    this.model = model;
    Model.requireEachOnce(model);
    List<Read> read = new ArrayList<>();
    List<Integer> trained = new ArrayList<>();
    for (Model.Weight weight : model.weights()) {
      Read one = read(weight);
      if (one.isTrainable()) {
        trained.add(read.size());
      }
      read.add(one);
    }
    weights = List.copyOf(read);
    parameters = List.copyOf(trained);
    tensors = parameters.stream().map(weights::get).map(Read::tensor).toList();
    isTold = false;
  }

  private Read read(Model.Weight weight) throws IOException {
    if (model.tree().find(weight.path()) instanceof Unread && !weight.isTrainable()) {
      return new Read(new TensorSpec(weight.name()), false, null);
    }
    Dataset data = model.tree().requireDataset(weight.path());
    TensorSpec spec = new TensorSpec(weight.name(), data.shape());
    boolean isTrainable = weight.isTrainable() && data.isFloat();
    return new Read(spec, isTrainable, data.isReadable() ? data : null);
  }

  /** The same file with other weights as its parameters. */
  private KerasFile(KerasFile file, List<Integer> parameters) {
    model = file.model;
    this.parameters = List.copyOf(parameters);
    List<Read> told = new ArrayList<>();
    for (int i = 0; i < file.weights.size(); i++) {
      Read weight = file.weights.get(i);
      told.add(new Read(weight.tensor, parameters.contains(i), weight.data));
    }
    weights = List.copyOf(told);
    tensors = parameters.stream().map(weights::get).map(Read::tensor).toList();
    isTold = true;
  }

  private boolean isFloat32() {
    return model.areFloat32(parameters.stream().map(model.weights()::get));
  }

  /**
   * Reads a file.
   *
   * <p>Nothing in it is trusted: memory is taken for what is in the file, never for what it claims,
   * and no reference is followed out of it.
   *
   * @param path the file
   * @return what is in it
   * @throws IllegalArgumentException if {@code path} is null
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if the file cannot be read, is damaged, is none of Keras's, or has an array
   *     of more than 2<sup>31</sup> - 1 numbers; the message says which file and what is wrong with
   *     it
   */
  public static KerasFile read(Path path) throws IOException {
    if (path == null) {
      throw new IllegalArgumentException("path must be a file, got null");
    }
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    try {
      return new KerasFile(Source.model(path));
    } catch (IOException e) {
      throw new IOException("cannot read Keras file " + path + ": " + reason(e), e);
    } catch (RuntimeException e) { // what is in the file suits no optimizer
      throw new IOException("cannot read Keras file " + path + ": " + e.getMessage(), e);
    }
  }

  /** What went wrong, where the message alone, as of some file exceptions, is but a path. */
  private static String reason(IOException e) {
    return e.getClass() == IOException.class ? e.getMessage() : e.toString();
  }

  /**
   * The weights that are trained, in the order of the optimizer: what to hand to it with the
   * gradients.
   *
   * @return a new array of new arrays, row by row
   */
  public double[][] parameters() {
    return parameters.parallelStream()
        .map(weight -> weights.get(weight).data.numbers())
        .toArray(double[][]::new);
  }

  /**
   * The names and shapes of the {@link #parameters}. Of a {@code .keras} or {@code .weights.h5},
   * which have no names of weights, they follow from the layers' classes.
   *
   * @return one for each, with Keras's name: {@code dense_1/kernel:0} in Keras 2, {@code
   *     sequential/dense/kernel} in Keras 3
   */
  public List<TensorSpec> tensors() {
    return tensors;
  }

  /**
   * A weight of a layer.
   *
   * @param tensor its name and shape
   * @param isTrainable whether it is among the {@link #parameters}
   * @param values its numbers, row by row
   */
  public record Weight(TensorSpec tensor, boolean isTrainable, double[] values) {}

  /**
   * All weights, those too that are not trained, such as the moving averages of a
   * BatchNormalization.
   *
   * @return a new map, in the file's order, from each layer's name, those without weights too, to
   *     the layer's weights by name
   */
  public Map<String, Map<String, Weight>> weights() {
    Map<String, Map<String, Weight>> layers = new LinkedHashMap<>();
    model.layers().forEach(layer -> layers.put(layer, new LinkedHashMap<>()));
    List<double[]> numbers =
        weights.parallelStream()
            .map(weight -> weight.data == null ? null : weight.data.numbers())
            .toList();
    for (int i = 0; i < weights.size(); i++) {
      Read weight = weights.get(i);
      if (weight.data != null) {
        layers
            .computeIfAbsent(model.weights().get(i).layer(), layer -> new LinkedHashMap<>())
            .put(
                weight.tensor.name(),
                new Weight(weight.tensor, weight.isTrainable, numbers.get(i)));
      }
    }
    return layers;
  }

  /**
   * The same file with exactly these weights as its {@link #parameters}, for what a file does not
   * say: layers that were frozen or thawed after {@code compile}, custom layers, and the order of
   * what is in them.
   *
   * <pre>{@code
   * import io.github.keras4j.hdf5.KerasFile;
   *
   * KerasFile file = KerasFile.read(Path.of("model.keras"));
   * KerasFile same = file.withTrainable("dense/kernel", "dense/bias");
   * double[][] parameters = same.parameters(); // the kernel, then the bias
   * }</pre>
   *
   * @param weights names, as {@link #weights} has them, in the order of {@code
   *     model.trainable_variables}, or their ends after a slash; where two layers have a weight of
   *     one name, with the layer's name and a slash before it
   * @return a new file, whose optimizer and notes are about these parameters
   * @throws IllegalArgumentException if {@code weights} is null, or a name is null, not one of a
   *     weight, of more than one, given twice, or of an array that is not of floats
   */
  public KerasFile withTrainable(String... weights) {
    if (weights == null) {
      throw new IllegalArgumentException("weights must be names, got null");
    }
    List<Integer> told = new ArrayList<>();
    for (String name : weights) {
      int weight = indexOf(name);
      if (told.contains(weight)) {
        throw new IllegalArgumentException(
            "weights must be given once, got twice " + Text.quote(name));
      }
      told.add(weight);
    }
    return new KerasFile(this, told);
  }

  private int indexOf(String name) {
    List<Integer> found = name == null ? List.of() : model.numbersOf(name);
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          format(
              "weights must be names of one weight each, got %s, the name of %s",
              name == null ? "null" : Text.quote(name), found.isEmpty() ? "none" : found.size()));
    }
    if (!(model.tree().find(model.weights().get(found.get(0)).path()) instanceof Dataset data)
        || !data.isFloat()) {
      throw new IllegalArgumentException(
          format("weights must be of floats, got %s, which is not", Text.quote(name)));
    }
    return found.get(0);
  }

  /**
   * What the file has lost, or why there is no optimizer.
   *
   * @return sentences; none where nothing is missing
   */
  public List<String> notes() {
    return made().notes();
  }

  // ---- The optimizer --------------------------------------------------------------------------

  private synchronized FileOptimizer made() {
    if (optimizer == null) {
      optimizer = new FileOptimizer(model, parameters, tensors, isFloat32(), isTold);
    }
    return optimizer;
  }

  /**
   * The optimizer with its whole state, of the class of this library that computes what the file's
   * does.
   *
   * @return a new optimizer each time; none where the file has none, does not say its class, or no
   *     class here computes its formula: see {@link #notes}
   */
  public Optional<Optimizer> optimizer() {
    return made().make();
  }

  /**
   * The optimizer with a count of steps that the file has lost: Keras 2.2.4 does not save it for
   * RMSprop, Adagrad and Adadelta.
   *
   * @param iterations how many steps had been made when the file was written
   * @return a new optimizer each time
   * @throws IllegalArgumentException if {@code iterations} is not from 0 to 2<sup>53</sup>, or the
   *     file has the count, and it is another
   * @throws IllegalStateException if there is no {@link #optimizer() optimizer}
   */
  public Optimizer optimizer(long iterations) {
    return made().make(iterations);
  }

  /**
   * Gives an optimizer that you made the state in the file. For a {@code .weights.h5}, which holds
   * an optimizer's variables but not its class, and for custom optimizers and schedules.
   *
   * @param template an optimizer that has made no step, of the generation, the class and with the
   *     hyperparameters of the file's; changed
   * @return the template
   * @throws IllegalArgumentException if it is null or of another generation, or the file's
   *     variables are not its own: the message says which, and why; it is unchanged then
   * @throws IllegalStateException if the file has no variables of an optimizer, or the template has
   *     made a step
   */
  public Optimizer optimizer(Optimizer template) {
    return made().fill(template);
  }

  // ---- Back -----------------------------------------------------------------------------------

  /**
   * Writes a copy of the file, in which parameters and optimizer are replaced and all else is kept,
   * in the file's own types: into a float32 file numbers are rounded. Keras loads it and trains on
   * from it; but from an {@code .h5} Keras 3 restores the weights alone, even where it wrote the
   * file.
   *
   * <p>What the layout cannot hold is lost, as Keras itself loses it: see {@link #notes}.
   *
   * <p>Whatever happens, the file is the old one or the new one, whole, as with {@link
   * io.github.keras4j.optimizers.Checkpoint#save Checkpoint.save}. It may be the file that was
   * read.
   *
   * @param path the file to make or to replace, in a directory that exists; what was read from
   *     shards is written as one {@code .weights.h5}
   * @param optimizer of the class that {@link #optimizer() optimizer} gives, or, in a file of Keras
   *     2.2.4 or Keras 3, any of that generation; where there is none, one that {@link
   *     #optimizer(Optimizer) was filled}, whose numbers then go into the file; null leaves the
   *     file's as it is
   * @param parameters as many, and of the lengths, as those read
   * @throws IllegalArgumentException if an argument does not fit so; nothing is written then
   * @throws IllegalStateException if a step of the optimizer is under way; nothing is written then
   * @throws IOException if the file cannot be written; the message says which and why
   */
  public void write(Path path, Optimizer optimizer, double[][] parameters) throws IOException {
    if (path == null || AtomicFile.isTemporary(path)) {
      throw new IllegalArgumentException(
          "path must be a file, and not have the name of a temporary one, got " + path);
    }
    if (Source.isIndex(path)) {
      throw new IllegalArgumentException(
          "path must be a .weights.h5, since weights are not written in shards, got " + path);
    }
    requireParameters(parameters);
    Stored replacement = optimizer == null ? null : made().replacement(optimizer);
    try {
      Group copy = model.tree().copy();
      for (int parameter = 0; parameter < parameters.length; parameter++) {
        Model.Weight weight = model.weights().get(this.parameters.get(parameter));
        copy.put(weight.path(), copy.requireDataset(weight.path()).with(parameters[parameter]));
        for (String same : weight.copies()) {
          copy.put(same, copy.requireDataset(same).with(parameters[parameter]));
        }
      }
      AtomicFile.replace(path, model.write(copy, replacement));
    } catch (IOException e) {
      throw new IOException("cannot write Keras file " + path + ": " + reason(e), e);
    }
  }

  private void requireParameters(double[][] given) {
    if (given == null || given.length != tensors.size()) {
      throw new IllegalArgumentException(
          format(
              "parameters must be %d tensors, got %s",
              tensors.size(), given == null ? "null" : given.length));
    }
    for (int tensor = 0; tensor < given.length; tensor++) {
      if (given[tensor] == null || given[tensor].length != tensors.get(tensor).length()) {
        throw new IllegalArgumentException(
            format(
                "parameters[%d] must have %d elements, as %s, got %s",
                tensor,
                tensors.get(tensor).length(),
                tensors.get(tensor),
                given[tensor] == null ? "null" : given[tensor].length));
      }
    }
  }

  /** The tensors, and whether there is an optimizer, for a log. */
  @Override
  public String toString() {
    return format("KerasFile%s with %s", tensors, made());
  }
}
