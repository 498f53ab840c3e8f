package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.constraints.NonNeg;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.SGD;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Keras's layers keep their weights to, the optimizer of a file does, too. */
class LayerConstraintsTest {
  private static final Path FOLDER = Path.of("src/test/resources/more-keras-files");
  private static final String NONNEG = "adam-constraint-nonneg.json";
  private static final String OF_2 = "k2.2.4-adam-constr.json";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {NONNEG, OF_2})
  void trainsOnAsKerasDid(String json) throws IOException {
    Truth truth = Truth.of(FOLDER, json);
    KerasFile file = KerasFile.read(truth.file());
    assertThat(file.notes()).isEmpty();
    Optimizer optimizer = file.optimizer().orElseThrow();
    KerasFileTest.assertTrainsAs(truth, truth.batches("continued"), optimizer, file.parameters());
    assertThat(optimizer.getState().config().get("build_config").toString())
        .contains("constraints");
  }

  @Test
  void aTemplateGetsThemToo() throws IOException {
    Truth truth = Truth.of(FOLDER, NONNEG);
    KerasFile file = KerasFile.read(truth.file());
    Optimizer template = file.optimizer(Adam.builder().learningRate(0.01).build());
    assertThat(template.getState()).isEqualTo(file.optimizer().orElseThrow().getState());
    KerasFileTest.assertTrainsAs(truth, truth.batches("continued"), template, file.parameters());
  }

  @Test
  void aTemplateThatDoesNotFitIsNotChanged() throws IOException {
    KerasFile file = KerasFile.read(Truth.of(FOLDER, NONNEG).file());
    Optimizer other = SGD.builder().build();
    OptimizerState before = other.getState();
    assertThatThrownBy(() -> file.optimizer(other)).isInstanceOf(IllegalArgumentException.class);
    assertThat(other.getState()).isEqualTo(before);
    Optimizer twice = Adam.builder().build();
    twice.constrain(0, NonNeg.of());
    OptimizerState constrained = twice.getState();
    assertThatThrownBy(() -> file.optimizer(twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor 0 must have one constraint, got NonNeg{} and NonNeg{}");
    assertThat(twice.getState()).isEqualTo(constrained);
  }

  /** A file whose model has another configuration. */
  private KerasFile changed(String text, String replacement) throws IOException {
    Group root = InMemory.read(Files.readAllBytes(Truth.of(FOLDER, OF_2).file())).copy();
    String config = ((Strings) root.attributes().get("model_config")).values().get(0);
    assertThat(config).contains(text);
    root.attributes()
        .put(
            "model_config",
            new Strings(0, true, false, List.of(config.replace(text, replacement))));
    return KerasFile.read(Files.write(folder.resolve("changed.h5"), InMemory.write(root)));
  }

  @Test
  void notesAConstraintThatIsNotKnown() throws IOException {
    Truth truth = Truth.of(FOLDER, OF_2);
    KerasFile file = changed("\"class_name\": \"MaxNorm\"", "\"class_name\": \"Mine\"");
    assertThat(file.notes())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("the constraint on \"")
        .contains("\"Mine\"")
        .contains("; make an optimizer as in Keras, call constrain(0, constraint, ")
        .endsWith(") on it and give it to optimizer(template)");
    assertThat(file.optimizer()).isPresent();
    assertThat(file.parameters()).isDeepEqualTo(KerasFile.read(truth.file()).parameters());
  }

  @Test
  void notesAConstraintOfALayerThatIsNotKnown() throws IOException {
    KerasFile file = changed("\"class_name\": \"Dense\"", "\"class_name\": \"Mine\"");
    assertThat(file.notes())
        .anyMatch(note -> note.contains("_constraint, which is not applied here, since the layer"));
  }

  /** The configuration of the layers inside has fewer weights than the file. */
  @ParameterizedTest
  @ValueSource(strings = {"adam-amsgrad-decay-nested-f64.h5", "adam-bidirectional-f32.h5"})
  void notesConstraintsInsideThatFindNoWeight(String name) throws IOException {
    Group root = InMemory.read(Truth.of(name).bytes()).copy();
    String config = ((Strings) root.attributes().get("model_config")).values().get(0);
    String constrained =
        config
            .replace(
                "\"kernel_constraint\": null",
                "\"kernel_constraint\": {\"class_name\": \"NonNeg\", \"config\": {}}")
            .replace("\"use_bias\": true", "\"use_bias\": false");
    root.attributes().put("model_config", new Strings(0, true, false, List.of(constrained)));
    KerasFile file = KerasFile.read(Files.write(folder.resolve("inside.h5"), InMemory.write(root)));
    assertThat(file.notes())
        .anyMatch(
            note -> note.contains("has layers inside with constraints, and weights of other"));
  }

  @Test
  void aConstraintOfAWeightThatIsNotTrainedMeansNothing() throws IOException {
    KerasFile file = KerasFile.read(Truth.of(FOLDER, NONNEG).file());
    String last = file.tensors().get(file.tensors().size() - 1).name();
    KerasFile told = file.withTrainable(last);
    assertThat(told.tensors()).hasSize(1);
    assertThat(told.notes()).noneMatch(note -> note.contains("constraint"));
  }
}
