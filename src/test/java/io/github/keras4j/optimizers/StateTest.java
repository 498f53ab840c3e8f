package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.custom.SlotFree;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The corners of weights and states that the contract does not reach. */
class StateTest {
  private static final double[][] GRADIENTS = {{1., -2.}, {3.}};

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.tables.OptimizerTable#ofKeras2")
  void hasNoWeightsBeforeTheFirstStepAsInKeras(Entry entry) {
    Optimizer optimizer = entry.optimizer(Map.of());

    assertThat(optimizer.getWeights()).isEmpty();

    optimizer.setWeights(List.of());
    assertThat(optimizer.getIterations()).isZero();
  }

  @Test
  void takesWeightsThatHaveNoIterationYet() {
    List<double[]> weights =
        List.of(new double[] {0.}, new double[] {1., 2.}, new double[] {3., 4.});
    Optimizer adamax = new Adamax();

    adamax.setWeights(weights);

    Bits.assertSame("weights", adamax.getWeights(), weights);
    assertThat(adamax.getIterations()).isZero();
  }

  @Test
  void aFirstStepThatIsRejectedFixesNoTensors() {
    Optimizer adam = Adam.builder().errorIfNonFinite(true).build();

    assertThatThrownBy(
            () -> adam.applyGradients(new double[][] {{Double.NaN}}, new double[][] {{1.}}))
        .hasMessage("gradients[0][0] must be finite, got NaN");

    assertThat(adam.getWeights()).isEmpty();
    adam.applyGradients(new double[2][3], new double[2][3]);
    assertThat(adam.getIterations()).isEqualTo(1);
  }

  @Test
  void returnsZerosForAVelocityThatIsNotKept() {
    Optimizer sgd = new SGD();

    sgd.applyGradients(GRADIENTS, new double[][] {{1., 1.}, {1.}});

    assertThat(sgd.getState().slots()).isEmpty();
    Bits.assertSame(
        "weights", sgd.getWeights(), List.of(new double[] {1.}, new double[2], new double[1]));
  }

  @Test
  void returnsASingleZeroForAMaximumThatIsNotKept() {
    Optimizer adam = new Adam();

    adam.applyGradients(GRADIENTS, new double[][] {{1., 1.}, {1.}});

    assertThat(adam.getState().slots()).containsOnlyKeys("m", "v");
    Bits.assertSame(
        "weights", adam.getWeights().subList(5, 7), List.of(new double[] {0.}, new double[] {0.}));
  }

  @Test
  void keepsTheIterationsOfAnOptimizerWithoutSlots() {
    Optimizer slotFree = SlotFree.fromConfig(Map.of());
    double[][] parameters = {{1., 1.}, {1.}};

    slotFree.applyGradients(GRADIENTS, parameters);

    Bits.assertSame("parameters", parameters, new double[][] {{0.5, 1.5}, {0.5}});
    Bits.assertSame("weights", slotFree.getWeights(), List.of(new double[] {1.}));
    Optimizer fresh = SlotFree.fromConfig(Map.of());
    fresh.setWeights(List.of(new double[] {7.}));
    assertThat(fresh.getIterations()).isEqualTo(7);
    Bits.assertSame("weights", fresh.getWeights(), List.of(new double[] {7.}));
    slotFree.setState(fresh.getState());
    assertThat(slotFree.getIterations()).isEqualTo(7);
  }

