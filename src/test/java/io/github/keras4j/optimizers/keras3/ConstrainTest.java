package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.constraints.MaxNorm;
import io.github.keras4j.optimizers.constraints.NonNeg;
import io.github.keras4j.optimizers.constraints.UnitNorm;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Constraints by pattern, by rows, in groups, and of custom classes. */
class ConstrainTest {
  private static final TensorSpec[] SPECS = {
    TensorSpec.of("dense/kernel", 4, 3),
    TensorSpec.of("dense/bias", 3),
    TensorSpec.of("out/kernel", 3, 2)
  };
  private static final int[] LENGTHS = {12, 3, 6};

  /** At most a limit, with a whole number in its configuration. */
  private record AtMost(int limit) implements Constraint {
    @Override
    public void apply(double[] values, int... shape) {
      Arrays.setAll(values, i -> Math.min(values[i], limit));
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("limit", limit);
    }

    static AtMost fromConfig(Map<String, ?> config) {
      return new AtMost(((Number) config.get("limit")).intValue());
    }
  }

  private static Adam built() {
    Adam adam = Adam.builder().learningRate(0.1).build();
    adam.build(SPECS);
    return adam;
  }

  private static double[][] train(Optimizer optimizer, int steps) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    for (int step = 0; step < steps; step++) {
      optimizer.applyGradients(Bits.normal(100 + step, LENGTHS), parameters);
    }
    return parameters;
  }

  private static void rejects(
      Class<? extends RuntimeException> type, String message, ThrowingCallable call) {
    assertThatThrownBy(call).isExactlyInstanceOf(type).hasMessage(message);
  }

  @Test
  void findsPatternsInTheLastPartOfNames() {
    Adam byPattern = built();
    byPattern.constrain("^kern", MaxNorm.of(0.5));
    byPattern.constrain("bias|dense", NonNeg.of());
    Adam byNumber = built();
    byNumber.constrain(0, MaxNorm.of(0.5));
    byNumber.constrain(2, MaxNorm.of(0.5));
    byNumber.constrain(1, NonNeg.of());

    Bits.assertSame("parameters", train(byPattern, 5), train(byNumber, 5));
  }

  @Test
  void keepsPatternsInStateAndCopy() {
    Adam adam = built();
    adam.constrain("kernel", UnitNorm.of(1));
    double[][] expected = train(adam.copy(), 4);
    Adam restored = Adam.builder().learningRate(0.1).build();
    restored.setState(adam.getState());

    assertThat(adam.getState().config().get("build_config").toString())
        .endsWith(
            "constraints=[{pattern=kernel, constraint={module=keras.constraints,"
                + " class_name=UnitNorm, config={axis=1}, registered_name=null}}]}");
    assertThat(adam.getConfig()).isEqualTo(built().getConfig());
    Bits.assertSame("parameters", train(restored, 4), expected);
    Bits.assertSame("parameters", train(adam, 4), expected);
  }

  @Test
  void rejectsPatternsThatAreForNoTensorOrForOneMoreOnce() {
    Adam adam = built();
    adam.constrain("bias", NonNeg.of());
    OptimizerState before = adam.getState();

    rejects(
        IllegalArgumentException.class,
        "pattern must be found in the name of a tensor, got \"dense\"",
        () -> adam.constrain("dense", NonNeg.of()));
    rejects(
        IllegalArgumentException.class,
        "tensor 1 must have one constraint, got NonNeg{} and UnitNorm{axis=0}",
        () -> adam.constrain("b", UnitNorm.of()));
    rejects(
        IllegalArgumentException.class,
        "axis must be one of shape [4, 3], got 2",
        () -> adam.constrain("kernel", UnitNorm.of(2)));
    rejects(
        IllegalArgumentException.class,
        "constraint must be a constraint, got null",
        () -> adam.constrain("kernel", null));
    rejects(
        IllegalArgumentException.class,
        "pattern[0] must be a pattern of 1 to 1000 characters, got null",
        () -> adam.constrain(null, NonNeg.of()));
    rejects(
        IllegalArgumentException.class,
        "pattern[0] must be a regular expression, got \"(\": Unclosed group",
        () -> adam.constrain("(", NonNeg.of()));
    rejects(
        IllegalStateException.class,
        "constrain with a pattern needs names: call build(TensorSpec...) first",
        () -> new Adam().constrain("kernel", NonNeg.of()));
    assertThat(adam.getState()).isEqualTo(before);

    train(adam, 1);
    rejects(
        IllegalStateException.class,
        "constrain must come before the first step, got it after 1",
        () -> adam.constrain("kernel", NonNeg.of()));
  }

  @Test
  void rejectsPatternsWithoutNamesInAConfiguration() {
    Map<String, Object> entry =
        Map.of("pattern", "kernel", "constraint", Constraint.serialize(NonNeg.of()));

    rejects(
        IllegalArgumentException.class,
        "build_config must hold tensors, whose names the patterns of constraints are for",
        () -> Adam.fromConfig(Map.of("build_config", Map.of("constraints", List.of(entry)))));
    rejects(
        IllegalArgumentException.class,
        "constraints must be without shape where they have a pattern, got one with both",
        () ->
            Adam.fromConfig(
                Map.of(
                    "build_config",
                    Map.of(
                        "constraints",
                        List.of(
                            Map.of(
                                "pattern",
                                "kernel",
                                "constraint",
                                Constraint.serialize(NonNeg.of()),
                                "shape",
                                List.of(1)))))));
    rejects(
        IllegalArgumentException.class,
        "constraints must be on tensors by number, got one with a pattern",
        () ->
            io.github.keras4j.optimizers.Adam.fromConfig(
                Map.of("build_config", Map.of("constraints", List.of(entry)))));
    rejects(
        IllegalArgumentException.class,
        "constraint must be a constraint or its configuration, got 1",
        () ->
            Adam.fromConfig(
                Map.of(
                    "build_config",
                    Map.of("constraints", List.of(Map.of("tensor", 0, "constraint", 1))))));
  }

  @Test
  void takesAShapeThatIsToldLater() {
    Adam adam = Adam.builder().learningRate(0.1).build();
    adam.constrain(0, MaxNorm.of(0.5, 1));
    adam.constrain(2, MaxNorm.of(0.5), 2, 3); // not as build has it
    adam.build(SPECS);
    double[][] parameters = train(adam, 1);

    for (int row = 0; row < 4; row++) {
      double[] kernel = parameters[0];
      assertThat(Math.hypot(Math.hypot(kernel[3 * row], kernel[3 * row + 1]), kernel[3 * row + 2]))
          .isLessThan(0.5);
    }
    for (int column = 0; column < 3; column++) {
      assertThat(Math.hypot(parameters[2][column], parameters[2][column + 3])).isLessThan(0.5);
    }
  }

  @Test
  void leavesATensorAloneThatHasNoGradient() {
    Adam adam = built();
    adam.constrain(0, NonNeg.of());
    double[][] parameters = {Bits.normal(1, 12)[0], new double[3], new double[6]};
    double[] before = parameters[0].clone();

    adam.applyGradients(new double[][] {null, {1., 1., 1.}, null}, parameters);

    Bits.assertSame("kernel", parameters[0], before);
  }

  // ---- Rows -----------------------------------------------------------------------------------

  private static Gradient[] lazy(int... rows) {
    return new Gradient[] {
      Gradient.lazyRows(rows, Bits.normal(rows.length, 3 * rows.length)[0]), null, null
    };
  }

  @Test
  void constrainsTheTouchedRowsOfALazyGradientAlone() {
    for (Constraint constraint : List.of(NonNeg.of(), MaxNorm.of(0.25, -1), UnitNorm.of(1))) {
      Adam constrained = built();
      constrained.constrain("kernel", constraint);
      Adam free = built();
      double[][] parameters = Bits.normal(1, LENGTHS);
      double[][] expected = Bits.copy(parameters);

      for (int[] rows : new int[][] {{3, 1, 3}, {}, {0}, {1, 2}}) {
        constrained.applyGradients(lazy(rows), parameters);
        free.applyGradients(lazy(rows), expected);
        for (int row : Arrays.stream(rows).distinct().toArray()) {
          double[] values = Arrays.copyOfRange(expected[0], 3 * row, 3 * row + 3);
          constraint.apply(values, 1, 3);
          System.arraycopy(values, 0, expected[0], 3 * row, 3);
        }
        Bits.assertSame(constraint.toString(), parameters, expected);
      }
    }
  }

  @Test
  void takesLazyRowsOfATensorWithoutAShape() {
    Adam adam = Adam.builder().learningRate(0.1).build();
    adam.constrain(0, NonNeg.of());
    double[][] parameters = {{-1., -1., -1., -1.}};

    adam.applyGradients(
        new Gradient[] {Gradient.lazyRows(new int[] {1}, new double[] {1., 1.})}, parameters);
    adam.applyGradients(
        new Gradient[] {Gradient.lazyRows(new int[] {0}, new double[] {1.})}, parameters);

    assertThat(parameters[0]).containsExactly(0., -1., 0., 0.);
  }

  @Test
  void rejectsLazyRowsOfATensorThatIsConstrainedAsAWhole() {
    Constraint lambda = (values, shape) -> {};
    for (Constraint constraint : List.of(MaxNorm.of(1., 0), UnitNorm.of((int[]) null), lambda)) {
      Adam adam = built();
      adam.constrain(0, constraint);
      double[][] parameters = Bits.normal(1, LENGTHS);

      rejects(
          IllegalArgumentException.class,
          "gradients[0] must be dense or rows with constraint " + constraint + ", got lazyRows",
          () -> adam.applyGradients(lazy(1), parameters));
      assertThat(adam.getIterations()).isZero();
      Bits.assertSame("parameters", parameters, Bits.normal(1, LENGTHS));
    }
  }

  @Test
  void rejectsLazyRowsThatAreNotRowsOfTheShape() {
    Adam adam = new Adam();
    adam.constrain(0, MaxNorm.of(1., 1), 4, 3);

    rejects(
        IllegalArgumentException.class,
        "gradients[0] must have rows of 3 elements, as its constraint has it, got 2",
        () ->
            adam.applyGradients(
                new Gradient[] {Gradient.lazyRows(new int[] {1}, new double[2])},
                new double[1][12]));
  }

  /** Where a call that has no update constrains too. */
  @Test
  void constrainsOnceMoreWithALeftover() {
    SGD sgd = SGD.builder().learningRate(1.).gradientAccumulationSteps(3).build();
    sgd.constrain(0, (values, shape) -> values[0] = values[0] / 2.);
    double[][] parameters = {{8., 1.}};

    sgd.applyGradients(new double[][] {{0., 1.}}, parameters);
    sgd.applyAccumulated(parameters);

    assertThat(parameters[0]).containsExactly(2., 0.);
  }

  // ---- Other tensors --------------------------------------------------------------------------

  private static void assertNormsOfRowsAreBelow(double limit, int width, double... values) {
    for (int from = 0; from < values.length; from += width) {
      double[] row = Arrays.copyOfRange(values, from, from + width);
      assertThat(Math.sqrt(Arrays.stream(row).map(x -> x * x).sum())).isLessThan(limit);
    }
  }

  @Test
  void goesOnWhereATensorGrowsByNumber() {
    Adam adam = Adam.builder().learningRate(0.1).build();
    adam.constrain(0, MaxNorm.of(0.5, 1), 2, 3);
    adam.applyGradients(Bits.normal(2, 6, 2), Bits.normal(1, 6, 2));
    double[][] longer = Bits.normal(3, 12, 2);
    OptimizerState before = adam.getState();

    rejects(
        IllegalArgumentException.class,
        "constraint of tensor 0 must have a shape of 7 elements, got [2, 3]",
        () -> adam.resize(new double[][] {new double[7], new double[2]}));
    assertThat(adam.getState()).isEqualTo(before);
    adam.resize(longer);
    adam.applyGradients(Bits.normal(4, 12, 2), longer);

    assertNormsOfRowsAreBelow(0.5, 3, longer[0]);
    assertThat(adam.getState().config().get("build_config").toString()).endsWith("shape=[4, 3]}]}");
  }

  @Test
  void followsNamesAndPatternsWhereTensorsBecomeOthers() {
    Adam adam = built();
    adam.constrain("kernel", MaxNorm.of(0.5, 1));
    adam.constrain(1, NonNeg.of());
    train(adam, 2);
    double[][] others = Bits.normal(5, 6, 8, 18);
    others[0][0] = -9.;

    adam.resize(
        others,
        TensorSpec.of("dense/bias", 6),
        TensorSpec.of("new/kernel", 2, 4),
        TensorSpec.of("dense/kernel", 6, 3));
    adam.applyGradients(Bits.normal(6, 6, 8, 18), others);

    assertThat(others[0][0]).isZero();
    assertNormsOfRowsAreBelow(0.5, 4, others[1]);
    assertNormsOfRowsAreBelow(0.5, 3, others[2]);
  }

  @Test
  void followsTensorsInGroups() {
    MultiOptimizer groups = groups();
    groups.build(SPECS);
    groups.constrain("kernel", MaxNorm.of(0.5, 1));
    groups.constrain(1, NonNeg.of());
    train(groups, 2);
    double[][] others = Bits.normal(5, 6, 18);
    others[0][0] = -9.;

    groups.resize(others, TensorSpec.of("dense/bias", 6), TensorSpec.of("dense/kernel", 6, 3));
    groups.applyGradients(Bits.normal(6, 6, 18), others);

    assertThat(others[0][0]).isZero();
    assertNormsOfRowsAreBelow(0.5, 3, others[1]);
  }

  /** Of either generation: forgotten with its tensor, which a later one of its number is not. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isForgottenWithItsTensor(boolean ofKeras3) {
    Optimizer optimizer = ofKeras3 ? new Adam() : new io.github.keras4j.optimizers.Adam();
    optimizer.constrain(0, MaxNorm.of(0.5));
    optimizer.constrain(1, NonNeg.of());
    optimizer.applyGradients(Bits.normal(2, 3, 2), Bits.normal(1, 3, 2));

    optimizer.resize(Bits.normal(3, 4));
    double[][] more = {{1., 2., 3., 4., 5.}, {-9., -9.}};
    optimizer.resize(more);
    optimizer.applyGradients(Bits.normal(4, 5, 2), more);

    assertThat(Arrays.stream(more[1]).max().orElseThrow()).isLessThan(-8.);
    assertNormsOfRowsAreBelow(0.5, 5, more[0]);
  }

  @Test
  void goesOnWithOtherHyperparameters() {
    Constraint lambda = (values, shape) -> Arrays.setAll(values, i -> Math.min(values[i], 0.25));
    Adam adam = built();
    adam.constrain("kernel", MaxNorm.of(0.5, 1));
    adam.constrain(1, lambda);
    train(adam, 2);
    Adam slower = Adam.builder().learningRate(0.05).build();
    slower.build(SPECS);
    slower.setWeights(adam.getWeights());
    slower.setLearningRate(0.05); // which is one of the weights

    Optimizer changed = adam.copy(Map.of("learning_rate", 0.05));
    double[][] p = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.copy(p);
    for (int step = 0; step < 3; step++) {
      changed.applyGradients(Bits.normal(step, LENGTHS), p);
      slower.applyGradients(Bits.normal(step, LENGTHS), expected);
      MaxNorm.of(0.5, 1).apply(expected[0], 4, 3);
      lambda.apply(expected[1], 3);
      MaxNorm.of(0.5, 1).apply(expected[2], 3, 2);
      Bits.assertSame("parameters", p, expected);
    }
  }

  @Test
  void goesOnWhereAGroupChanges() {
    MultiOptimizer groups = groups();
    groups.build(SPECS);
    groups.constrain("kernel", MaxNorm.of(0.5, 1));
    groups.constrain(1, NonNeg.of());
    train(groups, 2);

    for (Optimizer changed :
        List.of(
            groups.copy(0, Map.of("momentum", 0.5)),
            groups.copy(1, Map.of("learning_rate", 0.2)),
            groups.copy(Map.of("global_clipnorm", 1.)))) {
      double[][] p = train(changed, 2);
      assertNormsOfRowsAreBelow(0.5, 3, p[0]);
      assertThat(Arrays.stream(p[1]).min().orElseThrow()).isNotNegative();
      assertNormsOfRowsAreBelow(0.5, 2, p[2]);
    }
  }

  // ---- Groups ---------------------------------------------------------------------------------

  private static MultiOptimizer groups() {
    return MultiOptimizer.builder()
        .add(".+/kernel", SGD.builder().learningRate(0.1).momentum(0.9).build())
        .otherwise(Adam.builder().learningRate(0.1).build())
        .build();
  }

  @Test
  void tellsTheGroupsOfAMultiOptimizer() throws IOException {
    MultiOptimizer groups = groups();
    groups.constrain(1, NonNeg.of()); // before build, too
    groups.build(SPECS);
    groups.constrain("kernel", new AtMost(1));
    MultiOptimizer free = groups();
    free.build(SPECS);
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.copy(parameters);

    for (int step = 0; step < 6; step++) {
      groups.applyGradients(Bits.normal(100 + step, LENGTHS), parameters);
      free.applyGradients(Bits.normal(100 + step, LENGTHS), expected);
      NonNeg.of().apply(expected[1], 3);
      new AtMost(1).apply(expected[0], 4, 3);
      new AtMost(1).apply(expected[2], 3, 2);
      Bits.assertSame("parameters", parameters, expected);
      if (step == 2) {
        groups = (MultiOptimizer) groups.copy();
      } else if (step == 3) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Checkpoint.write(out, groups, parameters);
        groups =
            (MultiOptimizer)
                Checkpoint.read(
                        new ByteArrayInputStream(out.toByteArray()),
                        Map.of("AtMost", (Map<String, ?> c) -> AtMost.fromConfig(c)))
                    .optimizer();
      } else if (step == 4) {
        groups.setState(groups.getState());
      }
    }
    assertThat(groups.getConfig()).isEqualTo(free.getConfig());
  }

  @Test
  void isRejectedInside() {
    MultiOptimizer groups = groups();
    String message = "constrain must be called on the MultiOptimizer that this optimizer is in";

    BaseOptimizer inside = groups.optimizers().get(0);
    rejects(IllegalStateException.class, message, () -> inside.constrain(0, NonNeg.of()));
    groups.build(SPECS);
    rejects(IllegalStateException.class, message, () -> inside.constrain("kernel", NonNeg.of()));
    assertThat(groups.getState().config().toString()).doesNotContain("constraints");
  }

  // ---- Custom classes -------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void restoresACustomClassThroughCustomObjects(boolean ofKeras3) throws IOException {
    Optimizer optimizer = ofKeras3 ? built() : new io.github.keras4j.optimizers.Adam();
    optimizer.constrain(0, new AtMost(1));
    double[][] parameters = train(optimizer, 3);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Checkpoint.write(out, optimizer, parameters);
    byte[] file = out.toByteArray();

    Checkpoint loaded =
        Checkpoint.read(
            new ByteArrayInputStream(file),
            Map.of("AtMost", (Map<String, ?> c) -> AtMost.fromConfig(c)));

    assertThat(Contents.of(loaded)).isEqualTo(Contents.of(optimizer, parameters));
    assertThatThrownBy(() -> Checkpoint.read(new ByteArrayInputStream(file)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unknown constraint \"AtMost\"");
  }

  @Test
  void knowsItsOwnConstraintInAStateAgain() {
    Optimizer optimizer = built();
    optimizer.constrain(0, new AtMost(1));
    double[][] parameters = train(optimizer, 3);
    OptimizerState state = optimizer.getState();
    train(optimizer, 2);

    optimizer.setState(state);

    assertThat(optimizer.getState()).isEqualTo(state);
    assertThatThrownBy(() -> built().setState(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("unknown constraint \"AtMost\"");
    assertThat(parameters[0]).hasSize(12);
  }
}
