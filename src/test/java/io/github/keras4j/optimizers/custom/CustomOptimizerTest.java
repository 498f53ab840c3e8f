package io.github.keras4j.optimizers.custom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an author of an optimizer writes, and what the compiler or the library rejects of it. */
class CustomOptimizerTest {
  private static final double BETA = 0.75;

  /** Momentum in Keras 2.2.4's surroundings. */
  private static final class OfKeras2 extends Optimizer {
    private final int m = slot("m");

    OfKeras2(Hyperparameters h) {
      super(h, 0.01);
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {
      double[] p = x.parameter();
      double[] m = x.slot(this.m);
      for (int i = from; i < to; i++) {
        m[i] = BETA * m[i] + (1. - BETA) * x.gradient(i);
        p[i] = x.decay(p[i]) - lr * m[i];
      }
    }
  }

  /** The same body in Keras 3's. */
  private static final class OfKeras3 extends BaseOptimizer {
    private final int m = slot("m");

    OfKeras3(Hyperparameters h) {
      super(h, 0.01);
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {
      double[] p = x.parameter();
      double[] m = x.slot(this.m);
      for (int i = from; i < to; i++) {
        m[i] = BETA * m[i] + (1. - BETA) * x.gradient(i);
        p[i] = x.decay(p[i]) - lr * m[i];
      }
    }
  }

  @Test
  void oneUpdateStepServesBothGenerations() {
    Map<String, Double> clip = Map.of("clipvalue", 0.5);
    Optimizer ofKeras2 = Hyperparameters.build(clip, OfKeras2::new);
    Optimizer ofKeras3 = Hyperparameters.build(clip, OfKeras3::new);
    Optimizer decaying =
        Hyperparameters.build(Map.of("clipvalue", 0.5, "weight_decay", 0.1), OfKeras3::new);
    double[][] updatedBy2 = Bits.normal(1, 1000, 3);
    double[][] updatedBy3 = Bits.normal(1, 1000, 3);
    double[][] decayed = Bits.normal(1, 1000, 3);
    double[][] expected = Bits.normal(1, 1000, 3);
    double[][] expectedDecayed = Bits.normal(1, 1000, 3);
    double[][] m = new double[2][1000];

    for (int step = 0; step < 5; step++) {
      double[][] gradients = Bits.normal(10 + step, 1000, 3);
      ofKeras2.applyGradients(gradients, updatedBy2);
      ofKeras3.applyGradients(gradients, updatedBy3);
      decaying.applyGradients(gradients, decayed);
      for (int k = 0; k < 2; k++) {
        for (int i = 0; i < gradients[k].length; i++) {
          double g = Math.min(Math.max(gradients[k][i], -0.5), 0.5);
          m[k][i] = BETA * m[k][i] + (1. - BETA) * g;
          expected[k][i] = expected[k][i] - 0.01 * m[k][i];
          double p = expectedDecayed[k][i];
          expectedDecayed[k][i] = (p - (p * 0.1) * 0.01) - 0.01 * m[k][i];
        }
      }
    }

    Bits.assertSame("of Keras 2.2.4", updatedBy2, expected);
    Bits.assertSame("of Keras 3", updatedBy3, expected);
    Bits.assertSame("with weight decay", decayed, expectedDecayed);
  }

  /** As an author writes it who has read the page on optimizers of Keras 2.2.4 alone. */
  private static final class GradientAlone extends BaseOptimizer {
    GradientAlone(Hyperparameters h) {
      super(h, 0.5);
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {
      for (int i = from; i < to; i++) {
        x.parameter()[i] -= lr * x.gradient(i);
      }
    }
  }

  @Test
  void aGradientIsThereWithoutAnotherCall() {
    double[][] parameters = {{1., -2.}};

    Hyperparameters.build(Map.of(), GradientAlone::new)
        .applyGradients(new double[][] {{0.5, 4.}}, parameters);

    assertThat(parameters[0]).containsExactly(0.75, -4.);
  }

  // ---- What does not compile ------------------------------------------------------------------

  private static final String BASE_2 = "io.github.keras4j.optimizers.Optimizer";
  private static final String BASE_3 = "io.github.keras4j.optimizers.keras3.BaseOptimizer";

  @TempDir Path directory;

