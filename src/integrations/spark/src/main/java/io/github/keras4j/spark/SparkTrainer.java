package io.github.keras4j.spark;

import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.engine.Checksum;
import io.github.keras4j.optimizers.engine.Model;
import io.github.keras4j.optimizers.engine.TensorKinds;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;

/**
 * Trains a model on Spark: tasks compute the gradients of their examples, the driver has the
 * optimizer and the parameters.
 *
 * <pre>{@code
 * SparkTrainer<double[]> trainer =
 *     SparkTrainer.<double[]>builder(new Adam())
 *         .exampleLoss(
 *             (example, parameters, gradients) -> {
 *               double error = parameters[0][0] * example[0] - example[1];
 *               gradients.tensor(0)[0] += error * example[0];
 *               return error * error / 2.;
 *             })
 *         .miniBatchFraction(0.5)
 *         .listener(step -> System.out.println(step.loss()))
 *         .build();
 * double[][] parameters = {{0.}};
 * trainer.train(data, parameters, 20);
 * }</pre>
 *
 * <h2>A step</h2>
 *
 * The parameters are broadcast. Every task goes through its partition in order, takes each example
 * with the probability {@code miniBatchFraction}, and adds up losses and gradients. The sums of the
 * partitions are added in the order of their numbers and divided by the number of examples: the
 * gradient of the mean loss. With that the optimizer makes its step on the driver.
 *
 * <p>The driver adds the sums if all of them together, partitions times the largest, come to less
 * than 256 MB, and to less than a quarter of {@code spark.driver.maxResultSize} and of its heap.
 * Otherwise executors add them, each a slice of all elements, and the driver gets one sum, by as
 * many jobs as that limit asks for. How large the sums of tensors by rows are is known only when
 * they have been computed: the first step in which they are too large is computed again. Both ways
 * give the same bits.
 *
 * <h2>The same bits</h2>
 *
 * The same data in the same partitions, seed, optimizer and parameters give the same bits in every
 * run, with any number of executors and cores, also where tasks were lost and computed again, as
 * long as the order within a partition is always the same: so it is in files, and after a sort
 * without ties; after a shuffle it is not.
 *
 * <h2>Checkpoints</h2>
 *
 * With {@link Builder#checkpoints checkpoints}, a trainer that has made no step yet first looks for
 * a checkpoint in the folder, and goes on from the newest whole one. So the same program, started
 * again after its driver was lost, ends with the same bits as if nothing had happened. A folder
 * belongs to one training. Custom optimizers must be known to {@link
 * io.github.keras4j.optimizers.Optimizers#register Optimizers.register}.
 *
 * <h2>Failure modes</h2>
 *
 * A step that cannot be made changes nothing: parameters, optimizer and checkpoints are as after
 * the step before, and the training may go on from there. A step cannot be made if a task fails in
 * every attempt, no example was drawn, or the loss or a gradient is not finite.
 *
 * <p>Serves one call at a time. Not serializable, and never sent to an executor.
 *
 * @param <T> an example
 */
public final class SparkTrainer<T> {
  private final Optimizer optimizer;
  private final BatchLoss<T> loss;
  private final TensorKinds kinds;
  private final double miniBatchFraction;
  private final long seed;
  private final GradientJob sums;
  private final Steps steps;
  private final String folder; // null for none
  private final int keep;
  private final boolean acceptOtherBits;
  private ModelFiles files; // null before the first training, and where there is no folder
  private long step;
  private String rate; // that the caller has configured; null before the first training
  private Conditions unchecked; // of the checkpoint gone on from, until there are data

  private SparkTrainer(Builder<T> builder) {
    optimizer = builder.optimizer;
    loss = builder.loss;
    kinds = builder.kinds;
    miniBatchFraction = builder.miniBatchFraction;
    seed = builder.seed;
    sums = new GradientJob(builder.fanIn);
    steps = new Steps(builder);
    folder = builder.folder;
    keep = builder.keep;
    acceptOtherBits = builder.acceptOtherBits;
  }

  /**
   * Begins to describe a trainer.
   *
   * @param optimizer makes the steps, on the driver
   * @param <T> an example
   * @return a builder
   * @throws IllegalArgumentException if null
   */
  public static <T> Builder<T> builder(Optimizer optimizer) {
    return new Builder<>(optimizer);
  }

