package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.configuration.Factories;
import io.github.keras4j.optimizers.engine.StepChecks;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.storage.NpzReader;
import io.github.keras4j.optimizers.storage.NpzWriter;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.function.Function;

/**
 * An optimizer with its whole state, and parameters, in one file or stream: training that continues
 * from it is bit for bit the training that was never interrupted.
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
 * <p>A save during a step is rejected, it does not wait. So a thread that saves while another one
 * trains without pauses hardly ever succeeds. Let both take turns with a fair lock:
 *
 * <pre>{@code
 * Lock turn = new ReentrantLock(true);
 *
 * turn.lock(); // around each step, and in the other thread around each save
 * try {
 *   Checkpoint.save(path, optimizer, parameters);
 * } finally {
 *   turn.unlock();
 * }
 * }</pre>
 *
 * <p>The file is an {@code .npz} archive, which NumPy opens with {@code np.load}, without pickle.
 * It holds the optimizer's class, its configuration as JSON, the iterations and other numbers, and
 * each slot and the parameters as one array for all tensors. The documentation has <a
 * href="https://github.com/keras4j/keras-optimizers/blob/main/docs/checkpoints.md">the format</a>,
 * entry by entry. Files of format versions 1 and 2, which had an entry for each array and each
 * hyperparameter, are read too.
 *
 * <p>How many threads a step may use is not part of the state, and not in the file.
 *
 * <p>This is not Keras's format: the weights that Keras 2.2.4 saves lack the iterations of RMSprop,
 * Adagrad and Adadelta, and Nadam's {@code m_schedule}.
 *
 * <p>All methods may be called from any thread.
 *
 * @see <a href="https://github.com/keras-team/keras/issues/13027">Keras issue 13027, on what Keras
 *     loses</a>
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">NumPy's
 *     description of the .npy format</a>
 */
public final class Checkpoint {
  private final Optimizer optimizer;
  private final double[][] parameters;

  private Checkpoint(Optimizer optimizer, double[][] parameters) {
    this.optimizer = optimizer;
    this.parameters = parameters;
  }

  /** The optimizer, in the state in which it was saved: the same object every time. */
  public Optimizer optimizer() {
    return optimizer;
  }

  /**
   * The parameters, as they were saved: the same arrays every time, not copies; none if none were
   * saved.
   */
  public double[][] parameters() {
    return parameters;
  }

  // ---- Save -----------------------------------------------------------------------------------

  /**
   * Saves an optimizer, and parameters, to a file.
   *
   * <p>At every moment the file is the old one or the new one, whole: the new one is written next
   * to it as {@code NAME.0123456789abcdef.tmp}, where {@code NAME} is at most the first 40
   * characters of the file's name, forced to the disk, moved into place in one step, and the
   * directory forced. A call that fails removes what it wrote, unless all that failed was forcing
   * the directory: then the new file is in place, but may not outlast a power failure. A process
   * that is killed may leave a {@code .tmp} file of that pattern, which is safe to delete. A
   * symbolic link is followed, also one whose file is still missing. The file keeps the permissions
   * of the one it replaces, where the system has POSIX's. An interrupted thread cannot save.
   *
   * <p>The directory must be readable, since otherwise it cannot be forced. On Windows, and in file
   * systems that are not on a disk, such as a ZIP file's, there is no such call, and it is left
   * out.
   *
   * <p>The numbers go from the arrays to the file block by block, without a second copy in memory.
   * A step that another thread begins meanwhile is rejected with an {@link IllegalStateException},
   * as is a save during a step: see above for saving while another thread trains. The caller has to
   * make sure that nobody else changes the parameters meanwhile.
   *
   * @param path the file to make or to replace, in a directory that exists; conventionally {@code
   *     something.npz}
   * @param optimizer what to save; a custom one needs no code for it, but its class must be known
   *     when it is loaded, by {@link Optimizers#register Optimizers.register} or to {@link
   *     #load(Path, Map) load}
   * @param parameters the tensors to save with it, or none
   * @throws IllegalArgumentException if an argument or a tensor is null, {@code path} has the name
   *     of a temporary file, an array is among the parameters twice, their number or lengths are
   *     not as in the optimizer's steps, the optimizer's class has no name or the name of one of
   *     this library's, the name of a slot or a scalar is not of 1 to 100 letters, digits and
   *     {@code _.-} or begins with {@code .} or {@code -}, or its configuration holds anything
   *     other than null, flags, numbers, strings, and lists and maps of such, at most 32 deep;
   *     nothing is written then
   * @throws IllegalStateException if another call of the optimizer is under way; nothing is written
   *     then
   * @throws IOException if the file cannot be written; the message says where and why
   */
  public static void save(Path path, Optimizer optimizer, double[]... parameters)
      throws IOException {
    requirePath(path);
    checkArgument(
        !AtomicFile.isTemporary(path),
        "path must not have the name of a temporary file, got %s",
        path);
    try {
      States.read(
          optimizer,
          state -> {
            Map<String, Object> entries = entries(state, optimizer, parameters);
            AtomicFile.replace(path, out -> NpzWriter.write(out, entries));
          });
    } catch (IOException e) {
      throw new IOException("cannot save checkpoint " + path + ": " + Text.reason(e), e);
    }
  }

