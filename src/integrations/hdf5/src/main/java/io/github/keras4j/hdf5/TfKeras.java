package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Stored.Variable;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * tf.keras 2.15, {@code tf.keras.optimizers}: as Keras 3, but the iteration alone comes first; an
 * {@code .h5} calls the class {@code Custom>Adam}.
 *
 * <pre>
 * SGD, RMSprop, Adagrad, Adadelta   what Keras 3 computes; SGD with momentum rounded to float32
 * Adam, Adamax, Nadam               in float32 likewise; in float64 none, see below
 * </pre>
 *
 * TensorFlow rounds the betas of Adam and Adamax to float32 before it takes their powers, and
 * nowhere else; so in float64 the bias correction is that of other betas than the averages'. Of
 * Nadam it rounds the 0.96 of the schedule too, which cannot be set here. Nadam's running product
 * is lost, and computed again.
 */
final class TfKeras implements Generation {
  private static final Set<String> SAME = Set.of("SGD", "RMSprop", "Adagrad", "Adadelta");
  private static final Set<String> SAME_IN_FLOAT32 = Set.of("Adam", "Adamax", "Nadam");
  private static final String CUSTOM = "Custom>";

  @Override
  public Optimizer make(Stored stored) throws NoFormula {
    String className = className(stored);
    requireFormula(stored);
    Map<String, Object> config = new LinkedHashMap<>(stored.config());
    config.remove("jit_compile");
    config.remove("is_legacy_optimizer");
    if (className.equals("SGD")) {
      config.computeIfPresent("momentum", (name, momentum) -> Generation.rounded(momentum));
    }
    config.computeIfPresent("learning_rate", (name, rate) -> named(rate));
    BaseOptimizer optimizer =
        (BaseOptimizer) Generation.deserialize(Generation.keras3(className, config));
    List<Variable> variables = stored.variables();
    if (variables != null && !variables.isEmpty()) {
      variables = new ArrayList<>(variables);
      if (!Keras3.hasSchedule(optimizer)) {
        variables.add(1, Variable.number("learning_rate", optimizer.getLearningRate()));
      }
      if (losesProduct(stored)) {
        double product = product(Generation.keras3(className, config), variables.get(0));
        variables.add(Variable.number("variable", product));
      }
    }
    Keras3.fill(
        optimizer, new Stored(className, config, variables, stored.tensors(), stored.isFloat32()));
    return optimizer;
  }

  private static boolean losesProduct(Stored stored) {
    return className(stored).equals("Nadam")
        && stored.variables() != null
        && stored.variables().size() > 1
        && stored.variables().get(0).length() == 1;
  }

  private static double product(Map<String, Object> configuration, Variable iteration) {
    return Generation.scalars(configuration, (long) iteration.values()[0]).get("variable");
  }

  @Override
  public String lost(Stored stored) {
    return losesProduct(stored)
        ? "Nadam's running product is lost, since tf.keras 2.15 does not save it, and computed again"
            + " from the iterations"
        : null;
  }

  /** A schedule whose name is null in tf.keras gets its default name in Keras 3. */
  private static Object named(Object rate) {
    if (rate instanceof Map<?, ?> schedule && schedule.get("config") instanceof Map<?, ?> config) {
      Map<Object, Object> named = new LinkedHashMap<>(schedule);
      Map<Object, Object> inner = new LinkedHashMap<>(config);
      inner.remove("name", null);
      named.put("config", inner);
      return named;
    }
    return rate;
  }

  private static String className(Stored stored) {
    String name = stored.className();
    return name.startsWith(CUSTOM) ? name.substring(CUSTOM.length()) : name;
  }

  private static void requireFormula(Stored stored) throws NoFormula {
    String className = className(stored);
    Map<String, Object> config = stored.config();
    if (SAME_IN_FLOAT32.contains(className) && !stored.isFloat32()) {
      throw new NoFormula(
          "no optimizer here computes tf.keras 2.15's "
              + className
              + " in float64: TensorFlow rounds "
              + (className.equals("Nadam")
                  ? "the 0.96 of its schedule to float32"
                  : "the betas to float32 in the bias correction alone"));
    }
    if (!SAME.contains(className) && !SAME_IN_FLOAT32.contains(className)) {
      throw new NoFormula("tf.keras 2.15's " + Text.quote(className) + " is not known here");
    }
    if (Boolean.TRUE.equals(config.get("use_ema")) || config.get("weight_decay") != null) {
      throw new NoFormula("tf.keras 2.15's weight decay and moving averages are not known here");
    }
    if (!(config.get("learning_rate") instanceof Number) && !stored.isFloat32()) {
      throw new NoFormula(
          "no schedule here computes tf.keras 2.15's, which are float32 in a float64 model too");
    }
  }

  @Override
  public Stored store(Optimizer optimizer, Stored old) {
    Map<String, Object> serialized = Optimizers.serialize(optimizer);
    try {
      requireFormula(old);
    } catch (NoFormula e) {
      throw new IllegalArgumentException("optimizer must be null, since " + e.getMessage(), e);
    }
    if (!className(old).equals(serialized.get("class_name")) || !serialized.containsKey("module")) {
      throw new IllegalArgumentException(
          format(
              "optimizer must be of the class that computes the file's, keras3.%s, got %s",
              className(old), optimizer));
    }
    requireOldFeatures(optimizer);
    List<double[]> weights = new ArrayList<>(optimizer.getWeights());
    if (!Keras3.hasSchedule(optimizer)) {
      weights.remove(1);
    }
    if (className(old).equals("Nadam")) {
      weights.remove(weights.size() - 1);
    }
    boolean alike = old.variables() != null && old.variables().size() == weights.size();
    List<Variable> variables = new ArrayList<>();
    variables.add(Variable.count("iteration:0", weights.get(0)[0]));
    int slots = (weights.size() - 1) / old.tensors().size();
    for (int i = 1; i < weights.size(); i++) {
      TensorSpec tensor = old.tensors().get(tensorOf(i - 1, slots, old));
      String name =
          alike
              ? old.variables().get(i).name()
              : className(old) + "/variable_" + i + "/" + tensor.name();
      variables.add(Variable.of(name, tensor, weights.get(i)));
    }
    Map<String, Object> values = new LinkedHashMap<>(optimizer.getConfig());
    values.keySet().retainAll(old.config().keySet());
    values.remove("name");
    return new Stored(
        old.className(),
        Generation.merge(old.config(), values),
        variables,
        old.tensors(),
        old.isFloat32());
  }

  /** Whose a variable is: a tensor's slots come together, but RMSprop's and Adam's third. */
  private static int tensorOf(int index, int slots, Stored old) {
    int tensors = old.tensors().size();
    int together = className(old).equals("RMSprop") ? 1 : className(old).equals("Adam") ? 2 : slots;
    return index < together * tensors ? index / together : index % tensors;
  }

  /** Refuses what tf.keras cannot be told, or computes otherwise. */
  static void requireOldFeatures(Optimizer optimizer) {
    Map<String, Object> config = optimizer.getConfig();
    for (String name :
        List.of("weight_decay", "loss_scale_factor", "gradient_accumulation_steps")) {
      if (config.get(name) != null) {
        throw new IllegalArgumentException(
            name + " must be null, to be written for tf.keras 2.15, got " + config.get(name));
      }
    }
    if (Boolean.TRUE.equals(config.get("use_ema"))) {
      throw new IllegalArgumentException(
          "use_ema must be false, to be written for tf.keras 2.15, got true");
    }
  }
}
