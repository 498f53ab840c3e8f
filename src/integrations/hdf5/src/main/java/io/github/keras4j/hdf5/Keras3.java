package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.OptimizerClasses.KERAS_3;
import static io.github.keras4j.hdf5.OptimizerClasses.KERAS_3_0;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Keras 3, as {@link BaseOptimizer#getWeights} has it. Nothing is lost. A model that was compiled
 * and never trained has no more than the iteration and the learning rate.
 */
final class Keras3 implements Generation {
  /** Names, and what finds them in a time that does not grow beyond measure. */
  private static final Pattern PLAIN = Pattern.compile("[\\w/.^$ -]*");

  /** Up to 3.9 accumulators and averages take turns, and Nadam's product comes before its slots. */
  private static final Pattern EARLIER = Pattern.compile("3\\.[0-9]\\D.*");

  @Override
  public Optimizer configured(Stored stored) throws NoFormula {
    requirePlainPatterns(stored);
    if (stored.className().equals("Muon") && !stored.config().containsKey("rms_rate")) {
      throw new NoFormula(
          "Muon of Keras before 3.13 computes another formula than that of later ones");
    }
    Optimizer made = Generation.deserialize(Generation.keras3(stored.className(), stored.config()));
    if (!(made instanceof BaseOptimizer)) {
      throw new NoFormula(
          "what is in a file of the optimizer " + Text.quote(stored.className()) + " is not read");
    }
    return made;
  }

  @Override
  public String writer(Stored stored) {
    return stored.version() != null && EARLIER.matcher(stored.version()).matches()
        ? KERAS_3_0
        : KERAS_3;
  }

  /** Keras 3 counts in int32. */
  @Override
  public long maxCount() {
    return Integer.MAX_VALUE;
  }

  /** A regular expression of a stranger may search for ever. */
  private static void requirePlainPatterns(Stored stored) throws NoFormula {
    if (stored.config().get("exclude_layers") instanceof List<?> patterns) {
      for (Object pattern : patterns) {
        if (!PLAIN.matcher(String.valueOf(pattern)).matches()) {
          throw new NoFormula(
              "exclude_layers holds a regular expression, which is not run from a file: "
                  + Text.quote(String.valueOf(pattern)));
        }
      }
    }
  }

  @Override
  public Map<String, Object> config(Optimizer optimizer, Stored old) {
    if (!Optimizers.serialize(optimizer).containsKey("module")) {
      throw new IllegalArgumentException(
          "optimizer must be one of Keras 3, as the file's is, got " + optimizer);
    }
    return optimizer.getConfig();
  }
}
