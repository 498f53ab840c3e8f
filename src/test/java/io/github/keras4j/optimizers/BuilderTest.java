package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every method of every builder, in one chain: each answers the builder, and sets its own. */
class BuilderTest {
  private static void assertConfig(Optimizer optimizer, Map<String, Object> config) {
    assertThat(optimizer.getConfig()).isEqualTo(config);
  }

  @Test
  void sgd() {
    assertConfig(
        SGD.builder().decay(0.1).momentum(0.2).nesterov(true).lr(0.3).build(),
        Map.of("lr", 0.3, "momentum", 0.2, "decay", 0.1, "nesterov", true));
  }

  @Test
  void rmsprop() {
    assertConfig(
        RMSprop.builder().rho(0.1).epsilon(0.2).decay(0.3).lr(0.4).build(),
        Map.of("lr", 0.4, "rho", 0.1, "decay", 0.3, "epsilon", 0.2));
  }

  @Test
  void takesBothEndsOfTheUnitInterval() {
    assertThat(RMSprop.builder().rho(1.).build().getConfig()).containsEntry("rho", 1.);
    assertThat(Adadelta.builder().rho(0.).build().getConfig()).containsEntry("rho", 0.);
  }

  @Test
  void buildsAnyNumberOfOptimizers() {
    Adam.Builder builder = Adam.builder().lr(0.5);
    Optimizer first = builder.build();

    assertThat(builder.lr(0.25).build().getLr()).isEqualTo(0.25);
    assertThat(first.getLr()).isEqualTo(0.5);
  }

  @Test
  void adagrad() {
    assertConfig(
        Adagrad.builder().epsilon(0.2).decay(0.3).lr(0.4).build(),
        Map.of("lr", 0.4, "decay", 0.3, "epsilon", 0.2));
  }

  @Test
  void adadelta() {
    assertConfig(
        Adadelta.builder().rho(0.1).epsilon(0.2).decay(0.3).lr(0.4).build(),
        Map.of("lr", 0.4, "rho", 0.1, "decay", 0.3, "epsilon", 0.2));
  }

  @Test
  void adam() {
    assertConfig(
        Adam.builder().beta1(0.1).beta2(0.2).epsilon(0.3).decay(0.4).amsgrad(true).lr(0.5).build(),
        Map.of(
            "lr", 0.5, "beta_1", 0.1, "beta_2", 0.2, "decay", 0.4, "epsilon", 0.3, "amsgrad",
            true));
  }

  @Test
  void adamax() {
    assertConfig(
        Adamax.builder().beta1(0.1).beta2(0.2).epsilon(0.3).decay(0.4).lr(0.5).build(),
        Map.of("lr", 0.5, "beta_1", 0.1, "beta_2", 0.2, "decay", 0.4, "epsilon", 0.3));
  }

  @Test
  void nadam() {
    assertConfig(
        Nadam.builder().beta1(0.1).beta2(0.2).epsilon(0.3).scheduleDecay(0.4).lr(0.5).build(),
        Map.of("lr", 0.5, "beta_1", 0.1, "beta_2", 0.2, "epsilon", 0.3, "schedule_decay", 0.4));
  }

  @Test
  void whatAllShare() {
    assertConfig(
        Adagrad.builder().clipvalue(0.1).errorIfNonFinite(true).clipnorm(0.2).lr(0.3).build(),
        Map.of(
            "lr",
            0.3,
            "decay",
            0.,
            "epsilon",
            1e-7,
            "clipvalue",
            0.1,
            "clipnorm",
            0.2,
            "error_if_non_finite",
            true));
  }
}
