package consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.KerasFile;
import io.github.keras4j.hdf5.KerasFile.Weight;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of the documentation page, word for word. */
class PageTest {
  private static final Path FILES = Path.of("src/test/resources/keras-files");

  @TempDir Path folder;

  @Test
  void goesOnWithALineThatKerasBegan() throws IOException {
    Path model = Path.of("src/test/resources/line.keras");
    Path target = folder.resolve("line-from-java.keras");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true));
    try {
      Line.main(new String[] {model.toString(), target.toString()});
    } finally {
      System.setOut(out);
    }
    KerasFile before = KerasFile.read(model);
    KerasFile after = KerasFile.read(target);
    assertThat(before.optimizer().orElseThrow().getIterations()).isEqualTo(20);
    assertThat(after.optimizer().orElseThrow().getIterations()).isEqualTo(120);
    assertThat(printed.toString().strip()).isEqualTo("1.9983 0.9988"); // as the page has it
    assertThat(after.parameters()[0][0]).isBetween(1.998, 1.999);
  }

  @Test
  void doesWhatTheJavadocSays() throws IOException {
    double[][] gradients = {{1.}, {1.}};
    Path target = folder.resolve("trained.keras");
    KerasFile file = KerasFile.read(Path.of("src/test/resources/line.keras"));
    double[][] parameters = file.parameters();
    Optimizer optimizer = file.optimizer().orElseThrow();
    optimizer.applyGradients(gradients, parameters);
    file.write(target, optimizer, parameters);
    assertThat(KerasFile.read(target).optimizer().orElseThrow().getIterations()).isEqualTo(21);

    // What stands above is what stands there, except for the paths.
    String source =
        Files.readString(Path.of("src/main/java/io/github/keras4j/hdf5/KerasFile.java"));
    String javadoc = source.substring(source.indexOf("{@code"), source.indexOf("}</pre>"));
    String here = Files.readString(Path.of("src/test/java/consumer/PageTest.java"));
    List<String> statements =
        javadoc
            .lines()
            .map(
                line ->
                    line.replaceFirst("^ \\* ?", "").replaceAll("Path\\.of\\(.*?\\)", "").strip())
            .filter(line -> line.endsWith(";"))
            .toList();
    assertThat(statements).hasSize(7);
    String wanted =
        here.replaceAll("Path\\.of\\(\"src/test/resources/line.keras\"\\)|target(?=, opt)", "");
    assertThat(statements).allSatisfy(statement -> assertThat(wanted).contains(statement));
  }

  @Test
  void looksIntoAFile() throws IOException {
    KerasFile file = KerasFile.read(FILES.resolve("adamax-clipvalue-bn-f64.h5"));

    List<TensorSpec> tensors = file.tensors(); // Keras's names and shapes
    double[][] parameters = file.parameters(); // what is trained, in the optimizer's order
    Map<String, Map<String, Weight>> weights = file.weights(); // all, by layer and name
    double[] means =
        weights.get("batch_normalization_1").get("batch_normalization_1/moving_mean:0").values();
    file.notes().forEach(System.out::println); // what is lost, or why there is no optimizer

    assertThat(tensors).hasSameSizeAs(parameters).hasSize(5);
    assertThat(means).hasSize(4);
  }

  @Test
  void givesBackALostCount() throws IOException {
    KerasFile file = KerasFile.read(FILES.resolve("adagrad-bn-f64.h5"));

    Optimizer counted = file.optimizer(7); // seven steps had been made

    assertThat(counted.getIterations()).isEqualTo(7);
  }

  @Test
  void isToldWhatIsTrained() throws IOException {
    KerasFile file = KerasFile.read(Path.of("src/test/resources/line.keras"));

    KerasFile told = file.withTrainable("dense/kernel", "dense/bias");

    assertThat(told.parameters()).isDeepEqualTo(file.parameters());
    assertThat(told.optimizer()).isPresent();
    assertThat(file.withTrainable("dense/bias").parameters()).hasDimensions(1, 1);
  }

  @Test
  void fillsATemplate() throws IOException {
    KerasFile file = KerasFile.read(FILES.resolve("keras3-adam-dense-f32.weights.h5"));

    Optimizer adam = file.optimizer(Adam.builder().learningRate(0.001).build());

    assertThat(adam.getIterations()).isEqualTo(7);
  }

  @Test
  void putsACustomConstraintOnATemplate() throws IOException {
    KerasFile file = KerasFile.read(FILES.resolve("keras3-adam-dense-f32.weights.h5"));
    Constraint mine = (values, shape) -> Arrays.fill(values, 7.);

    Adam template = Adam.builder().learningRate(0.01).build();
    template.constrain(0, mine, 4, 5); // number and shape are in the note
    Optimizer constrained = file.optimizer(template);

    double[][] parameters = file.parameters();
    constrained.applyGradients(file.parameters(), parameters);
    assertThat(parameters[0]).hasSize(20).containsOnly(7.);
    assertThat(parameters[1]).doesNotContain(7.);
  }

  @Test
  void goesOnWithMoreWords() throws IOException {
    Path trained = folder.resolve("words.keras");
    trainThreeSteps(Path.of("src/test/resources/layers/sequences.keras"), trained);
    KerasFile file = KerasFile.read(trained);

    double[][] parameters = file.parameters();
    TensorSpec[] tensors = file.tensors().toArray(new TensorSpec[0]);
    int words = 0; // the number of the embedding among the tensors
    int[] shape = tensors[words].shape();
    shape[0] += 3; // three more words
    tensors[words] = TensorSpec.of(tensors[words].name(), shape);
    parameters[words] =
        Arrays.copyOf(parameters[words], tensors[words].length()); // zeros, to begin

    BaseOptimizer optimizer = (BaseOptimizer) file.optimizer().orElseThrow();
    optimizer.resize(parameters, tensors);

    assertThat(shape).containsExactly(13, 4);
    double[] before = file.optimizer().orElseThrow().getState().slots().get("momentum")[words];
    assertThat(before).hasSize(40).doesNotContain(0.);
    assertThat(optimizer.getState().slots().get("momentum")[words])
        .isEqualTo(Arrays.copyOf(before, 52));
    optimizer.applyGradients(copy(parameters), parameters);
    assertThat(optimizer.getIterations()).isEqualTo(4);
  }

  private static void trainThreeSteps(Path from, Path to) throws IOException {
    KerasFile file = KerasFile.read(from);
    double[][] parameters = file.parameters();
    Optimizer optimizer = file.optimizer().orElseThrow();
    for (int step = 0; step < 3; step++) {
      optimizer.applyGradients(copy(parameters), parameters);
    }
    file.write(to, optimizer, parameters);
  }

  private static double[][] copy(double[][] arrays) {
    return Arrays.stream(arrays).map(double[]::clone).toArray(double[][]::new);
  }
}
