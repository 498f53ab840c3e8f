package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.built;
import static io.github.keras4j.optimizers.keras3.FiveGroups.gradients;
import static io.github.keras4j.optimizers.keras3.FiveGroups.multi;
import static io.github.keras4j.optimizers.keras3.FiveGroups.optimizers;
import static io.github.keras4j.optimizers.keras3.FiveGroups.random;
import static io.github.keras4j.optimizers.keras3.FiveGroups.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.RowLossFunction;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.programs.LittleMemory;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.ChildJvm;
import io.github.keras4j.optimizers.support.Contents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call of a MultiOptimizer is one of all groups, or of none. */
class MultiOptimizerAtomicTest {
  private static final TensorSpec[] THREE = {
    TensorSpec.of("a", 2, 2), TensorSpec.of("b", 3), TensorSpec.of("c", 2)
  };
  private static final int[] LENGTHS = {4, 3, 2};

  /** A rate of 0.1 that counts its questions and does what it is told before it returns. */
  private static final class Watched implements LearningRateSchedule {
    private final List<Long> asked = new ArrayList<>();
    private Runnable before = () -> {};

    @Override
    public double at(long step) {
      asked.add(step);
      before.run();
      return 0.1;
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("rate", 0.1);
    }
  }

  private static MultiOptimizer three(Watched... rates) {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .add("a", Adam.builder().learningRate(rates[0]).build())
            .add("b", SGD.builder().momentum(0.9).learningRate(rates[1]).build())
            .otherwise(Lion.builder().learningRate(rates[2]).build())
            .build();
    multi.build(THREE);
    return multi;
  }

  private static Gradient[] mixed(double[][] gradients) {
    return new Gradient[] {
      Gradient.rows(new int[] {1}, new double[] {1., 2.}),
      Gradient.lazyRows(new int[] {0, 2}, new double[] {1., 2.}),
      Gradient.dense(gradients[2])
    };
  }

  private static List<ThrowingCallable> steps(MultiOptimizer multi, double[][] parameters) {
    double[][] gradients = Bits.normal(7, LENGTHS);
    RowLossFunction rows =
        (p, g) -> {
          System.arraycopy(mixed(gradients), 0, g, 0, g.length);
          return 0.;
        };
    return List.of(
        () -> multi.applyGradients(gradients, parameters),
        () -> multi.applyGradients(mixed(gradients), parameters),
        () ->
            multi.minimize(
                (p, g) -> {
                  Arrays.fill(g[0], 1.);
                  return 0.;
                },
                parameters),
        () -> multi.minimize(rows, parameters));
  }

