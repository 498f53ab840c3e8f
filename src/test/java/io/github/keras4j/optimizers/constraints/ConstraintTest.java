package io.github.keras4j.optimizers.constraints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.support.Bits;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConstraintTest {
  /** A custom constraint with a configuration. */
  private record AtMost(double limit) implements Constraint {
    @Override
    public void apply(double[] values, int... shape) {
      Arrays.setAll(values, i -> Math.min(values[i], limit));
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("limit", limit);
    }

    static AtMost fromConfig(Map<String, ?> config) {
      return new AtMost((Double) config.get("limit"));
    }
  }

  /** Custom constraints that cannot be saved. */
  private static final class Bad {
    /** Has the name of one of Keras's. */
    private record MaxNorm(Map<String, Object> getConfig) implements Constraint {
      @Override
      public void apply(double[] values, int... shape) {}
    }

    private record WithoutConfig(Map<String, Object> getConfig) implements Constraint {
      @Override
      public void apply(double[] values, int... shape) {}
    }
  }

  @Test
  void hasTheDefaultsOfKeras() {
    assertThat(MaxNorm.of(2.)).isEqualTo(MaxNorm.of(2., 0)).isEqualTo(MaxNorm.fromConfig(Map.of()));
    assertThat(UnitNorm.of()).isEqualTo(UnitNorm.of(0)).isEqualTo(UnitNorm.fromConfig(Map.of()));
    assertThat(MinMaxNorm.of(0., 1., 1.)).isEqualTo(MinMaxNorm.fromConfig(Map.of()));
    assertThat(NonNeg.of()).isEqualTo(NonNeg.fromConfig(Map.of()));
  }

  @Test
  void saysWhatItIs() {
    assertThat(MaxNorm.of(2.)).hasToString("MaxNorm{max_value=2.0, axis=0}");
    assertThat(MinMaxNorm.of(0.5, 1., 0.25, 1, -1))
        .hasToString("MinMaxNorm{min_value=0.5, max_value=1.0, rate=0.25, axis=[1, -1]}");
    assertThat(UnitNorm.of((int[]) null)).hasToString("UnitNorm{axis=null}");
    assertThat(NonNeg.of()).hasToString("NonNeg{}");
  }

  @Test
  void isEqualByClassAndConfiguration() {
    assertThat(MaxNorm.of(1.))
        .hasSameHashCodeAs(MaxNorm.of(1., 0))
        .isNotEqualTo(MaxNorm.of(2.))
        .isNotEqualTo(MaxNorm.of(1., 1))
        .isNotEqualTo(null);
    assertThat(UnitNorm.of()).isNotEqualTo(NonNeg.of()).doesNotHaveSameHashCodeAs(NonNeg.of());
  }

  @Test
  void keepsItsAxesWhateverBecomesOfTheArray() {
    int[] axis = {1};
    Constraint constraint = UnitNorm.of(axis);
    axis[0] = 0;
    double[] rows = {3., 4., 0.6, 0.8};

    constraint.apply(rows, 2, 2);

    assertThat(rows)
        .containsExactly(3. / 5.0000001, 4. / 5.0000001, 0.6 / 1.0000001, 0.8 / 1.0000001);
    constraint.getConfig().clear();
    assertThat(constraint.getConfig()).isEqualTo(Map.of("axis", 1));
  }

  @Test
  void takesRowsWhereTheFirstDimensionIsNoAxis() {
    assertThat(NonNeg.of().takesRows(4, 2)).isTrue();
    assertThat(MaxNorm.of(1., 1).takesRows(4, 2)).isTrue();
    assertThat(MaxNorm.of(1., -1).takesRows(4, 2)).isTrue();
    assertThat(MaxNorm.of(1., 0).takesRows(4, 2)).isFalse();
    assertThat(MaxNorm.of(1., -2).takesRows(4, 2)).isFalse();
    assertThat(UnitNorm.of((int[]) null).takesRows(4, 2)).isFalse();
    Constraint lambda = (values, shape) -> {};
    assertThat(lambda.takesRows(4, 2)).isFalse();
  }

  @Test
  void leavesNothingOfNothing() {
    UnitNorm.of(0).apply(new double[0], 0, 3);
    UnitNorm.of(1).apply(new double[0], 3, 0);
    MaxNorm.of(1., (int[]) null).apply(new double[0], 0);
    NonNeg.of().apply(new double[0], 0);
  }

  @Test
  void takesANumberForATensorWithoutDimensions() {
    double[] number = {-4.};

    UnitNorm.of((int[]) null).apply(number);

    assertThat(number).containsExactly(-4. / 4.0000001);
  }

  static Stream<int[]> shapes() {
    return Stream.of(
        new int[] {7}, new int[] {5, 4}, new int[] {3, 1, 4}, new int[] {2, 3, 2, 3, 2});
  }

  /** All sets of axes, against norms from exact sums. */
  @ParameterizedTest
  @MethodSource("shapes")
  void takesNormsAlongAnyAxes(int... shape) {
    int length = IntStream.of(shape).reduce(1, (a, b) -> a * b);
    for (int set = 1; set < 1 << shape.length; set++) {
      int axes = set;
      double[] values = Bits.normal(set, length)[0];
      double[] expected = new double[length];
      for (int i = 0; i < length; i++) {
        int norm = group(i, axes, shape);
        double sum =
            IntStream.range(0, length)
                .filter(j -> group(j, axes, shape) == norm)
                .mapToObj(j -> new BigDecimal(values[j] * values[j]))
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .doubleValue();
        expected[i] = values[i] / (1e-7 + Math.sqrt(sum));
      }

      double[] actual = values.clone();
      UnitNorm.of(IntStream.range(0, shape.length).filter(d -> (axes >> d & 1) == 1).toArray())
          .apply(actual, shape);

      Bits.assertSame("axes " + axes, actual, expected);
    }
  }

  /** What an element's norm is known by: its place with 0 for each index along the axes. */
  private static int group(int element, int axes, int... shape) {
    int left = element;
    int group = 0;
    for (int dimension = shape.length - 1, stride = 1; dimension >= 0; dimension--) {
      group += (axes >> dimension & 1) == 1 ? 0 : left % shape[dimension] * stride;
      left /= shape[dimension];
      stride *= shape[dimension];
    }
    return group;
  }

  /** To the last bit or the one before: the sum's own rounding. */
  @Test
  void losesNothingInALongSum() {
    double[] values = new double[1_000_001];
    Arrays.fill(values, 1e-3);
    values[0] = 1e5;
    double[] actual = values.clone();

    UnitNorm.of(0).apply(actual, values.length);

    assertThat(actual[0]).isEqualTo(1e5 / (1e-7 + Math.sqrt(1e10 + 1_000_000 * (1e-3 * 1e-3))));
  }

  @Test
  void mayBeALambda() {
    Constraint lambda = (values, shape) -> values[0] = shape[0];
    double[] values = new double[3];

    lambda.apply(values, 3);

    assertThat(values).containsExactly(3., 0., 0.);
    assertThatThrownBy(lambda::getConfig)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "constraint must be of a class that overrides getConfig, got %s, a lambda or a class"
                + " that does not",
            lambda.getClass().getName());
    assertThatThrownBy(() -> Constraint.serialize(lambda))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void mayBeOfACustomClass() {
    Map<String, Object> serialized = Constraint.serialize(new AtMost(3.));

    assertThat(serialized.toString())
        .isEqualTo(
            "{module=io.github.keras4j.optimizers.constraints, class_name=AtMost,"
                + " config={limit=3.0}, registered_name=null}");
    assertThat(
            Constraint.deserialize(
                serialized, Map.of("AtMost", (Map<String, ?> c) -> AtMost.fromConfig(c))))
        .isEqualTo(new AtMost(3.));
  }

  @Test
  void cannotBeSavedUnderAnothersNameOrWithoutAConfiguration() {
    assertThatThrownBy(() -> Constraint.serialize(new Bad.MaxNorm(Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "constraint must be of a class with a name that no constraint of Keras has, got "
                + Bad.MaxNorm.class.getName());
    assertThatThrownBy(() -> Constraint.serialize(new Bad.WithoutConfig(null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("getConfig of WithoutConfig must return a map, got null");
  }

  @Test
  void prefersCustomObjectsAndNeverChangesTheConfiguration() {
    Map<String, Object> config = new HashMap<>(Map.of("class_name", "MaxNorm"));
    config.put("config", null);
    Map<String, Object> before = new HashMap<>(config);
    Constraint mine = (values, shape) -> {};
    Function<Map<String, ?>, Object> factory = given -> mine;

    assertThat(Constraint.deserialize(config, Map.of("MaxNorm", factory))).isSameAs(mine);
    assertThat(Constraint.deserialize(config)).isEqualTo(MaxNorm.of(2.));
    assertThat(config).isEqualTo(before);
  }

  /** Every value that a configuration may have by chance makes a constraint or is rejected. */
  @Test
  void isMadeOrRejected() {
    Random random = new Random(26);
    List<Object> values =
        Arrays.asList(
            0, 1, -1, 2.5, 1e300, Double.NaN, null, "0", true, List.of(0, 1), List.of(""));
    List<String> names = List.of("max_value", "min_value", "rate", "axis", "axes");
    List<String> classes = List.of("NonNeg", "MaxNorm", "UnitNorm", "MinMaxNorm");
    int made = 0;
    for (int trial = 0; trial < 5000; trial++) {
      Map<String, Object> config = new HashMap<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        config.put(
            names.get(random.nextInt(names.size())), values.get(random.nextInt(values.size())));
      }
      String name = classes.get(random.nextInt(classes.size()));
      try {
        Constraint constraint =
            Constraint.deserialize(Map.of("class_name", name, "config", config));
        assertThat(Constraint.deserialize(Constraint.serialize(constraint))).isEqualTo(constraint);
        made++;
      } catch (IllegalArgumentException rejected) {
        assertThat(rejected).hasMessageMatching("unknown argument .*|.* must .*, got .*");
      }
    }
    assertThat(made).isBetween(500, 4500);
  }
}
