package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.Model;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;

/**
 * Trains a model that is larger than one machine: parameters, and what the optimizer remembers of
 * them, are spread over the executors in shards, and every shard makes its part of the step.
 *
 * <pre>{@code
 * TensorSpec[] specs = {TensorSpec.of("users", 1_000, 8), TensorSpec.of("bias", 1)};
 * ShardedTrainer<int[]> trainer =
 *     ShardedTrainer.<int[]>builder(Adam.builder().clipnorm(1.).build(), specs)
 *         .loss(new PullTogether())
 *         .lazyRows(0, 8)
 *         .initial((tensor, from, to) -> new double[to - from])
 *         .shards(4)
 *         .checkpoints(folder, 10)
 *         .build();
 * trainer.train(pairs, 20);
 * }</pre>
 *
 * <h2>A step</h2>
 *
 * Tensors that do not go by rows are collected and broadcast whole: they must fit into the memory
 * of one machine; the slots of their optimizer need not. For tensors that go by rows, a task asks
 * the shards for the rows of its examples. Gradients travel to the shards that they are for, where
 * the gradients of all partitions are added in the order of their numbers. Where gradients are
 * clipped by a norm, the shards' sums of squares are added on the driver first. Then each shard
 * makes the step with a separate optimizer.
 *
 * <p>The numbers are the same as with {@link SparkTrainer}, bit for bit; where a norm clips, within
 * 8 units in the last place, since its sum is added in another order. So all that is said there of
 * the same bits holds here, for the same shards.
 *
 * <h2>Shards</h2>
 *
 * Tensors are cut into slices of the same length, one for each shard, or, with {@link
 * Builder#wholeTensors wholeTensors}, spread as they are. Optimizers that {@linkplain
 * Optimizer#sumsOverElements sum over elements}, as Lamb, Adafactor and Muon do, need them whole. A
 * {@code MultiOptimizer} and, where a norm clips, {@code gradient_accumulation_steps} are rejected.
 *
 * <p>Shards are cached, and never changed: a step makes new ones, and needs room for both. What is
 * lost with an executor is computed again from the last checkpoint; the more steps lie between, the
 * longer that takes. Without {@link Builder#checkpoints checkpoints} it is lost, and with it the
 * training.
 *
 * <p>A checkpoint is written after 25 steps at the latest, also where more were set: Spark
 * describes all that has led to the shards in each of its stages, and would fill the driver's
 * memory.
 *
 * <p>Serves one call at a time. Not serializable.
 *
 * @param <T> an example
 */
public final class ShardedTrainer<T> {
  private static final int LONGEST_LINEAGE = 25; // steps; every stage describes all of it

  private final ShardPlan plan;
  private final ClippingNorms norms;
  private final ShardedLoss<T> loss;
  private final InitialValues initial;
  private final double miniBatchFraction;
  private final long seed;
  private final Steps steps;
  private final String folder; // null for none
  private final int keep;
  private final boolean acceptOtherBits;
  private final String rate; // that the caller has configured
  private ShardFiles files; // null before the first training, and where there is no folder
  private JavaRDD<Shard> shards; // null before the first training
  private final List<Broadcast<double[][]>> broadcasts = new ArrayList<>(); // since the checkpoint
  private long step;
  private long cut; // the step that the shards' lineage begins with
  private Conditions unchecked; // of the checkpoint gone on from, until there are data

  private ShardedTrainer(Builder<T> builder) {
    Model model =
        builder.kinds.model(Arrays.stream(builder.specs).mapToInt(TensorSpec::length).toArray());
    plan =
        new ShardPlan(
            builder.optimizer, builder.specs, model, builder.shards, builder.wholeTensors);
    norms = new ClippingNorms(builder.optimizer, plan);
    loss = builder.loss;
    initial = builder.initial;
    miniBatchFraction = builder.miniBatchFraction;
    seed = builder.seed;
    steps = new Steps(builder);
    folder = builder.folder;
    keep = builder.keep;
    acceptOtherBits = builder.acceptOtherBits;
    rate = Conditions.rateOf(builder.optimizer);
  }

