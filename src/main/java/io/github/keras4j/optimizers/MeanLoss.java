package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.engine.Guard;
import io.github.keras4j.optimizers.engine.Model;
import io.github.keras4j.optimizers.engine.TensorKinds;
import java.util.List;

/**
 * The mean loss over a batch of examples, which several threads share. For {@link
 * Optimizer#minimize minimize}:
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.Adam;
 * import io.github.keras4j.optimizers.GradientSum;
 * import io.github.keras4j.optimizers.MeanLoss;
 * import io.github.keras4j.optimizers.Optimizer;
 * import java.util.List;
 *
 * MeanLoss<double[]> loss =
 *     MeanLoss.of(
 *         (double[] example, double[][] parameters, GradientSum gradients) -> {
 *           double error = parameters[0][0] * example[0] - example[1];
 *           gradients.tensor(0)[0] += error * example[0];
 *           return error * error / 2.;
 *         });
 * double[][] parameters = {{0.}};
 * Optimizer adam = Adam.builder().lr(0.1).build();
 * for (int step = 0; step < 200; step++) {
 *   adam.minimize(loss.over(List.of(new double[] {1., 2.}, new double[] {2., 4.})), parameters);
 * }
 * System.out.printf("%.2f%n", parameters[0][0]); // 2.00
 * }</pre>
 *
 * <h2>The same bits</h2>
 *
 * The batch is cut into parts: of {@code n} examples, part {@code k} has those from {@code k * n /
 * parts} to {@code (k + 1) * n / parts}. The losses and gradients of a part are added in the order
 * of its examples, the sums of the parts in the order of their numbers, and the total is divided by
 * {@code n}. So the numbers depend on the number of parts, and not on the number of threads. They
 * are the numbers of {@code SparkTrainer} of the Spark module over {@code parallelize(examples,
 * parts)}.
 *
 * <h2>Keep it</h2>
 *
 * The buffers of the sums belong to this object and serve every batch: at most one as large as the
 * model for each thread, and one for the total. Tensors that go by {@link #rows rows} take room for
 * the touched rows alone. Once they are there, a step allocates nothing that grows with the model.
 *
 * <p>One evaluation at a time: another is rejected with an {@link IllegalStateException}. The
 * methods that set something return another {@code MeanLoss}, without buffers. Threads are borrowed
 * from the fork-join pool, as for a step.
 *
 * @param <T> an example
 */
public final class MeanLoss<T> {
  private static final int PARTS = 16;

  private final ExampleLoss<T> loss;
  private final int parts;
  private final int threads;
  private final TensorKinds kinds;
  private final Guard guard = new Guard("MeanLoss");
  private PartSums sums; // of the model that was evaluated last

  private MeanLoss(ExampleLoss<T> loss, int parts, int threads, TensorKinds kinds) {
    this.loss = loss;
    this.parts = parts;
    this.threads = threads;
    this.kinds = kinds;
  }

  /**
   * Returns the mean of a loss, over 16 parts of a batch, by as many threads as there are
   * processors.
   *
   * @param exampleLoss the loss of one example. Several threads call it at once, so it must keep no
   *     scratch in its fields
   * @param <T> an example
   * @throws IllegalArgumentException if null
   */
  public static <T> MeanLoss<T> of(ExampleLoss<T> exampleLoss) {
    checkArgument(exampleLoss != null, "exampleLoss must be a function, got null");
    return new MeanLoss<>(
        exampleLoss, PARTS, Runtime.getRuntime().availableProcessors(), new TensorKinds());
  }

  /**
   * Sets how many parts a batch is cut into. The last bits of a result depend on it.
   *
   * @param count at least 1; 16 unless set. More of them share the work more evenly among threads,
   *     and cost one more sum over the model each
   * @throws IllegalArgumentException if below 1
   */
  public MeanLoss<T> parts(int count) {
    return new MeanLoss<>(loss, atLeast1("parts", count), threads, kinds);
  }

  /**
   * Sets how many threads may take part, the caller included. Never changes a bit of the result.
   *
   * @param count at least 1; as many as there are processors unless set
   * @throws IllegalArgumentException if below 1
   */
  public MeanLoss<T> threads(int count) {
    return new MeanLoss<>(loss, parts, atLeast1("threads", count), kinds);
  }

  /**
   * Says that the loss gives the gradients of a tensor by {@link GradientSum#row rows}: for large
   * tables of which a batch touches a part. The optimizer is given them as {@link Gradient#rows
   * Gradient.rows}, ascending.
   *
   * @param tensor its number
   * @param width how many elements a row has; must divide the tensor's length
   * @throws IllegalArgumentException if {@code tensor} is below 0 or {@code width} below 1
   */
  public MeanLoss<T> rows(int tensor, int width) {
    return new MeanLoss<>(loss, parts, threads, kinds.with(tensor, width, false));
  }

  /**
   * Says the same as {@link #rows rows} of a tensor of which only the touched rows are to change.
   * The optimizer is given them as {@link Gradient#lazyRows Gradient.lazyRows}, ascending.
   */
  public MeanLoss<T> lazyRows(int tensor, int width) {
    return new MeanLoss<>(loss, parts, threads, kinds.with(tensor, width, true));
  }

  /**
   * Returns the mean loss over a batch, for {@link Optimizer#minimize minimize}. What it gives as
   * gradients are arrays of this object, which the next evaluation overwrites.
   *
   * <p>An evaluation throws {@link IllegalArgumentException} where parameters do not fit the rows;
   * what the loss throws; and {@link IllegalStateException} where the loss throws a checked
   * exception, which is the cause, where another evaluation is under way, and where the loss writes
   * to its parameters, which then stay as it has left them. Of a table of more than 65,536 elements
   * that goes by rows, reading all of it would cost more than the rest: it is looked at in the
   * first evaluation, and then once as many elements have been touched as it has.
   *
   * @param examples at least one; the list is copied, the examples are not
   * @throws IllegalArgumentException if null or empty
   */
  public RowLossFunction over(List<T> examples) {
    checkArgument(
        examples != null && !examples.isEmpty(),
        "examples must hold at least one, got %s",
        examples == null ? "null" : "none");
    @SuppressWarnings("unchecked") // a list of T holds nothing else
    T[] batch = (T[]) examples.toArray();
    return (parameters, gradients) -> {
      Guard entered = guard.enter();
      try {
        return evaluate(batch, parameters, gradients);
      } finally {
        entered.owner = null;
      }
    };
  }

  private double evaluate(T[] batch, double[][] parameters, Gradient[] gradients) {
    Model model = kinds.model(parameters);
    checkArgument(
        gradients != null && gradients.length == model.tensors(),
        "gradients must hold one for each of the %d parameters, got %s",
        model.tensors(),
        gradients == null ? "null" : gradients.length);
    if (sums == null || !sums.fits(model)) {
      sums = null; // the garbage collector may take them before others are made
      sums = new PartSums(model, threads);
    }
    return sums.evaluate(loss, batch, Math.min(parts, batch.length), parameters, gradients);
  }

  private static int atLeast1(String name, int count) {
    checkArgument(count >= 1, "%s must be at least 1, got %s", name, count);
    return count;
  }
}
