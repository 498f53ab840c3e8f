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
  static Progress of(String name, int epochs, PrintStream out) {
    return isTerminal() ? new Bar(name, epochs, out) : new Lines(name, epochs, out);
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

  /** One bar, drawn anew as it grows. */
  final class Bar implements Progress {
    private final ProgressBar bar;

    Bar(String name, int epochs, PrintStream out) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(epochs)
              .hideEta() // or the loss finds no room in 60 columns
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(100)
              .setConsumer(new ConsoleProgressBarConsumer(out))
              .build();
    }

    @Override
    public void epochDone(int epoch, double loss) {
      bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4f", loss));
      bar.stepTo(epoch);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** A line for each quarter of the epochs. */
  final class Lines implements Progress {
    private final String name;
    private final int epochs;
    private final PrintStream out;

    Lines(String name, int epochs, PrintStream out) {
      this.name = name;
      this.epochs = epochs;
      this.out = out;
    }

    @Override
    public void epochDone(int epoch, double loss) {
      int width = String.valueOf(epochs).length();
      if (epoch * 4L / epochs > (epoch - 1) * 4L / epochs) {
        out.printf(
            Locale.ROOT, "%s  epoch %" + width + "d of %d  loss %.4f%n", name, epoch, epochs, loss);
      }
    }

    @Override
    public void close() {}
  }
}
