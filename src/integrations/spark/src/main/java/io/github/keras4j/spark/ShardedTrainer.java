package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.Model;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

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
 * Tensors that do not go by rows are collected and broadcast whole: with the memory of a machine
 * they have to do, their optimizer's slots not. Of tensors that go by rows a task asks the shards
 * for the rows of its examples. Gradients travel to the shards that they are for, where those of
 * all partitions are added in the order of their numbers. Where gradients are clipped by a norm,
 * the shards' sums of squares are added on the driver first. Then each shard makes the step with an
 * optimizer of its own.
 *
 * <p>The numbers are those of {@link SparkTrainer}, bit for bit; where a norm clips, within 8 units
 * in the last place, since its sum is added in another order. So all that is said there of the same
 * bits holds here, for the same shards.
 *
 * <h2>Shards</h2>
 *
 * Tensors are cut into slices of the same length, one for each shard, or, with {@link
 * Builder#wholeTensors wholeTensors}, spread as they are. Lamb, Adafactor and Muon need them whole,
 * and so do custom optimizers that {@linkplain Optimizer#sumsOverElements sum over elements}. A
 * {@code MultiOptimizer} and, where a norm clips, {@code gradient_accumulation_steps} are rejected.
 *
 * <p>Shards are cached, and never changed: a step makes new ones, and needs room for both. What an
 * executor takes with it when it dies is computed again from the last checkpoint. So there must be
 * checkpoints, and the more steps between them, the longer that takes.
 *
 * <p>Serves one call at a time. Not serializable.
 *
 * @param <T> an example
 */
public final class ShardedTrainer<T> {
  private final ShardPlan plan;
  private final ClippingNorms norms;
  private final ShardedLoss<T> loss;
  private final InitialValues initial;
  private final double miniBatchFraction;
  private final long seed;
  private final Consumer<? super TrainedStep> listener;
  private final String folder;
  private final int every;

  private JavaRDD<Shard> shards; // null before the first training
  private final List<Broadcast<double[][]>> broadcasts = new ArrayList<>(); // since the checkpoint
  private long step;

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
    listener = builder.listener;
    folder = builder.folder;
    every = builder.every;
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
   * @throws IllegalArgumentException if {@code data} is null or {@code steps} below 0
   * @throws IllegalStateException if a step drew no example, or its loss is not finite
   * @throws IOException if a checkpoint cannot be written, or there are some and none can be read
   */
  public synchronized void train(JavaRDD<T> data, long steps) throws IOException {
    TrainerBuilder.requireNotNull("data", data);
    if (steps < 0) {
      throw new IllegalArgumentException("steps must be at least 0, got " + steps);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(data.context());
    ShardFiles files = new ShardFiles(context, plan, folder);
    if (shards == null) {
      begin(context, files);
    }
    while (step < steps) {
      TrainedStep made = makeStep(context, data);
      if (step % every == 0 || step == steps) {
        takeOver(files.write(step, shards));
      }
      listener.accept(made);
    }
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
    if (shards == null) {
      throw new IllegalStateException("parameters are known when a training has begun, not before");
    }
    return collect(tensor -> true);
  }

  private void begin(JavaSparkContext context, ShardFiles files) throws IOException {
    StepFolder.Saved<JavaRDD<Shard>> saved = files.newest();
    if (saved != null) {
      shards = saved.value();
      step = saved.step();
      return;
    }
    ShardPlan shardPlan = plan;
    InitialValues values = initial;
    shards =
        context
            .parallelize(Collections.nCopies(plan.count(), 0), plan.count())
            .mapPartitionsWithIndex(
                (number, none) -> List.of(shardPlan.begin(number, values)).iterator(), true);
    shards.persist(StorageLevel.MEMORY_AND_DISK());
  }

  private TrainedStep makeStep(JavaSparkContext context, JavaRDD<T> data) {
    long next = step + 1;
    ShardPlan shardPlan = plan;
    Model model = plan.model();
    Broadcast<double[][]> tensors = context.broadcast(collect(tensor -> !model.byRows(tensor)));
    broadcasts.add(tensors); // needed until a checkpoint makes sure that nothing is computed again
    GradientTask<T> task = new GradientTask<>(model, plan.shards(), miniBatchFraction, seed, next);
    JavaRDD<SliceSum> sums =
        GradientJob.sums(
            RowExchange.gradients(data, shards, plan, task, loss, tensors), model, plan.shards());
    sums.persist(StorageLevel.MEMORY_AND_DISK());
    boolean clips = norms.any();
    List<Look> looks =
        shards
            .zipPartitions(sums, (its, sum) -> look(its.next(), sum.next(), shardPlan, next, clips))
            .collect();
    looks.forEach(Look::requireValid);
    double[][] squares =
        clips ? norms.sumsOfSquares(looks.stream().map(look -> look.squares).toList()) : null;
    JavaRDD<Shard> stepped =
        shards.zipPartitions(
            sums,
            (its, sum) -> {
              int number = TaskContext.getPartitionId();
              Gradient[] gradients =
                  new MeanGradient(model, sum.next(), next)
                      .gradients(shardPlan.shards().get(number));
              Shard shard = its.next();
              return List.of(shard.step(gradients, clips ? squares[number] : null)).iterator();
            });
    stepped.persist(StorageLevel.MEMORY_AND_DISK());
    stepped.count();
    sums.unpersist();
    shards.unpersist();
    shards = stepped;
    step = next;
    return new TrainedStep(next, looks.get(0).loss, looks.get(0).examples);
  }

  /** What a shard finds before a step. */
  private static final class Look implements Serializable {
    private static final long serialVersionUID = 1L;

    private double loss;
    private long examples;
    private double[] squares; // null where no norm clips
    private String refusal; // null for none

    void requireValid() {
      if (refusal != null) {
        throw new IllegalStateException(refusal);
      }
    }
  }

  private static Iterator<Look> look(
      Shard shard, SliceSum sum, ShardPlan plan, long step, boolean clips) {
    Look look = new Look();
    List<Part> parts = plan.shards().get(TaskContext.getPartitionId());
    Gradient[] gradients;
    try {
      MeanGradient mean = new MeanGradient(plan.model(), sum, step);
      look.loss = mean.made().loss();
      look.examples = mean.made().examples();
      gradients = mean.gradients(parts);
    } catch (IllegalStateException refused) {
      look.refusal = refused.getMessage();
      return List.of(look).iterator();
    }
    look.squares = clips ? shard.sumsOfSquares(gradients) : null;
    return List.of(look).iterator();
  }

  private void takeOver(JavaRDD<Shard> saved) {
    shards.unpersist();
    shards = saved;
    broadcasts.forEach(Broadcast::destroy);
    broadcasts.clear();
  }

  private double[][] collect(IntPredicate which) {
    Model model = plan.model();
    double[][] tensors = new double[model.tensors()][];
    List<List<Part>> slices = plan.shards();
    boolean[] wanted = new boolean[tensors.length];
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      wanted[tensor] = which.test(tensor);
      tensors[tensor] = wanted[tensor] ? new double[model.length(tensor)] : null;
    }
    List<double[][]> parts =
        shards
            .mapPartitionsWithIndex(
                (number, its) -> {
                  double[][] values = its.next().parameters().clone();
                  for (int i = 0; i < values.length; i++) {
                    values[i] = wanted[slices.get(number).get(i).tensor] ? values[i] : null;
                  }
                  return Collections.singleton(values).iterator();
                },
                true)
            .collect();
    for (int shard = 0; shard < parts.size(); shard++) {
      for (int i = 0; i < slices.get(shard).size(); i++) {
        Part part = slices.get(shard).get(i);
        if (wanted[part.tensor]) {
          System.arraycopy(parts.get(shard)[i], 0, tensors[part.tensor], part.from, part.length());
        }
      }
    }
    return tensors;
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
     * @throws IllegalStateException if loss, initial values, shards or checkpoints were not set, or
     *     a norm clips where {@code gradient_accumulation_steps} is set
     */
    public ShardedTrainer<T> build() {
      if (loss == null || initial == null || shards == 0 || folder == null) {
        throw new IllegalStateException(
            "a sharded trainer needs loss, initial, shards and checkpoints");
      }
      return new ShardedTrainer<>(this);
    }
  }
}
