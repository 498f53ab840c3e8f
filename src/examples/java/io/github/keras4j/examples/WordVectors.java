package io.github.keras4j.examples;

import static java.util.Map.entry;

import io.github.keras4j.examples.RowTraining.Way;
import io.github.keras4j.optimizers.Optimizer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
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
 * Learns a vector for each word of Shakespeare, with gradients given as whole tables, by rows and
 * by lazy rows, and compares how far each comes in the same time.
 *
 * <pre>
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.examples.WordVectors
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.examples.WordVectors \
 *     -Dexec.args="sgd nadam adamw --seconds 4 --words romeo,death,crown"
 * </pre>
 */
@Command(
    name = "words",
    sortOptions = false,
    description =
        "Learns a vector for each word of Shakespeare, three times with each optimizer: with"
            + " gradients given as whole tables, by rows and by lazy rows. Prints how far each"
            + " came in the same time, and the words nearest to some; draws the loss curves.%n")
public final class WordVectors implements Callable<Integer> {
  private static final int MEASURED_PER_SECOND = 10;
  private static final int NEAREST = 6;
  private static final int TRIAL_STEPS = 50;
  private static final int COLORS_APART = 5; // black, then blue, ...

  /** Rates that suit a sum over a batch; for other optimizers, their defaults. */
  private static final Map<String, Double> LEARNING_RATES =
      Map.ofEntries(
          entry("sgd", 0.05),
          entry("keras3.sgd", 0.05),
          entry("adagrad", 0.1),
          entry("keras3.adagrad", 0.1),
          entry("adadelta", 1.),
          entry("keras3.adadelta", 1.));

  @Parameters(
      paramLabel = "OPTIMIZER",
      description = "which optimizers to train with, by name; default ${DEFAULT-VALUE}")
  private List<String> names = List.of("adam", "keras3.adagrad");

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "how long each training may take; default ${DEFAULT-VALUE}")
  private int seconds = 6;

  @Option(
      names = "--words",
      paramLabel = "WORD",
      split = ",",
      description =
          "words to whose vectors the nearest are printed, with commas between them; default"
              + " ${DEFAULT-VALUE}")
  private List<String> words = List.of("king", "love", "father", "sword", "heaven", "romeo");

  @Mixin private final Picture picture = new Picture(Path.of("target", "words.png"));

  @Spec private CommandSpec spec;

  private final PrintStream out;

  private WordVectors(PrintStream out) {
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
    return Picture.run(new WordVectors(out), out, err, args);
  }

  @Override
  public Integer call() throws IOException {
    if (seconds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seconds must be at least 1, got " + seconds);
    }
    Shakespeare corpus = Shakespeare.load();
    for (String word : words) {
      if (!corpus.words().contains(word)) {
        throw new ParameterException(
            spec.commandLine(), "--words must stand in the text, got " + word);
      }
    }
    picture.prepare();
    List<Run> runs = runs(corpus);

    out.printf(
        Locale.ROOT,
        "Learning vectors of %d numbers for %,d words, in two tables, %d s each.%n%n",
        SkipGram.WIDTH,
        corpus.words().size(),
        seconds);
    int width = runs.stream().mapToInt(run -> run.name().length()).reduce(9, Math::max);
    for (Run run : runs) {
      String name = padded(run.name(), width);
      try (Progress progress = Progress.of(name, "second", seconds, out)) {
        run.training().run(seconds, MEASURED_PER_SECOND, progress);
      }
    }
    printTable(runs, width);
    printNearest(runs);
    picture.write(plot(runs), 1000, 640);
    out.printf("%nLoss curves: %s%n", picture.file());
    return 0;
  }

  private record Run(String name, RowTraining training) {}

  /** All ways are tried before the first is measured, which also warms the virtual machine up. */
  private List<Run> runs(Shakespeare corpus) {
    List<Run> runs = new ArrayList<>();
    for (String given : names) {
      String name = given.toLowerCase(Locale.ROOT);
      for (Way way : Way.values()) {
        RowTraining trial = new RowTraining(corpus, optimizer(name), way);
        try {
          for (int step = 0; step < TRIAL_STEPS; step++) {
            trial.step();
          }
        } catch (IllegalArgumentException e) {
          throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        runs.add(new Run(name + " " + way, new RowTraining(corpus, optimizer(name), way)));
      }
    }
    return runs;
  }

  private Optimizer optimizer(String name) {
    Optimizer optimizer = picture.optimizer(name);
    optimizer.setLr(LEARNING_RATES.getOrDefault(name, optimizer.getLr()));
    return optimizer;
  }

  private static String padded(String name, int width) {
    return String.format("%-" + width + "s", name);
  }

  private void printTable(List<Run> runs, int width) {
    out.printf(
        "%n%s  %10s  %10s  %10s%n", padded("gradients", width), "loss", "steps", "ms a step");
    for (Run run : runs) {
      out.printf(
          Locale.ROOT,
          "%s  %10.4f  %10d  %10.3f%n",
          padded(run.name(), width),
          run.training().finalLoss(),
          run.training().steps(),
          run.training().millisPerStep());
    }
  }

  private void printNearest(List<Run> runs) {
    Run best =
        runs.stream()
            .min(Comparator.comparingDouble(run -> run.training().finalLoss()))
            .orElseThrow();
    out.printf("%nNearest words, by %s:%n", best.name());
    int width = words.stream().mapToInt(String::length).reduce(0, Math::max);
    for (String word : words) {
      out.printf(
          "%s  %s%n",
          padded(word, width), String.join(", ", best.training().model().nearest(word, NEAREST)));
    }
  }

  private static JFreeChart plot(List<Run> runs) {
    return LossPlot.of(
        "Word vectors of Shakespeare: loss over training time",
        LossPlot.wholeNumbers("seconds of training"),
        "loss, over pairs that stay the same",
        IntStream.range(0, runs.size()).mapToObj(i -> curve(runs.get(i), i)).toList());
  }

  /** A colour for each optimizer, dashes for each way of giving gradients. */
  private static LossPlot.Curve curve(Run run, int number) {
    int ways = Way.values().length;
    return new LossPlot.Curve(
        run.name(),
        run.training().times(),
        run.training().losses(),
        COLORS_APART * (number / ways),
        number % ways);
  }
}
