package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.engine.StepChecks;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a caller hands over is read once: what was checked is what is taken. */
class ReadOnceTest {
  private static final int[] LENGTHS = {4, 3};
  private static final TensorSpec[] SPECS = {TensorSpec.of("a", 4), TensorSpec.of("b", 3)};

  static Stream<Supplier<Optimizer>> optimizers() {
    return Stream.of(
        () -> new Adam(),
        () -> new io.github.keras4j.optimizers.keras3.Adam(),
        () -> {
          MultiOptimizer multi =
              MultiOptimizer.builder()
                  .add("a", new io.github.keras4j.optimizers.keras3.Adam())
                  .otherwise(new io.github.keras4j.optimizers.keras3.SGD())
                  .build();
          multi.build(SPECS);
          return multi;
        });
  }

  /** A list that returns others after some questions, or throws. */
  private static final class Changing extends AbstractList<double[]> {
    private final List<double[]> weights;
    private final int questions;
    private final Supplier<double[]> then;
    private int asked;

    Changing(List<double[]> weights, int questions, Supplier<double[]> then) {
      this.weights = weights;
      this.questions = questions;
      this.then = then;
    }

    @Override
    public double[] get(int index) {
      return asked++ < questions ? weights.get(index) : then.get();
    }

    @Override
    public int size() {
      return weights.size();
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void weightsFromAListThatChangesAreTakenWholeOrNotAtAll(Supplier<Optimizer> maker) {
    Optimizer optimizer = maker.get();
    double[][] parameters = Bits.normal(1, LENGTHS);
    optimizer.applyGradients(Bits.normal(2, LENGTHS), parameters);
    Contents before = Contents.of(optimizer, parameters);
    List<double[]> weights = optimizer.getWeights();
    List<double[]> others = new ArrayList<>();
    weights.forEach(array -> others.add(array.length == 1 ? array : new double[array.length]));
    Supplier<double[]> thrower =
        () -> {
          throw new UnsupportedOperationException("late");
        };

    for (int questions = 0; questions < 4 * weights.size(); questions++) {
      for (Supplier<double[]> then :
          List.<Supplier<double[]>>of(thrower, () -> null, () -> new double[77])) {
        optimizer.setWeights(weights);
        assertThat(Contents.of(optimizer, parameters)).isEqualTo(before);
        boolean taken = true;
        try {
          optimizer.setWeights(new Changing(others, questions, then));
        } catch (UnsupportedOperationException | IllegalArgumentException rejected) {
          taken = false;
          assertThat(Contents.of(optimizer, parameters)).isEqualTo(before);
        }
        assertThat(taken).isEqualTo(questions >= weights.size());
        Bits.assertSame("weights", optimizer.getWeights(), taken ? others : weights);
      }
    }
  }

  @Test
  void whatIsNoArrayIsRejectedWhateverTheTypesSay() {
    @SuppressWarnings({"unchecked", "rawtypes"})
    List<double[]> raw = (List) List.of(new double[1], "b");
    for (Optimizer optimizer :
        List.of(new Adam(), new io.github.keras4j.optimizers.keras3.Adam())) {
      assertThatThrownBy(() -> optimizer.setWeights(raw))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("weights[1] must be an array of numbers, got \"b\"");
    }
  }

  // ---- Arrays of arrays, which a schedule changes once they have been checked -------------------

  private static BaseOptimizer scheduled(LearningRateSchedule schedule) {
    return io.github.keras4j.optimizers.keras3.Adam.builder().learningRate(schedule).build();
  }

  @Test
  void aStepIsOverTheArraysThatWereChecked() {
    double[][] parameters = new double[2][];
    double[][] gradients = new double[2][];
    Gradient[] rows = new Gradient[2];
    boolean[] changing = {false};
    BaseOptimizer optimizer =
        scheduled(
            calls -> {
              if (changing[0]) {
                Arrays.fill(parameters, new double[1]);
                Arrays.fill(gradients, new double[1]);
                Arrays.fill(rows, Gradient.rows(new int[] {999}, new double[] {1.}));
              }
              return 0.1;
            });
    BaseOptimizer same = scheduled(calls -> 0.1);
    double[][] tensors = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.normal(1, LENGTHS);
    double[][] given = Bits.normal(2, LENGTHS);
    Gradient[] givenRows = {
      Gradient.rows(new int[] {2}, new double[] {1.}), Gradient.dense(given[1])
    };
    List<ThrowingCallable> calls =
        List.of(
            () -> optimizer.applyGradients(gradients, parameters),
            () -> optimizer.applyGradients(rows, parameters));

    for (int step = 0; step < 8; step++) {
      changing[0] = step % 4 > 1;
      System.arraycopy(tensors, 0, parameters, 0, 2);
      System.arraycopy(given, 0, gradients, 0, 2);
      System.arraycopy(givenRows, 0, rows, 0, 2);
      assertThatCode(calls.get(step % 2)).doesNotThrowAnyException();
      if (step % 2 == 0) {
        same.applyGradients(given, expected);
      } else {
        same.applyGradients(givenRows, expected);
      }
      Bits.assertSame("tensors", List.of(tensors), List.of(expected));
      Bits.assertSame("weights", optimizer.getWeights(), same.getWeights());
    }
  }

  /** Arrays of two calls are never taken for arrays of one call. */
  @Test
  void aRejectedCheckIsNotKnown() {
    StepChecks checks = new StepChecks();
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] gradients = Bits.normal(2, LENGTHS);
    double[][] others = Bits.normal(3, LENGTHS);
    checks.check(gradients, parameters, LENGTHS, false);
    assertThat(checks.areSame(gradients, parameters)).isTrue();

    assertThatThrownBy(() -> checks.check(new double[2][1], others, LENGTHS, false))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(checks.areSame(gradients, parameters)).isFalse();
    assertThat(checks.areSame(gradients, others)).isFalse();
    assertThat(checks.areSame(new double[2][1], others)).isFalse();
    checks.check(gradients, others, LENGTHS, false);
    assertThat(checks.areSame(gradients, others)).isTrue();
    checks.checkParameters(parameters, LENGTHS);
    assertThat(checks.areSame(gradients, others)).isFalse();
  }

  // ---- A rate of -0.0 ---------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("optimizers")
  void aRateOfMinusZeroIsKept(Supplier<Optimizer> maker) {
    Optimizer optimizer = maker.get();
    if (optimizer instanceof MultiOptimizer) {
      return; // which has no rate
    }
    optimizer.setLr(-0.);

    assertThat(optimizer.getLr()).isEqualTo(-0.);
    assertThat(optimizer.copy().getLr()).isEqualTo(-0.);
    double[][] parameters = {{0., -0., 1.}};
    optimizer.applyGradients(new double[][] {{1., 1., 1.}}, parameters);
    assertThat(parameters[0]).containsExactly(0., 0., 1.); // -0.0 - -0.0 is 0.0
  }
}