  /**
   * Writes an optimizer, and parameters, to a stream: the bytes of the file that {@link #save save}
   * makes.
   *
   * <p>While it writes, a step is rejected as during {@link #save save}. Where the stream is slow,
   * such as a network's, write to a {@link java.io.ByteArrayOutputStream} first.
   *
   * @param out where to; flushed, not closed
   * @throws IllegalArgumentException as {@link #save save}; nothing is written then
   * @throws IllegalStateException as {@link #save save}
   * @throws IOException if the stream throws it
   */
  public static void write(OutputStream out, Optimizer optimizer, double[]... parameters)
      throws IOException {
    checkArgument(out != null, "out must be a stream, got null");
    States.read(optimizer, state -> NpzWriter.write(out, entries(state, optimizer, parameters)));
  }

  private static Map<String, Object> entries(
      OptimizerState state, Optimizer optimizer, double[][] parameters) {
    if (parameters == null || parameters.length > 0) {
      new StepChecks().checkParameters(parameters, optimizer.step.lengths());
    }
    return CheckpointEntries.of(state, parameters);
  }

  // ---- Load -----------------------------------------------------------------------------------

  /**
   * Loads what {@link #save save} wrote, or NumPy's {@code savez} or {@code savez_compressed} in
   * the same entries.
   *
   * <p>Everything is checked: the checksums, that the file is the archive, whole and nothing else,
   * every name, type, shape and length, and that the state fits the optimizer. Memory is taken for
   * what is in the file, never for what its headers claim. An interrupted thread can load.
   *
   * @throws IllegalArgumentException if an argument is null
   * @throws NoSuchFileException if there is no such file, or only a link to none; never for a file
   *     that is there, or whose presence cannot be determined
   * @throws IOException if the file cannot be reached or read, is damaged, is no checkpoint or one
   *     of a later format, or its optimizer's class is not known to {@link Optimizers}; the message
   *     says which file and what is wrong with it
   */
  public static Checkpoint load(Path path) throws IOException {
    return load(path, Map.of());
  }

  /**
   * Loads as {@link #load(Path) load} does, and throws the same, where further classes are known.
   *
   * @param customObjects as in {@link Optimizers#deserialize(Map, Map) Optimizers.deserialize}
   */
  public static Checkpoint load(
      Path path, Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects)
      throws IOException {
    requirePath(path);
    Factories factories = new Factories(customObjects);
    try {
      if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) {
        throw new IOException("is not a regular file");
      }
      if (AtomicFile.isTemporary(path)) {
        throw new IOException("is what an interrupted save left over");
      }
      try (InputStream in = Files.newInputStream(path)) { // which no interrupt closes
        return restore(in, factories);
      }
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // a custom factory may throw anything
      throw new IOException("cannot load checkpoint " + path + ": " + Text.reason(e), e);
    }
  }

  /**
   * Reads from a stream what {@link #write write} wrote, checked as {@link #load(Path) load} does.
   *
   * @param in where from; read to its end, which must be that of the checkpoint; not closed
   * @throws IllegalArgumentException if an argument is null
   * @throws IOException if the stream throws it, or does not hold one whole checkpoint and nothing
   *     else; the message says what is wrong
   */
  public static Checkpoint read(InputStream in) throws IOException {
    return read(in, Map.of());
  }

  /**
   * Reads as {@link #read(InputStream) read} does, and throws the same, where further classes are
   * known.
   *
   * @param customObjects as in {@link Optimizers#deserialize(Map, Map) Optimizers.deserialize}
   */
  public static Checkpoint read(
      InputStream in, Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects)
      throws IOException {
    checkArgument(in != null, "in must be a stream, got null");
    Factories factories = new Factories(customObjects);
    try {
      return restore(in, factories);
    } catch (IOException | RuntimeException e) {
      throw new IOException("cannot read checkpoint: " + Text.reason(e), e);
    }
  }

  private static Checkpoint restore(InputStream in, Factories customObjects) throws IOException {
    CheckpointEntries saved = CheckpointEntries.read(NpzReader.read(in));
    OptimizerState state = saved.state();
    Optimizer optimizer =
        Optimizers.make(
            Map.of("class_name", state.className(), "config", state.config()), customObjects);
    // Format version 1 has no names of slots without tensors.
    optimizer
        .getState()
        .slots()
        .forEach((name, none) -> state.slots().putIfAbsent(name, new double[0][]));
    optimizer.restore(state);
    if (saved.parameters().length > 0) {
      States.restoreTensors(optimizer, saved.parameters());
    }
    return new Checkpoint(optimizer, saved.parameters());
  }

  private static void requirePath(Path path) {
    checkArgument(path != null, "path must be a file, got null");
  }
}
