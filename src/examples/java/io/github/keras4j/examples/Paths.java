package io.github.keras4j.examples;

import static java.util.Map.entry;

import io.github.keras4j.optimizers.LossFunction;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Draws the paths of optimizers down Beale's function.
 *
 * <pre>
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.examples.Paths
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.examples.Paths \
 *     -Dexec.args="adam keras3.adam lion --steps 100"
 * </pre>
 */
@Command(
    name = "paths",
    sortOptions = false,
    description =
        "Draws the paths of optimizers down Beale's function, and prints where each ended.%n")
public final class Paths implements Callable<Integer> {
  private static final double[] START = {0.7, 1.4};
  private static final double[] MINIMUM = {3., 0.5};

  private static final NumberFormat NUMBER =
      new DecimalFormat("0.####", DecimalFormatSymbols.getInstance(Locale.ROOT));

  /** Beale's function: steep walls, and between them a long and almost level valley. */
  private static final LossFunction BEALE =
      (parameters, gradients) -> {
        double x = parameters[0][0];
        double y = parameters[0][1];
        double a = 1.5 - x + x * y;
        double b = 2.25 - x + x * y * y;
        double c = 2.625 - x + x * y * y * y;
        gradients[0][0] = 2. * (a * (y - 1.) + b * (y * y - 1.) + c * (y * y * y - 1.));
        gradients[0][1] = 2. * x * (a + 2. * b * y + 3. * c * y * y);
        return a * a + b * b + c * c;
      };

  /** Rates with which the way down can be seen; for other optimizers, their defaults. */
  private static final Map<String, Double> LEARNING_RATES =
      Map.ofEntries(
          entry("sgd", 0.01),
          entry("sgd-nesterov", 0.003),
          entry("rmsprop", 0.01),
          entry("adagrad", 0.5),
          entry("adadelta", 10.),
          entry("adam", 0.1),
          entry("adamax", 0.2),
          entry("nadam", 0.1),
          entry("adabelief", 0.1),
          entry("keras3.sgd", 0.01),
          entry("keras3.rmsprop", 0.01),
          entry("keras3.adagrad", 0.5),
          entry("keras3.adadelta", 10.),
          entry("keras3.adam", 0.1),
          entry("keras3.adamax", 0.2),
          entry("keras3.nadam", 0.1),
          entry("adamw", 0.1),
          entry("ftrl", 0.5),
          entry("lion", 0.012),
          entry("lamb", 0.01),
          entry("adafactor", 0.03),
          entry("muon", 0.1),
          entry("schedulefreeadamw", 0.1));

  @Parameters(
      paramLabel = "OPTIMIZER",
      description = "which optimizers to draw, by name; default ${DEFAULT-VALUE}")
  private List<String> names =
      List.of(
          "adamw",
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
      names = "--steps",
      paramLabel = "N",
      description = "steps of each optimizer; default ${DEFAULT-VALUE}")
  private int steps = 300;

  @Mixin private final Picture picture = new Picture(Path.of("target", "paths.svg"));

  @Spec private CommandSpec spec;

  private final PrintStream out;

  private Paths(PrintStream out) {
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
    return Picture.run(new Paths(out), out, err, args);
  }

  @Override
  public Integer call() throws IOException {
    List<Runner> runners =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .distinct()
            .map(this::runner)
            .toList();
    if (steps < 1) {
      throw new ParameterException(spec.commandLine(), "--steps must be at least 1, got " + steps);
    }
    picture.prepare();
    picture.write(svg(runners));
    out.printf("%nPaths: %s%n", picture.file());
    return 0;
  }

  /** An optimizer, and what its path is called. */
  private record Runner(String label, Optimizer optimizer) {}

  private Runner runner(String name) {
    Optimizer optimizer = picture.optimizer(name);
    optimizer.setLr(LEARNING_RATES.getOrDefault(name, optimizer.getLr()));
    if (optimizer instanceof BaseOptimizer ofKeras3) {
      ofKeras3.build(TensorSpec.of("point", 1, 2)); // a row, which Muon takes for a matrix
    }
    return new Runner(name + ", lr " + NUMBER.format(optimizer.getLr()), optimizer);
  }

  /** All points of an optimizer's way, first the x, then the y. */
  private double[][] path(Optimizer optimizer) {
    double[][] parameters = {START.clone()};
    double[][] path = new double[2][steps + 1];
    for (int step = 0; step <= steps; step++) {
      path[0][step] = parameters[0][0];
      path[1][step] = parameters[0][1];
      optimizer.minimize(BEALE, parameters);
    }
    return path;
  }

  private String svg(List<Runner> runners) {
    List<PathsPicture.Way> ways = new ArrayList<>();
    for (Runner runner : runners) {
      double[][] path = path(runner.optimizer());
      ways.add(new PathsPicture.Way(runner.label(), path));
      out.printf(
          Locale.ROOT,
          "%-38s after %d steps at (%.4f, %.4f)%n",
          runner.label(),
          steps,
          path[0][steps],
          path[1][steps]);
    }
    double[][] scratch = new double[1][2];
    return PathsPicture.of(
        "Optimizers on Beale's function",
        (x, y) -> BEALE.evaluate(new double[][] {{x, y}}, scratch),
        MINIMUM,
        steps + " steps each from (0.7, 1.4), marks every 20 up to 100 and at the end",
        ways);
  }
}
