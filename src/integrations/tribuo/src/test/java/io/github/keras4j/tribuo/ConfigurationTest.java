package io.github.keras4j.tribuo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.oracle.labs.mlrg.olcut.config.ConfigurationManager;
import com.oracle.labs.mlrg.olcut.config.PropertyException;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.keras3.Adam;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tribuo.Model;
import org.tribuo.classification.Label;
import org.tribuo.classification.sgd.linear.LinearSGDModel;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;

/** Configurations and provenance, and what is made from them. */
class ConfigurationTest {
  @TempDir Path folder;

  private static Stream<String> cases() {
    return Cases.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isMadeAgainFromItsProvenance(String name) {
    KerasOptimiser original = new KerasOptimiser(Cases.get(name), Cases.mayBeLazy(name));
    KerasOptimiser again = (KerasOptimiser) rebuilt(original.getProvenance(), "kerasoptimiser-0");
    assertThat(again.toString()).isEqualTo(original.toString());
    assertThat(again.getProvenance()).isEqualTo(original.getProvenance());
    assertThat(trained(again)).isDeepEqualTo(trained(original));
  }

  @Test
  void keepsEveryBitOfANumber() {
    Random random = new Random(3);
    for (int i = 0; i < 1000; i++) {
      double rate = random.nextDouble() * Math.pow(10., random.nextInt(600) - 300);
      Adam adam = Adam.builder().learningRate(rate).build();
      assertThat(new KerasOptimiser(adam).toString()).contains("\"learning_rate\":" + rate + ",");
      KerasOptimiser again =
          (KerasOptimiser) rebuilt(new KerasOptimiser(adam).getProvenance(), "kerasoptimiser-0");
      assertThat(again.toString()).isEqualTo(new KerasOptimiser(adam).toString());
    }
  }

  @Test
  void rebuildsTheTrainerOfAModel() {
    Digits<Label> digits = Digits.labels();
    Model<Label> model =
        new LinearSGDTrainer(new LogMulticlass(), new KerasOptimiser("adamw"), 1, 1L)
            .train(digits.train());
    LinearSGDTrainer again =
        (LinearSGDTrainer)
            rebuilt(model.getProvenance().getTrainerProvenance(), "linearsgdtrainer-0");
    assertThat(again.train(digits.train()).getWeightsCopy())
        .isEqualTo(((LinearSGDModel) model).getWeightsCopy());
  }

  private static Object rebuilt(
      com.oracle.labs.mlrg.olcut.provenance.ObjectProvenance provenance, String component) {
    ConfigurationManager manager = new ConfigurationManager();
    manager.addConfiguration(ProvenanceUtil.extractConfiguration(provenance));
    return manager.lookup(component);
  }

  private static double[][] trained(KerasOptimiser optimiser) {
    Machine machine = new Machine();
    optimiser.initialise(machine.parameters);
    machine.train(optimiser, 10, Machine.Gradients.SPARSE);
    return machine.arrays();
  }

  @Test
  void readsAFileOfOlcut() throws IOException {
    KerasOptimiser optimiser =
        configured(
            """
            <property name="optimizer" value="adamw"/>
            <property name="config" value='{"learning_rate": 1, "weight_decay": 0.001}'/>
            """);
    assertThat(optimiser.toString())
        .startsWith("KerasOptimiser(optimizer=keras3.AdamW,config={\"name\":\"adam_w\",")
        .contains("\"learning_rate\":1.0,\"weight_decay\":0.001,\"clipnorm\":null");
    assertThat(configured("<property name=\"optimizer\" value=\"adam\"/>").toString())
        .isEqualTo(
            "KerasOptimiser(optimizer=Adam,config={\"lr\":0.001,\"beta_1\":0.9,\"beta_2\":0.999,"
                + "\"decay\":0.0,\"epsilon\":1.0E-7,\"amsgrad\":false},lazyRows=false)");
  }

  @Test
  void rejectsAFileThatNamesNoOptimizer() {
    assertRejected(
        "<property name=\"optimizer\" value=\"adm\"/>", "unknown optimizer \"adm\", known");
    assertRejected(
        "<property name=\"optimizer\" value=\"adam\"/>"
            + "<property name=\"config\" value='{\"beta_3\": 1}'/>",
        "beta_3");
    assertRejected(
        "<property name=\"optimizer\" value=\"adam\"/><property name=\"config\" value='[1]'/>",
        "config must be a JSON object");
    assertRejected(
        "<property name=\"optimizer\" value=\"adam\"/><property name=\"config\" value='{\"lr\":'/>",
        "config must be a JSON object");
    assertThatThrownBy(() -> configured(""))
        .isInstanceOf(PropertyException.class)
        .hasMessageContaining("optimizer");
  }

  private void assertRejected(String properties, String message) {
    assertThatThrownBy(() -> configured(properties))
        .isInstanceOf(PropertyException.class)
        .cause()
        .hasMessageContaining(message);
  }

  private KerasOptimiser configured(String properties) throws IOException {
    Path file = folder.resolve("config.xml");
    Files.writeString(
        file,
        "<config><component name=\"keras\" type=\"io.github.keras4j.tribuo.KerasOptimiser\">"
            + properties
            + "</component></config>");
    return (KerasOptimiser) new ConfigurationManager(file.toString()).lookup("keras");
  }

  @Test
  void rejectsWhatNoProvenanceCouldTell() {
    assertThatThrownBy(() -> new KerasOptimiser((Optimizer) null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be an optimizer, got null");
    assertThatThrownBy(() -> new KerasOptimiser("adm"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("unknown optimizer \"adm\", known are adadelta, adafactor, ");
    assertThatThrownBy(
            () -> new KerasOptimiser(Adam.builder().learningRate(step -> 0.1 / step).build()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("schedule must be of a class that overrides getConfig, got ");
    assertThatThrownBy(() -> new KerasOptimiser(Drift.fromConfig(Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("unknown optimizer \"Drift\"");
  }

  @ParameterizedTest
  @CsvSource({
    "lamb,that needs whole tensors,keras3.Lamb",
    "adafactor,that needs whole tensors,keras3.Adafactor",
    "muon,that needs whole tensors,keras3.Muon",
    "accumulation,with gradient_accumulation_steps,keras3.Adam"
  })
  void rejectsLazyRowsWhereTheOptimizerDoesNotTakeThem(
      String name, String which, String className) {
    assertThatThrownBy(() -> new KerasOptimiser(Cases.get(name), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "lazyRows must be false for an optimizer %s, got true for %s", which, className);
  }

  @Test
  void takesAnOptimizerOfOnesOwnThatIsRegistered() {
    Optimizers.register("Drifting", Drifting::fromConfig);
    Machine machine = new Machine();
    KerasOptimiser optimiser = new KerasOptimiser(Drifting.fromConfig(Map.of()));
    optimiser.initialise(machine.parameters);
    machine.train(optimiser, 3, Machine.Gradients.SPARSE);
    double[][] expected = new Machine().arrays();
    for (int step = 0; step < 3; step++) {
      Machine.addDifference(Drifting.fromConfig(Map.of()), zeros(expected), expected);
    }
    assertThat(machine.arrays()).isDeepEqualTo(expected);
  }

  private static Gradient[] zeros(double[][] like) {
    return Arrays.stream(like)
        .map(tensor -> Gradient.dense(new double[tensor.length]))
        .toArray(Gradient[]::new);
  }

  /** Shrinks parameters, whatever the gradient. */
  private static class Drift extends Optimizer {
    Drift(Hyperparameters h) {
      super(h, 0.1);
    }

    static Drift fromConfig(Map<String, ?> config) {
      return Hyperparameters.build(config, Drift::new);
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {
      double[] p = x.parameter();
      for (int i = from; i < to; i++) {
        p[i] = p[i] - lr * p[i];
      }
    }
  }

  /** Likewise, and registered. */
  private static final class Drifting extends Drift {
    private Drifting(Hyperparameters h) {
      super(h);
    }

    static Drifting fromConfig(Map<String, ?> config) {
      return Hyperparameters.build(config, Drifting::new);
    }
  }
}
