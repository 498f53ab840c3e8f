package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.OptimizerClasses.ITERATION;
import static io.github.keras4j.hdf5.OptimizerClasses.KERAS_2;
import static io.github.keras4j.hdf5.OptimizerClasses.PRODUCT;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Keras to 2.3. Up to 2.2 the iterations of RMSprop, Adagrad and Adadelta are lost, and Nadam's
 * product of momenta, which is computed again. Keras 2.3 says {@code learning_rate} for {@code lr},
 * and saves all. Before the first step there are no variables.
 */
final class Keras2 implements Generation {
  private static final Set<String> CLASSES =
      Set.of("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam");
  private static final Set<String> LOSE_ITERATIONS = Set.of("RMSprop", "Adagrad", "Adadelta");
  private static final String RATE = "lr";
  private static final String LATER_RATE = "learning_rate";

  @Override
  public Optimizer configured(Stored stored) throws NoFormula {
    if (!CLASSES.contains(stored.className())) {
      throw new NoFormula(
          "Keras 2 has no optimizer "
              + Text.quote(stored.className())
              + "; "
              + FileOptimizer.TEMPLATE);
    }
    return Generation.deserialize(serialized(stored));
  }

  private static Map<String, Object> serialized(Stored stored) {
    return Map.of("class_name", stored.className(), "config", stored.config());
  }

  @Override
  public String writer(Stored stored) {
    return KERAS_2;
  }

  @Override
  public Map<String, double[]> numbers(Stored stored) {
    Map<String, double[]> numbers = Variables.read(stored, KERAS_2);
    if (losesProduct(stored)) {
      double product = Generation.product(serialized(stored), (long) numbers.get(ITERATION)[0]);
      numbers.put(PRODUCT, new double[] {product});
    }
    return numbers;
  }

  private static boolean isOf2Point3(Stored stored) {
    return stored.config().containsKey(LATER_RATE);
  }

  private static boolean losesProduct(Stored stored) {
    return stored.className().equals("Nadam") && stored.variables() != null && !isOf2Point3(stored);
  }

  @Override
  public boolean losesIterations(Stored stored) {
    return LOSE_ITERATIONS.contains(stored.className())
        && stored.variables() != null
        && !isOf2Point3(stored);
  }

  @Override
  public String lost(Stored stored) {
    return losesIterations(stored)
        ? "the iterations of "
            + stored.className()
            + " are lost, since Keras 2.2.4 does not save them: optimizer() counts from 0 again, as"
            + " Keras does, which matters with decay; optimizer(iterations) gives them back"
        : losesProduct(stored)
            ? "Nadam's product of momenta (m_schedule) is lost, since Keras 2.2.4 does not save it,"
                + " and computed again from the iterations"
            : null;
  }

  @Override
  public Map<String, Object> config(Optimizer optimizer, Stored old) {
    Map<String, Object> serialized = Optimizers.serialize(optimizer);
    if (!CLASSES.contains(String.valueOf(serialized.get("class_name")))
        || serialized.containsKey("module")) {
      throw new IllegalArgumentException(
          "optimizer must be one of Keras 2.2.4, as the file's is, got " + optimizer);
    }
    Map<String, Object> own = new LinkedHashMap<>(optimizer.getConfig());
    if (isOf2Point3(old)) {
      own.put(LATER_RATE, own.remove(RATE));
    }
    if (serialized.get("class_name").equals(old.className())) { // Keras 2.0 knows no amsgrad
      Map<String, Object> before = Optimizers.deserialize(serialized(old)).getConfig();
      before.keySet().removeAll(old.config().keySet());
      own.entrySet().removeAll(before.entrySet());
    }
    Map<String, Object> config = new LinkedHashMap<>(old.config());
    config.keySet().retainAll(own.keySet());
    config.putAll(own);
    return config;
  }

  @Override
  public Stored store(Optimizer optimizer, Stored old) {
    Stored stored = Generation.super.store(optimizer, old);
    return optimizer.getWeights().isEmpty() ? stored.with(null) : stored;
  }
}
