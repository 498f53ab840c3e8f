package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.support.Intrinsics;
import io.github.keras4j.optimizers.support.KerasJson;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a warm-up is beyond what holds for every schedule of the table. */
class WarmUpTest {
  private record Halving(int every) implements LearningRateSchedule {
    @Override
    public double at(long step) {
      return Math.scalb(1., (int) -(step / every));
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("every", every);
    }

    static Halving fromConfig(Map<String, ?> config) {
      return new Halving(((Number) config.get("every")).intValue());
    }
  }

  @Test
  void risesInALineAndThenBeginsTheOtherScheduleAtItsFirstStep() {
    LearningRateSchedule warm =
        WarmUp.builder().start(0.25).steps(4).schedule(new Halving(2)).build();

    assertThat(new double[] {warm.at(0), warm.at(1), warm.at(2), warm.at(3)})
        .containsExactly(0.25, 0.4375, 0.625, 0.8125);
    assertThat(new double[] {warm.at(4), warm.at(5), warm.at(6), warm.at(8)})
        .containsExactly(1., 1., 0.5, 0.25);
  }

  @Test
  void isTheWarmUpOfCosineDecay() {
    LearningRateSchedule own =
        CosineDecay.builder()
            .initialLearningRate(0.01)
            .warmupTarget(0.3)
            .warmupSteps(7)
            .decaySteps(20)
            .build();
    LearningRateSchedule warm =
        WarmUp.builder()
            .start(0.01)
            .steps(7)
            .schedule(CosineDecay.builder().initialLearningRate(0.3).decaySteps(20).build())
            .build();
    for (int step = 0; step < 40; step++) {
      assertThat(warm.at(step)).as("%d", step).isEqualTo(own.at(step));
    }
  }

  @Test
  void hasTheConfigurationThatKerasLoads() {
    WarmUp warm = WarmUp.builder().steps(3).schedule(0.1).build();

    assertThat(LearningRateSchedule.serialize(warm).toString())
        .isEqualTo(
            "{module=io.github.keras4j.optimizers.schedules, class_name=WarmUp, config={start=0.0,"
                + " steps=3, schedule=0.1, name=WarmUp}, registered_name=keras4j>WarmUp}");
    WarmUp nested = WarmUp.builder().start(0.01).steps(2).schedule(warm).build();
    assertThat(LearningRateSchedule.deserialize(LearningRateSchedule.serialize(nested)))
        .isEqualTo(nested)
        .hasSameHashCodeAs(nested)
        .isNotEqualTo(warm);
  }

  /** What Keras makes of it with the lines of Python in docs/schedules.md: see warm_up.py. */
  private record Golden(String source, List<GoldenTable> tables) {}

  private record GoldenTable(Map<String, Object> serialized, double[][] values) {}

  @Test
  void hasTheRatesOfAClassThatKerasLoadsFromItsConfiguration() {
    for (GoldenTable table : KerasJson.read("/keras3/warm_up.json", Golden.class).tables()) {
      LearningRateSchedule warm = LearningRateSchedule.deserialize(table.serialized());

      assertThat(warm).isInstanceOf(WarmUp.class);
      assertThat(KerasJson.byValue(LearningRateSchedule.serialize(warm)))
          .isEqualTo(KerasJson.byValue(table.serialized()));
      assertThat(table.values()).hasDimensions(40, 2);
      for (double[] pair : table.values()) {
        assertThat(warm.at((long) pair[0]))
            .as("%s at %.0f", warm, pair[0])
            .isCloseTo(pair[1], within(Intrinsics.present() ? 0. : 1e-15));
      }
    }
  }

  @Test
  void passesStepsBeyondTheRangeOfADoubleOnAsTheyAre() {
    LearningRateSchedule parity = step -> step % 2;

    assertThat(WarmUp.builder().steps(1).schedule(parity).build().at((1L << 60) + 2)).isOne();
  }

  @Test
  void ofALambdaItHasNoConfigurationAndIsItselfAlone() {
    LearningRateSchedule lambda = step -> 0.5;
    WarmUp warm = WarmUp.builder().steps(2).schedule(lambda).build();

    assertThat(warm.at(1)).isEqualTo(0.25);
    assertThat(warm).isEqualTo(WarmUp.builder().steps(2).schedule(lambda).build());
    assertThat(warm).isNotEqualTo(WarmUp.builder().steps(2).schedule(step -> 0.5).build());
    assertThat(warm.toString()).startsWith("WarmUp{start=0.0, steps=2, schedule=");
    assertThatThrownBy(warm::getConfig)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("schedule must be of a class that overrides getConfig, got ");
    Optimizer adam = Adam.builder().learningRate(warm).build();
    assertThatThrownBy(adam::getState).isExactlyInstanceOf(IllegalStateException.class);
    assertThat(adam.copy().getLr()).isZero();
  }

  @Test
  void anOptimizerIsMadeFromItsConfigurationWithACustomScheduleInside() {
    WarmUp warm = WarmUp.builder().steps(2).schedule(new Halving(3)).build();
    Map<String, Object> serialized =
        Optimizers.serialize(Adam.builder().learningRate(warm).build());
    Map<String, Function<Map<String, ?>, Object>> customObjects =
        Map.of("Halving", Halving::fromConfig);

    Optimizer adam = Optimizers.deserialize(serialized, customObjects);

    assertThat(adam.getConfig())
        .containsEntry("learning_rate", LearningRateSchedule.serialize(warm));
    assertThat(
            LearningRateSchedule.deserialize(LearningRateSchedule.serialize(warm), customObjects))
        .isEqualTo(warm);
    assertThatThrownBy(() -> Optimizers.deserialize(serialized))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("unknown schedule \"Halving\", known are ");
  }
}
