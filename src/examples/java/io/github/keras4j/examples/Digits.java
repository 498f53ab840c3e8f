package io.github.keras4j.examples;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.SGD;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jfree.chart.JFreeChart;
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
 * mvn -q test-compile exec:java -Dexec.args="adamw keras3.nadam lion --epochs 10"
 * mvn -q test-compile exec:java -Dexec.args="lion muon --schedule cosine --weight-decay 0.004"
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
      List.of(
          "adamw",
          "sgd",
          "sgd-nesterov",
          "rmsprop",
          "adagrad",
          "adadelta",
          "adam",
          "adamax",
          "nadam",
          "lion",
          "muon");

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "passes over the training digits; default ${DEFAULT-VALUE}")
  private int epochs = 60;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description =
          "the learning rate, from the optimizer's default on: ${COMPLETION-CANDIDATES}, which"
              + " falls to 0 within all epochs; default ${DEFAULT-VALUE}")
  private Training.Schedule schedule = Training.Schedule.CONSTANT;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "weight decay, only for optimizers of Keras 3; default what the optimizer has")
  private Double weightDecay;

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
    Picture.exit(run(System.out, System.err, args));
  }

  /** Runs the program; returns its exit code. */
  static int run(PrintStream out, PrintStream err, String... args) {
    return Picture.run(new Digits(out), out, err, args);
  }

  /** Makes what the examples add to the library's optimizers known by name. */
  static void registerOwn() {
    Optimizers.register("adabelief", AdaBelief::fromConfig);
    Optimizers.register("sgd-nesterov", Digits::sgdNesterov);
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
    int width = optimizers.keySet().stream().mapToInt(String::length).reduce(12, Math::max);
    List<Training> trainings = new ArrayList<>();
    optimizers.forEach(
        (name, optimizer) -> {
          try (Progress progress = Progress.of(padded(name, width), "epoch", epochs, out)) {
            trainings.add(Training.run(name, optimizer, schedule, data, epochs, progress));
          }
        });
    printTable(trainings, width);
    picture.write(plot(trainings), 1000, 640);
    out.printf("%nLoss curves: %s%n", picture.file());
    return 0;
  }

  /** All optimizers are looked up before the first is trained. */
  private Map<String, Optimizer> optimizers() {
    Map<String, Optimizer> optimizers = new LinkedHashMap<>();
    for (String name : names) {
      try {
        optimizers.put(name.toLowerCase(Locale.ROOT), optimizer(name));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage());
      }
    }
    return optimizers;
  }

  private Optimizer optimizer(String name) {
    Optimizer optimizer = Optimizers.get(name);
    if (weightDecay == null) {
      return optimizer;
    }
    if (!(optimizer instanceof BaseOptimizer)) {
      throw new IllegalArgumentException(
          "--weight-decay must go with optimizers of Keras 3 alone, got " + name);
    }
    return Optimizers.deserialize(
        Map.of("class_name", name, "config", Map.of("weight_decay", weightDecay)));
  }

  private static String padded(String name, int width) {
    return String.format("%-" + width + "s", name);
  }

  private static JFreeChart plot(List<Training> trainings) {
    return LossPlot.of(
        "Training loss on handwritten digits",
        LossPlot.wholeNumbers("epoch"),
        "cross-entropy over the training digits",
        IntStream.range(0, trainings.size()).mapToObj(i -> curve(trainings.get(i), i)).toList());
  }

  private static LossPlot.Curve curve(Training training, int number) {
    List<Double> losses = training.losses();
    return new LossPlot.Curve(
        training.name(),
        IntStream.range(0, losses.size()).mapToObj(Double::valueOf).toList(),
        losses,
        number,
        number);
  }

  private void printTable(List<Training> trainings, int width) {
    out.printf("%n%s  %10s  %13s%n", padded("optimizer", width), "final loss", "test accuracy");
    for (Training training : trainings) {
      out.printf(
          Locale.ROOT,
          "%s  %10.6f  %11.2f %%%n",
          padded(training.name(), width),
          training.finalLoss(),
          100. * training.accuracy());
    }
  }
}
