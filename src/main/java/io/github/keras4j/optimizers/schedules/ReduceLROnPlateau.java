package io.github.keras4j.optimizers.schedules;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lowers the learning rate of an optimizer when a loss, or whatever else is watched, has not
 * improved for a while: Keras's callback of that name, for both generations of optimizers.
 *
 * <pre>{@code
 * ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().factor(0.5).patience(3).build();
 * Optimizer optimizer = SGD.builder().lr(0.1).build();
 * double[] losses = {1., 0.9, 0.9, 0.9, 0.9}; // of five epochs
 * for (double loss : losses) {
 *   plateau.update(optimizer, loss);
 * }
 * double lr = optimizer.getLr(); // 0.05: three epochs without an improvement
 * }</pre>
 *
 * <p>Each {@link #update update}, once an epoch or whenever the value is known:
 *
 * <pre>
 * in a cooldown      cooldown_counter = cooldown_counter - 1, wait = 0
 * an improvement is  value + min_delta &lt; best               mode min
 *                    value - min_delta &gt; best               mode max
 * if it is one       best = value, wait = 0
 * otherwise          wait = wait + 1                         unless still in the cooldown
 * where then wait &gt;= patience, for each rate with (float) rate &gt; (float) min_lr
 *                    rate = max(rate * factor, min_lr)
 * if there is one    cooldown_counter = cooldown, wait = 0
 * </pre>
 *
 * The first value is an improvement. A rate at {@code min_lr} stays, {@code wait} counts on, and no
 * cooldown begins. Of a {@code MultiOptimizer} the rate of each optimizer inside is lowered by
 * itself. Of Keras 2.2.4's optimizers it is the rate before {@code decay}.
 *
 * <p>Keras takes the mode {@code auto} from the name of a metric; here there is no name.
 *
 * <p>NaN is never an improvement. This is where we differ from Keras: there a first value that is
 * NaN stays the best for good, so that nothing is an improvement any more; here the first number
 * is.
 *
 * <p>The state is no part of the optimizer's: save {@link #getState} with the checkpoint, and give
 * it to {@link #setState setState} of one with the same arguments after a resume.
 *
 * <p>Not thread-safe: one call at a time.
 *
 * @see <a href="https://keras.io/api/callbacks/reduce_lr_on_plateau/">Keras, ReduceLROnPlateau</a>
 */
public final class ReduceLROnPlateau {
  private static final String BEST = "best";
  private static final String WAIT = "wait";
  private static final String COOLDOWN_COUNTER = "cooldown_counter";

  private final Map<String, Object> arguments;
  private final double factor;
  private final int patience;
  private final boolean max;
  private final double minDelta;
  private final int cooldown;
  private final double minLr;

  private double best = Double.NaN; // for none
  private long wait;
  private long cooldownCounter;

  private ReduceLROnPlateau(Hyperparameters h) {
    factor = h.openUnitInterval("factor", 0.1);
    patience = h.integer("patience", 10, Integer.MAX_VALUE);
    String mode = h.string("mode", "min");
    checkArgument(
        List.of("min", "max").contains(mode), "mode must be min or max, got %s", Text.quote(mode));
    max = mode.equals("max");
    minDelta = h.nonNegative("min_delta", 1e-4);
    cooldown = h.integer("cooldown", 0, Integer.MAX_VALUE);
    minLr = h.nonNegative("min_lr", 0.);
    arguments = h.values();
  }

  /**
   * Takes the next value, and lowers the learning rate where the values have not improved for long
   * enough.
   *
   * @param optimizer always the same; a {@code MultiOptimizer} is given as a whole
   * @param value what is watched, such as the loss over other examples; NaN is no improvement
   * @return whether a learning rate was lowered
   * @throws IllegalArgumentException if the optimizer is null
   * @throws IllegalStateException if a learning rate is a schedule, in this or any other call, or a
   *     call of the optimizer is under way; nothing is changed then
   */
  public boolean update(Optimizer optimizer, double value) {
    checkArgument(optimizer != null, "optimizer must be an optimizer, got null");
    long cooling = Math.max(cooldownCounter - 1, 0);
    boolean improved = isImprovement(value);
    long waited = improved || cooling > 0 ? 0 : cooldownCounter > 0 ? 1 : wait + 1;
    boolean lowers = !improved && cooling == 0 && waited >= patience;
    boolean[] lowered = {false};
    optimizer.changeLr(
        rate -> {
          if (!lowers || (float) rate <= (float) minLr) {
            return rate;
          }
          lowered[0] = true;
          return Math.max(rate * factor, minLr);
        });
    best = improved ? value : best;
    wait = lowered[0] ? 0 : waited;
    cooldownCounter = lowered[0] ? cooldown : cooling;
    return lowered[0];
  }

  private boolean isImprovement(double value) {
    if (Double.isNaN(best)) {
      return !Double.isNaN(value);
    }
    return max ? value - minDelta > best : value + minDelta < best;
  }

  // ---- State ----------------------------------------------------------------------------------

  /**
   * Returns what the next updates depend on, in a new map: {@code best}, absent until there was a
   * value, {@code wait} and {@code cooldown_counter}.
   */
  public Map<String, Double> getState() {
    Map<String, Double> state = new LinkedHashMap<>();
    if (!Double.isNaN(best)) {
      state.put(BEST, best);
    }
    state.put(WAIT, (double) wait);
    state.put(COOLDOWN_COUNTER, (double) cooldownCounter);
    return state;
  }

  /**
   * Restores what {@link #getState} returned.
   *
   * @param state {@code wait} and {@code cooldown_counter}, whole numbers from 0 to 2<sup>53</sup>,
   *     and {@code best}, not NaN, which may be absent
   * @throws IllegalArgumentException if it is null, lacks one or holds another, or one is not
   *     valid; nothing is changed then
   */
  public void setState(Map<String, Double> state) {
    checkArgument(state != null, "state must be a map from names to numbers, got null");
    Map<String, Double> left = new LinkedHashMap<>(state);
    boolean any = left.containsKey(BEST);
    Double newBest = left.remove(BEST);
    checkArgument(
        !any || newBest != null && !newBest.isNaN(),
        "best must be a number or absent, got %s",
        newBest);
    long newWait = count(WAIT, left.remove(WAIT));
    long newCounter = count(COOLDOWN_COUNTER, left.remove(COOLDOWN_COUNTER));
    if (!left.isEmpty()) {
      throw illegalArgument(
          "state must have no names but best, wait, cooldown_counter, got %s",
          Text.describe(left.keySet().iterator().next()));
    }
    best = any ? newBest : Double.NaN;
    wait = newWait;
    cooldownCounter = newCounter;
  }

  private static long count(String name, Double value) {
    checkArgument(
        value != null && value >= 0. && value <= 0x1p53 && value == Math.rint(value),
        "%s must be a whole number from 0 to 2^53, got %s",
        name,
        value);
    return value.longValue();
  }

  /** The arguments, for a log: {@code ReduceLROnPlateau{factor=0.1, patience=10, …}}. */
  @Override
  public String toString() {
    return "ReduceLROnPlateau" + arguments;
  }

  // ---- Making one -----------------------------------------------------------------------------

  /** Starts a builder with every argument at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a {@link ReduceLROnPlateau} by its arguments. Not thread-safe. */
  public static final class Builder {
    private final Map<String, Object> config = new LinkedHashMap<>();

    private Builder() {}

    /** Sets what a rate is multiplied by: above 0 and below 1; default 0.1. */
    public Builder factor(double factor) {
      return set("factor", factor);
    }

    /**
     * Sets after how many values without an improvement the rate is lowered: at least 0, where 0 is
     * as 1; default 10.
     */
    public Builder patience(int patience) {
      return set("patience", patience);
    }

    /**
     * Sets whether a lower value is better, {@code "min"}, or a higher, {@code "max"}; default min.
     */
    public Builder mode(String mode) {
      return set("mode", mode);
    }

    /** Sets by more than how much a value must be better: finite and at least 0; default 1e-4. */
    public Builder minDelta(double minDelta) {
      return set("min_delta", minDelta);
    }

    /**
     * Sets how many values the cooldown after a lowered rate lasts: at least 0; default 0. The last
     * of them counts again, as in Keras, so that 1 is as 0.
     */
    public Builder cooldown(int cooldown) {
      return set("cooldown", cooldown);
    }

    /** Sets the rate below which none is lowered: finite and at least 0; default 0. */
    public Builder minLr(double minLr) {
      return set("min_lr", minLr);
    }

    private Builder set(String name, Object value) {
      config.put(name, value);
      return this;
    }

    /**
     * Makes a new one. The builder may be used again.
     *
     * @throws IllegalArgumentException if an argument is out of its range; the message names it
     */
    public ReduceLROnPlateau build() {
      return Hyperparameters.build(config, ReduceLROnPlateau::new);
    }
  }
}
