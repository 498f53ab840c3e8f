package consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.spark.SparkTrainer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the documented dependencies, and no setting for logs, warnings are seen. */
class LoggingTest {
  @TempDir Path folder;

  @Test
  void warnsOfADamagedCheckpoint() throws Exception {
    assertThat(train(4)).contains("step 4").doesNotContain("passed over");
    Path newest;
    try (Stream<Path> files = Files.list(folder)) {
      newest =
          files
              .filter(file -> file.getFileName().toString().matches("step-0+4-.*\\.npz"))
              .findFirst()
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(train(5))
        .contains("step 5")
        .containsPattern("WARN StepFolder: file:" + newest + " is passed over: cannot read");
  }

  /** Trains in a separate process, and returns all that it printed. */
  private String train(int steps) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-X"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Program.class.getName(), folder.toString(), "" + steps));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  /** A training with checkpoints. */
  static final class Program {
    public static void main(String[] arguments) throws IOException {
      SparkConf configuration =
          new SparkConf()
              .setMaster("local[1]")
              .setAppName("consumer")
              .set("spark.ui.enabled", "false");
      try (JavaSparkContext context = new JavaSparkContext(configuration)) {
        SparkTrainer<Double> trainer =
            SparkTrainer.<Double>builder(new Adam())
                .exampleLoss(
                    (x, parameters, gradients) -> {
                      gradients.tensor(0)[0] += parameters[0][0] - x;
                      return x;
                    })
                .checkpoints(arguments[0], 2)
                .build();
        trainer.train(
            context.parallelize(List.of(1., 2.)),
            new double[][] {{0.}},
            Long.parseLong(arguments[1]));
        System.out.println("step " + trainer.step());
      }
    }
  }
}
