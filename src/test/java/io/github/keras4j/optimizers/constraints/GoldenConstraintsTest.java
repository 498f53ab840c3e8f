package io.github.keras4j.optimizers.constraints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.constraints.GoldenConstraints.Case;
import io.github.keras4j.optimizers.constraints.GoldenConstraints.Run;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.KerasJson;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The numbers and the serialized forms of the genuine classes. */
class GoldenConstraintsTest {
  /** TensorFlow adds squares in another order; the tensors have at most 24 elements. */
  private static final int SUM_ULPS = 2;

  static Stream<Run> runsOfKeras3() {
    return GoldenConstraints.KERAS_3.runs();
  }

  static Stream<Run> runsOfKeras2() {
    return GoldenConstraints.KERAS_2.runs();
  }

  static Stream<Case> casesOfKeras3() {
    return GoldenConstraints.KERAS_3.constraints().stream();
  }

  static Stream<Case> casesOfKeras2() {
    return GoldenConstraints.KERAS_2.constraints().stream();
  }

  /** Whose sums are rounded once, as compensated ones nearly always are. */
  @ParameterizedTest
  @MethodSource("runsOfKeras3")
  void leavesTheBitsOfKeras3(Run run) {
    if (run.expected() == null) {
      rejectsAxesThatAreNotTheTensors(run);
    } else {
      assertWithin(0, run);
    }
  }

  @ParameterizedTest
  @MethodSource("runsOfKeras2")
  void leavesTheNumbersOfKeras2(Run run) {
    if (run.expected() == null) {
      rejectsAxesThatAreNotTheTensors(run);
    } else if (run.constraint().className().equals("NonNeg")) {
      leavesZeroWhereKeras2MultipliesByZero(run);
    } else {
      assertWithin(SUM_ULPS, run);
    }
  }

  private static void rejectsAxesThatAreNotTheTensors(Run run) {
    assertThatThrownBy(run::actual)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("axis must ");
  }

  private static void leavesZeroWhereKeras2MultipliesByZero(Run run) {
    double[] actual = run.actual();
    for (int i = 0; i < actual.length; i++) {
      double before = run.tensor().values()[i];
      double ofKeras2 = run.expected()[i];
      if (before < 0. || before == 0.) {
        assertThat(Double.compare(ofKeras2, before * (before < 0. ? 0. : 1.))).isZero();
        assertThat(Double.compare(actual[i], 0.)).isZero(); // not -0.0, and not NaN
      } else {
        assertThat(Double.compare(actual[i], ofKeras2)).isZero();
      }
    }
  }

  private static void assertWithin(int ulps, Run run) {
    double[][] expected = {run.expected()};
    Bits.assertWithin(ulps, run.toString(), new double[][] {run.actual()}, expected);
  }

  @ParameterizedTest
  @MethodSource("casesOfKeras3")
  void serializesAsKeras3(Case golden) {
    assertThat(KerasJson.byValue(Constraint.serialize(golden.constraint())))
        .isEqualTo(KerasJson.byValue(golden.serialized()));
  }

  @ParameterizedTest
  @MethodSource({"casesOfKeras2", "casesOfKeras3"})
  void isMadeFromWhatKerasSerializes(Case golden) {
    assertThat(Constraint.deserialize(golden.serialized())).isEqualTo(golden.constraint());
  }
}
