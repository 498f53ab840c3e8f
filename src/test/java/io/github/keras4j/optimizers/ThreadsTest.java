package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.custom.Watched.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.constraints.NonNeg;
import io.github.keras4j.optimizers.custom.Watched;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.schedules.ReduceLROnPlateau;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One optimizer, many threads: rejected at once, fine in turn. */
class ThreadsTest {
  @Test
  void rejectsASecondCallWhileOneIsUnderWay() throws Exception {
    CountDownLatch underWay = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Optimizer optimizer =
        Watched.by(
            () -> {
              underWay.countDown();
              await(goOn);
            });
    OptimizerState state = new SGD().getState();
    double[][] parameters = {{5.}};
    Thread first =
        new Thread(() -> optimizer.applyGradients(new double[][] {{2.}}, parameters), "first");
    first.start();
    await(underWay);

    String message =
        String.format(
            "optimizer must serve one call at a time, got one by thread %s during one by thread"
                + " first",
            Thread.currentThread().getName());
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> optimizer.applyGradients(new double[][] {{2.}}, new double[][] {{5.}}),
            () -> optimizer.minimize((p, g) -> 0., new double[][] {{5.}}),
            () -> optimizer.applyGradients(rows(2.), new double[][] {{5.}}),
            () -> optimizer.minimize((RowLossFunction) (p, g) -> 0., new double[][] {{5.}}),
            optimizer::copy,
            () -> optimizer.copy(Map.of("lr", 0.5)),
            () -> optimizer.resize(new double[][] {{5., 6.}}),
            () -> optimizer.constrain(0, NonNeg.of()),
            () -> optimizer.changeLr(lr -> lr / 2.),
            optimizer::getWeights,
            () -> optimizer.setWeights(List.of()),
            optimizer::getState,
            () -> optimizer.setState(state),
            () -> optimizer.setLr(0.5),
            () -> optimizer.setParallelism(2))) {
      assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessage(message);
    }
    assertThat(optimizer.getIterations()).isZero();
    assertThat(optimizer.getConfig()).containsEntry("lr", 1.);
    goOn.countDown();
    first.join();

    assertThat(parameters[0]).containsExactly(3.);
    assertThat(optimizer.getIterations()).isEqualTo(1);
    assertThat(optimizer.getLr()).isEqualTo(1.);
    optimizer.applyGradients(new double[][] {{2.}}, parameters);
    assertThat(parameters[0]).containsExactly(1.);
  }

  static Stream<Supplier<BaseOptimizer>> ofKeras3() {
    Supplier<BaseOptimizer> adam =
        () ->
            io.github.keras4j.optimizers.keras3.Adam.builder()
                .gradientAccumulationSteps(3)
                .useEma(true)
                .build();
    return Stream.of(
        adam, () -> MultiOptimizer.builder().add("a", adam.get()).otherwise(adam.get()).build());
  }

  @ParameterizedTest
  @MethodSource("ofKeras3")
  void rejectsOtherTensorsAndChangesDuringAStep(Supplier<BaseOptimizer> made) throws Exception {
    TensorSpec[] specs = {TensorSpec.of("a", 2), TensorSpec.of("b", 1)};
    BaseOptimizer optimizer = made.get();
    BaseOptimizer untouched = made.get();
    double[][] p = {{1., 2.}, {3.}};
    double[][] expected = Bits.copy(p);
    for (BaseOptimizer each : List.of(optimizer, untouched)) {
      each.build(specs);
      for (int step = 0; step < 4; step++) {
        each.applyGradients(Bits.normal(step, 2, 1), each == optimizer ? p : expected);
      }
    }
    LossFunction loss =
        (parameters, gradients) -> {
          gradients[0][1] = 0.5;
          gradients[1][0] = -2.;
          return 1.;
        };
    CountDownLatch underWay = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Thread first =
        new Thread(
            () ->
                optimizer.minimize(
                    (parameters, gradients) -> {
                      underWay.countDown();
                      await(goOn);
                      return loss.evaluate(parameters, gradients);
                    },
                    p),
            "first");
    first.start();
    await(underWay);

    List<ThrowingCallable> calls =
        new ArrayList<>(
            List.of(
                () -> optimizer.applyAccumulated(p),
                () -> optimizer.averagedParameters(p),
                () -> optimizer.finalizeVariableValues(p),
                () -> optimizer.resize(p),
                () -> optimizer.resize(p, specs),
                () -> optimizer.build(specs),
                () -> optimizer.copy(Map.of()),
                () -> optimizer.constrain(0, NonNeg.of()),
                () -> optimizer.constrain("a", NonNeg.of()),
                () -> optimizer.changeLr(rate -> rate / 2.),
                () -> ReduceLROnPlateau.builder().build().update(optimizer, 1.)));
    if (optimizer instanceof MultiOptimizer groups) {
      calls.add(() -> groups.copy(0, Map.of()));
      calls.add(() -> groups.optimizers().get(0).applyAccumulated(new double[][] {p[0]}));
      calls.add(() -> groups.optimizers().get(1).averagedParameters(new double[][] {p[1]}));
    }
    for (int i = 0; i < calls.size(); i++) {
      assertThatThrownBy(calls.get(i))
          .as("call %d", i)
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessage(
              "optimizer must serve one call at a time, got one by thread "
                  + Thread.currentThread().getName()
                  + " during one by thread first");
    }
    goOn.countDown();
    first.join();

    untouched.minimize(loss, expected);
    assertThat(Contents.of(optimizer, p)).isEqualTo(Contents.of(untouched, expected));
    optimizer.applyAccumulated(p);
    untouched.applyAccumulated(expected);
    assertThat(Contents.of(optimizer, p)).isEqualTo(Contents.of(untouched, expected));
  }

  @Test
  void rejectsParametersBeforeItAsksForALoss() {
    double[][] missing = {null};
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> new SGD().minimize((LossFunction) (p, g) -> unexpected(), missing),
            () -> new SGD().minimize((RowLossFunction) (p, g) -> unexpected(), missing))) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("parameters[0] must ");
    }
  }

  private static double unexpected() {
    throw new AssertionError("asked for a loss");
  }

  private static Gradient[] rows(double value) {
    return new Gradient[] {Gradient.rows(new int[] {0}, new double[] {value})};
  }

  @Test
  void rejectsAStepFromWithinItsOwnLossFunction() {
    Optimizer optimizer = new SGD();
    double[][] parameters = {{5.}};

    assertThatThrownBy(
            () ->
                optimizer.minimize(
                    (p, gradients) -> optimizer.minimize((q, g) -> 0., p), parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("during one by the same");

    assertThat(parameters[0]).containsExactly(5.);
    assertThat(optimizer.getIterations()).isZero();
  }

  @Test
  void isHandedFromThreadToThread() throws Exception {
    Optimizer handedOn = new Adam();
    Optimizer kept = new Adam();
    double[][] parameters = Bits.normal(1, 50);
    double[][] expected = Bits.normal(1, 50);

    for (int step = 0; step < 20; step++) {
      double[][] gradients = Bits.normal(step, 50);
      Thread thread = new Thread(() -> handedOn.applyGradients(gradients, parameters));
      thread.start();
      thread.join();
      kept.applyGradients(gradients, expected);
    }

    Bits.assertSame("parameters", parameters, expected);
    Bits.assertSame(handedOn.getState(), kept.getState());
  }

  @Test
  void aReaderThatSynchronizesByNothingElseSeesTheLastStep() throws Exception {
    int steps = 2_000_000;
    Optimizer optimizer = new SGD();
    Thread reader =
        new Thread(
            () -> {
              while (optimizer.getIterations() < steps) {
                // Nothing that would make the reader look again.
              }
            });
    reader.setDaemon(true);
    reader.start();
    double[][] parameters = {{1.}};
    double[][] gradients = {{0.}};
    for (int step = 0; step < steps; step++) {
      optimizer.applyGradients(gradients, parameters);
    }
    reader.join(60_000);

    assertThat(reader.isAlive()).isFalse();
  }
}