  private List<String> errors(String base, String constructor, String body) throws IOException {
    String source =
        """
        import io.github.keras4j.optimizers.Hyperparameters;
        import io.github.keras4j.optimizers.Variable;

        final class Written extends %s {
          Written(Hyperparameters h) {
            %s
          }

          @Override
          protected void updateStep(double lr, Variable x, int from, int to) {
            double[] p = x.parameter();
            for (int i = from; i < to; i++) {
              %s
            }
          }
        }
        """
            .formatted(base, constructor, body);
    Path file = Files.writeString(directory.resolve("Written.java"), source);
    String classes = Path.of("target", "classes").toAbsolutePath().toString();
    StringWriter messages = new StringWriter();
    PrintWriter out = new PrintWriter(messages);
    ToolProvider.findFirst("javac")
        .orElseThrow()
        .run(
            out,
            out,
            "-XDrawDiagnostics",
            "-proc:none",
            "-cp",
            classes,
            "-d",
            directory.toString(),
            file.toString());
    return Pattern.compile("compiler\\.err\\.[a-z.]+")
        .matcher(messages.toString())
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {BASE_2, BASE_3})
  void aConstructorWithALearningRateCompiles(String base) throws IOException {
    assertThat(errors(base, "super(h, 0.1); slot(\"m\");", "p[i] -= lr * x.gradient(i);"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {BASE_2, BASE_3})
  void aConstructorWithoutALearningRateDoesNotCompile(String base) throws IOException {
    for (String call : List.of("super(h);", "super(h, \"m\");", "super(h, \"m\", \"v\");")) {
      assertThat(errors(base, call, "p[i] -= lr * x.gradient(i);"))
          .as(call)
          .isNotEmpty()
          .allMatch(code -> code.matches("compiler.err.(cant.apply.symbols?|prob.found.req)"));
    }
  }

  /** Which was to be called first, and left a gradient of 0 where it was not. */
  @ParameterizedTest
  @ValueSource(strings = {BASE_2, BASE_3})
  void thereIsNoClipToForget(String base) throws IOException {
    assertThat(errors(base, "super(h, 0.1);", "p[i] -= lr * x.clip(x.gradient(i));"))
        .containsExactly("compiler.err.cant.resolve.location.args");
  }

  // ---- Slots ---------------------------------------------------------------------------------

  /** One that declares a slot at some later moment. */
  private static final class Late extends Optimizer {
    private String moment = "";

    Late(Hyperparameters h) {
      super(h, 0.01);
      slot("m");
    }

    static Late make() {
      return Hyperparameters.build(Map.of(), Late::new);
    }

    List<Runnable> slotDeclarations() {
      return List.of(() -> slot("late"), () -> slot("late", 1.), () -> slotLikeParameters("late"));
    }

    void declareScalar() {
      scalar("late", 1.);
    }

    void declare(String now) {
      if (now.equals(moment)) {
        moment = "";
        slot("late");
      }
    }

    @Override
    protected double beginStep(double lr, long t) {
      declare("beginStep");
      return lr;
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {
      declare("updateStep");
    }
  }

  private static void step(Optimizer optimizer) {
    optimizer.applyGradients(new double[][] {{1.}}, new double[][] {{1.}});
  }

  @ParameterizedTest
  @ValueSource(strings = {"beginStep", "updateStep"})
  void aSlotDeclaredInAStepIsRejected(String moment) {
    Late late = Late.make();
    late.moment = moment;

    assertThatThrownBy(() -> step(late))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("slot must be declared in the constructor, got late");

    step(late);
    assertThat(late.getState().slots()).containsOnlyKeys("m");
  }

  /** The constructor has ended: no copy and no checkpoint would have what is declared now. */
  @Test
  void whatIsDeclaredBeforeTheFirstStepOrAfterARestoredStateIsRejected() {
    Late late = Late.make();
    for (Runnable next :
        List.<Runnable>of(
            () -> late.setState(Late.make().getState()), () -> step(late), () -> step(late))) {
      for (Runnable declaration : late.slotDeclarations()) {
        assertThatThrownBy(declaration::run)
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("slot must be declared in the constructor, got late");
      }
      assertThatThrownBy(late::declareScalar)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("scalar must be declared in the constructor, got late");
      next.run();
    }

    assertThat(late.getState().slots()).containsOnlyKeys("m");
    assertThat(late.getState().scalars()).isEmpty();
    assertThat(late.copy().getState()).isEqualTo(late.getState());
  }

  @Test
  void aSlotDeclaredAfterAStepIsRejected() {
    Late late = Late.make();
    step(late);
    late.moment = "now";

    assertThatThrownBy(() -> late.declare("now"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("slot must be declared in the constructor, got late");

    step(late);
    assertThat(late.getState().slots()).containsOnlyKeys("m");
  }
}
