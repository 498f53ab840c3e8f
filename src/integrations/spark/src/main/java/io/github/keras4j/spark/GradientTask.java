package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.engine.Model;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import scala.Tuple2;

/**
 * What a task does with its partition of the data: adds up, and cuts the sum into slices.
 *
 * @param <T> an example
 */
final class GradientTask<T> implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Model model;

  @SuppressWarnings("serial") // the JDK's lists are serializable
  private final List<List<Part>> slices;

  private final double fraction;
  private final long seed;
  private final long step;

  GradientTask(Model model, List<List<Part>> slices, double fraction, long seed, long step) {
    this.model = model;
    this.slices = slices;
    this.fraction = fraction;
    this.seed = seed;
    this.step = step;
  }

  /** The same, with the sum cut in another way. */
  GradientTask<T> slicedInto(List<List<Part>> others) {
    return new GradientTask<>(model, others, fraction, seed, step);
  }

  /** A loss at the parameters of the step. */
  interface Evaluation<T> {
    double add(Iterator<T> examples, GradientSum gradients) throws Exception;
  }

  /** The examples of a partition that belong to the step. */
  MiniBatch<T> examples(int partition, Iterator<T> all) {
    return new MiniBatch<>(all, fraction, seed, step, partition);
  }

  /**
   * The sum over a partition, slice by slice, each under its number. A loss that has written to its
   * parameters is told of in it, not by an exception, after which Spark would try again.
   */
  Iterator<Tuple2<Integer, SliceSum>> run(
      int partition, Iterator<T> all, Evaluation<T> evaluation, BooleanSupplier wroteToParameters)
      throws Exception {
    MiniBatch<T> examples = examples(partition, all);
    TaskSum sum = new TaskSum(model);
    double loss = evaluation.add(examples, sum);
    if (examples.hasNext()) {
      throw new IllegalStateException(
          "loss must take all examples of partition "
              + partition
              + ", got only the first "
              + examples.taken());
    }
    boolean wrote = wroteToParameters.getAsBoolean();
    return IntStream.range(0, slices.size())
        .mapToObj(
            slice ->
                new Tuple2<>(
                    slice,
                    SliceSum.of(loss, examples.taken(), wrote, sum, model, slices.get(slice))))
        .iterator();
  }
}
