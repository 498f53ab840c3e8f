package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Stored.Variable;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What is to be said of a file's optimizer, and what it shows of the weights. */
final class OptimizerNotes {
  /** In float64 TensorFlow computes what other backends do not. */
  private static final Set<String> OTHERWISE_ON_TENSORFLOW =
      Set.of("Adam", "Nadam", "ScheduleFreeAdamW");

  private static final Pattern COUNTS_CALLS = Pattern.compile("3\\.[0-4]\\..*");

  private OptimizerNotes() {}

  /** Adds what the file has lost, and where its Keras computes otherwise. */
  static void addDifferences(List<String> said, Stored stored, Generation known, Model model)
      throws IOException {
    if (known.lost(stored) != null) {
      said.add(known.lost(stored));
    }
    if (stored.variables() == null || stored.variables().isEmpty()) {
      said.add(
          "the file has none of the optimizer's variables, as before the first step or where they"
              + " are left out: optimizer() begins with step 0");
    }
    String version = stored.version() == null ? "" : stored.version();
    if (COUNTS_CALLS.matcher(version).matches()
        && stored.config().get("gradient_accumulation_steps") != null) {
      said.add(
          "Keras before 3.5 counts every call of an accumulation as a step, also in bias"
              + " corrections: the optimizer here counts updates, as later ones do");
    }
    if (version.startsWith("3.")
        && "tensorflow".equals(model.backend())
        && !stored.isFloat32()
        && OTHERWISE_ON_TENSORFLOW.contains(stored.className())) {
      said.add(
          "Keras 3 on TensorFlow rounds parts of "
              + stored.className()
              + " to float32 in a float64 model: the optimizer here computes what it does on JAX");
    }
    if (Serialized.isLossScaled(model.optimizer()) || model.isLossScaled()) {
      said.add(
          "the model was trained with a LossScaleOptimizer: give the optimizer here, which is the"
              + " one inside, gradients that are not scaled; Keras leaves out steps whose scaled"
              + " gradients are not finite");
    }
  }

  /** Whether the optimizer fits, and has arrays for each parameter. */
  static boolean showsWhatIsTrained(Stored stored) {
    long arrays =
        count(
            stored.variables() == null
                ? List.of()
                : stored.variables().stream().map(Variable::shape).toList());
    long tensors = count(stored.tensors().stream().map(TensorSpec::shape).toList());
    return tensors > 0 && arrays >= tensors;
  }

  /** Whether the optimizer's arrays cannot be the same number of slots of each parameter. */
  static boolean showsOtherWeights(Stored stored) {
    if (stored.variables() == null) {
      return false;
    }
    List<String> slots = new ArrayList<>();
    stored.variables().forEach(variable -> slots.add(Arrays.toString(variable.shape())));
    List<String> shapes = new ArrayList<>();
    stored.tensors().forEach(tensor -> shapes.add(Arrays.toString(tensor.shape())));
    String scalar = Arrays.toString(new int[0]);
    slots.removeIf(scalar::equals);
    shapes.removeIf(scalar::equals);
    return !slots.isEmpty()
        && (!Set.copyOf(slots).equals(Set.copyOf(shapes)) || slots.size() % shapes.size() != 0);
  }

  private static long count(List<int[]> shapes) {
    return shapes.stream().filter(shape -> shape.length > 0).count();
  }
}