  /**
   * Begins to describe a trainer.
   *
   * @param optimizer what the optimizers of the shards are like: one that has made no step, and
   *     will make none
   * @param specs names and shapes of all tensors
   * @param <T> an example
   * @return a builder
   * @throws IllegalArgumentException if an argument is null, or no tensor given
   */
  public static <T> Builder<T> builder(Optimizer optimizer, TensorSpec... specs) {
    return new Builder<>(optimizer, specs);
  }

  /**
   * Trains until so many steps have been made.
   *
   * @param data the examples; cached, unless they are to be computed again in every step
   * @param steps how many steps will have been made when this returns, those before included
   * @throws IllegalArgumentException if {@code data} is null, {@code steps} below 0 or below the
   *     number of those made, a parameter NaN or infinite, or the checkpoint of another optimizer,
   *     model, number of shards or kind of trainer, or of other data or another seed
   * @throws IllegalStateException if a step drew no example, its loss or a gradient is not finite,
   *     the loss wrote to its parameters, or shards were lost and there are no checkpoints
   * @throws IOException if a checkpoint cannot be written, or there are some and none can be read
   */
  public synchronized void train(JavaRDD<T> data, long steps) throws IOException {
    train(data, steps, false);
  }

  /**
   * Trains on a data set, as {@link #train(JavaRDD, long) train} does on its rows.
   *
   * @param data the examples
   * @param steps as there
   * @throws IOException as there
   */
  public void train(Dataset<T> data, long steps) throws IOException {
    train(Datasets.rdd(data), steps);
  }

  /**
   * Trains so many steps more.
   *
   * @param data as in {@link #train(JavaRDD, long) train}
   * @param steps how many steps are made, after those before, also those before a resume
   * @throws IOException as there
   */
  public synchronized void trainMore(JavaRDD<T> data, long steps) throws IOException {
    train(data, steps, true);
  }

  /**
   * Trains on a data set, as {@link #trainMore(JavaRDD, long) trainMore} does.
   *
   * @param data the examples
   * @param steps as there
   * @throws IOException as there
   */
  public void trainMore(Dataset<T> data, long steps) throws IOException {
    trainMore(Datasets.rdd(data), steps);
  }

  /**
   * Goes on from the newest checkpoint, or begins, if this has made no step yet, and makes none.
   *
   * @param context where the shards are to be
   * @return how many steps have been made; 0 if there is no checkpoint
   * @throws IllegalArgumentException if null, or the checkpoint is of another optimizer, model,
   *     number of shards or kind of trainer
   * @throws IllegalStateException if no checkpoints were set
   * @throws IOException if there are some and none can be read
   */
  public synchronized long resume(JavaSparkContext context) throws IOException {
    TrainerBuilder.requireNotNull("context", context);
    if (folder == null) {
      throw new IllegalStateException("a trainer that resumes needs checkpoints");
    }
    if (shards == null) {
      begin(context);
    }
    return step;
  }

  private void train(JavaRDD<T> data, long count, boolean more) throws IOException {
    TrainerBuilder.requireNotNull("data", data);
    Steps.end(0, count, true);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(data.context());
    if (shards == null) {
      begin(context);
    }
    Conditions conditions = new Conditions(data.getNumPartitions(), miniBatchFraction, seed, rate);
    if (unchecked != null) {
      unchecked.requireSame(conditions, acceptOtherBits);
    }
    long end = Steps.end(step, count, more);
    unchecked = null;
    steps.make(
        step,
        end,
        new Steps.Training() {
          @Override
          public TrainedStep makeStep() {
            return ShardedTrainer.this.makeStep(data);
          }

          @Override
          public void save() throws IOException {
            takeOver(
                StepName.during(
                    context,
                    "ShardedTrainer",
                    "step " + step + ": checkpoint",
                    () -> files.write(step, conditions, shards)));
          }

          @Override
          public boolean mustSave() {
            return files != null && step - cut >= LONGEST_LINEAGE;
          }
        });
  }

  /**
   * How many steps have been made, those before a resume included.
   *
   * @return the number of finished steps
   */
  public synchronized long step() {
    return step;
  }

  /**
   * Collects the parameters of a model that one machine can hold.
   *
   * @return copies
   * @throws IllegalStateException if no training has begun
   */
  public synchronized double[][] parameters() {
    requireShards();
    return plan.collect(shards, Shard::parameters, tensor -> true);
  }

