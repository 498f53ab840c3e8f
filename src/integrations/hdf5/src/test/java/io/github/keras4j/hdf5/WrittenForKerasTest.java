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
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Leaves what {@code src/test/python/keras_files.py} hands to Keras in {@code target/written}: each
 * file after five batches in Java, and where five more lead.
 */
class WrittenForKerasTest {
  private static final Path FOLDER = Path.of("target", "written");

  static Stream<Truth> files() {
    return Stream.concat(Truth.all(), RealModelsTest.files());
  }

  @ParameterizedTest
  @MethodSource("files")
  void writesAFileForKeras(Truth truth) throws IOException {
    KerasFile file = RealModelsTest.read(truth);
    Optimizer optimizer = optimizer(file, truth);
    double[][] parameters = file.parameters();
    List<Batch> batches = truth.batches("continued");
    train(optimizer, batches, parameters);
    Files.createDirectories(FOLDER);
    Path path = FOLDER.resolve(truth.name());
    boolean isOfTfKeras = !truth.isOfKeras2() && !truth.isOfKeras3();
    boolean saysClass = !truth.name().endsWith(".weights.h5");
    file.write(path, saysClass || !isOfTfKeras ? optimizer : null, parameters);

    KerasFile written = KerasFile.read(path);
    if (!RealModelsTest.saysWhatIsTrained(truth)) {
      written =
          written.withTrainable(
              file.tensors().stream().map(TensorSpec::name).toArray(String[]::new));
    }
    Optimizer again = optimizer(written, truth);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("file", truth.name());
    json.put("keras", truth.writtenBy());
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
      json.put("m_schedule", again.getState().scalars().get("m_schedule"));
      json.put("gradients", batches.stream().map(batch -> lists(batch.gradients())).toList());
      double[][] trained = written.parameters();
      train(again, batches, trained);
      json.put("trained", lists(trained));
    }
    Files.writeString(FOLDER.resolve(truth.name() + ".json"), Json.write(json));
    assertThat(written.tensors()).isEqualTo(file.tensors());
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
