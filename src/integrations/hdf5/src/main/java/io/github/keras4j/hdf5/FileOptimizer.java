package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Generation.NoFormula;
import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Model.Doubt;
import io.github.keras4j.hdf5.Model.Note;
import io.github.keras4j.hdf5.Stored.Variable;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A file's optimizer: what is stored of it, what is made of that, and what may replace it. */
final class FileOptimizer {
  private static final String NONE = "the file has no optimizer: ";
  private static final String NO_OPTIMIZER = "there is no optimizer: ";

  private final Model model;
  private final Stored stored; // null without an optimizer, or its class
  private final Generation generation; // null where no class here computes it
  private final WeightConstraints constraints;
  private final List<String> notes;
  private final Doubt doubt;

  /** The optimizer of a model; what is open of its weights is not where they were told. */
  FileOptimizer(
      Model model,
      List<Integer> parameters,
      List<TensorSpec> tensors,
      boolean float32,
      boolean isTold) {
    this.model = model;
    List<Note> all = new ArrayList<>(model.notes());
    List<Object> configurations = new ArrayList<>();
    parameters.forEach(i -> configurations.add(model.weights().get(i).constraint()));
    constraints = WeightConstraints.of(configurations, tensors, all);
    List<String> said = new ArrayList<>();
    Doubt open = Doubt.NONE;
    for (Note note : all) {
      if (!isTold || note.doubt() == Doubt.NONE) {
        said.add(note.text());
        open = note.doubt().compareTo(open) > 0 ? note.doubt() : open;
      }
    }
    doubt = open;
    Stored read = null;
    Generation known = null;
    try {
      read = stored(model, tensors, float32);
      known = generation(read, said);
    } catch (IOException | IllegalArgumentException e) {
      said.add(NO_OPTIMIZER + e.getMessage());
    }
    stored = read;
    generation = known;
    notes = List.copyOf(said);
  }

  private static Stored stored(Model model, List<TensorSpec> tensors, boolean float32)
      throws IOException {
    List<Variable> variables = null;
    if (model.variables() != null) {
      variables = new ArrayList<>();
      for (String path : model.variables()) {
        Dataset data = model.tree().requireDataset(path);
        String name = path.substring(path.indexOf('/') + 1);
        if (!data.isReadable()) {
          data.doubles(path); // says why
        }
        variables.add(Variable.of(name, data));
      }
    }
    String className = null;
    Map<String, Object> config = Map.of();
    if (model.optimizer() != null) {
      className = Json.string(model.optimizer(), "class_name");
      config = Json.map(model.optimizer(), "config");
      if (className == null || config == null) {
        throw new IOException("has an optimizer without class_name or config");
      }
    }
    return className == null && variables == null
        ? null
        : new Stored(className, config, variables, tensors, float32);
  }

  /** Finds out whether the optimizer can be made, and notes why not, or what is lost. */
  private Generation generation(Stored stored, List<String> said) {
    if (stored == null) {
      said.add(NONE + "it holds weights alone");
      return null;
    }
    if (stored.className() == null) {
      said.add(
          NONE
              + "it holds an optimizer's variables, but not its class"
              + (hasLayoutOfKeras3(stored, null)
                  ? "; optimizer(template) fills one that you made"
                  : ""));
      return null;
    }
    if (stored.tensors().isEmpty()) {
      said.add("there is no optimizer, since the model has no weight to train");
      return null;
    }
    try {
      Generation known = Generation.of(stored.config());
      known.make(stored);
      if (doubt == Doubt.ORDER || doubt == Doubt.TRAINED && !showsWhatIsTrained(stored)) {
        said.add(
            NO_OPTIMIZER
                + (doubt == Doubt.ORDER
                    ? "the order of the parameters is not known"
                    : "nothing shows which weights are trained")
                + "; withTrainable says it");
        return null;
      }
      String lost = known.lost(stored);
      if (lost != null) {
        said.add(lost);
      }
      return known;
    } catch (NoFormula e) {
      said.add(NO_OPTIMIZER + e.getMessage());
      return null;
    } catch (IllegalArgumentException e) {
      said.add(
          showsOtherWeights(stored)
              ? "there is no optimizer that fits the weights taken for trained: "
                  + e.getMessage()
                  + "; withTrainable says which are"
              : NO_OPTIMIZER + e.getMessage());
      return null;
    }
  }