  /**
   * Collects what a model is evaluated with whose optimizer averages: see {@link
   * io.github.keras4j.optimizers.keras3.BaseOptimizer#averagedParameters averagedParameters}.
   *
   * @return copies
   * @throws IllegalStateException if no training has begun, or there are no averages
   */
  public synchronized double[][] averagedParameters() {
    requireShards();
    plan.requireAverages();
    return plan.collect(shards, Shard::averages, tensor -> true);
  }

  private void requireShards() {
    if (shards == null) {
      throw new IllegalStateException("parameters are known when a training has begun, not before");
    }
  }

  private void begin(JavaSparkContext context) throws IOException {
    if (files == null && folder != null) {
      files = new ShardFiles(context, plan, folder, keep);
    }
    StepFolder.Saved<ShardFiles.Saved> saved =
        files == null ? null : files.newest(before -> before.hasOtherRate(rate));
    if (saved != null) {
      shards = saved.value().shards();
      step = saved.step();
      cut = step;
      unchecked = saved.value().conditions();
      return;
    }
    shards = plan.begin(context, initial);
  }

  private TrainedStep makeStep(JavaRDD<T> data) {
    long next = step + 1;
    GradientTask<T> task =
        new GradientTask<>(plan.model(), plan.shards(), miniBatchFraction, seed, next);
    boolean last = files == null;
    ShardedStep.Made stepped =
        new ShardedStep<>(data, shards, plan, norms, task, loss, next, last).make();
    broadcasts.add(stepped.tensors());
    step = next;
    if (last) {
      takeOver(stepped.shards());
    } else {
      shards = stepped.shards();
    }
    return stepped.step();
  }

  private void takeOver(JavaRDD<Shard> saved) {
    shards.unpersist();
    shards = saved;
    cut = step;
    broadcasts.forEach(Broadcast::destroy);
    broadcasts.clear();
  }

  /**
   * Describes a trainer; may build any number of them.
   *
   * @param <T> an example
   */
  public static final class Builder<T> extends TrainerBuilder<Builder<T>> {
    private final TensorSpec[] specs;
    private ShardedLoss<T> loss;
    private InitialValues initial;
    private int shards;
    private boolean wholeTensors;

    private Builder(Optimizer optimizer, TensorSpec... specs) {
      super(optimizer);
      requireNotNull("specs", specs);
      for (TensorSpec spec : specs) {
        requireNotNull("spec", spec);
      }
      this.specs = specs.clone();
    }

    @Override
    Builder<T> self() {
      return this;
    }

    /**
     * Sets the loss.
     *
     * @param loss of one example
     * @return this builder
     * @throws IllegalArgumentException if null
     */
    public Builder<T> loss(ShardedLoss<T> loss) {
      requireNotNull("loss", loss);
      this.loss = loss;
      return this;
    }

    /**
     * Sets the parameters before the first step.
     *
     * @param initial makes them where they will live
     * @return this builder
     * @throws IllegalArgumentException if null
     */
    public Builder<T> initial(InitialValues initial) {
      requireNotNull("initial", initial);
      this.initial = initial;
      return this;
    }

    /**
     * Sets how many shards there are.
     *
     * @param count at least 1; with whole tensors, at most as many as there are tensors are used
     * @return this builder
     * @throws IllegalArgumentException if below 1
     */
    public Builder<T> shards(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("shards must be at least 1, got " + count);
      }
      shards = count;
      return this;
    }

    /**
     * Leaves tensors whole: each is in one shard.
     *
     * @return this builder
     */
    public Builder<T> wholeTensors() {
      wholeTensors = true;
      return this;
    }

    /**
     * Makes a trainer.
     *
     * @return a new trainer
     * @throws IllegalArgumentException if the optimizer has made a step, is a {@code
     *     MultiOptimizer}, or needs tensors whole that would be cut; or a tensor has no whole rows
     * @throws IllegalStateException if loss, initial values or shards were not set, or a norm clips
     *     where {@code gradient_accumulation_steps} is set
     */
    public ShardedTrainer<T> build() {
      if (loss == null || initial == null || shards == 0) {
        throw new IllegalStateException("a sharded trainer needs loss, initial and shards");
      }
      return new ShardedTrainer<>(this);
    }
  }
}
