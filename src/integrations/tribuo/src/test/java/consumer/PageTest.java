package consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.oracle.labs.mlrg.olcut.config.ConfigurationManager;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.SGD;
import io.github.keras4j.tribuo.Digits;
import io.github.keras4j.tribuo.KerasOptimiser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tribuo.Dataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.classification.sgd.linear.LinearSGDModel;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.math.optimisers.ParameterAveraging;

/** The Java of the documentation page, word for word, and its file. */
class PageTest {
  private static final Digits<Label> DIGITS = Digits.labels();

  @TempDir Path folder;

  @Test
  void trains() {
    Dataset<Label> dataset = DIGITS.train();

    AdamW adamW = AdamW.builder().learningRate(0.01).weightDecay(0.001).build();
    LinearSGDTrainer trainer =
        new LinearSGDTrainer(new LogMulticlass(), new KerasOptimiser(adamW), 10, 1L);
    LinearSGDModel model = trainer.train(dataset);

    double accuracy = new LabelEvaluator().evaluate(model, DIGITS.test()).accuracy();
    assertThat(accuracy).isGreaterThan(0.94);
  }

  @Test
  void takesNames() {
    KerasOptimiser adam = new KerasOptimiser("adam"); // of Keras 2.2.4
    KerasOptimiser adam3 = new KerasOptimiser("keras3.adam"); // of Keras 3
    KerasOptimiser adamW = new KerasOptimiser("adamw"); // only Keras 3 has it

    assertThat(List.of(adam.toString(), adam3.toString(), adamW.toString()))
        .extracting(text -> text.substring(0, text.indexOf(',')))
        .containsExactly(
            "KerasOptimiser(optimizer=Adam",
            "KerasOptimiser(optimizer=keras3.Adam",
            "KerasOptimiser(optimizer=keras3.AdamW");
  }

  @Test
  void isLazyWhereItIsToldSo() {
    KerasOptimiser exact = new KerasOptimiser(Optimizers.get("adam"));
    KerasOptimiser lazy = new KerasOptimiser(Optimizers.get("adam"), true);

    assertThat(weights(lazy, 1)).isNotEqualTo(weights(exact, 1));
  }

  @Test
  void isMadeAgainFromTheProvenanceOfAModel() {
    LinearSGDModel model =
        new LinearSGDTrainer(new LogMulticlass(), new KerasOptimiser("adamw"), 1, 1L)
            .train(DIGITS.train());

    ConfigurationManager manager = new ConfigurationManager();
    manager.addConfiguration(
        ProvenanceUtil.extractConfiguration(model.getProvenance().getTrainerProvenance()));
    LinearSGDTrainer again = (LinearSGDTrainer) manager.lookup("linearsgdtrainer-0");

    assertThat(again.train(DIGITS.train()).getWeightsCopy()).isEqualTo(model.getWeightsCopy());
  }

  @Test
  void isAveraged() {
    ParameterAveraging averaged = new ParameterAveraging(new KerasOptimiser("sgd"));
    KerasOptimiser moving =
        new KerasOptimiser(AdamW.builder().useEma(true).emaMomentum(0.999).build());

    assertThat(weights(averaged, 1)).isNotEqualTo(weights(new KerasOptimiser("sgd"), 1));
    assertThat(weights(moving, 1)).isNotEqualTo(weights(new KerasOptimiser("adamw"), 1));
  }

  @Test
  void dividesByTheSquareOfTheMiniBatch() {
    int minibatch = 16;
    SGD sgd = SGD.builder().learningRate(0.5).lossScaleFactor(minibatch * minibatch).build();
    KerasOptimiser meanOfTheBatch = new KerasOptimiser(sgd);

    double[][] expected =
        weights(new KerasOptimiser(SGD.builder().learningRate(0.5 / 256.).build()), minibatch);
    double[][] actual = weights(meanOfTheBatch, minibatch);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).containsExactly(expected[i], within(1e-14));
    }
  }

  private static double[][] weights(
      org.tribuo.math.StochasticGradientOptimiser optimiser, int minibatch) {
    return new LinearSGDTrainer(new LogMulticlass(), optimiser, 1, -1, minibatch, 1L)
        .train(DIGITS.train())
        .getWeightsCopy()
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tribuo.md", "ko/tribuo.md"})
  void readsTheFile(String page) throws IOException {
    String text = Files.readString(Path.of("../../../docs", page));
    Matcher xml = Pattern.compile("```xml\n(<config>.*?)```", Pattern.DOTALL).matcher(text);
    assertThat(xml.find()).isTrue();
    Files.writeString(folder.resolve("trainer.xml"), xml.group(1));
    String path = folder.resolve("trainer.xml").toString();

    LinearSGDTrainer trainer = (LinearSGDTrainer) new ConfigurationManager(path).lookup("trainer");

    assertThat(trainer.toString()).contains("KerasOptimiser(optimizer=keras3.AdamW,");
    assertThat(trainer.train(DIGITS.train()).getWeightsCopy().getDimension1Size()).isEqualTo(10);
  }

  /** Not all: one that was added after the day of the measurement has no row. */
  @Test
  void measuresOptimizersOfTheLibraryOnBothPages() throws IOException {
    List<List<String>> rows = measured("tribuo.md");
    assertThat(rows).isNotEmpty().isEqualTo(measured("ko/tribuo.md"));
    assertThat(rows).extracting(row -> row.get(0)).isSubsetOf(Optimizers.names());
  }

  /** Of each row of an optimizer of this library its name, its learning rate and the figures. */
  private static List<List<String>> measured(String page) throws IOException {
    return Pattern.compile("^\\| `(\\S+)` ([0-9.]+).*?\\|(.*)", Pattern.MULTILINE)
        .matcher(Files.readString(Path.of("../../../docs", page)))
        .results()
        .map(row -> List.of(row.group(1), row.group(2), row.group(3)))
        .toList();
  }
}