  /**
   * Trains until so many steps have been made.
   *
   * @param data the examples; cached, unless they are to be computed again in every step
   * @param parameters updated in place, and read again at every step; overwritten from a checkpoint
   *     where the training goes on from one
   * @param steps how many steps will have been made when this returns, those before included
   * @throws IllegalArgumentException if an argument is null, {@code steps} below 0 or below the
   *     number of those made, the tensors do not fit the builder or the steps before, a parameter
   *     is NaN or infinite, or the checkpoint is of another optimizer, model or kind of trainer, or
   *     one after which the same bits need other data or another seed
   * @throws IllegalStateException if a step drew no example, its loss or a gradient is not finite,
   *     the loss wrote to its parameters, or yours changed while it was under way
   * @throws IOException if a checkpoint cannot be written, or there are some and none can be read
   */
  public synchronized void train(JavaRDD<T> data, double[][] parameters, long steps)
      throws IOException {
    train(data, parameters, steps, false);
  }

  /**
   * Trains so many steps more.
   *
   * @param data as in {@link #train(JavaRDD, double[][], long) train}
   * @param parameters as there
   * @param steps how many steps are made, after those before, also those before a resume
   * @throws IOException as there
   */
  public synchronized void trainMore(JavaRDD<T> data, double[][] parameters, long steps)
      throws IOException {
    train(data, parameters, steps, true);
  }

  /**
   * Goes on from the newest checkpoint, if this has made no step yet, and makes none.
   *
   * @param context where to read it
   * @param parameters overwritten from the checkpoint
   * @return how many steps have been made; 0 if there is no checkpoint
   * @throws IllegalArgumentException if an argument is null, or the checkpoint is of another
   *     optimizer, model or kind of trainer
   * @throws IllegalStateException if no checkpoints were set
   * @throws IOException if there are some and none can be read
   */
  public synchronized long resume(JavaSparkContext context, double[][] parameters)
      throws IOException {
    TrainerBuilder.requireNotNull("context", context);
    kinds.model(parameters);
    if (folder == null) {
      throw new IllegalStateException("a trainer that resumes needs checkpoints");
    }
    open(context);
    if (step == 0) {
      StepFolder.Saved<ModelFiles.Saved> saved = files.newest();
      if (saved != null) {
        restore(saved, parameters);
      }
    }
    return step;
  }

  private void train(JavaRDD<T> data, double[][] parameters, long count, boolean more)
      throws IOException {
    TrainerBuilder.requireNotNull("data", data);
    Steps.end(0, count, true);
    Model model = kinds.model(parameters);
    JavaSparkContext context = JavaSparkContext.fromSparkContext(data.context());
    open(context);
    if (files != null && step == 0) {
      StepFolder.Saved<ModelFiles.Saved> saved = files.newest();
      if (saved != null) {
        Steps.end(saved.step(), count, more);
        requireSame(saved.value().conditions(), data);
        restore(saved, parameters);
      }
    }
    requireSame(unchecked, data);
    unchecked = null;
    long end = Steps.end(step, count, more);
    if (files != null && rate == null) {
      rate = Conditions.rateOf(optimizer);
    }
    steps.make(
        step,
        end,
        new Steps.Training() {
          @Override
          public TrainedStep makeStep() {
            return SparkTrainer.this.makeStep(context, data, model, parameters);
          }

          @Override
          public void save() throws IOException {
            files.write(step, conditions(data), optimizer, parameters);
          }
        });
  }

  /**
   * Trains on a data set, as {@link #train(JavaRDD, double[][], long) train} does on its rows.
   *
   * @param data the examples
   * @param parameters as there
   * @param steps as there
   * @throws IOException as there
   */
  public void train(Dataset<T> data, double[][] parameters, long steps) throws IOException {
    train(Datasets.rdd(data), parameters, steps);
  }