  /** Before the first step and after some, from each group, by an exception and by an error. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void aScheduleThatThrowsLetsNoGroupMove(int stepsBefore) throws Throwable {
    for (int thrower = 0; thrower < 3; thrower++) {
      for (Throwable thrown :
          List.of(new UnsupportedOperationException("x"), new OutOfMemoryError("x"))) {
        Watched[] rates = {new Watched(), new Watched(), new Watched()};
        MultiOptimizer multi = three(rates);
        MultiOptimizer same = three(new Watched(), new Watched(), new Watched());
        double[][] parameters = Bits.normal(1, LENGTHS);
        double[][] expected = Bits.normal(1, LENGTHS);
        for (int step = 0; step < stepsBefore; step++) {
          multi.applyGradients(mixed(Bits.normal(step, LENGTHS)), parameters);
          same.applyGradients(mixed(Bits.normal(step, LENGTHS)), expected);
        }
        Contents before = Contents.of(multi, parameters);
        rates[thrower].before =
            () -> {
              if (thrown instanceof Error error) {
                throw error;
              }
              throw (RuntimeException) thrown;
            };

        for (ThrowingCallable step : steps(multi, parameters)) {
          assertThatThrownBy(step).isSameAs(thrown);
          assertThat(Contents.of(multi, parameters)).isEqualTo(before);
        }

        rates[thrower].before = () -> {};
        for (ThrowingCallable step : steps(multi, parameters)) {
          step.call();
        }
        for (ThrowingCallable step : steps(same, expected)) {
          step.call();
        }
        assertThat(Contents.of(multi, parameters)).isEqualTo(Contents.of(same, expected));
      }
    }
  }

  @Test
  void memoryThatDoesNotSufficeLetsNoGroupMove() throws Exception {
    Process child = ChildJvm.start(LittleMemory.OPTIONS, LittleMemory.class);
    String said = new String(child.getInputStream().readAllBytes());

    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(said).isEqualTo(LittleMemory.EXPECTED);
  }

  @Test
  void asksEachScheduleOnceAStepAndNotWithoutGradients() throws Throwable {
    Watched[] rates = {new Watched(), new Watched(), new Watched()};
    MultiOptimizer multi = three(rates);
    double[][] parameters = Bits.normal(1, LENGTHS);

    for (ThrowingCallable step : steps(multi, parameters)) {
      step.call();
    }
    for (Watched rate : rates) {
      assertThat(rate.asked).containsExactly(0L, 1L, 2L, 3L);
      rate.asked.clear();
    }
    multi.applyGradients(new double[][] {null, {1., 2., 3.}, null}, parameters);
    multi.applyGradients(
        new Gradient[] {null, null, Gradient.lazyRows(new int[] {1}, new double[] {1.})},
        parameters);
    multi.applyGradients(
        new Gradient[] {Gradient.rows(new int[0], new double[0]), null, null}, parameters);

    assertThat(rates).extracting(rate -> rate.asked).containsOnly(List.of(4L));
  }

  @Test
  void getWeightsBeforeTheFirstStepChangesNothing() {
    for (MultiOptimizer multi : List.of(built(), multi(optimizers()))) {
      Contents before = Contents.of(multi);
      List<Contents> inside = multi.optimizers().stream().map(Contents::of).toList();

      List<double[]> weights = multi.getWeights();

      assertThat(Contents.of(multi)).isEqualTo(before);
      assertThat(multi.optimizers().stream().map(Contents::of)).isEqualTo(inside);
      Bits.assertSame("weights", multi.getWeights(), weights);
    }
  }

  // ---- One call at a time ---------------------------------------------------------------------

  private static List<ThrowingCallable> callsInside(MultiOptimizer multi) {
    BaseOptimizer inner = multi.optimizers().get(2);
    BaseOptimizer first = multi.optimizers().get(0);
    OptimizerState state = inner.getState();
    List<double[]> weights = inner.getWeights();
    double[][] parameters = {{1., 2.}};
    double[][] gradients = {{1., 2.}};
    return List.of(
        () -> inner.applyGradients(gradients, parameters),
        () -> inner.applyGradients(new Gradient[] {Gradient.dense(gradients[0])}, parameters),
        () -> inner.minimize((p, g) -> 0., parameters),
        () -> inner.setState(state),
        inner::getState,
        () -> inner.setWeights(weights),
        inner::getWeights,
        inner::copy,
        () -> inner.setLearningRate(step -> 0.),
        () -> inner.setParallelism(1),
        () -> inner.excludeFromWeightDecay(0),
        () -> inner.build(TensorSpec.of("c", 2)),
        () -> inner.finalizeVariableValues(parameters),
        () -> first.applyGradients(new double[][] {new double[4]}, new double[][] {new double[4]}),
        () -> multi.applyGradients(new double[3][], new double[3][]),
        multi::getState,
        multi::copy);
  }

  @Test
  void theSameThreadCallsNoneInsideDuringACallOfTheWhole() throws Throwable {
    Watched[] rates = {new Watched(), new Watched(), new Watched()};
    MultiOptimizer multi = three(rates);
    MultiOptimizer same = three(new Watched(), new Watched(), new Watched());
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.normal(1, LENGTHS);
    List<ThrowingCallable> calls = callsInside(multi);
    Runnable tries =
        () ->
            calls.forEach(
                call ->
                    assertThatThrownBy(call)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageStartingWith("optimizer must serve one call at a time")
                        .hasMessageEndingWith("during one by the same"));
    int[] tried = {0};
    RowLossFunction rows =
        (p, g) -> {
          tries.run();
          tried[0]++;
          g[0] = Gradient.dense(new double[4]);
          return 0.;
        };

    multi.minimize(
        (p, g) -> {
          tries.run();
          tried[0]++;
          return 0.;
        },
        parameters);
    multi.minimize(rows, parameters);
    for (Watched rate : rates) {
      rate.before =
          () -> {
            tries.run();
            tried[0]++;
          };
    }
    multi.applyGradients(Bits.normal(9, LENGTHS), parameters);

    assertThat(tried[0]).isEqualTo(2 + 3);
    same.minimize((p, g) -> 0., expected);
    same.applyGradients(new double[][] {new double[4], null, null}, expected);
    same.applyGradients(Bits.normal(9, LENGTHS), expected);
    assertThat(Contents.of(multi, parameters)).isEqualTo(Contents.of(same, expected));
  }

  @Test
  void theSameThreadCallsNeitherTheWholeNorAnotherDuringACallOfOneInside() {
    Watched[] rates = {new Watched(), new Watched(), new Watched()};
    MultiOptimizer multi = three(rates);
    List<ThrowingCallable> calls = callsInside(multi);
    int[] rejected = {0};

    multi
        .optimizers()
        .get(0)
        .minimize(
            (p, g) -> {
              for (ThrowingCallable call : calls) {
                assertThatThrownBy(call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageEndingWith("during one by the same");
                rejected[0]++;
              }
              return 0.;
            },
            new double[][] {{1., 2., 3., 4.}});

    assertThat(rejected[0]).isEqualTo(calls.size());
    assertThat(multi.optimizers()).extracting(BaseOptimizer::calls).containsExactly(1L, 0L, 0L);
  }

  // ---- Rejected builds ------------------------------------------------------------------------

  private static final TensorSpec[] HOSTILE = {
    TensorSpec.of("kernel", 2, 3), TensorSpec.of("bias/" + "x".repeat(900), 1, 3)
  };

  private static MultiOptimizer excluding(String pattern) {
    BaseOptimizer last = Adam.builder().weightDecay(0.1).build();
    last.excludeFromWeightDecay(pattern);
    return MultiOptimizer.builder().add("kernel", new SGD()).otherwise(last).build();
  }

  private static MultiOptimizer matching(String pattern) {
    return MultiOptimizer.builder().add(pattern, new SGD()).otherwise(new Adam()).build();
  }

  static Stream<MultiOptimizer> multis() {
    return Stream.of(
        excluding("(?:(?!x*y)x)*b"),
        excluding("(?:(?!.*b).)*b"),
        matching("bias/(?:(?!x*y)x)*b"),
        matching("(?:(?!.*b.*b).)*c"),
        MultiOptimizer.builder()
            .add("kernel", new SGD())
            .otherwise(Muon.builder().excludeLayers("(?:(?!x*y)x)*b").build())
            .build());
  }

  @ParameterizedTest
  @MethodSource("multis")
  void aRejectedBuildLeavesTheWholeAndTheGroupsAsTheyWere(MultiOptimizer multi) {
    TensorSpec[] before = {TensorSpec.of("kernel", 2, 3), TensorSpec.of("b", 3)};
    double[][] parameters = Bits.normal(1, 6, 3);
    multi.build(before);
    Contents contents = Contents.of(multi, parameters);
    List<Contents> inside = multi.optimizers().stream().map(Contents::of).toList();
    MultiOptimizer same = (MultiOptimizer) multi.copy();

    assertThatThrownBy(() -> multi.build(HOSTILE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pattern must be one that is matched in few steps");
    assertThatThrownBy(() -> multi.build(TensorSpec.of("kernel", 2, 3), null))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(Contents.of(multi, parameters)).isEqualTo(contents);
    assertThat(multi.optimizers().stream().map(Contents::of)).isEqualTo(inside);
    double[][] expected = Bits.copy(parameters);
    multi.applyGradients(Bits.normal(2, 6, 3), parameters);
    same.applyGradients(Bits.normal(2, 6, 3), expected);
    assertThat(Contents.of(multi, parameters)).isEqualTo(Contents.of(same, expected));
  }

  // ---- Rejected states ------------------------------------------------------------------------

  /** One thing in a state made wrong, somewhere in one of the groups. */
  private static OptimizerState mutated(OptimizerState state, Random random) {
    String className = state.className();
    Map<String, Object> config = state.config();
    Map<String, double[][]> slots = new LinkedHashMap<>(state.slots());
    Map<String, Double> scalars = new LinkedHashMap<>(state.scalars());
    String slot = any(new ArrayList<>(slots.keySet()), random);
    String scalar = any(new ArrayList<>(scalars.keySet()), random);
    double[][] tensors = slots.get(slot).clone();
    int tensor = random.nextInt(tensors.length);
    switch (random.nextInt(9)) {
      case 0 -> tensors[tensor] = new double[tensors[tensor].length + 1];
      case 1 -> tensors = Arrays.copyOf(tensors, tensors.length - 1);
      case 2 -> tensors = new double[0][];
      case 3 -> slots.remove(slot);
      case 4 -> scalars.remove(scalar);
      case 5 -> scalars.put(any(List.of("0.iterations", "4.iterations"), random), 0.5);
      case 6 -> scalars.put("9." + scalar, 1.);
      case 7 -> className = "keras3.Adam";
      default -> config = mutated(config, random);
    }
    if (slots.containsKey(slot)) {
      slots.put(slot, tensors);
    }
    return new OptimizerState(className, config, state.iterations() + 1, slots, scalars);
  }

