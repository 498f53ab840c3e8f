package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Keras's trajectories do not show of SGD, RMSprop, Adagrad, Adadelta and AdamW. */
class ElementwiseTest {
  @ParameterizedTest
  @CsvSource({"sgd,", "sgd, momentum", "adadelta,"})
  void repeatsKeras2ToTheBitWhereTheFormulaIsTheSame(String name, String momentum) {
    Map<String, Object> config = new HashMap<>();
    if (momentum != null) {
      config.put(momentum, 0.9);
    }
    double[] keras2 = train(name, config, "lr");
    double[] keras3 = train("keras3." + name, config, "learning_rate");

    assertThat(keras3).isEqualTo(keras2).isNotEqualTo(new Random(1).doubles(20).toArray());
  }

  private static double[] train(String name, Map<String, Object> config, String learningRate) {
    Map<String, Object> all = new HashMap<>(config);
    all.put(learningRate, 0.3);
    Optimizer optimizer = Optimizers.get(Map.of("class_name", name, "config", all));
    Random random = new Random(1);
    double[][] parameters = {random.doubles(20).toArray()};
    for (int step = 0; step < 50; step++) {
      optimizer.applyGradients(new double[][] {random.doubles(20, -1., 1.).toArray()}, parameters);
    }
    return parameters[0];
  }

  @Test
  void startsAdagradsSumButNotItsAverageAtTheInitialValue() {
    BaseOptimizer adagrad = Adagrad.builder().initialAccumulatorValue(0.7).useEma(true).build();
    adagrad.build(TensorSpec.of("w", 2));

    List<double[]> weights = adagrad.getWeights();

    assertThat(weights.get(2)).containsExactly(0., 0.);
    assertThat(weights.get(3)).containsExactly(0.7, 0.7);
  }

  /** Rounding leaves a mean of squares below the square of the mean. */
  @Test
  void endsInNaNAsKerasWhereCenteringLeavesNothing() {
    BaseOptimizer rmsprop = RMSprop.builder().centered(true).build();
    double[][] parameters = {{0.}};
    for (int step = 0; step < 2000; step++) {
      rmsprop.applyGradients(new double[][] {{1e8}}, parameters);
    }
    assertThat(parameters[0]).containsExactly(Double.NaN);
  }

  @Test
  void rejectsAdamWWithoutWeightDecay() {
    assertThatThrownBy(() -> AdamW.fromConfig(Collections.singletonMap("weight_decay", null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight_decay must be a finite number >= 0, got null");
  }
}
