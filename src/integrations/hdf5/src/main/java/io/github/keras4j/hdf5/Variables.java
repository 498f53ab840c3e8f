package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.OptimizerClasses.ITERATION;
import static io.github.keras4j.hdf5.OptimizerClasses.KERAS_2;
import static io.github.keras4j.hdf5.OptimizerClasses.KERAS_3;
import static io.github.keras4j.hdf5.OptimizerClasses.KERAS_3_0;
import static io.github.keras4j.hdf5.OptimizerClasses.PRODUCT;
import static io.github.keras4j.hdf5.OptimizerClasses.RATE;
import static io.github.keras4j.hdf5.OptimizerClasses.isNumber;
import static io.github.keras4j.hdf5.OptimizerClasses.isOfTensor;
import static io.github.keras4j.hdf5.OptimizerClasses.slotOf;
import static io.github.keras4j.hdf5.OptimizerClasses.tensorOf;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Stored.Variable;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An optimizer's variables from a file's order to that of this library, and back, by name. */
final class Variables {
  /** A learning rate that a schedule has taken the place of: the file keeps it, nobody reads it. */
  private static final String OLD_RATE = "old_rate";

  private Variables() {}

  // ---- Read -----------------------------------------------------------------------------------

  /** The numbers of a file's variables by name; none where the file has none. */
  static Map<String, double[]> read(Stored stored, String writer) {
    Map<String, double[]> numbers = new LinkedHashMap<>();
    if (stored.variables() != null) {
      List<String> names = names(stored, writer);
      for (int i = 0; i < names.size(); i++) {
        numbers.put(names.get(i), stored.variables().get(i).numbers().copy());
      }
    }
    return numbers;
  }

  /** The names of a file's variables, in their order. */
  private static List<String> names(Stored stored, String writer) {
    if (writer.equals(KERAS_3) && stored.version() == null) {
      return namesOfKeras3(stored);
    }
    List<String> names = named(stored, writer);
    requireFit(stored, names);
    return names;
  }

  /** A file that does not name its version has the order that its shapes show. */
  private static List<String> namesOfKeras3(Stored stored) {
    List<String> later = named(stored, KERAS_3);
    List<String> earlier = named(stored, KERAS_3_0);
    if (later.equals(earlier) || misfit(stored, earlier) >= 0) {
      requireFit(stored, later);
      return later;
    }
    if (misfit(stored, later) < 0) {
      throw new IllegalArgumentException(
          "the file does not say whether Keras before 3.10 wrote it, whose order of "
              + earlier
              + " fits as well as the later one: save the model as .keras");
    }
    return earlier;
  }

  private static List<String> named(Stored stored, String writer) {
    List<Variable> given = stored.variables();
    List<String> names =
        names(writer, stored.className(), stored.config(), stored.tensors(), given.size());
    long numbers = names.stream().takeWhile(OptimizerClasses::isNumber).count();
    boolean hasOldRate =
        writer.startsWith(KERAS_3)
            && !names.contains(RATE)
            && given.size() > 1
            && given.get(1).shape().length == 0
            && !given.get(1).isWhole()
            && (given.size() == names.size() + 1 || given.size() == numbers + 1)
            && stored.config().get(RATE) instanceof Map;
    if (hasOldRate) {
      names.add(1, OLD_RATE);
    }
    boolean canBeWithout = !writer.equals(KERAS_2); // which has none at all before the first step
    List<String> first = names.stream().filter(OptimizerClasses::isNumber).toList();
    return canBeWithout && given.size() <= first.size() && given.size() < names.size()
        ? first.subList(0, given.size()) // before the first step
        : names;
  }

  /** As {@link OptimizerClasses#names}; of a MultiOptimizer, the names of each optimizer inside. */
  private static List<String> names(
      String writer, String className, Map<String, ?> config, List<TensorSpec> tensors, int count) {
    if (!"MultiOptimizer".equals(className)) {
      return OptimizerClasses.names(writer, className, config, tensors, count);
    }
    MultiOptimizer groups = MultiOptimizer.fromConfig(config);
    groups.build(distinct(tensors));
    List<String> names = new ArrayList<>(List.of(ITERATION, RATE));
    for (int i = 0; i < groups.optimizers().size(); i++) {
      BaseOptimizer inside = groups.optimizers().get(i);
      int[] own = groups.tensors(i);
      List<TensorSpec> specs = Arrays.stream(own).mapToObj(tensors::get).toList();
      String name = inside.getClass().getSimpleName();
      int all = inside.getWeights().size();
      for (String one : OptimizerClasses.names(writer, name, inside.getConfig(), specs, all)) {
        int tensor = tensorOf(one);
        names.add(tensor < 0 ? i + "/" + one : slotOf(one) + " " + own[tensor]);
      }
    }
    return names;
  }

