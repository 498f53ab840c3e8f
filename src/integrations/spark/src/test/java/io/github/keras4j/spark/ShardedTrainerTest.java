package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.constraints.NonNeg;
import io.github.keras4j.optimizers.engine.Model;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.spark.Problem.Example;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSError;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Sharded models make the steps of whole ones. */
class ShardedTrainerTest {
  private static final int STEPS = 3;

  static final TensorSpec[] SPECS = {
    TensorSpec.of("table/kernel", Problem.ROWS, Problem.WIDTH),
    TensorSpec.of("scale/kernel", Problem.WIDTH),
    TensorSpec.of("scale/bias", 1)
  };

  private static JavaSparkContext context;
  private static JavaRDD<Example> data;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    context = Contexts.local(2);
    data = context.parallelize(Problem.examples(60), 4).cache();
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  /** The loss of the problem, with rows that are asked for. */
  static final class ByRows implements ShardedLoss<Example> {
    private static final long serialVersionUID = 1L;

    @Override
    public void rowsOf(Example x, NeededRows rows) {
      rows.add(0, x.left);
      rows.add(0, x.right);
    }

    @Override
    public double add(Example x, ParameterView view, GradientSum gradients) {
      double[] table = new double[Problem.ROWS * Problem.WIDTH];
      for (int row : new int[] {x.left, x.right}) {
        System.arraycopy(view.row(0, row), 0, table, row * Problem.WIDTH, Problem.WIDTH);
      }
      return Problem.loss(
          x,
          new double[][] {table, view.tensor(1), view.tensor(2)},
          row -> gradients.row(0, row),
          gradients.tensor(1),
          gradients.tensor(2));
    }
  }

  /** Likewise, with a fault that strikes in some tasks. */
  static ShardedLoss<Example> disturbed(Fault fault) {
    ByRows loss = new ByRows();
    return new ShardedLoss<>() {
      private static final long serialVersionUID = 1L;

      @Override
      public void rowsOf(Example x, NeededRows rows) {
        loss.rowsOf(x, rows);
      }

      @Override
      public double add(Example x, ParameterView view, GradientSum gradients) throws IOException {
        return fault.strike(view) + loss.add(x, view, gradients);
      }
    };
  }

  /** What is added to a loss, if it comes to that. */
  interface Fault extends Serializable {
    double strike(ParameterView view) throws IOException;
  }

  /** Likewise, of tensors that do not go by rows. */
  private static ShardedLoss<Example> dense() {
    ExampleLoss<Example> loss = Problem.dense();
    return (x, view, gradients) ->
        loss.add(x, new double[][] {view.tensor(0), view.tensor(1), view.tensor(2)}, gradients);
  }

  static InitialValues initial() {
    return (tensor, from, to) -> Arrays.copyOfRange(Problem.parameters()[tensor], from, to);
  }

  private ShardedTrainer.Builder<Example> builder(Optimizer optimizer) {
    return ShardedTrainer.<Example>builder(optimizer, SPECS)
        .loss(new ByRows())
        .rows(0, Problem.WIDTH)
        .initial(initial())
        .miniBatchFraction(0.8)
        .shards(3)
        .checkpoints(folder.toString(), 2);
  }

  private static double[][] train(ShardedTrainer<Example> trainer, int steps) throws IOException {
    trainer.train(data, steps);
    return trainer.parameters();
  }

  private static double[][] unsharded(Optimizer optimizer, int steps) throws IOException {
    if (optimizer instanceof BaseOptimizer ofKeras3) {
      ofKeras3.build(SPECS);
    }
    double[][] parameters = Problem.parameters();
    SparkTrainer.<Example>builder(optimizer)
        .exampleLoss(Problem.dense())
        .miniBatchFraction(0.8)
        .build()
        .train(data, parameters, steps);
    return parameters;
  }

  static Stream<String> elementwise() {
    return Optimizers.names().stream().filter(name -> !Optimizers.get(name).sumsOverElements());
  }

  static Stream<String> ofWholeTensors() {
    return Optimizers.names().stream().filter(name -> Optimizers.get(name).sumsOverElements());
  }

  @ParameterizedTest
  @MethodSource("elementwise")
  void makesTheStepsOfAWholeModel(String name) throws IOException {
    assertThat(train(builder(Optimizers.get(name)).build(), STEPS))
        .isDeepEqualTo(unsharded(Optimizers.get(name), STEPS));
  }

