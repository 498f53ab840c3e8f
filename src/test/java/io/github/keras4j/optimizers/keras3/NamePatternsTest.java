package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.step.NamePatterns;
import io.github.keras4j.optimizers.support.Bits;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns for names of tensors: some that would never end, and some of real models. */
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

  /** What the JDK's engine would not end on, some without a look at a character. */
  static Stream<Arguments> hostile() {
    String nested = "a";
    String empty = "()";
    for (int i = 0; i < 200; i++) {
      nested = "(" + nested + ")+";
      empty = "(" + empty + ")+";
    }
    String alternatives = "(?:a|.*yz)";
    for (int i = 0; i < 60; i++) {
      alternatives = "(?:" + alternatives + "*yz|a)";
    }
    return Stream.of(
        Arguments.of("(a|x)*", LONG),
        Arguments.of("(a|x)*y", LONG),
        Arguments.of("a", LONG),
        Arguments.of(nested + "b", "a".repeat(100)),
        Arguments.of(empty + "b", "a"),
        Arguments.of(alternatives + "*b", "a".repeat(1_000)),
        Arguments.of("(?:(?!.*b).|.)*b", "a".repeat(1_000)),
        Arguments.of("(a*)*\\1\\1\\1b", "a".repeat(900)));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hostile")
  void aHostilePatternIsRejectedSoon(String pattern, String name) {
    for (ThrowingCallable call : calls(pattern, name)) {
      assertTimeoutPreemptively(
          SOON,
          () ->
              assertThatThrownBy(call)
                  .isInstanceOf(IllegalArgumentException.class)
                  .message()
                  .hasSizeLessThan(3_000)
                  .matches(
                      message ->
                          message.startsWith("pattern must be one that is matched in few steps")
                              || message.contains("must be a regular expression without \"\\\\1\"")
                              || message.startsWith(
                                  "name of a tensor must have at most 1000 characters")));
    }
  }

  private static List<ThrowingCallable> calls(String pattern, String name) {
    return List.of(
        () -> multi(pattern).build(specs(name)),
        () -> excluding(pattern).build(specs(name)),
        () -> {
          BaseOptimizer built = Adam.builder().weightDecay(0.1).build();
          built.build(specs(name));
          built.excludeFromWeightDecay(pattern);
        },
        () -> muon(pattern).build(specs(name)),
        () -> MultiOptimizer.builder().otherwise(muon(pattern)).build().build(specs(name)),
        () -> MultiOptimizer.builder().otherwise(excluding(pattern)).build().build(specs(name)));
  }

  /** What backtracking would never end on, and sets of places do. */
  static Stream<Arguments> hard() {
    return Stream.of(
        Arguments.of("((){2000000000}){2000000000}b", "a"),
        Arguments.of("((((){9}){9}){9}){2000000000,}b", "a"),
        Arguments.of("(?:(?:a?){2000000000}){2000000000}b", "a".repeat(20)),
        Arguments.of("((?=){1000000000}){1000000000}b", "a"),
        Arguments.of("((?!b){1000000000}){1000000000}b", "a"),
        Arguments.of("(^?\\b?){1000000000}b", "a"),
        Arguments.of("(a*)*(()*)*b", "a".repeat(900)),
        Arguments.of(
            "a(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)"
                + "(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(?!)",
            "a"),
        Arguments.of(".*.*.*.*.*.*.*b", "a".repeat(60)),
        Arguments.of(".*.*.*.*.*.*.*b", "a".repeat(1_000)),
        Arguments.of("(.*)*(.*)*(.*)*(.*)*b", "a".repeat(1_000)),
        Arguments.of("a*a*a*a*a*a*a*(b|c)", "a".repeat(200)),
        Arguments.of("(a|aa)*b", "a".repeat(900)));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hard")
  void aPatternThatBacktrackingWouldNotEndOnMatchesNothing(String pattern, String name) {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          for (ThrowingCallable call : calls(pattern, name)) {
            call.call();
          }
          MultiOptimizer multi = multi(pattern);
          multi.build(specs(name));
          double[][] parameters = {new double[6], new double[3]};
          multi.applyGradients(Bits.copy(parameters), parameters);
          assertThat(multi.optimizers()).extracting(BaseOptimizer::calls).containsExactly(0L, 1L);
        });
  }

  /** Within lookaheads every place is asked for by itself: too many are rejected. */
  @ParameterizedTest
  @ValueSource(strings = {"(?=.*.*.*.*.*.*b).*", "(?=(?=(?=(?=.*b).*b).*b).*b).*"})
  void manyLookaheadsAreMatchedOrRejectedSoon(String pattern) {
    String name = "a".repeat(999);
    assertTimeoutPreemptively(
        SOON,
        () -> {
          multi(pattern).build(specs(name));
          assertThatThrownBy(() -> excluding(pattern).build(specs(name)))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageStartingWith("pattern must be one that is matched in few steps, got ");
        });
  }

  /** A character of two {@code char}s is one, and a letter wherever it is from. */
  @Test
  void charactersAreAsInUnicode() {
    for (String pattern : List.of("..", "[^a].", "\uD83D\uDE00b", "(?:\uD83D\uDE00){1}b", ".{2}")) {
      assertThat(NamePatterns.of("names", List.of(pattern)).matching("\uD83D\uDE00b")).hasSize(1);
    }
    assertThat(NamePatterns.of("names", List.of("é\\B.\\b")).matching("éa")).hasSize(1);
  }

  static Stream<Arguments> unsupported() {
    return Stream.of(
        Arguments.of("(a)\\1", "\"\\\\1\""),
        Arguments.of("(?<=a)b", "\"(?<\""),
        Arguments.of("(?<!a)b", "\"(?<\""),
        Arguments.of("(?<name>a)b", "\"(?<\""),
        Arguments.of("(?>a)b", "\"(?>\""),
        Arguments.of("a(?i)b", "\"(?i\""),
        Arguments.of("a*+", "\"*+\""),
        Arguments.of("a++", "\"++\""),
        Arguments.of("a?+", "\"?+\""),
        Arguments.of("a{2,3}+", "\"{2,3}+\""),
        Arguments.of("a{2}{3}", "\"{\""),
        Arguments.of("\\Qa\\E", "\"\\\\Q\""),
        Arguments.of("\\p{L}", "\"\\\\p\""),
        Arguments.of("\\b{g}a", "\"\\\\b{\""),
        Arguments.of("\\x41", "\"\\\\x\""));
  }

  @ParameterizedTest
  @MethodSource("unsupported")
  void whatNeedsBacktrackingIsRejected(String pattern, String part) {
    assertThatThrownBy(() -> MultiOptimizer.builder().add(pattern, new SGD()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "pattern must be a regular expression without %s, got %s",
            part, "\"" + pattern.replace("\\", "\\\\") + "\"");
  }

  private static final String[] PARTS = {
    "a",
    "b",
    "A",
    "_",
    "/",
    "1",
    "-",
    "2",
    ".",
    "[ab]",
    "[^a/]",
    "[a-z&&[^b]]",
    "[[a]1]",
    "[\\]a]",
    "\\d",
    "\\W",
    "\\w",
    "\\.",
    "\\/",
    "(?:",
    "(",
    ")",
    ")",
    "|",
    "*",
    "+",
    "?",
    "*?",
    "{2}",
    "{0,1}",
    "{1,}",
    "^",
    "$",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "(?=",
    "(?!",
    "()",
    "a*"
  };

  /** The JDK's engine says the same where it ends, of random patterns and names. */
  @Test
  void matchesWhatTheJdkMatches() {
    Random random = new Random(24);
    int compared = 0;
    while (compared < 20_000) {
      StringBuilder regex = new StringBuilder(random.nextInt(8) == 0 ? "(?i)" : "");
      for (int parts = 1 + random.nextInt(8); parts > 0; parts--) {
        regex.append(PARTS[random.nextInt(PARTS.length)]);
      }
      Pattern jdk;
      NamePatterns ours;
      try {
        jdk = Pattern.compile(regex.toString());
        ours = NamePatterns.of("patterns", List.of(regex.toString()));
      } catch (IllegalArgumentException none) {
        continue;
      }
      for (int names = 0; names < 5; names++) {
        StringBuilder name = new StringBuilder();
        for (int length = random.nextInt(7); length > 0; length--) {
          name.append(PARTS[random.nextInt(8)]);
        }
        assertThat(ours.findIn(name.toString()))
            .as("%s in %s", regex, name)
            .isEqualTo(jdk.matcher(name).find());
        assertThat(!ours.matching(name.toString()).isEmpty())
            .as("%s of %s", regex, name)
            .isEqualTo(jdk.matcher(name).matches());
        compared++;
      }
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
      optimizer.build(model(5_000)); // one call leaves no steps to the next
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
