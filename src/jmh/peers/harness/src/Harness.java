import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Times one Adam step after another: one tensor of a million, one of 16 million, and a thousand of
 * a thousand, in double. Writes one JSON object for each shape.
 */
public final class Harness {
  private static final int[][] SHAPES = {{1, 1 << 20}, {1, 1 << 24}, {1000, 1000}};
  private static final int CHECKED_STEPS = 10;

  private Harness() {}

  /** Adam over some tensors, with Keras's learning rate, betas and epsilon. */
  public interface Peer extends AutoCloseable {
    /** Makes one step. */
    void step();

    /** Undoes what a step did to the gradients; not timed. */
    default void restoreGradients() {}

    /** The parameters as they are now. */
    double[][] parameters();

    @Override
    default void close() {}
  }

  /** Puts the tensors where the peer wants them. */
  public interface Factory {
    Peer create(double[][] parameters, double[][] gradients);
  }

  /** Measures a peer in all shapes; the results go to a file of its name. */
  public static void measure(String name, Factory factory) throws IOException {
    double seconds = Double.parseDouble(System.getProperty("peers.seconds"));
    List<String> lines = new ArrayList<>();
    for (int[] shape : SHAPES) {
      lines.add(measure(name, shape[0], shape[1], factory, seconds));
      System.out.println(lines.get(lines.size() - 1));
    }
    Path results = Path.of(System.getProperty("peers.results"));
    Files.createDirectories(results);
    Files.write(results.resolve(name + ".jsonl"), lines);
  }

  private static String measure(
      String name, int tensors, int length, Factory factory, double seconds) {
    try (Peer peer = factory.create(tensors(1, tensors, length), tensors(2, tensors, length))) {
      for (int step = 0; step < CHECKED_STEPS; step++) {
        peer.step();
        peer.restoreGradients();
      }
      double sum = 0.;
      for (double[] tensor : peer.parameters()) {
        for (double x : tensor) {
          sum += x;
        }
      }
      time(peer, seconds);
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long bytes = 0;
      for (int step = 0; step < CHECKED_STEPS; step++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        peer.step();
        bytes += threads.getCurrentThreadAllocatedBytes() - before;
        peer.restoreGradients();
      }
      double[] nanos = time(peer, seconds);
      double elements = (double) tensors * length;
      return String.format(
          Locale.ROOT,
          "{\"peer\": \"%s\", \"tensors\": %d, \"length\": %d, \"steps\": %d, \"median\": %.4f,"
              + " \"lowerQuartile\": %.4f, \"upperQuartile\": %.4f, \"bytes\": %d,"
              + " \"sumAfterTenSteps\": %.6f}",
          name,
          tensors,
          length,
          nanos.length,
          nanos[nanos.length / 2] / elements,
          nanos[nanos.length / 4] / elements,
          nanos[nanos.length * 3 / 4] / elements,
          bytes / CHECKED_STEPS,
          sum);
    }
  }

  /** Nanoseconds of each step, in ascending order; at least nine steps. */
  private static double[] time(Peer peer, double seconds) {
    List<Long> nanos = new ArrayList<>();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (nanos.size() < 9 || System.nanoTime() < end) {
      long start = System.nanoTime();
      peer.step();
      nanos.add(System.nanoTime() - start);
      peer.restoreGradients();
    }
    return nanos.stream().mapToDouble(Long::doubleValue).sorted().toArray();
  }

  private static double[][] tensors(long seed, int count, int length) {
    Random random = new Random(seed);
    double[][] tensors = new double[count][length];
    for (double[] tensor : tensors) {
      for (int i = 0; i < length; i++) {
        double size = 0.5 + random.nextDouble();
        tensor[i] = random.nextBoolean() ? size : -size;
      }
    }
    return tensors;
  }
}
