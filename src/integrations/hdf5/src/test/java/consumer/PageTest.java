package consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.KerasFile;
import io.github.keras4j.hdf5.KerasFile.Weight;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
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

    // What stands above is what stands there, but for the paths.
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
}
