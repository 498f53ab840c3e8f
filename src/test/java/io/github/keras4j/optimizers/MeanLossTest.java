package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.support.Bits.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Memory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The mean loss over a batch, by parts and threads. */
class MeanLossTest {
  private static final int ROWS = 12;
  private static final int WIDTH = 3;
  private static final int[] LENGTHS = {ROWS * WIDTH, WIDTH, 1};
  private static final int STEPS = 4;

  private static ForkJoinPool pool;

  @BeforeAll
  static void openPool() {
    pool = new ForkJoinPool(16);
  }

  @AfterAll
  static void closePool() {
    pool.shutdown();
  }

  /** Two rows, and what the sum of their scaled product should be. */
  private record Example(int left, int right, double target) {}

  private static List<Example> examples(int count) {
    Random random = new Random(count);
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      examples.add(new Example(random.nextInt(ROWS), random.nextInt(ROWS), random.nextGaussian()));
    }
    return examples;
  }

  private interface Table {
    void add(int row, int k, double value);
  }

  private static double loss(Example x, double[][] p, Table table, double[] scale, double[] bias) {
    double error = p[2][0] - x.target;
    for (int k = 0; k < WIDTH; k++) {
      error += p[0][x.left * WIDTH + k] * p[1][k] * p[0][x.right * WIDTH + k];
    }
    for (int k = 0; k < WIDTH; k++) {
      double left = p[0][x.left * WIDTH + k];
      double right = p[0][x.right * WIDTH + k];
      table.add(x.left, k, error * p[1][k] * right);
      table.add(x.right, k, error * p[1][k] * left);
      scale[k] += error * left * right;
    }
    bias[0] += error;
    return error * error / 2.;
  }

  private static final ExampleLoss<Example> BY_ROWS =
      (x, p, g) ->
          loss(x, p, (row, k, value) -> g.row(0, row)[k] += value, g.tensor(1), g.tensors()[2]);

  private static final ExampleLoss<Example> DENSE =
      (x, p, g) ->
          loss(
              x,
              p,
              (row, k, value) -> g.tensor(0)[row * WIDTH + k] += value,
              g.tensor(1),
              g.tensor(2));

  /** The gradients of the mean loss, part after part, written plainly; returns the loss. */
  private static double plain(List<Example> batch, int parts, double[][] p, double[][] mean) {
    double loss = 0.;
    for (int part = 0; part < parts; part++) {
      double[][] sum = {new double[LENGTHS[0]], new double[LENGTHS[1]], new double[LENGTHS[2]]};
      double ofPart = 0.;
      int to = (int) ((part + 1L) * batch.size() / parts);
      for (int i = (int) ((long) part * batch.size() / parts); i < to; i++) {
        ofPart +=
            loss(
                batch.get(i),
                p,
                (row, k, value) -> sum[0][row * WIDTH + k] += value,
                sum[1],
                sum[2]);
      }
      loss += ofPart;
      for (int tensor = 0; tensor < sum.length; tensor++) {
        for (int i = 0; i < sum[tensor].length; i++) {
          mean[tensor][i] += sum[tensor][i];
        }
      }
    }
    for (double[] tensor : mean) {
      for (int i = 0; i < tensor.length; i++) {
        tensor[i] = tensor[i] / batch.size();
      }
    }
    return loss / batch.size();
  }

  // ---- The same bits --------------------------------------------------------------------------

  @ParameterizedTest(name = "{0} examples in {1} parts")
  @CsvSource({"1, 16", "5, 16", "37, 1", "37, 3", "37, 16", "37, 100", "400, 16"})
  void isThePlainLoopPartByPartWithAnyNumberOfThreads(int count, int parts) {
    List<Example> batch = examples(count);
    double[][] expected = Bits.normal(1, LENGTHS);
    double[] losses = new double[STEPS];
    Optimizer plain = new Adam();
    for (int step = 0; step < STEPS; step++) {
      losses[step] = plain.minimize((p, g) -> plain(batch, parts, p, g), expected);
    }
    for (int threads : new int[] {1, 2, 3, 5, 16}) {
      for (MeanLoss<Example> loss :
          List.of(MeanLoss.of(DENSE), MeanLoss.of(BY_ROWS).rows(0, WIDTH))) {
        MeanLoss<Example> shared = loss.parts(parts).threads(threads);
        Optimizer optimizer = new Adam();
        double[][] parameters = Bits.normal(1, LENGTHS);
        for (int step = 0; step < STEPS; step++) {
          double value =
              pool.submit(() -> optimizer.minimize(shared.over(batch), parameters)).join();
          assertThat(value).isEqualTo(losses[step]);
        }
        assertSame("parameters by " + threads + " threads", parameters, expected);
      }
    }
  }

  @Test
  void changesTouchedRowsAloneWhereTheyAreLazy() {
    List<Example> batch = List.of(new Example(7, 2, 0.5), new Example(2, 4, -1.));
    double[][] expected = Bits.normal(1, LENGTHS);
    double[][] parameters = Bits.copy(expected);
    Optimizer plain = new Adam();
    Optimizer optimizer = new Adam();
    MeanLoss<Example> loss = MeanLoss.of(BY_ROWS).lazyRows(0, WIDTH);
    for (int step = 0; step < STEPS; step++) {
      double[][] mean = {new double[LENGTHS[0]], new double[LENGTHS[1]], new double[LENGTHS[2]]};
      plain(batch, 16, expected, mean);
      double[] touched = new double[3 * WIDTH];
      System.arraycopy(mean[0], 2 * WIDTH, touched, 0, WIDTH);
      System.arraycopy(mean[0], 4 * WIDTH, touched, WIDTH, WIDTH);
      System.arraycopy(mean[0], 7 * WIDTH, touched, 2 * WIDTH, WIDTH);
      plain.applyGradients(
          new Gradient[] {
            Gradient.lazyRows(new int[] {2, 4, 7}, touched),
            Gradient.dense(mean[1]),
            Gradient.dense(mean[2])
          },
          expected);
      optimizer.minimize(loss.over(batch), parameters);
    }
    assertSame("parameters", parameters, expected);
  }

  @Test
  void givesRowsAscendingAndAddsUpWhereTheCallerWantsArrays() {
    RowLossFunction loss =
        MeanLoss.of(BY_ROWS).lazyRows(0, WIDTH).over(List.of(new Example(7, 2, 0.5)));
    double[][] parameters = Bits.normal(1, LENGTHS);
    Gradient[] gradients = new Gradient[3];
    double value = loss.evaluate(parameters, gradients);
    assertThat(gradients[0].rows()).containsExactly(2, 7);
    assertThat(gradients[0].isLazy()).isTrue();
    assertThat(gradients[1].isDense()).isTrue();

    double[][] arrays = {new double[LENGTHS[0]], new double[LENGTHS[1]], new double[LENGTHS[2]]};
    assertThat(loss.evaluate(parameters, arrays)).isEqualTo(value);
    assertThat(Arrays.copyOfRange(arrays[0], 21, 24))
        .containsExactly(Arrays.copyOfRange(gradients[0].values(), 3, 6));
    assertThat(arrays[2]).containsExactly(gradients[2].values());
  }

  @Test
  void servesBatchesAndModelsOfOtherSizes() {
    ExampleLoss<Double> square =
        (x, p, g) -> {
          double sum = 0.;
          for (int i = 0; i < p[0].length; i++) {
            g.tensor(0)[i] += 2. * x * p[0][i];
            sum += x * p[0][i] * p[0][i];
          }
          return sum;
        };
    MeanLoss<Double> loss = MeanLoss.of(square).parts(2).threads(2);
    for (int length : new int[] {2, 5, 2}) {
      double[][] parameters = {new double[length]};
      Arrays.fill(parameters[0], 3.);
      Gradient[] gradients = new Gradient[1];
      assertThat(loss.over(List.of(1., 2., 6.)).evaluate(parameters, gradients))
          .isEqualTo(27. * length);
      assertThat(gradients[0].values()).hasSize(length).containsOnly(18.);
    }
  }

  @Test
  void takesTheExamplesThatTheListHasNow() {
    List<Double> examples = new LinkedList<>(List.of(1., 2.));
    RowLossFunction loss = MeanLoss.of((Double x, double[][] p, GradientSum g) -> x).over(examples);
    examples.clear();
    assertThat(loss.evaluate(new double[1][1], new Gradient[1])).isEqualTo(1.5);
  }

  /** Parts take very different times, so that threads that are ahead find no buffer. */
  @Test
  void waitsForPartsThatTakeLong() {
    SplittableRandom random = new SplittableRandom(3);
    List<Integer> examples = random.ints(60, 1, 1_000_000).boxed().toList();
    ExampleLoss<Integer> slow =
        (n, p, g) -> {
          double sum = 0.;
          for (int i = 1; i <= n; i++) {
            sum += 1. / i;
          }
          g.tensor(0)[0] += sum;
          return sum;
        };
    double[] expected = new double[1];
    MeanLoss.of(slow)
        .parts(60)
        .threads(1)
        .over(examples)
        .evaluate(new double[1][1], new double[][] {expected});
    for (int threads : new int[] {2, 4, 16}) {
      double[] sum = new double[1];
      RowLossFunction loss = MeanLoss.of(slow).parts(60).threads(threads).over(examples);
      pool.submit(() -> loss.evaluate(new double[1][1], new double[][] {sum})).join();
      assertThat(sum).containsExactly(expected);
    }
  }

  // ---- Memory ---------------------------------------------------------------------------------

  @Test
  void allocatesNothingThatGrowsWithTheModel() throws Exception {
    int length = 100_000;
    ExampleLoss<Integer> loss =
        (i, p, g) -> {
          g.tensor(0)[i] += p[0][i];
          g.row(1, i)[0] += p[1][i];
          return p[0][i];
        };
    MeanLoss<Integer> mean = MeanLoss.of(loss).lazyRows(1, 1).threads(1);
    List<Integer> batch = List.of(1, 5, 70_000, 5);
    double[][] parameters = Bits.normal(1, length, length);
    Optimizer sgd = new SGD();
    int steps = 20;

    assertThat(
            Memory.leastAllocatedBytes(
                () -> {
                  for (int step = 0; step < steps; step++) {
                    sgd.minimize(mean.over(batch), parameters);
                  }
                }))
        .isLessThan(steps * 10_000L);
  }

  // ---- What is rejected -----------------------------------------------------------------------

  @Test
  void rejectsAnotherEvaluationDuringOne() throws Exception {
    AtomicReference<RowLossFunction> itself = new AtomicReference<>();
    MeanLoss<Double> loss =
        MeanLoss.of(
                (Double x, double[][] p, GradientSum g) ->
                    itself.get().evaluate(p, new Gradient[1]))
            .threads(1);
    itself.set(loss.over(List.of(1.)));
    assertThatThrownBy(() -> itself.get().evaluate(new double[1][1], new Gradient[1]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "MeanLoss must serve one call at a time, got one by thread %s during one by the same",
            Thread.currentThread().getName());

    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    MeanLoss<Double> slow =
        MeanLoss.of(
            (x, p, g) -> {
              inside.countDown();
              goOn.await();
              return 7.;
            });
    AtomicReference<Double> value = new AtomicReference<>();
    Thread other =
        new Thread(
            () -> value.set(slow.over(List.of(1.)).evaluate(new double[1][1], new Gradient[1])),
            "other");
    other.start();
    inside.await();
    assertThatThrownBy(() -> slow.over(List.of(2.)).evaluate(new double[1][1], new Gradient[1]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(" during one by thread other");
    goOn.countDown();
    other.join();
    assertThat(value.get()).isEqualTo(7.);
  }

  @ParameterizedTest
  @CsvSource({"1", "4"})
  void passesOnWhatTheLossThrows(int threads) {
    RuntimeException unchecked = new ArithmeticException("no");
    Error error = new AssertionError("never");
    IOException checked = new IOException("gone");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    ExampleLoss<Integer> faulty =
        (i, p, g) -> {
          g.tensor(0)[0] += 1.;
          if (i == 9 && thrown.get() instanceof Error e) {
            throw e;
          }
          if (i == 9 && thrown.get() instanceof Exception e) {
            throw e;
          }
          return i;
        };
    RowLossFunction loss =
        MeanLoss.of(faulty).threads(threads).over(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    double[][] parameters = {{0.5}};
    double[][] before = Bits.copy(parameters);
    Optimizer adam = new Adam();
    adam.minimize(loss, parameters);
    OptimizerState state = adam.getState();
    before[0][0] = parameters[0][0];

    thrown.set(unchecked);
    assertThat(minimize(adam, loss, parameters)).isSameAs(unchecked);
    thrown.set(error);
    assertThat(minimize(adam, loss, parameters)).isSameAs(error);
    thrown.set(checked);
    assertThat(minimize(adam, loss, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("loss of example 8 cannot be evaluated: gone")
        .hasCause(checked);

    assertSame("parameters", parameters, before);
    assertSame(adam.getState(), state);
    thrown.set(null);
    Gradient[] gradients = new Gradient[1];
    assertThat(loss.evaluate(parameters, gradients)).isEqualTo(6.);
    assertThat(gradients[0].values()).containsExactly(1.);
  }

  private static Throwable minimize(Optimizer optimizer, LossFunction loss, double[][] parameters) {
    return catchThrowable(
        () -> pool.submit(() -> rethrown(optimizer, loss, parameters)).get().run());
  }

  /** As it was thrown: a pool would wrap it, or make another of its kind. */
  private static Runnable rethrown(Optimizer optimizer, LossFunction loss, double[][] parameters) {
    try {
      optimizer.minimize(loss, parameters);
      return () -> {};
    } catch (RuntimeException e) {
      return () -> {
        throw e;
      };
    } catch (Error e) {
      return () -> {
        throw e;
      };
    }
  }

  @Test
  void noticesALossThatWritesToItsParameters() {
    AtomicInteger tensor = new AtomicInteger(-1);
    ExampleLoss<Integer> writing =
        (i, p, g) -> {
          if (tensor.get() >= 0) {
            p[tensor.get()][2] += 1e-300;
          }
          g.row(1, i)[0] += 1.;
          return 1.;
        };
    MeanLoss<Integer> loss = MeanLoss.of(writing).rows(1, 1);
    double[][] parameters = {{1., 2., 1e-300}, {1., 2., 1e-300, 4.}};
    Optimizer adam = new Adam();
    adam.minimize(loss.over(List.of(3)), parameters);
    OptimizerState state = adam.getState();
    for (int written = 0; written < 2; written++) {
      parameters[written][2] = 1e-300;
      tensor.set(written);
      assertThatThrownBy(() -> adam.minimize(loss.over(List.of(3)), parameters))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("exampleLoss must not write to parameters, got a change in [%d]", written);
    }
    assertSame(adam.getState(), state);
  }

  /** Whose reading would cost more than the rows of a batch. */
  @Test
  void readsALongTableWhenAsMuchOfItHasBeenTouched() {
    int rows = 1 << 15;
    int width = 4;
    AtomicInteger evaluations = new AtomicInteger();
    AtomicInteger writesFrom = new AtomicInteger(1);
    ExampleLoss<Integer> writing =
        (part, p, g) -> {
          for (int row = 0; row < rows / 4; row++) {
            g.row(0, row)[0] += 1.;
          }
          if (evaluations.incrementAndGet() >= writesFrom.get()) {
            p[0][5] += 1.;
          }
          return 1.;
        };
    MeanLoss<Integer> loss = MeanLoss.of(writing).lazyRows(0, width);
    double[][] parameters = {new double[rows * width]};
    Gradient[] gradients = new Gradient[1];
    RowLossFunction batch = loss.over(List.of(1));
    assertThatThrownBy(() -> batch.evaluate(parameters, gradients))
        .hasMessage("exampleLoss must not write to parameters, got a change in [0]");

    evaluations.set(0);
    writesFrom.set(3);
    RowLossFunction later = loss.parts(1).over(List.of(1));
    for (int evaluation = 1; evaluation <= 4; evaluation++) {
      assertThat(later.evaluate(parameters, gradients)).isEqualTo(1.);
    }
    assertThatThrownBy(() -> later.evaluate(parameters, gradients))
        .hasMessage("exampleLoss must not write to parameters, got a change in [0]");
  }
}
