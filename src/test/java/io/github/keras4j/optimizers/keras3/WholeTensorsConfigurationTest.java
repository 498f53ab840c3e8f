package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.support.Bits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Lamb, Adafactor and Muon are told. */
class WholeTensorsConfigurationTest {
  @ParameterizedTest
  @ValueSource(strings = {"Adafactor", "Muon"})
  void aStepNeedsNamesAndShapes(String name) {
    BaseOptimizer optimizer = (BaseOptimizer) Optimizers.get(name);
    double[][] parameters = {{1., 2.}};

    assertThatThrownBy(() -> optimizer.applyGradients(new double[][] {{3., 4.}}, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            name + " needs names and shapes: call build(TensorSpec...) before the first step");

    assertThat(parameters[0]).containsExactly(1., 2.);
    assertThat(optimizer.getIterations()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Adafactor", "Muon"})
  void aStateWithoutShapesIsNoGroundForAStep(String name) {
    BaseOptimizer restored = (BaseOptimizer) Optimizers.get(name);
    OptimizerState state = restored.getState();
    Map<String, double[][]> slots = new HashMap<>();
    state.slots().keySet().forEach(slot -> slots.put(slot, new double[1][9]));
    restored.setState(
        new OptimizerState(state.className(), state.config(), 1, slots, state.scalars()));

    assertThatThrownBy(
            () -> restored.applyGradients(new double[][] {new double[9]}, Bits.normal(1, 9)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("needs names and shapes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Adafactor | beta_2_decay | 0.1 | a finite number <= 0",
        "Adafactor | beta_2_decay | -Infinity | a finite number <= 0",
        "Adafactor | beta_2_decay | NaN | a finite number <= 0",
        "Adafactor | epsilon_1 | -1 | a finite number >= 0",
        "Adafactor | epsilon_2 | -1 | a finite number >= 0",
        "Adafactor | clip_threshold | 0 | a finite number > 0",
        "Adafactor | clip_threshold | Infinity | a finite number > 0",
        "Lamb | beta_1 | 1 | from 0 to below 1",
        "Lamb | beta_2 | 1 | from 0 to below 1",
        "Lamb | epsilon | -1 | a finite number >= 0",
        "Muon | adam_beta_1 | 1 | from 0 to below 1",
        "Muon | adam_beta_2 | 1 | from 0 to below 1",
        "Muon | epsilon | -1 | a finite number >= 0",
        "Muon | muon_a | NaN | a finite number",
        "Muon | muon_b | NaN | a finite number",
        "Muon | muon_c | NaN | a finite number",
        "Muon | adam_lr_ratio | -1 | a finite number >= 0",
        "Muon | momentum | 1.5 | from 0 to 1",
        "Muon | ns_steps | 2.5 | an integer from 0 to 1000",
        "Muon | ns_steps | -1 | an integer from 0 to 1000",
        "Muon | ns_steps | NaN | an integer from 0 to 1000",
        "Muon | ns_steps | 1001 | an integer from 0 to 1000",
        "Muon | adam_weight_decay | -1 | a finite number >= 0 or null",
        "Muon | rms_rate | Infinity | a finite number >= 0 or null"
      })
  void rejectsANumberOutOfItsRange(String className, String name, double value, String allowed) {
    assertThatThrownBy(
            () ->
                Optimizers.deserialize(WholeTensorsTest.serialized(className, Map.of(name, value))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("%s must be %s, got %s", name, allowed, value);
  }

  @Test
  void rejectsExcludedLayersThatAreNoPatterns() {
    assertRejected("dense", "exclude_layers must be a list of strings, got \"dense\"");
    assertRejected(List.of("dense", 1), "exclude_layers[1] must be a string, got 1");
    assertRejected(
        List.of("("), "exclude_layers[0] must be a regular expression, got \"(\": Unclosed group");
    assertRejected(
        List.of(""), "exclude_layers[0] must be a pattern of 1 to 1000 characters, got \"\"");
  }

  private static void assertRejected(Object excludeLayers, String message) {
    assertThatThrownBy(() -> Muon.fromConfig(Map.of("exclude_layers", excludeLayers)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void takesNoExcludedLayersForNone() {
    Muon muon = Muon.builder().excludeLayers((String[]) null).build();
    assertThat(muon.getConfig()).containsEntry("exclude_layers", List.of());
  }

  @Test
  void isMadeWithKerassDefaults() {
    assertThat(new Lamb().getConfig()).isEqualTo(Lamb.fromConfig(Map.of()).getConfig());
    assertThat(new Adafactor().getConfig()).isEqualTo(Adafactor.fromConfig(Map.of()).getConfig());
    assertThat(new Muon().getConfig()).isEqualTo(Muon.fromConfig(Map.of()).getConfig());
  }

  @Test
  void buildsWhatItsBuilderSays() {
    assertThat(
            Muon.builder()
                .adamBeta1(0.1)
                .adamBeta2(0.2)
                .excludeLayers("a", "b")
                .muonA(1.)
                .muonB(2.)
                .muonC(3.)
                .adamLrRatio(4.)
                .momentum(0.5)
                .nsSteps(6)
                .nesterov(false)
                .excludeEmbeddings(false)
                .adamWeightDecay(0.7)
                .rmsRate(null)
                .build()
                .getConfig())
        .containsEntry("adam_beta_1", 0.1)
        .containsEntry("adam_beta_2", 0.2)
        .containsEntry("exclude_layers", List.of("a", "b"))
        .containsEntry("muon_a", 1.)
        .containsEntry("muon_b", 2.)
        .containsEntry("muon_c", 3.)
        .containsEntry("adam_lr_ratio", 4.)
        .containsEntry("momentum", 0.5)
        .containsEntry("ns_steps", 6L)
        .containsEntry("nesterov", false)
        .containsEntry("exclude_embeddings", false)
        .containsEntry("adam_weight_decay", 0.7)
        .containsEntry("rms_rate", null);
    assertThat(
            Adafactor.builder()
                .beta2Decay(-0.5)
                .epsilon1(1.)
                .epsilon2(2.)
                .clipThreshold(3.)
                .relativeStep(false)
                .build()
                .getConfig())
        .containsEntry("beta_2_decay", -0.5)
        .containsEntry("epsilon_1", 1.)
        .containsEntry("epsilon_2", 2.)
        .containsEntry("clip_threshold", 3.)
        .containsEntry("relative_step", false);
    assertThat(Lamb.builder().beta1(0.1).beta2(0.2).epsilon(0.3).build().getConfig())
        .containsEntry("beta_1", 0.1)
        .containsEntry("beta_2", 0.2)
        .containsEntry("epsilon", 0.3);
  }
}
