package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An optimizer that was called near the end of the stack can be called again. */
class StackOverflowTest {
  private static final int[] LENGTHS = {8, 3};
  private static final TensorSpec[] SPECS = {
    TensorSpec.of("a/table", 4, 2), TensorSpec.of("b/bias", 3)
  };
  private static final int ROUNDS = 3;

  private static final Map<String, Supplier<Optimizer>> OPTIMIZERS = new LinkedHashMap<>();
  private static final Map<String, BiConsumer<Optimizer, double[][]>> CALLS = new LinkedHashMap<>();

  static {
    OPTIMIZERS.put("Adam of Keras 2", () -> Adam.builder().clipnorm(1.).build());
    OPTIMIZERS.put(
        "Adam of Keras 3",
        () ->
            io.github.keras4j.optimizers.keras3.Adam.builder()
                .useEma(true)
                .gradientAccumulationSteps(2)
                .globalClipnorm(1.)
                .build());
    OPTIMIZERS.put(
        "MultiOptimizer",
        () ->
            MultiOptimizer.builder()
                .add("a/.*", new io.github.keras4j.optimizers.keras3.Adagrad())
                .otherwise(new io.github.keras4j.optimizers.keras3.Adam())
                .build());

    CALLS.put("copy", (optimizer, parameters) -> optimizer.copy());
    CALLS.put("getState", (optimizer, parameters) -> optimizer.getState());
    CALLS.put("getWeights", (optimizer, parameters) -> optimizer.getWeights());
    CALLS.put("setState", (optimizer, parameters) -> optimizer.setState(optimizer.getState()));
    CALLS.put(
        "Checkpoint.write",
        (optimizer, parameters) -> {
          try {
            Checkpoint.write(OutputStream.nullOutputStream(), optimizer, parameters);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    CALLS.put(
        "dense",
        (optimizer, parameters) ->
            optimizer.applyGradients(new double[][] {new double[8], new double[3]}, parameters));
    CALLS.put("minimize", (optimizer, parameters) -> optimizer.minimize((p, g) -> 0., parameters));
    CALLS.put(
        "rows",
        (optimizer, parameters) ->
            optimizer.applyGradients(
                new Gradient[] {
                  Gradient.rows(new int[] {1, 3, 1}, new double[6]), Gradient.dense(new double[3])
                },
                parameters));
  }

  static Stream<Arguments> calls() {
    return OPTIMIZERS.keySet().stream()
        .flatMap(optimizer -> CALLS.keySet().stream().map(call -> Arguments.of(optimizer, call)));
  }

  /** Calls at a depth. */
  private static int descend(int depth, Runnable call) {
    if (depth == 0) {
      call.run();
      return 0;
    }
    return 1 + descend(depth - 1, call);
  }

  /** About how deep the stack of the current thread is. */
  private static int limit() {
    int depth = 64;
    while (true) {
      try {
        descend(depth, () -> {});
        depth += depth / 8;
      } catch (StackOverflowError end) {
        return depth;
      }
    }
  }

  /** Calls from the end of the stack upwards until a call succeeds; returns how many did not. */
  private static int callNearTheEnd(int round, Runnable call) throws InterruptedException {
    int[] overflows = {0};
    Throwable[] failed = {null};
    Runnable descent =
        () -> {
          for (int depth = limit() - round; depth > 0; depth -= 1 + round) {
            try {
              descend(depth, call);
              return;
            } catch (VirtualMachineError | PatternSyntaxException overflow) {
              overflows[0]++; // the JDK makes other errors of some
            } catch (Throwable other) {
              failed[0] = other;
              return;
            }
          }
        };
    Thread thread = new Thread(null, descent, "descent", 180_000 + 1_000L * round);
    thread.start();
    thread.join();
    assertThat(failed[0]).isNull();
    return overflows[0];
  }

  @ParameterizedTest(name = "{1} of {0}")
  @MethodSource("calls")
  void canBeCalledAgain(String name, String callName) throws Exception {
    Optimizer optimizer = OPTIMIZERS.get(name).get();
    if (optimizer instanceof BaseOptimizer base) {
      base.build(SPECS);
    }
    double[][] parameters = Bits.normal(1, LENGTHS);
    BiConsumer<Optimizer, double[][]> call = CALLS.get(callName);
    call.accept(optimizer, parameters); // all classes are loaded
    optimizer.applyGradients(Bits.normal(2, LENGTHS), parameters);
    int overflows = 0;

    for (int round = 0; round < ROUNDS; round++) {
      overflows += callNearTheEnd(round, () -> call.accept(optimizer, parameters));
    }

    assertThat(overflows).isGreaterThan(ROUNDS);
    // Every call is served, by this thread and to the end.
    for (BiConsumer<Optimizer, double[][]> any : CALLS.values()) {
      any.accept(optimizer, parameters);
    }
    Optimizer copy = optimizer.copy();
    double[][] expected = Bits.copy(parameters);
    for (int step = 0; step < 3; step++) {
      optimizer.applyGradients(Bits.normal(step, LENGTHS), parameters);
      copy.applyGradients(Bits.normal(step, LENGTHS), expected);
    }
    assertThat(Contents.of(optimizer, parameters)).isEqualTo(Contents.of(copy, expected));
  }

  /** A read that ends the stack changes nothing. */
  static Stream<Arguments> reads() {
    return calls()
        .filter(
            arguments ->
                List.of("copy", "getState", "getWeights", "Checkpoint.write")
                    .contains((String) arguments.get()[1]));
  }

  @ParameterizedTest(name = "{1} of {0}")
  @MethodSource("reads")
  void isAsItWasAfterARead(String name, String callName) throws Exception {
    Optimizer optimizer = OPTIMIZERS.get(name).get();
    if (optimizer instanceof BaseOptimizer base) {
      base.build(SPECS);
    }
    double[][] parameters = Bits.normal(1, LENGTHS);
    optimizer.applyGradients(Bits.normal(2, LENGTHS), parameters);
    optimizer.applyGradients(Bits.normal(3, LENGTHS), parameters);
    optimizer.applyGradients(Bits.normal(4, LENGTHS), parameters);
    Contents before = Contents.of(optimizer, parameters);
    BiConsumer<Optimizer, double[][]> call = CALLS.get(callName);

    callNearTheEnd(0, () -> call.accept(optimizer, parameters));

    assertThat(Contents.of(optimizer, parameters)).isEqualTo(before);
  }
}