  /**
   * Trains on a data set, as {@link #trainMore(JavaRDD, double[][], long) trainMore} does.
   *
   * @param data the examples
   * @param parameters as there
   * @param steps as there
   * @throws IOException as there
   */
  public void trainMore(Dataset<T> data, double[][] parameters, long steps) throws IOException {
    trainMore(Datasets.rdd(data), parameters, steps);
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
   * What a model is evaluated with whose optimizer averages: see {@link
   * io.github.keras4j.optimizers.keras3.BaseOptimizer#averagedParameters averagedParameters}.
   *
   * @param parameters as the last step has left them
   * @return new arrays; nothing is changed
   * @throws IllegalArgumentException if the parameters do not fit the steps
   * @throws IllegalStateException if the optimizer has no averages
   */
  public synchronized double[][] averagedParameters(double[][] parameters) {
    kinds.model(parameters);
    return Averages.of(optimizer, parameters);
  }

  private void open(JavaSparkContext context) throws IOException {
    if (files == null && folder != null) {
      files = new ModelFiles(folder, keep, context.hadoopConfiguration());
    }
  }

  private Conditions conditions(JavaRDD<T> data) {
    return new Conditions(data.getNumPartitions(), miniBatchFraction, seed, rate);
  }

  private void requireSame(Conditions before, JavaRDD<T> data) {
    if (before != null) {
      before.requireSame(conditions(data), acceptOtherBits);
    }
  }

  private void restore(StepFolder.Saved<ModelFiles.Saved> saved, double[][] parameters) {
    String configured = Conditions.rateOf(optimizer);
    saved.value().restore(optimizer, parameters);
    step = saved.step();
    rate = configured;
    unchecked = saved.value().conditions();
  }

  private TrainedStep makeStep(
      JavaSparkContext context, JavaRDD<T> data, Model model, double[][] parameters) {
    long next = step + 1;
    GradientTask<T> task =
        new GradientTask<>(model, List.of(Part.tensors(model)), miniBatchFraction, seed, next);
    // A copy, since tasks on the driver's own machine see the very arrays.
    double[][] copy = Arrays.stream(parameters).map(double[]::clone).toArray(double[][]::new);
    FiniteParameters.require(copy, next);
    Broadcast<double[][]> broadcast = context.broadcast(copy);
    SliceSum sum;
    try {
      sum =
          StepName.during(
              context,
              "SparkTrainer",
              "step " + next,
              () -> sums.run(data, model, task, loss, broadcast, Checksum.ofEach(copy)));
    } finally {
      broadcast.destroy();
    }
    MeanGradient gradient = new MeanGradient(model, sum, next);
    Gradient[] gradients = gradient.gradients(Part.tensors(model));
    if (!Arrays.deepEquals(copy, parameters)) {
      throw new IllegalStateException(
          "parameters must not change during a step, got a change in step " + next);
    }
    optimizer.applyGradients(gradients, parameters);
    step = next;
    return gradient.made();
  }

  /**
   * Describes a trainer; may build any number of them, which share the optimizer.
   *
   * @param <T> an example
   */
  public static final class Builder<T> extends TrainerBuilder<Builder<T>> {
    private BatchLoss<T> loss;
    private int fanIn; // 0 where bytes decide

    private Builder(Optimizer optimizer) {
      super(optimizer);
    }

    @Override
    Builder<T> self() {
      return this;
    }

    /**
     * Sets the loss, example by example.
     *
     * @param loss of one example
     * @return this builder
     * @throws IllegalArgumentException if null
     */
    public Builder<T> exampleLoss(ExampleLoss<T> loss) {
      requireNotNull("loss", loss);
      return batchLoss(
          (examples, parameters, gradients) -> {
            double sum = 0.;
            while (examples.hasNext()) {
              sum += loss.add(examples.next(), parameters, gradients);
            }
            return sum;
          });
    }

    /**
     * Sets the loss, for all examples of a partition at once.
     *
     * @param loss of many examples
     * @return this builder
     * @throws IllegalArgumentException if null
     */
    public Builder<T> batchLoss(BatchLoss<T> loss) {
      requireNotNull("loss", loss);
      this.loss = loss;
      return this;
    }

    /**
     * Sets how many partitions' sums the driver adds, whatever their size; if there are more,
     * executors add them. Never changes a bit of the result.
     *
     * @param sums at least 1; unless set, bytes decide
     * @return this builder
     * @throws IllegalArgumentException if below 1
     */
    public Builder<T> fanIn(int sums) {
      if (sums < 1) {
        throw new IllegalArgumentException("fanIn must be at least 1, got " + sums);
      }
      fanIn = sums;
      return this;
    }

    /**
     * Makes a trainer.
     *
     * @return a new trainer
     * @throws IllegalStateException if no loss was set
     */
    public SparkTrainer<T> build() {
      if (loss == null) {
        throw new IllegalStateException("a trainer needs a loss: set exampleLoss or batchLoss");
      }
      return new SparkTrainer<>(this);
    }
  }
}
