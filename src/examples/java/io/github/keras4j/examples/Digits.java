package io.github.keras4j.examples;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.SGD;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Trains one network on handwritten digits with each optimizer, and compares them.
 *
 * <pre>
 * mvn -q test-compile exec:java
 * mvn -q test-compile exec:java -Dexec.args="adam adabelief --epochs 10"
 * </pre>
 */
@Command(
    name = "digits",
    sortOptions = false,
    description =
        "Trains one network on handwritten digits with each optimizer: prints how well"
            + " each did, and draws the loss curves.%n")
public final class Digits implements Callable<Integer> {
  @Parameters(
      paramLabel = "OPTIMIZER",
      description = "which optimizers to train, by name; default ${DEFAULT-VALUE}")
  private List<String> names =
      List.of("sgd", "sgd-nesterov", "rmsprop", "adagrad", "adadelta", "adam", "adamax", "nadam");

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "passes over the training digits; default ${DEFAULT-VALUE}")
  private int epochs = 60;

  @Mixin private final Picture picture = new Picture(Path.of("target", "digits.png"));

  @Spec private CommandSpec spec;

  private final PrintStream out;

  private Digits(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs the program; ends the virtual machine with an exit code where it fails.
   *
   * @param args as {@code --help} shows them
   */
  public static void main(String[] args) {
    int exitCode = run(System.out, System.err, args);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  /** Runs the program; answers its exit code. */
  static int run(PrintStream out, PrintStream err, String... args) {
    Optimizers.register("adabelief", AdaBelief::fromConfig);
    Optimizers.register("sgd-nesterov", Digits::sgdNesterov);
    CommandLine line = new CommandLine(new Digits(out));
    line.getCommandSpec()
        .usageMessage()
        .footer("%nThe optimizers are " + String.join(", ", Optimizers.names()) + ".");
    return Picture.run(line, out, err, args);
  }

  /** SGD as the documentation of Keras shows it, unless configured otherwise. */
  private static SGD sgdNesterov(Map<String, ?> config) {
    Map<String, Object> hyperparameters = new LinkedHashMap<>();
    hyperparameters.put("lr", 0.01);
    hyperparameters.put("decay", 1e-6);
    hyperparameters.put("momentum", 0.9);
    hyperparameters.put("nesterov", true);
    hyperparameters.putAll(config);
    return SGD.fromConfig(hyperparameters);
  }

  @Override
  public Integer call() throws IOException {
    Map<String, Optimizer> optimizers = optimizers();
    if (epochs < 1) {
      throw new ParameterException(
          spec.commandLine(), "--epochs must be at least 1, got " + epochs);
    }
    picture.prepare();

    DigitsData data = DigitsData.load();
    out.printf(
        "Training on %,d digits, testing on %d, %d epochs.%n%n",
        data.train().size(), data.test().size(), epochs);
    List<Training> trainings = new ArrayList<>();
    optimizers.forEach(
        (name, optimizer) -> {
          try (Progress progress = Progress.of(name, epochs, out)) {
            trainings.add(Training.run(name, optimizer, data, epochs, progress));
          }
        });
    printTable(trainings);
    picture.write(LossPlot.of(trainings), 1000, 640);
    out.printf("%nLoss curves: %s%n", picture.file());
    return 0;
  }

  /** All optimizers are looked up before the first is trained. */
  private Map<String, Optimizer> optimizers() {
    Map<String, Optimizer> optimizers = new LinkedHashMap<>();
    for (String name : names) {
      try {
        optimizers.put(name.toLowerCase(Locale.ROOT), Optimizers.get(name));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage());
      }
    }
    return optimizers;
  }

  private void printTable(List<Training> trainings) {
    out.printf("%n%-12s  %10s  %13s%n", "optimizer", "final loss", "test accuracy");
    for (Training training : trainings) {
      out.printf(
          Locale.ROOT,
          "%-12s  %10.6f  %11.2f %%%n",
          training.name(),
          training.finalLoss(),
          100. * training.accuracy());
    }
  }
}
