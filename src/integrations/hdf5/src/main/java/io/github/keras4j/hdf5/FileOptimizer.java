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
import java.util.regex.Pattern;

/** A file's optimizer: what is stored of it, what is made of that, and what may replace it. */
final class FileOptimizer {
  private static final String NONE = "the file has no optimizer: ";
  private static final String NO_OPTIMIZER = "there is no optimizer: ";

  /** What to do where the class or its configuration is not known here. */
  static final String TEMPLATE = "optimizer(template) fills one that you made";

  /** In float64 TensorFlow computes what other backends do not. */
  private static final Set<String> OTHERWISE_ON_TENSORFLOW =
      Set.of("Adam", "Nadam", "ScheduleFreeAdamW");

  private static final Pattern COUNTS_CALLS = Pattern.compile("3\\.[0-4]\\..*");

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
    String className = null;
    Map<String, Object> config = Map.of();
    Map<String, Object> serialized = Serialized.inner(model.optimizer());
    if (serialized != null) {
      className = Serialized.className(serialized);
      config = Json.map(serialized, "config");
      if (className == null || config == null) {
        throw new IOException("has an optimizer without class_name or config");
      }
    }
    List<Variable> variables = null;
    List<String> paths = model.variables();
    if (paths != null) {
      if (Set.copyOf(paths).size() < paths.size()) {
        throw new IOException("the file names a variable of it twice");
      }
      variables = new ArrayList<>();
      for (String path : paths) {
        Dataset data = model.tree().requireDataset(path);
        String name = path.substring(path.indexOf('/') + 1);
        if (!data.isReadable()) {
          data.doubles(path); // says why
        }
        variables.add(Variable.of(name, data));
      }
    }
    return className == null && variables == null
        ? null
        : new Stored(className, config, variables, tensors, float32, model.version());
  }

  /** Finds out whether the optimizer can be made, and notes why not, or what is lost. */
  private Generation generation(Stored stored, List<String> said) throws IOException {
    if (stored == null) {
      said.add(NONE + "it holds weights alone");
      return null;
    }
    if (stored.className() == null) {
      said.add(NONE + "it holds an optimizer's variables, but not its class" + "; " + TEMPLATE);
      return null;
    }
    if (stored.tensors().isEmpty()) {
      said.add("there is no optimizer, since the model has no weight to train");
      return null;
    }
    try {
      if (Serialized.isCustom(model.optimizer())) {
        throw new NoFormula(Text.quote(stored.className()) + " is a custom class; " + TEMPLATE);
      }
      Generation known = Generation.of(stored);
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
      addDifferences(said, stored, known);
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

  /** Adds what the file has lost, and where its Keras computes otherwise. */
  private void addDifferences(List<String> said, Stored stored, Generation known)
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
    if (template == null) {
      throw new IllegalArgumentException("template must be an optimizer, got null");
    }
    if (stored == null || stored.variables() == null || stored.variables().isEmpty()) {
      throw new IllegalStateException(
          "the file has no variables of an optimizer, for a template to take");
    }
    if (doubt == Doubt.ORDER) {
      throw new IllegalStateException(
          "the order of the parameters is not known; withTrainable says it");
    }
    if (template.getIterations() > 0) {
      throw new IllegalStateException(
          "template must have made no step, got " + template.getIterations());
    }
    Generation writer = writer();
    boolean isOfKeras2 = writer instanceof Keras2;
    if (!(writer instanceof TfKerasLegacy) && template instanceof BaseOptimizer == isOfKeras2) {
      throw new IllegalArgumentException(
          format(
              "template must be an optimizer of Keras %s, as the file's is, got %s",
              isOfKeras2 ? "2.2.4" : "3", template));
    }
    Stored as =
        new Stored(
            template.getClass().getSimpleName(),
            isOfKeras2 ? stored.config() : Variables.config(template),
            stored.variables(),
            stored.tensors(),
            stored.isFloat32(),
            stored.version());
    Optimizer rehearsal = template.copy(); // what is rejected may have been changed in part
    constraints.on(rehearsal);
    try {
      Map<String, double[]> numbers = writer.numbers(as);
      Variables.fill(rehearsal, numbers, stored.tensors());
      constraints.on(template);
      Variables.fill(template, numbers, stored.tensors());
    } catch (NoFormula | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "template must be of the class and with the hyperparameters of the file's optimizer: "
              + e.getMessage(),
          e);
    }
    return template;
  }

  /** Who wrote the variables, whether a class here computes the formula or not. */
  private Generation writer() {
    if (generation != null) {
      return generation;
    }
    try {
      return stored.className() == null ? ofLayout() : Generation.of(stored);
    } catch (NoFormula e) {
      return ofLayout();
    }
  }

  private Generation ofLayout() {
    String version = stored.version();
    boolean isOld = version != null && version.matches("[12]\\.[0-3]\\.\\d+");
    return isOld
        ? new Keras2()
        : Generation.ofLayout(
            version == null ? WeightsH5.isOfKeras3(model.tree()) : version.startsWith("3."));
  }

  // ---- Replaced -------------------------------------------------------------------------------

  /** What is to be written of an optimizer, once it has been seen that it can be read again. */
  Stored replacement(Optimizer optimizer) {
    if (generation == null && !takesVariables()) {
      throw new IllegalArgumentException(
          "optimizer must be null, since " + String.join("; ", notes) + ", got " + optimizer);
    }
    Generation kind = generation == null ? ofLayout() : generation;
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
        && ofLayout() instanceof Keras3;
  }

  /** The class that the file says, for a log. */
  @Override
  public String toString() {
    return stored == null || stored.className() == null
        ? "no optimizer"
        : Text.quote(stored.className());
  }
}
