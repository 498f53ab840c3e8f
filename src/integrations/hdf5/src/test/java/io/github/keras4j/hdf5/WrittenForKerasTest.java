package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.Truth.Batch;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each file after five batches in Java holds what Java has. It is left in {@code target/written}
 * with where five more batches lead, for {@code src/test/python/keras_files.py} to hand to Keras.
 */
class WrittenForKerasTest {
  private static final Path FOLDER = Path.of("target", "written");

  /** Files of models that the script would have to make, or classes of layers. */
  private static final Set<String> NOT_HANDED_OVER =
      Set.of(
          "adam-custom-z-first.keras",
          "adam-subclassed-inside.h5",
          "k3.0.5-opt-adam-template.weights.h5",
          "kerasio-transformer.keras",
          "sgd-custom-nontrainable.keras",
          "tf2.14.0-adam-nested.weights.h5");

  @BeforeAll
  static void removeWhatIsThere() throws IOException {
    Files.createDirectories(FOLDER);
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  static Stream<Truth> files() {
    return Truth.everywhere();
  }

  @ParameterizedTest
  @MethodSource("files")
  void writesAFileForKeras(Truth truth) throws IOException {
    KerasFile file = RealModelsTest.read(truth);
    Optimizer optimizer = optimizer(file, truth);
    double[][] parameters = file.parameters();
    List<Batch> batches = truth.batches("continued");
    train(optimizer, batches, parameters);
    Path path = FOLDER.resolve(truth.name());
    boolean takesOptimizer = truth.isOfKeras3() || !truth.name().endsWith(".weights.h5");
    file.write(path, takesOptimizer ? optimizer : null, parameters);

    KerasFile written = KerasFile.read(path);
    if (!RealModelsTest.saysWhatIsTrained(truth)) {
      written =
          written.withTrainable(
              file.tensors().stream().map(TensorSpec::name).toArray(String[]::new));
    }
    assertThat(written.tensors()).isEqualTo(file.tensors());
    assertThat(written.parameters())
        .isDeepEqualTo(Arrays.stream(parameters).map(truth::stored).toArray(double[][]::new));
    Optimizer again = optimizer(written, truth);
    if (again != null && takesOptimizer) {
      assertThat(again.getWeights().toArray(double[][]::new))
          .isDeepEqualTo(stored(truth, optimizer.getWeights().toArray(double[][]::new)));
      assertThat(again.getIterations())
          .isEqualTo(
              written.notes().stream().anyMatch(note -> note.startsWith("the iterations of"))
                  ? 0
                  : optimizer.getIterations());
    }
    if (NOT_HANDED_OVER.contains(truth.name())) {
      return;
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("file", truth.name());
    json.put("original", truth.file().toString());
    json.put("keras", truth.generation());
    json.put("floatx", truth.json().get("floatx"));
    json.put("class_name", again == null ? null : truth.className());
    json.put(
        "shapes",
        written.tensors().stream()
            .map(TensorSpec::shape)
            .map(shape -> Arrays.stream(shape).boxed().toList())
            .toList());
    json.put("parameters", lists(written.parameters()));
    if (again != null) {
      json.put("adds_squares", KerasFileTest.addsSquares(truth, again));
      json.put("iterations", again.getIterations());
      json.put("slots", lists(again.getWeights().toArray(double[][]::new)));
      json.put("product", again.getState().scalars().values());
      if (file.notes().stream().anyMatch(note -> note.contains("rounds to"))) {
        batches = List.of(); // after which the numbers differ
      }
      json.put("gradients", batches.stream().map(batch -> lists(batch.gradients())).toList());
      double[][] trained = written.parameters();
      train(again, batches, trained);
      json.put("trained", lists(trained));
    }
    Files.writeString(FOLDER.resolve(truth.name() + ".json"), Json.write(json));
  }

  private static double[][] stored(Truth truth, double[][] arrays) {
    double[][] stored = Arrays.stream(arrays).map(truth::stored).toArray(double[][]::new);
    if (truth.name().startsWith("tf215-new-nadam")) {
      int product = arrays.length - 1; // which is lost, and computed again
      stored[product] = arrays[product];
    }
    return stored;
  }

  private static Optimizer optimizer(KerasFile file, Truth truth) {
    return truth.name().equals("keras3-adam-dense-f32.weights.h5")
        ? file.optimizer(new Adam())
        : RealModelsTest.optimizer(file, truth);
  }

  private static void train(Optimizer optimizer, List<Batch> batches, double[][] parameters) {
    if (optimizer != null) {
      batches.forEach(batch -> optimizer.applyGradients(batch.gradients(), parameters));
    }
  }

  private static List<List<Double>> lists(double[][] arrays) {
    List<List<Double>> lists = new ArrayList<>();
    for (double[] array : arrays) {
      lists.add(Arrays.stream(array).boxed().toList());
    }
    return lists;
  }
}
