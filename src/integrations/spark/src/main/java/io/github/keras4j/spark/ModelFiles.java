package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The checkpoints of a model that the driver has: a file each, and one that says how it came about.
 */
final class ModelFiles {
  private static final String SUFFIX = ".npz";

  private final StepFolder folder;

  ModelFiles(String uri, int keep, Configuration configuration) throws IOException {
    folder = new StepFolder(uri, SUFFIX, keep, configuration);
  }

  /** A model, and how it came about; null where that is not known. */
  record Saved(Path path, Checkpoint checkpoint, Conditions conditions) {
    /** Sets an optimizer, but to the rate that it has if that is another, and parameters. */
    void restore(Optimizer optimizer, double[][] parameters) {
      double[][] saved = checkpoint.parameters();
      if (!Arrays.equals(lengths(saved), lengths(parameters))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "parameters must have lengths %s, as in the checkpoint, got %s",
                Arrays.toString(lengths(saved)),
                Arrays.toString(lengths(parameters))));
      }
      OptimizerState state = checkpoint.optimizer().getState();
      boolean otherRate =
          conditions != null && conditions.hasOtherRate(Conditions.rateOf(optimizer));
      try {
        optimizer.setState(otherRate ? Conditions.withRateOf(optimizer, state) : state);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("checkpoint " + path + ": " + e.getMessage(), e);
      }
      for (int tensor = 0; tensor < saved.length; tensor++) {
        System.arraycopy(saved[tensor], 0, parameters[tensor], 0, saved[tensor].length);
      }
    }

    private static int[] lengths(double[][] tensors) {
      return Arrays.stream(tensors).mapToInt(tensor -> tensor.length).toArray();
    }
  }

  void write(long step, Conditions conditions, Optimizer optimizer, double[][] parameters)
      throws IOException {
    Path path = folder.newPath(step);
    try {
      // First, so that it is there whenever the checkpoint is.
      conditions.write(folder.files(), folder.besides(path));
      CheckpointFile.write(folder.files(), path, optimizer, parameters);
    } catch (IOException | RuntimeException | Error e) {
      folder.remove(path);
      throw e;
    }
    folder.keepNewest(path);
  }

  /** The newest whole checkpoint, or null if there is none at all. */
  StepFolder.Saved<Saved> newest() throws IOException {
    return folder.newest(
        path ->
            new Saved(
                path,
                CheckpointFile.read(folder.files(), path),
                Conditions.read(folder.files(), folder.besides(path))));
  }
}
