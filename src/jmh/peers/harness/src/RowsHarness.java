import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Times one lazy Adam step after another over few rows of a table of 100,000 rows of 100, each step
 * over other rows than the one before. Writes one JSON object for each number of rows.
 */
public final class RowsHarness {
  public static final int TABLE = 100_000;
  public static final int WIDTH = 100;

  private static final int[] COUNTS = {64, 10_000};
  private static final int CHECKED_STEPS = 10;

  private RowsHarness() {}

  /** Adam over a table, with Keras's learning rate, betas and epsilon. */
  public interface Peer {
    /** Makes ready what the next step takes, where a step spoils it; not timed. */
    default void prepare(int set) {}

    /** Makes one step with one of the sets of rows. */
    void step(int set);

    /** The table as it is now. */
    double[] parameters();
  }

  /** Puts a table and sets of rows, all in ascending order, where the peer wants them. */
  public interface Factory {
    Peer create(double[] table, int[][] rows, double[][] values);
  }

  /** Measures a peer; the results go to a file of its name. */
  public static void measure(String name, Factory factory) throws IOException {
    double seconds = Double.parseDouble(System.getProperty("peers.seconds"));
    List<String> lines = new ArrayList<>();
    for (int count : COUNTS) {
      lines.add(measure(name, count, factory, seconds));
      System.out.println(lines.get(lines.size() - 1));
    }
    Path results = Path.of(System.getProperty("peers.results"), "rows");
    Files.createDirectories(results);
    Files.write(results.resolve(name + ".jsonl"), lines);
  }

  private static String measure(String name, int count, Factory factory, double seconds) {
    int sets = TABLE / 2 / count;
    int[][] rows = new int[sets][count];
    double[][] values = new double[sets][];
    for (int set = 0; set < sets; set++) {
      int first = set * count;
      Arrays.setAll(rows[set], j -> (int) ((first + j) * 7_919L % TABLE)); // no row twice
      Arrays.sort(rows[set]);
      values[set] = numbers(3 + set, count * WIDTH);
    }
    Peer peer = factory.create(numbers(1, TABLE * WIDTH), rows, values);
    for (int step = 0; step < CHECKED_STEPS; step++) {
      peer.prepare(step % sets);
      peer.step(step % sets);
    }
    double sum = Arrays.stream(peer.parameters()).sum();
    time(peer, sets, seconds);
    double[] nanos = time(peer, sets, seconds);
    return String.format(
        Locale.ROOT,
        "{\"peer\": \"%s\", \"rows\": %d, \"steps\": %d, \"medianMicros\": %.3f,"
            + " \"lowerQuartile\": %.3f, \"upperQuartile\": %.3f, \"sumAfterTenSteps\": %.6f}",
        name,
        count,
        nanos.length,
        nanos[nanos.length / 2] / 1e3,
        nanos[nanos.length / 4] / 1e3,
        nanos[nanos.length * 3 / 4] / 1e3,
        sum);
  }

  /** Nanoseconds of each step, in ascending order; at least nine steps. */
  private static double[] time(Peer peer, int sets, double seconds) {
    List<Long> nanos = new ArrayList<>();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    for (int step = 0; step < 9 || System.nanoTime() < end; step++) {
      peer.prepare(step % sets);
      long start = System.nanoTime();
      peer.step(step % sets);
      nanos.add(System.nanoTime() - start);
    }
    return nanos.stream().mapToDouble(Long::doubleValue).sorted().toArray();
  }

  private static double[] numbers(long seed, int count) {
    Random random = new Random(seed);
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      double size = 0.5 + random.nextDouble();
      numbers[i] = random.nextBoolean() ? size : -size;
    }
    return numbers;
  }
}