  @ParameterizedTest
  @MethodSource("ofWholeTensors")
  void makesTheStepsOfTensorsLeftWhole(String name) throws IOException {
    ShardedTrainer<Example> trainer =
        ShardedTrainer.<Example>builder(Optimizers.get(name), SPECS)
            .loss(dense())
            .initial(initial())
            .miniBatchFraction(0.8)
            .shards(2)
            .wholeTensors()
            .checkpoints(folder.toString(), 2)
            .build();
    assertThat(train(trainer, STEPS)).isDeepEqualTo(unsharded(Optimizers.get(name), STEPS));
    assertThatThrownBy(() -> builder(Optimizers.get(name)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs tensors whole, set wholeTensors: tensor 0 would be cut at 42");
  }

  static Stream<Map<String, Object>> clipped() {
    return Stream.of(
        optimizer("adam", Map.of("clipnorm", 0.01)),
        optimizer("keras3.adam", Map.of("global_clipnorm", 0.01)),
        optimizer("keras3.adam", Map.of("clipnorm", 0.01)),
        optimizer("keras3.adam", Map.of("clipnorm", 0.01, "gradient_accumulation_steps", 0)),
        optimizer("keras3.sgd", Map.of("clipnorm", 0.01, "momentum", 0.9)));
  }

  private static Map<String, Object> optimizer(String name, Map<String, Object> config) {
    return Map.of("class_name", name, "config", config);
  }

  @ParameterizedTest
  @MethodSource("clipped")
  void clipsByTheNormOfAllShards(Map<String, Object> config) throws IOException {
    for (boolean oneTensorAShard : new boolean[] {false, true}) {
      ShardedTrainer.Builder<Example> builder = builder(Optimizers.deserialize(config));
      if (oneTensorAShard) {
        builder.wholeTensors();
      }
      builder.checkpoints(folder.resolve("" + oneTensorAShard).toString(), 2);
      double[][] parameters = train(builder.build(), STEPS);
      double[][] expected = unsharded(Optimizers.deserialize(config), STEPS);
      for (int tensor = 0; tensor < expected.length; tensor++) {
        double largest = Arrays.stream(expected[tensor]).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < expected[tensor].length; i++) {
          assertThat(Math.abs(parameters[tensor][i] - expected[tensor][i]))
              .as("%s, tensor %d, element %d", config, tensor, i)
              .isLessThanOrEqualTo(8 * Math.ulp(largest));
        }
      }
      assertThat(unsharded(Optimizers.get((String) config.get("class_name")), STEPS))
          .as("that the norm acted")
          .isNotEqualTo(expected);
    }
  }

  @Test
  void accumulatesGradientsInEveryShard() throws IOException {
    Map<String, Object> config = optimizer("keras3.adam", Map.of("gradient_accumulation_steps", 2));
    assertThat(train(builder(Optimizers.deserialize(config)).build(), 5))
        .isDeepEqualTo(unsharded(Optimizers.deserialize(config), 5))
        .isNotEqualTo(unsharded(Optimizers.get("keras3.adam"), 5));
  }

  @Test
  void excludesTensorsFromWeightDecay() throws IOException {
    List<Consumer<BaseOptimizer>> exclusions =
        List.of(
            optimizer -> optimizer.excludeFromWeightDecay("bias"),
            optimizer -> optimizer.excludeFromWeightDecay(0, 2));
    for (int i = 0; i < exclusions.size(); i++) {
      BaseOptimizer one = AdamW.builder().weightDecay(0.1).build();
      BaseOptimizer other = AdamW.builder().weightDecay(0.1).build();
      one.build(SPECS);
      exclusions.get(i).accept(one);
      exclusions.get(i).accept(other);
      ShardedTrainer<Example> trainer =
          builder(one).checkpoints(folder.resolve("" + i).toString(), 2).build();
      assertThat(train(trainer, STEPS)).isDeepEqualTo(unsharded(other, STEPS));
    }
  }

  @Test
  void changesOnlyTouchedRows() throws IOException {
    JavaRDD<Example> one = context.parallelize(List.of(new Example(3, 17, 1.)), 2);
    ShardedTrainer<Example> trainer =
        builder(Optimizers.get("adam")).lazyRows(0, Problem.WIDTH).miniBatchFraction(1.).build();
    trainer.train(one, 2);
    double[][] before = Problem.parameters();
    double[][] after = trainer.parameters();
    for (int row = 0; row < Problem.ROWS; row++) {
      assertThat(Arrays.equals(row(before, row), row(after, row)))
          .as("row %d", row)
          .isEqualTo(row != 3 && row != 17);
    }
  }

  private static double[] row(double[][] parameters, int row) {
    return Arrays.copyOfRange(parameters[0], row * Problem.WIDTH, (row + 1) * Problem.WIDTH);
  }

  @Test
  void goesOnWithTheSameBits() throws IOException {
    for (int steps = 0; steps <= 5; steps++) {
      ShardedTrainer<Example> trainer = builder(Optimizers.get("nadam")).build();
      assertThat(train(trainer, steps)).isDeepEqualTo(unsharded(Optimizers.get("nadam"), steps));
      assertThat(trainer.step()).isEqualTo(steps);
    }
    assertThat(saved()).hasSize(2);
  }

  private List<Path> saved() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isDirectory).sorted().toList();
    }
  }

  @Test
  void passesOverACheckpointThatIsNotWhole() throws IOException {
    train(builder(Optimizers.get("nadam")).build(), 2);
    Path whole = saved().get(0);
    for (String missing : List.of("shards", "shard-00001")) {
      Path broken =
          Files.createDirectory(
              folder.resolve(String.format("step-000000000004-%012x", missing.length())));
      try (Stream<Path> files = Files.list(whole)) {
        for (Path file : files.toList()) {
          if (!file.getFileName().toString().startsWith(missing)) {
            Files.copy(file, broken.resolve(file.getFileName()));
          }
        }
      }
    }
    assertThat(saved()).hasSize(3);
    ShardedTrainer<Example> trainer = builder(Optimizers.get("nadam")).build();
    assertThat(trainer.resume(context)).isEqualTo(2);
    assertThat(train(trainer, 4)).isDeepEqualTo(unsharded(Optimizers.get("nadam"), 4));
    assertThat(saved()).as("none of them one that is not whole").hasSize(2).contains(whole);
  }

  @Test
  void saysWhatIsWrongWithADamagedShard() throws IOException {
    train(builder(Optimizers.get("nadam")).build(), 2);
    try (Stream<Path> files = Files.list(saved().get(0))) {
      for (Path shard : files.filter(file -> file.toString().endsWith(".npz")).toList()) {
        Files.write(shard, new byte[100]);
      }
    }
    assertThatThrownBy(() -> builder(Optimizers.get("nadam")).build().resume(context))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("none of the 1 checkpoints in " + folder)
        .hasMessageContaining("cannot read checkpoint: ")
        .hasMessageNotContaining("Job aborted");
  }

  @Test
  void rejectsACheckpointOfOtherShards() throws IOException {
    train(builder(Optimizers.get("nadam")).build(), 2);
    assertThatThrownBy(() -> builder(Optimizers.get("nadam")).shards(2).build().train(data, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("shards must be 3, as in the checkpoint ")
        .hasMessageEndingWith(", got 2");
    assertThatThrownBy(() -> builder(Optimizers.get("adam")).build().train(data, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Adam");
    assertThat(saved()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(FaultyFileSystem.Full.class)
  void keepsTheCheckpointBeforeWhereTheDiskIsFull(FaultyFileSystem.Full full) throws IOException {
    FaultyFileSystem.register(context.hadoopConfiguration());
    FaultyFileSystem.full = full;
    ShardedTrainer<Example> trainer =
        builder(Optimizers.get("nadam")).checkpoints("faulty://" + folder, 2).build();
    trainer.train(data, 2);
    FaultyFileSystem.room = 500;
    assertThatThrownBy(() -> trainer.train(data, 4))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write checkpoint faulty:" + folder + "/step-000000000004-")
        .hasMessageEndingWith(".npz: No space left on device")
        .hasCauseInstanceOf(
            full == FaultyFileSystem.Full.ERROR ? FSError.class : IOException.class);
    FaultyFileSystem.room = Long.MAX_VALUE;
    assertThat(saved()).hasSize(1);
    assertThat(train(trainer, 6)).isDeepEqualTo(unsharded(Optimizers.get("nadam"), 6));
  }

  @Test
  void writesTheCheckpointThatKeepsTheLineageShortOnceThereIsRoomAgain() throws IOException {
    FaultyFileSystem.register(context.hadoopConfiguration());
    ShardedTrainer<Example> trainer =
        builder(Optimizers.get("nadam"))
            .checkpoints("faulty://" + folder, 100)
            .checkpointAtEnd(false)
            .build();
    FaultyFileSystem.room = 500;
    assertThatThrownBy(() -> trainer.train(data, 90)).isInstanceOf(IOException.class);
    assertThat(trainer.step()).isEqualTo(25);
    FaultyFileSystem.room = Long.MAX_VALUE;
    trainer.train(data, 26);
    assertThat(saved()).as("at the next step, not at step 100 only").hasSize(1);
  }

  private static volatile boolean faulty;

  @Test
  void changesNothingWhereTheLossIsNotFinite() throws IOException {
    ShardedTrainer<Example> trainer =
        builder(Optimizers.get("nadam"))
            .loss(disturbed(view -> faulty ? Double.NaN : 0.))
            .listener(step -> faulty = step.step() == 2)
            .build();
    assertThatThrownBy(() -> trainer.train(data, STEPS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("loss of step 3 must be finite, got NaN");
    faulty = false;
    assertThat(trainer.step()).isEqualTo(2);
    assertThat(train(trainer, STEPS)).isDeepEqualTo(unsharded(Optimizers.get("nadam"), STEPS));
  }

  @Test
  void rejectsParametersThatAreNotFiniteBeforeTheStep() {
    for (int wrong : new int[] {0, 1}) {
      ShardedTrainer<Example> trainer =
          builder(Optimizers.get("nadam"))
              .initial(
                  (tensor, from, to) -> {
                    double[] values = initial().of(tensor, from, to);
                    if (tensor == wrong && to > 2) {
                      values[values.length - 1] = Double.NaN;
                    }
                    return values;
                  })
              .shards(1)
              .build();
      assertThatThrownBy(() -> trainer.train(data, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "parameters[%d][%d] must be finite before step 1, got NaN",
              wrong, SPECS[wrong].length() - 1);
      assertThat(trainer.step()).isZero();
    }
  }

  @Test
  void rejectsDataWithoutExamples() {
    assertThatThrownBy(
            () ->
                builder(Optimizers.get("adam"))
                    .build()
                    .train(context.parallelize(new ArrayList<Example>(), 2), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "step 1 must have at least one example, got none:"
                + " the data are empty or miniBatchFraction is too small");
  }

  @Test
  void rejectsWhatIsNotValid() throws IOException {
    assertThatThrownBy(() -> builder(Optimizers.get("adam")).shards(0))
        .hasMessage("shards must be at least 1, got 0");
    assertThatThrownBy(() -> ShardedTrainer.builder(Optimizers.get("adam"), SPECS).build())
        .hasMessage("a sharded trainer needs loss, initial and shards");
    Optimizer stepped = Optimizers.get("adam");
    stepped.applyGradients(new double[][] {{1.}}, new double[][] {{1.}});
    assertThatThrownBy(() -> builder(stepped).build())
        .hasMessage("optimizer must have made no step, got one after 1");
    assertThatThrownBy(
            () ->
                builder(
                        Optimizers.deserialize(
                            optimizer(
                                "keras3.adam",
                                Map.of("clipnorm", 1., "gradient_accumulation_steps", 2))))
                    .build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("gradient_accumulation_steps must be null where a norm clips, got 2");
    BaseOptimizer inside = AdamW.builder().build();
    assertThatThrownBy(() -> builder(MultiOptimizer.builder().otherwise(inside).build()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be one for all tensors, got a MultiOptimizer");
    Optimizer constrained = Optimizers.get("adam");
    constrained.constrain(0, NonNeg.of());
    assertThatThrownBy(() -> builder(constrained).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must have no constraints, which are on whole tensors, got some");
    ShardedTrainer<Example> trainer = builder(Optimizers.get("adam")).build();
    assertThatThrownBy(trainer::parameters)
        .hasMessage("parameters are known when a training has begun, not before");
    assertThatThrownBy(() -> trainer.train(data, -1))
        .hasMessage("steps must be at least 0, got -1");
    assertThatThrownBy(
            () ->
                builder(Optimizers.get("adam"))
                    .initial((tensor, from, to) -> new double[1])
                    .build()
                    .train(data, 1))
        .hasMessageContaining("initial values must be the 42 of tensor 0 from ");
    ParameterView view =
        new ParameterView(new Model(new int[] {6, 2}, new int[] {3, 0}), new double[2][]);
    assertThatThrownBy(() -> view.row(0, 1))
        .hasMessage("row of tensor 0 must be one that rowsOf asked for, got 1");
    assertThatThrownBy(() -> view.tensor(0))
        .hasMessage("tensor must be one that does not go by rows, got 0");
  }
}