  /** A number, string or list in a configuration made another one. */
  private static Map<String, Object> mutated(Map<?, ?> config, Random random) {
    Map<String, Object> mutated = new LinkedHashMap<>();
    config.forEach((key, value) -> mutated.put((String) key, value));
    String key = any(new ArrayList<>(mutated.keySet()), random);
    Object value = mutated.get(key);
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      mutated.put(key, mutated(map, random));
    } else if (random.nextInt(4) == 0) {
      mutated.remove(key);
    } else {
      mutated.put(
          key,
          switch (random.nextInt(5)) {
            case 0 -> null;
            case 1 -> -1.;
            case 2 -> "other";
            case 3 -> List.of("(x|xx)*y");
            default -> Map.of("tensors", List.of(Map.of("name", "x", "shape", List.of(3))));
          });
    }
    return mutated;
  }

  private static <T> T any(List<T> list, Random random) {
    return list.get(random.nextInt(list.size()));
  }

  @Test
  void aRejectedStateChangesNothingInAnyGroup() {
    MultiOptimizer other = built();
    train(other, random(7), 0, 7);
    OptimizerState state = other.getState();
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, 5); // within an accumulation
    Contents before = Contents.of(multi, parameters);
    List<Contents> inside = multi.optimizers().stream().map(Contents::of).toList();
    Random random = new Random(3);
    int rejected = 0;

    for (int i = 0; i < 1_000; i++) {
      OptimizerState mutant = mutated(state, random);
      try {
        multi.setState(mutant);
        multi = built(); // as it was
        parameters = random(1);
        train(multi, parameters, 0, 5);
      } catch (IllegalArgumentException expected) {
        rejected++;
        assertThat(Contents.of(multi, parameters)).as("%d", i).isEqualTo(before);
      }
    }

    assertThat(multi.optimizers().stream().map(Contents::of)).isEqualTo(inside);
    assertThat(rejected).isGreaterThan(700);
    MultiOptimizer same = built();
    double[][] expected = random(1);
    train(same, expected, 0, 5);
    IntStream.range(5, 9).forEach(step -> same.applyGradients(gradients(step), expected));
    train(multi, parameters, 5, 9);
    assertThat(Contents.of(multi, parameters)).isEqualTo(Contents.of(same, expected));
  }
}
