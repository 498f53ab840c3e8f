package io.github.keras4j.examples;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far a training is: as a live bar on a terminal, as plain lines elsewhere. */
interface Progress extends Training.Listener, AutoCloseable {
  @Override
  void close();

  /** Starts to show a training. */
  static Progress of(String name, String unit, int count, PrintStream out) {
    return isTerminal() ? new Bar(name, count, out) : new Lines(name, unit, count, out);
  }

  private static boolean isTerminal() {
    Console console = System.console();
    try {
      return console != null && (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException beforeJava22) {
      return true; // There, a console is always a terminal.
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One bar, drawn again as it grows. */
  final class Bar implements Progress {
    private final ProgressBar bar;

    Bar(String name, int count, PrintStream out) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(count)
              .hideEta() // or the loss finds no room in 60 columns
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(100)
              .setConsumer(new ConsoleProgressBarConsumer(out))
              .build();
    }

    @Override
    public void done(int number, double loss) {
      bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f", loss));
      bar.stepTo(number);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** A line for each quarter. */
  final class Lines implements Progress {
    private final String name;
    private final String unit;
    private final int count;
    private final PrintStream out;

    Lines(String name, String unit, int count, PrintStream out) {
      this.name = name;
      this.unit = unit;
      this.count = count;
      this.out = out;
    }

    @Override
    public void done(int number, double loss) {
      if (number * 4L / count > (number - 1) * 4L / count) {
        String padded = String.format("%" + String.valueOf(count).length() + "d", number);
        out.printf(Locale.ROOT, "%s  %s %s of %d  loss %.4f%n", name, unit, padded, count, loss);
      }
    }

    @Override
    public void close() {}
  }
}
