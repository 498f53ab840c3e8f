package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Truth.Tensor;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.Nadam;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files whose optimizer is a MultiOptimizer: {@code src/test/python/multi_optimizer.py}. */
class GroupsTest {
  @TempDir Path folder;

  static Stream<Truth> files() {
    return Truth.all(Path.of("src/test/resources/groups"));
  }

  @Test
  void hasAllFiles() {
    assertThat(files()).hasSize(2);
  }

  @ParameterizedTest
  @MethodSource("files")
  void trainsOnAsKerasDid(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    Optimizer optimizer = file.optimizer().orElseThrow();
    assertThat(optimizer).isInstanceOf(MultiOptimizer.class);
    assertThat(optimizer.getIterations()).isEqualTo(truth.iterations());
    if (truth.iterations() > 0) {
      List<double[]> expected = truth.optimizerWeights().stream().map(Tensor::values).toList();
      assertThat(optimizer.getWeights().toArray(double[][]::new))
          .isDeepEqualTo(expected.toArray(double[][]::new));
    }
    KerasFileTest.assertTrainsAs(truth, truth.batches("continued"), optimizer, file.parameters());
  }

  @ParameterizedTest
  @MethodSource("files")
  void trainsOnFromACopyLikewise(Truth truth) throws IOException {
    KerasFile file = KerasFile.read(truth.file());
    Optimizer optimizer = file.optimizer().orElseThrow();
    double[][] parameters = file.parameters();
    optimizer.applyGradients(file.parameters(), parameters);
    Path path = folder.resolve(truth.name());
    file.write(path, optimizer, parameters);
    KerasFile copy = KerasFile.read(path);
    assertThat(copy.optimizer().orElseThrow().getState()).isEqualTo(optimizer.getState());
    assertThat(copy.parameters()).isDeepEqualTo(parameters);
    assertHasTheStateOfEachOnceMore(Source.model(path).tree());
  }

  /** A file of one optimizer takes several, each with its place. */
  @Test
  void writesGroupsWhereOneOptimizerWas() throws IOException {
    KerasFile file =
        KerasFile.read(Path.of("src/test/resources/keras-files/keras3-nadam-dense-f64.keras"));
    MultiOptimizer groups =
        MultiOptimizer.builder()
            .add(".*/kernel", new Adam())
            .otherwise(Nadam.builder().learningRate(0.01).build())
            .build();
    groups.build(file.tensors().toArray(new TensorSpec[0]));
    double[][] parameters = file.parameters();
    groups.applyGradients(file.parameters(), parameters);
    Path path = folder.resolve("groups.keras");
    file.write(path, groups, parameters);
    KerasFile copy = KerasFile.read(path);
    assertThat(copy.optimizer().orElseThrow().getWeights().toArray(double[][]::new))
        .isDeepEqualTo(groups.getWeights().toArray(double[][]::new));
    assertHasTheStateOfEachOnceMore(Source.model(path).tree());
  }

  /** Keras loads the variables of all, then the variables of each optimizer inside again. */
  private static void assertHasTheStateOfEachOnceMore(Group tree) throws IOException {
    List<String> inside = new ArrayList<>();
    for (Node one : tree.group("optimizer/optimizers").children().values()) {
      inside.addAll(arrays(((Group) one).group("vars")));
    }
    List<String> all = arrays(tree.group("optimizer/vars"));
    assertThat(inside).containsExactlyInAnyOrderElementsOf(all.subList(2, all.size()));
  }

  private static List<String> arrays(Group vars) throws IOException {
    List<String> arrays = new ArrayList<>();
    for (int i = 0; i < vars.children().size(); i++) {
      arrays.add(Arrays.toString(vars.requireDataset("" + i).doubles("")));
    }
    return arrays;
  }
}
