package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.engine.TensorKinds;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What the trainers of this package are described by. Not thread-safe.
 *
 * @param <B> the class of the builder itself
 */
public abstract sealed class TrainerBuilder<B extends TrainerBuilder<B>>
    permits SparkTrainer.Builder, ShardedTrainer.Builder {
  final Optimizer optimizer;
  TensorKinds kinds = new TensorKinds();
  double miniBatchFraction = 1.;
  long seed;
  Consumer<? super TrainedStep> listener = step -> {};
  String folder; // null for none
  int every; // 0 for none
  int keep = 2;
  Predicate<? super TrainedStep> stopWhen = step -> false;
  boolean checkpointAtEnd = true;
  boolean acceptOtherBits;

  TrainerBuilder(Optimizer optimizer) {
    requireNotNull("optimizer", optimizer);
    this.optimizer = optimizer;
  }

  static void requireNotNull(String name, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " must be present, got null");
    }
  }

  abstract B self();

  /**
   * Says that the loss gives the gradients of a tensor by {@link GradientSum#row rows}, which
   * travel as rows: for large tables of which a step touches a part. The optimizer is given them as
   * {@link io.github.keras4j.optimizers.Gradient#rows Gradient.rows}.
   *
   * @param tensor its number
   * @param width how many elements a row has; must divide the tensor's length
   * @return this builder
   * @throws IllegalArgumentException if {@code tensor} is below 0 or {@code width} below 1
   */
  public final B rows(int tensor, int width) {
    kinds = kinds.with(tensor, width, false);
    return self();
  }

  /**
   * Likewise, where only the touched rows are to change. The optimizer is given them as {@link
   * io.github.keras4j.optimizers.Gradient#lazyRows Gradient.lazyRows}.
   *
   * @param tensor its number
   * @param width how many elements a row has; must divide the tensor's length
   * @return this builder
   * @throws IllegalArgumentException if {@code tensor} is below 0 or {@code width} below 1
   */
  public final B lazyRows(int tensor, int width) {
    kinds = kinds.with(tensor, width, true);
    return self();
  }

  /**
   * Sets the probability with which a step takes an example; which ones it takes depends on the
   * seed, the number of the step, and the example's place.
   *
   * @param fraction above 0, at most 1; 1, the default, takes all
   * @return this builder
   * @throws IllegalArgumentException if out of range
   */
  public final B miniBatchFraction(double fraction) {
    if (!(fraction > 0. && fraction <= 1.)) {
      throw new IllegalArgumentException(
          "miniBatchFraction must be above 0 and at most 1, got " + fraction);
    }
    miniBatchFraction = fraction;
    return self();
  }

  /**
   * Sets the seed of the mini-batches.
   *
   * @param seed any number; 0 unless set
   * @return this builder
   */
  public final B seed(long seed) {
    this.seed = seed;
    return self();
  }

  /**
   * Sets who is told of every step, on the driver, before the checkpoint if one is due: so what it
   * changes, such as the learning rate, is in it. What it throws ends the training after that step,
   * without a checkpoint.
   *
   * @param listener is given each step that has been made
   * @return this builder
   * @throws IllegalArgumentException if null
   */
  public final B listener(Consumer<? super TrainedStep> listener) {
    requireNotNull("listener", listener);
    this.listener = listener;
    return self();
  }

  /**
   * Sets when a training ends before its last step; asked after each, on the driver, when the
   * listener has been told of it.
   *
   * @param stopWhen whether the step was the last one
   * @return this builder
   * @throws IllegalArgumentException if null
   */
  public final B stopWhen(Predicate<? super TrainedStep> stopWhen) {
    requireNotNull("stopWhen", stopWhen);
    this.stopWhen = stopWhen;
    return self();
  }

  /**
   * Sets whether there is a checkpoint after the last step of a training, whatever its number.
   *
   * @param checkpointAtEnd true unless set
   * @return this builder
   */
  public final B checkpointAtEnd(boolean checkpointAtEnd) {
    this.checkpointAtEnd = checkpointAtEnd;
    return self();
  }

  /**
   * Goes on from a checkpoint also where the data have another number of partitions now, or {@code
   * miniBatchFraction} or seed is another, so that the last bits are not the same as in a training
   * that was never interrupted. For data whose partitions differ from one call to the next, such as
   * micro-batches of a stream.
   *
   * @return this builder
   */
  public final B acceptOtherBits() {
    acceptOtherBits = true;
    return self();
  }

  /**
   * Writes checkpoints, and goes on from the newest whole one. Each gets a new name; of those
   * before it all but the {@linkplain #keep newest} are removed when it has been written.
   *
   * @param folder where to: any URI that Hadoop's file systems know; made if it is missing
   * @param every after how many steps; after the last one as well, unless {@link #checkpointAtEnd
   *     checkpointAtEnd} is off
   * @return this builder
   * @throws IllegalArgumentException if {@code folder} is null or {@code every} below 1
   */
  public final B checkpoints(String folder, int every) {
    requireNotNull("folder", folder);
    if (every < 1) {
      throw new IllegalArgumentException("every must be at least 1, got " + every);
    }
    this.folder = folder;
    this.every = every;
    return self();
  }

  /**
   * Sets how many checkpoints stay in the folder. Where the newest is damaged, the training goes on
   * from the one before, with a warning in the log.
   *
   * @param checkpoints at least 1; 2 unless set
   * @return this builder
   * @throws IllegalArgumentException if below 1
   */
  public final B keep(int checkpoints) {
    if (checkpoints < 1) {
      throw new IllegalArgumentException("keep must be at least 1, got " + checkpoints);
    }
    keep = checkpoints;
    return self();
  }
}