  /** A step would begin with zeros in slots that have seen steps. */
  @Test
  void rejectsIterationsWithoutTheSlotsThatGoWithThem() {
    Optimizer adam = new Adam();

    assertThatThrownBy(() -> adam.setWeights(List.of(new double[] {7.})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weights must hold m, v, vhat of each tensor next to the iterations, got 1 arrays");

    assertThat(adam.getIterations()).isZero();
    adam.setWeights(List.of(new double[] {0.}));
    assertThat(adam.getIterations()).isZero();
  }

  @Test
  void goesBackToBeforeTheFirstStep() {
    Optimizer adam = new Adam();
    OptimizerState fresh = adam.getState();
    double[][] first = {{1., 1.}, {1.}};
    adam.applyGradients(GRADIENTS, first);

    adam.setState(fresh);

    assertThat(adam.getIterations()).isZero();
    assertThat(adam.getWeights()).isEmpty();
    double[][] again = {{1., 1.}, {1.}};
    adam.applyGradients(GRADIENTS, again);
    Bits.assertSame("parameters", again, first);
  }

  @Test
  void takesTheLearningRateFromTheState() {
    Optimizer adam = new Adam();
    adam.setLr(0.25);
    Optimizer other = new Adam();

    other.setState(adam.getState());

    assertThat(other.getLr()).isEqualTo(0.25);
  }

  @Test
  void takesAStateWhoseNumbersAreOfOtherKinds() {
    Optimizer sgd = SGD.builder().momentum(1.).build();
    OptimizerState state =
        new OptimizerState(
            "SGD",
            Map.of("lr", 1, "decay", 0, "momentum", 1L, "nesterov", false),
            3,
            Map.of("m", new double[][] {{2.}}),
            Map.of());

    sgd.setState(state);

    assertThat(sgd.getLr()).isEqualTo(1.);
    assertThat(sgd.getIterations()).isEqualTo(3);
  }

  @Test
  void multipliesNadamsScheduleUpAgainAsFarAsItGoes() {
    Optimizer nadam = new Nadam();
    OptimizerState state = nadam.getState();
    assertThat(state.scalars()).containsEntry("m_schedule", 1.);

    nadam.setWeights(List.of(new double[] {2.}, new double[1], new double[1]));
    double c1 = 0.9 * (1. - 0.5 * Math.pow(0.96, 1 * 0.004));
    double c2 = 0.9 * (1. - 0.5 * Math.pow(0.96, 2 * 0.004));
    assertThat(nadam.getState().scalars()).containsEntry("m_schedule", c1 * c2);

    // More than half of the smallest number rounds up to it, so there the product stays.
    nadam.setWeights(List.of(new double[] {0x1.0p53}, new double[1], new double[1]));
    assertThat(nadam.getState().scalars()).containsEntry("m_schedule", Double.MIN_VALUE);
    assertThat(nadam.getIterations()).isEqualTo(1L << 53);
  }

  @Test
  void forgetsGradientsThatALossFunctionPutInPlaceOfGivenOnes() {
    Optimizer sgd = SGD.builder().lr(1.).build();
    double[] mine = {3.};
    double[][] parameters = {{10.}};

    List<double[][]> lent = new ArrayList<>();

    sgd.minimize(
        (p, gradients) -> {
          lent.add(gradients);
          gradients[0] = mine;
          return 0.;
        },
        parameters);
    assertThat((Object[]) lent.get(0)).containsOnlyNulls();
    sgd.minimize((p, gradients) -> 0., parameters);

    assertThat(parameters[0]).containsExactly(7.);
    assertThat(mine).containsExactly(3.);
  }

  @Test
  void makesGradientsAgainForOtherParameters() {
    Optimizer sgd = new SGD();
    LossFunction failing =
        (p, gradients) -> {
          assertThat(gradients).hasSameDimensionsAs(p);
          throw new ArithmeticException();
        };
    for (double[][] parameters : List.of(new double[2][3], new double[2][4], new double[1][4])) {
      assertThatThrownBy(() -> sgd.minimize(failing, parameters))
          .isInstanceOf(ArithmeticException.class);
    }
    assertThat(sgd.getIterations()).isZero();
  }

  @Test
  void momentumFreeSgdKnowsItsTensorsFromACheckpointWithParameters(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("sgd.npz");
    Optimizer sgd = new SGD();
    double[][] parameters = {{1., 1.}, {1.}};
    sgd.applyGradients(GRADIENTS, parameters);

    Checkpoint.save(file, sgd, parameters);
    Bits.assertSame("weights", Checkpoint.load(file).optimizer().getWeights(), sgd.getWeights());

    Checkpoint.save(file, sgd);
    Bits.assertSame(
        "weights", Checkpoint.load(file).optimizer().getWeights(), List.of(new double[] {1.}));
  }

  @Test
  void optimizersThatKeepSlotsOrMadeNoStepLearnNothingFromParameters(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("fresh.npz");
    for (Optimizer fresh : List.of(new SGD(), new Adam())) {
      Checkpoint.save(file, fresh, new double[2]);

      assertThat(Checkpoint.load(file).optimizer().getWeights()).isEmpty();
    }
  }

  @Test
  void rejectsAStepAfterWhichTheIterationsCouldNotBeTold() {
    Optimizer sgd = new SGD();
    double[][] parameters = {{1.}};
    sgd.setWeights(List.of(new double[] {0x1p53 - 1.}));
    sgd.applyGradients(new double[][] {{1.}}, parameters);
    assertThat(sgd.getIterations()).isEqualTo(1L << 53);
    double before = parameters[0][0];

    assertThatThrownBy(() -> sgd.applyGradients(new double[][] {{1.}}, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("iterations must be below 2^53 for one more step, got 9007199254740992");

    assertThat(parameters[0]).containsExactly(before);
    assertThat(sgd.getState().iterations()).isEqualTo(1L << 53);
  }

  @Test
  void rejectsStepsWithoutWhatTheyLeaveBehind() {
    OptimizerState adam = new Adam().getState();
    OptimizerState impossible =
        new OptimizerState("Adam", adam.config(), 3, adam.slots(), adam.scalars());

    assertThatThrownBy(() -> new Adam().setState(impossible))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("state must have tensors in slots [m, v], since iterations is 3, got 0");
  }

  @Test
  void leavesAGradientArrayThatBecameAParameterAlone() {
    Optimizer sgd = new SGD();
    double[][] kept = new double[1][];
    sgd.minimize(
        (p, gradients) -> {
          gradients[0][0] = 7.;
          kept[0] = gradients[0];
          return 0.;
        },
        new double[][] {{1.}});

    assertThatThrownBy(() -> sgd.minimize((p, gradients) -> 0., kept))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[0] must not be a parameter, got the array of parameters[0]");

    assertThat(kept[0]).containsExactly(7.);
  }

  @Test
  void asksANumberForItsValueOnce() {
    assertThat(SGD.fromConfig(Map.of("lr", new Fickle())).getLr()).isEqualTo(0.5);
  }

  /** A number that is another the second time. */
  private static final class Fickle extends Number {
    private static final long serialVersionUID = 1L;
    private int asked;

    @Override
    public double doubleValue() {
      return asked++ == 0 ? 0.5 : -5.;
    }

    @Override
    public float floatValue() {
      return (float) doubleValue();
    }

    @Override
    public long longValue() {
      return (long) doubleValue();
    }

    @Override
    public int intValue() {
      return (int) doubleValue();
    }
  }

  /** What could not be saved after the training is rejected where it is declared. */
  @Test
  void rejectsNamesThatACheckpointCannotHold() {
    assertRejected(() -> new Named("h", "s", "m", "m"), "slots must differ in name, got m twice");
    class Twice extends Named {
      Twice() {
        super("h", "s");
        scalar("s", 1.);
      }
    }
    assertRejected(Twice::new, "scalars must differ in name, got s twice");
    assertRejected(
        () -> new Named("h", "s", "m") {},
        "optimizer must be of a class with a name, got an anonymous one");
    String names =
        " must have a name of letters, digits and _.-, not beginning with . or -, at most 100, got"
            + " ";
    assertRejected(() -> new Named("a b", "s", "m"), "hyperparameter" + names + "\"a b\"");
    assertRejected(() -> new Named("h", "s/0", "m"), "scalar" + names + "\"s/0\"");
    assertRejected(() -> new Named("h", "s", "../m"), "slot" + names + "\"../m\"");
    assertRejected(() -> new Named("h", "s", ".m"), "slot" + names + "\".m\"");
    String tooLong = "m".repeat(101);
    assertRejected(() -> new Named("h", "s", tooLong), "slot" + names + Text.quote(tooLong));
    assertThat(new Named("h", "s", "m".repeat(100)).getState().slots()).hasSize(1);
  }

  private static void assertRejected(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  /** Whose parts have whatever names. */
  static class Named extends Optimizer {
    Named(String hyperparameter, String scalar, String... slots) {
      super(withOne(hyperparameter), 0.1);
      List.of(slots).forEach(this::slot);
      scalar(scalar, 0.);
    }

    private static Hyperparameters withOne(String name) {
      Hyperparameters h = Hyperparameters.defaults(any -> null);
      h.nonNegative(name, 0.);
      return h;
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {}
  }

  @Test
  void keepsTheIterationsThatKerasWeightsLack() {
    Optimizer rmsprop = new RMSprop();
    double[][] parameters = {{1., 1.}, {1.}};
    rmsprop.applyGradients(GRADIENTS, parameters);
    rmsprop.applyGradients(GRADIENTS, parameters);

    rmsprop.setWeights(rmsprop.getWeights());

    assertThat(rmsprop.getIterations()).isEqualTo(2);
  }

  @Test
  void rejectsParametersThatALossFunctionHasMixedUp() {
    Optimizer sgd = new SGD();
    double[][] parameters = {{1., 2.}, {3., 4.}};

    assertThatThrownBy(
            () ->
                sgd.minimize(
                    (p, gradients) -> {
                      p[1] = p[0];
                      return 0.;
                    },
                    parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters[1] must be a separate array, got the array of parameters[0]");

    assertThat(parameters[0]).containsExactly(1., 2.);
    assertThat(sgd.getIterations()).isZero();
  }

  @Test
  void rejectsAForeignBuildConfigWhereTensorsHaveNoNames() {
    for (Optimizer optimizer : List.of(new SGD(), new Adam(), new Nadam())) {
      OptimizerState before = optimizer.getState();
      Map<String, Object> config = new LinkedHashMap<>(before.config());
      config.put("build_config", Map.of("exclude_numbers", List.of(0)));

      assertThatThrownBy(
              () ->
                  optimizer.setState(
                      new OptimizerState(
                          before.className(), config, 0, before.slots(), before.scalars())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("build_config must hold constraints alone, got \"exclude_numbers\"");

      assertThat(optimizer.getState()).isEqualTo(before);
    }
  }
}
