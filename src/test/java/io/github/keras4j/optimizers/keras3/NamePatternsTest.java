package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.keras4j.optimizers.TensorSpec;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns for names of tensors: those that would never end, and those of real models. */
class NamePatternsTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final String LONG = "a".repeat(99_000);

  private static TensorSpec[] specs(String name) {
    return new TensorSpec[] {TensorSpec.of("x/kernel", 2, 3), TensorSpec.of(name, 1, 3)};
  }

  private static MultiOptimizer multi(String pattern) {
    return MultiOptimizer.builder().add(pattern, new SGD()).otherwise(new SGD()).build();
  }

  private static BaseOptimizer excluding(String pattern) {
    BaseOptimizer adam = Adam.builder().weightDecay(0.1).build();
    adam.excludeFromWeightDecay(pattern);
    return adam;
  }

  private static BaseOptimizer muon(String pattern) {
    return Muon.builder().excludeLayers(pattern).build();
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("(a|x)*", LONG),
        Arguments.of("(a|x)*y", LONG),
        Arguments.of("a", LONG),
        Arguments.of(".*.*.*.*.*.*.*b", "a".repeat(60)),
        Arguments.of(".*.*.*.*.*.*.*b", "a".repeat(1_000)),
        Arguments.of("(.*)*(.*)*(.*)*(.*)*b", "a".repeat(1_000)),
        Arguments.of("a*a*a*a*a*a*a*(b|c)", "a".repeat(200)),
        Arguments.of("(?=.*.*.*.*.*.*b).*", "a".repeat(500)),
        Arguments.of("(a*)*\\1\\1\\1b", "a".repeat(900)));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hostile")
  void aHostilePatternIsRejectedSoon(String pattern, String name) {
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> multi(pattern).build(specs(name)),
            () -> excluding(pattern).build(specs(name)),
            () -> {
              BaseOptimizer built = Adam.builder().weightDecay(0.1).build();
              built.build(specs(name));
              built.excludeFromWeightDecay(pattern);
            },
            () -> muon(pattern).build(specs(name)))) {
      assertTimeoutPreemptively(
          SOON,
          () ->
              assertThatThrownBy(call)
                  .isInstanceOf(IllegalArgumentException.class)
                  .message()
                  .hasSizeLessThan(1_000)
                  .matches(
                      message ->
                          message.startsWith("pattern must be one that is matched in few steps")
                              || message.startsWith(
                                  "name of a tensor must have at most 1000 characters")));
    }
  }

  static Stream<String> tooLong() {
    return Stream.of("a".repeat(1_001), "(".repeat(50_000) + ")".repeat(50_000), "");
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("tooLong")
  void aPatternOfAnotherLengthIsRejected(String pattern) {
    assertThatThrownBy(() -> MultiOptimizer.builder().add(pattern, new SGD()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pattern must be a pattern of 1 to 1000 characters, got ");
    assertThatThrownBy(() -> excluding(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("names[0] must be a pattern of 1 to 1000 characters, got ");
    assertThatThrownBy(() -> muon(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "exclude_layers[0] must be a pattern of 1 to 1000 characters, got ");
  }

  /** As deep as 1,000 characters allow, also near the end of a small stack. */
  @Test
  void aDeepPatternIsCompiledOrRejected() throws Exception {
    String deep = "(".repeat(499) + "a" + ")".repeat(499);
    Throwable[] thrown = new Throwable[1];
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                multi(deep).build(specs("a"));
              } catch (IllegalArgumentException rejected) {
                // which is fine, too
              } catch (Throwable other) {
                thrown[0] = other;
              }
            },
            "small",
            180_000);
    thread.start();
    thread.join();

    assertThat(thrown[0]).isNull();
  }

  // ---- Real models ----------------------------------------------------------------------------

  private static final String[] KINDS = {
    "attention/query/kernel",
    "attention/query/bias",
    "attention/key/kernel",
    "attention/value/kernel",
    "attention/output/kernel",
    "mlp/dense_1/kernel",
    "mlp/dense_1/bias",
    "layer_norm/gamma",
    "layer_norm/beta",
    "relative_position_embedding/table"
  };

  private static final String[] PATTERNS = {
    ".*/attention/query/.*",
    ".*/attention/(key|value)/kernel",
    "model/block_[0-9]+/attention/output/kernel",
    ".*dense_1/kernel",
    ".*/dense_1/bias",
    ".+/gamma",
    "model/block_\\d+/layer_norm/beta",
    ".*embedding.*",
    "head/.*",
    "(?i)MODEL/STEM/.*"
  };

  private static TensorSpec[] model(int tensors) {
    return IntStream.range(0, tensors)
        .mapToObj(
            i ->
                TensorSpec.of(
                    "model/block_" + i / KINDS.length + "/" + KINDS[i % KINDS.length], 2, 2))
        .toArray(TensorSpec[]::new);
  }

  @Test
  void patternsOfARealModelFindTheirTensors() {
    MultiOptimizer.Builder builder = MultiOptimizer.builder();
    for (String pattern : PATTERNS) {
      builder.add(pattern, new SGD());
    }
    MultiOptimizer multi = builder.otherwise(new SGD()).build();
    BaseOptimizer excluding = Adam.builder().weightDecay(0.1).build();
    excluding.excludeFromWeightDecay("bias", "gamma", "beta", "^table$", "(scale|offset)s?");
    BaseOptimizer muon =
        Muon.builder().excludeLayers("layer_norm", ".*bias$", "block_[0-9]*/mlp").build();

    for (BaseOptimizer optimizer : List.of(multi, excluding, muon)) {
      optimizer.build(model(5_000));
      optimizer.build(model(5_000)); // the steps of one call are not those of the next
    }

    double[][] parameters = new double[5_000][4];
    double[][] gradients = new double[5_000][4];
    for (double[] gradient : gradients) {
      gradient[0] = 1.;
    }
    for (BaseOptimizer optimizer : List.of(multi, excluding, muon)) {
      optimizer.applyGradients(gradients, parameters);
      assertThat(optimizer.calls()).isEqualTo(1);
    }
    assertThat(multi.optimizers())
        .extracting(BaseOptimizer::calls)
        .containsExactly(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 0L, 0L, 0L);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 500, 1_000 - 13})
  void ordinaryPatternsMatchLongNames(int length) {
    String name = "model/" + "b".repeat(length) + "/kernel";

    for (String pattern : List.of(".*/kernel", "model/.*", "model/b+/kernel|head/.*")) {
      MultiOptimizer multi = multi(pattern);
      multi.build(specs(name));
      multi.applyGradients(
          new double[][] {null, new double[3]}, new double[][] {new double[6], new double[3]});

      assertThat(multi.optimizers()).extracting(BaseOptimizer::calls).containsExactly(1L, 0L);
    }
  }
}