  private static void requireFit(Stored stored, List<String> names) {
    List<Variable> given = stored.variables();
    int misfit = misfit(stored, names);
    if (misfit < 0) {
      return;
    }
    String count =
        format(
            "%s of %d tensors must have %d variables, got %d",
            Text.quote(stored.className()), stored.tensors().size(), names.size(), given.size());
    if (misfit >= Math.min(names.size(), given.size())) {
      throw new IllegalArgumentException(
          misfit >= names.size()
              ? count
              : count + ": there is no " + described(names.get(misfit), stored.tensors()));
    }
    throw new IllegalArgumentException(
        format(
            "%svariable %s of the optimizer must have %d elements, as %s, got %d",
            names.size() == given.size() ? "" : count + ": ",
            Text.quote(given.get(misfit).name()),
            length(names.get(misfit), stored.tensors()),
            described(names.get(misfit), stored.tensors()),
            given.get(misfit).length()));
  }

  /** The number of the first variable that does not fit its name; below 0 where all fit. */
  private static int misfit(Stored stored, List<String> names) {
    List<Variable> given = stored.variables();
    int both = Math.min(names.size(), given.size());
    for (int i = 0; i < both; i++) {
      int length = length(names.get(i), stored.tensors());
      int kept = isPlaceholder(names.get(i), stored) ? 1 : length;
      if (length >= 0 && kept != given.get(i).length()) {
        return i;
      }
    }
    return names.size() == given.size() ? -1 : both;
  }

  /** Without amsgrad Keras 2 keeps one number in the place of each. */
  private static boolean isPlaceholder(String name, Stored stored) {
    return name.startsWith("velocity_hat") && !Boolean.TRUE.equals(stored.config().get("amsgrad"));
  }

  /** The length that a name tells, below 0 where it does not. */
  private static int length(String name, List<TensorSpec> tensors) {
    return isNumber(name) ? 1 : isOfTensor(name) ? tensors.get(tensorOf(name)).length() : -1;
  }

  private static String described(String name, List<TensorSpec> tensors) {
    return tensorOf(name) < 0 ? name : slotOf(name) + " of " + tensors.get(tensorOf(name));
  }

  // ---- Into an optimizer ----------------------------------------------------------------------

  /** Gives an optimizer that has made no step the numbers of these names. */
  static void fill(Optimizer optimizer, Map<String, double[]> numbers, List<TensorSpec> tensors) {
    if (optimizer instanceof BaseOptimizer later) {
      later.build(distinct(tensors));
      later.setWeights(weights(optimizer, later.getWeights(), numbers, tensors));
      return;
    }
    if (!haveSlots(numbers)) {
      return; // Keras 2 has no variable before the first step
    }
    optimizer.setWeights(weights(optimizer, null, numbers, tensors));
    OptimizerState state = optimizer.getState();
    Map<String, Double> scalars = new HashMap<>(state.scalars());
    scalars.replaceAll(
        (name, value) -> numbers.containsKey(PRODUCT) ? numbers.get(PRODUCT)[0] : value);
    long iterations =
        numbers.containsKey(ITERATION) ? (long) numbers.get(ITERATION)[0] : state.iterations();
    optimizer.setState(
        new OptimizerState(state.className(), state.config(), iterations, state.slots(), scalars));
  }

  /** Keras may give one name to two tensors, which the optimizers here tell apart by it. */
  static TensorSpec[] distinct(List<TensorSpec> tensors) {
    Set<String> names = new HashSet<>();
    TensorSpec[] distinct = new TensorSpec[tensors.size()];
    for (int tensor = 0; tensor < distinct.length; tensor++) {
      TensorSpec spec = tensors.get(tensor);
      String name = spec.name();
      for (int number = 1; !names.add(name); number++) {
        name = spec.name() + "_" + number;
      }
      distinct[tensor] = new TensorSpec(name, spec.shape());
    }
    return distinct;
  }

