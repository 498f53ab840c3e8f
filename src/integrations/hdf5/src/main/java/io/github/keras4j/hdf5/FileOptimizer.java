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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A file's optimizer: what is stored of it, what is made of that, and what may replace it. */
final class FileOptimizer {
  private static final String NONE = "the file has no optimizer: ";
  private static final String NO_OPTIMIZER = "there is no optimizer: ";

  /** What to do where the class or its configuration is not known here. */
  static final String TEMPLATE = "optimizer(template) fills one that you made";

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
      if (doubt == Doubt.ORDER
          || doubt == Doubt.TRAINED && !OptimizerNotes.showsWhatIsTrained(stored)) {
        said.add(
            NO_OPTIMIZER
                + (doubt == Doubt.ORDER
                    ? "the order of the parameters is not known"
                    : "nothing shows which weights are trained")
                + "; withTrainable says it");
        return null;
      }
      OptimizerNotes.addDifferences(said, stored, known, model);
      return known;
    } catch (NoFormula e) {
      said.add(NO_OPTIMIZER + e.getMessage());
      return null;
    } catch (IllegalArgumentException e) {
      said.add(
          OptimizerNotes.showsOtherWeights(stored)
              ? "there is no optimizer that fits the weights taken for trained: "
                  + e.getMessage()
                  + "; withTrainable says which are"
              : NO_OPTIMIZER + e.getMessage());
      return null;
    }
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
    Stored as = as(template, isOfKeras2);
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

  /** What is stored, as that of a template. */
  private Stored as(Optimizer template, boolean isOfKeras2) {
    return stored.as(
        template.getClass().getSimpleName(),
        isOfKeras2 ? stored.config() : Generation.configOf(template));
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
    if (generation == null && isFilled()) {
      return replacementOfTemplate(optimizer);
    }
    if (generation == null && !takesVariables()) {
      throw new IllegalArgumentException(
          "optimizer must be null, since " + String.join("; ", notes) + ", got " + optimizer);
    }
    Generation kind = generation == null ? ofLayout() : generation;
    Stored replacement = kind.store(optimizer, stored);
    requireCounts(replacement.variables(), kind);
    try {
      kind.make(replacement);
    } catch (NoFormula | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "optimizer must fit the file: " + e.getMessage() + ", got " + optimizer, e);
    }
    return replacement;
  }

  private static void requireCounts(List<Variable> variables, Generation kind) {
    for (Variable variable : variables == null ? List.<Variable>of() : variables) {
      if (variable.isWhole() && variable.values()[0] > kind.maxCount()) {
        throw new IllegalArgumentException(
            format(
                "iterations must be at most %d in this file, got %.0f",
                kind.maxCount(), variable.values()[0]));
      }
    }
  }

  /** Whether the file has the variables of a class that a template alone stands for. */
  private boolean isFilled() {
    return stored != null
        && stored.className() != null
        && stored.variables() != null
        && !stored.variables().isEmpty()
        && doubt != Doubt.ORDER;
  }

  /** The variables of an optimizer in the place of the file's, whose class stays. */
  private Stored replacementOfTemplate(Optimizer optimizer) {
    Generation writer = writer();
    Stored as = as(optimizer, writer instanceof Keras2);
    List<Variable> variables = Variables.store(optimizer, as, as, writer.writer(as));
    List<String> own = variables.stream().map(one -> Arrays.toString(one.shape())).toList();
    List<String> those =
        stored.variables().stream().map(one -> Arrays.toString(one.shape())).toList();
    if (!own.equals(those)) {
      throw new IllegalArgumentException(
          format(
              "optimizer must be null, since %s; or have variables as the file's, got %s",
              String.join("; ", notes), optimizer));
    }
    requireCounts(variables, writer);
    Map<String, Object> config = new LinkedHashMap<>(stored.config());
    Generation.configOf(optimizer)
        .forEach((name, value) -> config.computeIfPresent(name, (same, old) -> newer(old, value)));
    return stored.as(stored.className(), config).with(variables);
  }

  /** A number that is another than rounding makes it; all else is as the file's class wrote it. */
  private static Object newer(Object old, Object value) {
    return old instanceof Number before
            && value instanceof Number number
            && before.floatValue() != number.floatValue()
        ? value
        : old;
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