  /** Whether the optimizer fits, and has arrays for each parameter. */
  private static boolean showsWhatIsTrained(Stored stored) {
    long arrays =
        count(
            stored.variables() == null
                ? List.of()
                : stored.variables().stream().map(Variable::shape).toList());
    long tensors = count(stored.tensors().stream().map(TensorSpec::shape).toList());
    return tensors > 0 && arrays >= tensors;
  }

  /** Whether the optimizer's arrays cannot be the same number of slots of each parameter. */
  private static boolean showsOtherWeights(Stored stored) {
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

  /** What the file has lost, or why there is no optimizer. */
  List<String> notes() {
    return notes;
  }

  // ---- Made -----------------------------------------------------------------------------------

  Optional<Optimizer> make() {
    try {
      return generation == null
          ? Optional.empty()
          : Optional.of(constraints.with(generation.make(stored)));
    } catch (NoFormula e) {
      throw new IllegalStateException(e); // it could be made when the file was read
    }
  }

  Optimizer make(long iterations) {
    Optimizer optimizer =
        make().orElseThrow(() -> new IllegalStateException(String.join("; ", notes)));
    OptimizerState state = optimizer.getState();
    if (!generation.losesIterations(stored) && state.iterations() != iterations) {
      throw new IllegalArgumentException(
          format(
              "iterations must be %d, as the file says, got %d", state.iterations(), iterations));
    }
    optimizer.setState(
        new OptimizerState(
            state.className(), state.config(), iterations, state.slots(), state.scalars()));
    return optimizer;
  }

  Optimizer fill(Optimizer template) {
    if (!(template instanceof BaseOptimizer optimizer)) {
      throw new IllegalArgumentException(
          "template must be an optimizer of Keras 3, got " + template);
    }
    if (stored == null
        || stored.variables() == null
        || stored.variables().isEmpty()
        || !hasLayoutOfKeras3()) {
      throw new IllegalStateException(
          "the file has no variables of an optimizer of Keras 3, for a template to take");
    }
    if (doubt == Doubt.ORDER) {
      throw new IllegalStateException(
          "the order of the parameters is not known; withTrainable says it");
    }
    if (!constraints.constraints().isEmpty()) { // what is wrong must not leave a constraint behind
      BaseOptimizer rehearsal = (BaseOptimizer) optimizer.copy();
      constraints.on(rehearsal);
      Keras3.fill(rehearsal, stored);
      constraints.on(optimizer);
    }
    Keras3.fill(optimizer, stored);
    return optimizer;
  }

  private boolean hasLayoutOfKeras3() {
    return hasLayoutOfKeras3(stored, generation);
  }

  private boolean hasLayoutOfKeras3(Stored stored, Generation generation) {
    return stored.className() == null
        ? WeightsH5.isOfKeras3(model.tree())
        : generation instanceof Keras3;
  }

  // ---- Replaced -------------------------------------------------------------------------------

  /** What is to be written of an optimizer, once it has been seen that it can be read again. */
  Stored replacement(Optimizer optimizer) {
    if (generation == null && !takesVariables()) {
      throw new IllegalArgumentException(
          "optimizer must be null, since " + String.join("; ", notes) + ", got " + optimizer);
    }
    Generation kind = generation == null ? new Keras3() : generation;
    Stored replacement = kind.store(optimizer, stored);
    for (Variable variable :
        replacement.variables() == null ? List.<Variable>of() : replacement.variables()) {
      if (variable.isWhole() && variable.values()[0] > kind.maxCount()) {
        throw new IllegalArgumentException(
            format(
                "iterations must be at most %d in this file, got %.0f",
                kind.maxCount(), variable.values()[0]));
      }
    }
    try {
      kind.make(replacement);
    } catch (NoFormula | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "optimizer must fit the file: " + e.getMessage() + ", got " + optimizer, e);
    }
    return replacement;
  }

  /** Whether the file has variables, but not the class: what is given stands for it. */
  private boolean takesVariables() {
    return stored != null
        && stored.className() == null
        && stored.variables() != null
        && hasLayoutOfKeras3();
  }

  /** The class that the file says, for a log. */
  @Override
  public String toString() {
    return stored == null || stored.className() == null
        ? "no optimizer"
        : Text.quote(stored.className());
  }
}