  private static List<double[]> weights(
      Optimizer optimizer,
      List<double[]> fresh,
      Map<String, double[]> numbers,
      List<TensorSpec> tensors) {
    boolean trained = haveSlots(numbers);
    List<String> names =
        ownNames(optimizer, tensors, fresh == null ? numbers.size() : fresh.size());
    List<double[]> weights = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      double[] given = numbers.get(name);
      boolean isMissing = given == null && trained && isOfTensor(name);
      if (isMissing && (fresh != null || !name.startsWith("velocity_hat"))) {
        throw new IllegalArgumentException("the file has no " + described(name, tensors));
      }
      weights.add(given == null ? fresh == null ? new double[1] : fresh.get(i) : given);
    }
    requireAll(numbers, names, trained);
    return weights;
  }

  /** Of a class that the table does not know, all have to be there. */
  private static void requireAll(
      Map<String, double[]> numbers, List<String> names, boolean trained) {
    for (String name : numbers.keySet()) {
      if (isUnknown(name) && !names.contains(name)) {
        throw new IllegalArgumentException("it has no " + name);
      }
    }
    for (String name : names) {
      if (isUnknown(name) && trained && !numbers.containsKey(name)) {
        throw new IllegalArgumentException("the file has no " + name);
      }
    }
  }

  private static boolean isUnknown(String name) {
    return tensorOf(name) < 0 && !isNumber(name);
  }

  private static boolean haveSlots(Map<String, double[]> numbers) {
    return !numbers.keySet().stream().allMatch(OptimizerClasses::isNumber);
  }

  /** The names of {@code getWeights}. */
  private static List<String> ownNames(Optimizer optimizer, List<TensorSpec> tensors, int count) {
    return names(
        optimizer instanceof BaseOptimizer ? KERAS_3 : KERAS_2,
        optimizer.getClass().getSimpleName(),
        Generation.configOf(optimizer),
        tensors,
        count);
  }

  // ---- Back -----------------------------------------------------------------------------------

  /** The numbers of an optimizer by name. */
  private static Map<String, double[]> of(Optimizer optimizer, List<TensorSpec> tensors) {
    List<double[]> weights = optimizer.getWeights();
    List<String> names = ownNames(optimizer, tensors, weights.size());
    Map<String, double[]> numbers = new LinkedHashMap<>();
    for (int i = 0; i < weights.size(); i++) {
      numbers.put(names.get(i), weights.get(i));
    }
    numbers.putIfAbsent(ITERATION, new double[] {optimizer.getIterations()});
    boolean isKnown = OptimizerClasses.isKnown(KERAS_3, optimizer.getClass().getSimpleName());
    if (isKnown && !(optimizer instanceof BaseOptimizer)) { // whose weights have it
      Map<String, Double> scalars = optimizer.getState().scalars();
      scalars.values().forEach(value -> numbers.put(PRODUCT, new double[] {value}));
    }
    return numbers;
  }

  /** The variables of an optimizer for a file like this one, where it is to be stored as said. */
  static List<Variable> store(Optimizer optimizer, Stored old, Stored as, String writer) {
    List<TensorSpec> tensors = as.tensors();
    Map<String, double[]> numbers = of(optimizer, tensors);
    boolean trained = optimizer.getIterations() > 0 || haveSlots(numbers);
    List<String> names = new ArrayList<>();
    for (String name : names(writer, as.className(), as.config(), tensors, numbers.size())) {
      if (isNumber(name) || trained || numbers.containsKey(name)) {
        names.add(name);
      }
    }
    List<String> before = old.variables() == null ? List.of() : named(old, writer);
    if (before.contains(OLD_RATE) && !names.contains(RATE)) {
      names.add(1, OLD_RATE);
      numbers.put(OLD_RATE, old.variables().get(1).values());
    }
    List<Variable> variables = new ArrayList<>();
    boolean alike =
        old.variables() != null && names.equals(before) && names.size() == old.variables().size();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      Variable like = alike ? old.variables().get(i) : null;
      double[] values = numbers.get(name);
      if (values == null) { // what a writer keeps though its class does not use it
        boolean isPlaceholder = isPlaceholder(name, as);
        values = new double[isPlaceholder ? 1 : length(name, tensors)];
      }
      variables.add(variable(name, like, values, as.className(), tensors));
    }
    return variables;
  }

  private static Variable variable(
      String name, Variable like, double[] values, String className, List<TensorSpec> tensors) {
    if (like != null && like.length() == values.length) {
      return new Variable(like.name(), like.shape(), like.isWhole(), values);
    }
    int tensor = tensorOf(name);
    String own = className + "/" + name.replace(' ', '_');
    if (isNumber(name)) {
      return new Variable(own, new int[0], name.endsWith(ITERATION), values);
    }
    if (tensor >= 0 && values.length == tensors.get(tensor).length()) {
      String path = tensors.get(tensor).name().replace('/', '_');
      return Variable.of(className + "/" + path + "_" + slotOf(name), tensors.get(tensor), values);
    }
    if (values.length != 1) {
      throw new IllegalArgumentException(
          "optimizer must keep arrays of the tensors' shapes, to be written into a file that has"
              + " none like it, got "
              + name);
    }
    return new Variable(own, new int[] {1}, false, values);
  }
}
