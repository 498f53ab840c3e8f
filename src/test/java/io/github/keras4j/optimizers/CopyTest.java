package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.examples.AdaBelief;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A copy goes on as the original would have, and neither disturbs the other. */
class CopyTest {
  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void goesOnAsTheOriginalWouldHave(Row row) {
    Optimizer original = row.optimizer(5, 3);
    Optimizer alone = row.optimizer(5, 3);
    double[][] parameters = Bits.normal(1, 5, 3);
    double[][] expected = Bits.copy(parameters);
    for (int step = 0; step < 3; step++) {
      original.applyGradients(Bits.normal(step, 5, 3), parameters);
      alone.applyGradients(Bits.normal(step, 5, 3), expected);
    }

    Optimizer copy = original.copy();
    original.applyGradients(Bits.normal(9, 5, 3), Bits.copy(parameters));
    for (int step = 3; step < 6; step++) {
      copy.applyGradients(Bits.normal(step, 5, 3), parameters);
      alone.applyGradients(Bits.normal(step, 5, 3), expected);
    }

    Bits.assertSame("parameters", parameters, expected);
    Bits.assertSame(copy.getState(), alone.getState());
  }

  @Test
  void takesTheLearningRateAsItIs() {
    Optimizer adam = new Adam();
    adam.setLr(0.25);
    assertThat(adam.copy().getLr()).isEqualTo(0.25);
  }

  @Test
  void copiesAnOptimizerOfOnesOwnThatIsBuiltButNotRegistered() {
    Optimizer own = AdaBelief.fromConfig(Map.of("lr", 0.5));
    assertThat(own.copy())
        .isInstanceOf(AdaBelief.class)
        .extracting(Optimizer::getLr)
        .isEqualTo(0.5);
  }

  @Test
  void copiesAnOptimizerThatIsNeitherRegisteredNorMadeFromAConfiguration() {
    Optimizer handmade = new Handmade();
    handmade.setLr(0.5);
    assertThat(handmade.copy())
        .isInstanceOf(Handmade.class)
        .extracting(Optimizer::getLr)
        .isEqualTo(0.5);
  }

  private static final class Handmade extends Optimizer {
    Handmade() {
      this(Hyperparameters.defaults(Handmade::new));
    }

    private Handmade(Hyperparameters h) {
      super(h, 0.1);
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {}
  }

  @Test
  void printsItsClassAndItsConfiguration() {
    assertThat(Adam.builder().lr(0.5).clipnorm(1.).build())
        .hasToString(
            "Adam{clipnorm=1.0, lr=0.5, beta_1=0.9, beta_2=0.999, decay=0.0, epsilon=1.0E-7,"
                + " amsgrad=false}");
    assertThat(Optimizers.get("keras3.adam").toString())
        .startsWith("keras3.Adam{name=adam, learning_rate=0.001, weight_decay=null,");
  }
}
