package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.spark.Problem.Example;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A driver that is killed, and started once more, ends with the bits of one that was not. */
class DriverTest {
  private static final int STEPS = 24;

  @TempDir Path folder;

  @Test
  void goesOnWhereItWasKilled() throws Exception {
    long first = killedAfter(8, "local");
    assertThat(first).isGreaterThanOrEqualTo(8);
    long second = killedAfter(first + 3, "cluster");
    assertThat(second).isBetween(first + 3, (long) STEPS - 1);

    double[][] parameters = Problem.parameters();
    double[][] expected = Problem.parameters();
    try (JavaSparkContext context = Contexts.local(1)) {
      train(context, folder.toString(), parameters, step -> {});
      double[] losses = new double[1];
      JavaRDD<Example> data = data(context);
      SparkTrainer.<Example>builder(optimizer())
          .exampleLoss(Problem.byRows())
          .rows(0, Problem.WIDTH)
          .miniBatchFraction(0.6)
          .seed(3)
          .listener(step -> losses[0] = step.loss())
          .build()
          .train(data, expected, STEPS);
      assertThat(losses[0]).isFinite();
    }
    assertThat(parameters).isDeepEqualTo(expected);
  }

  /** Kills a driver in the middle of the steps after a number, and returns the last it told. */
  private long killedAfter(long step, String master) throws Exception {
    Process driver = start(master);
    long last = 0;
    try (BufferedReader told =
        new BufferedReader(
            new InputStreamReader(driver.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = told.readLine(); line != null; line = told.readLine()) {
        last = Long.parseLong(line);
        if (last >= step) {
          driver.toHandle().destroyForcibly();
        }
      }
    }
    assertThat(driver.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(driver.exitValue()).as("killed").isNotZero();
    return last;
  }

  private Process start(String master) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-X"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path").replace("\n", "")));
    command.addAll(List.of(Driver.class.getName(), folder.toString(), master));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static Optimizer optimizer() {
    return Optimizers.get("nadam");
  }

  private static JavaRDD<Example> data(JavaSparkContext context) {
    return context.parallelize(Problem.examples(200), 9);
  }

  private static void train(
      JavaSparkContext context,
      String folder,
      double[][] parameters,
      java.util.function.Consumer<TrainedStep> listener)
      throws IOException {
    SparkTrainer.<Example>builder(optimizer())
        .exampleLoss(Problem.byRows())
        .rows(0, Problem.WIDTH)
        .miniBatchFraction(0.6)
        .seed(3)
        .checkpoints(folder, 1)
        .listener(listener)
        .build()
        .train(data(context), parameters, STEPS);
  }

  /** The process to be killed. */
  static final class Driver {
    public static void main(String[] arguments) throws IOException {
      try (JavaSparkContext context =
          arguments[1].equals("cluster") ? Contexts.cluster(2) : Contexts.local(2)) {
        train(
            context,
            arguments[0],
            Problem.parameters(),
            step -> {
              System.out.println(step.step());
              System.out.flush();
            });
      }
    }
  }
}
