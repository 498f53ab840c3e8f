import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Optimizer;
import java.io.IOException;
import java.nio.file.Path;

/** This library, on all processors and on one, and the plain loops next to it. */
public final class LibraryAdam {
  private LibraryAdam() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 0) {
      // Each in a separate process, as the peers.
      for (String name : new String[] {"library", "library-one-thread", "ceiling-one-thread"}) {
        ProcessBuilder process =
            new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms3g",
                "-Xmx3g",
                "-Dpeers.seconds=" + System.getProperty("peers.seconds"),
                "-Dpeers.results=" + System.getProperty("peers.results"),
                "-classpath",
                System.getProperty("java.class.path"),
                LibraryAdam.class.getName(),
                name);
        if (process.inheritIO().start().waitFor() != 0) {
          throw new IllegalStateException(name + " failed");
        }
      }
    } else if (args[0].equals("ceiling-one-thread")) {
      Harness.measure(args[0], Ceiling::new);
    } else {
      Harness.measure(args[0], (parameters, gradients) -> library(args[0], parameters, gradients));
    }
  }

  private static Harness.Peer library(String name, double[][] parameters, double[][] gradients) {
    Optimizer adam = new Adam();
    if (name.equals("library-one-thread")) {
      adam.setParallelism(1);
    }
    return new Harness.Peer() {
      @Override
      public void step() {
        adam.applyGradients(gradients, parameters);
      }

      @Override
      public double[][] parameters() {
        return parameters;
      }
    };
  }

  /** Reads four arrays and writes three, as Adam, and computes next to nothing. */
  private static final class Ceiling implements Harness.Peer {
    private final double[][] parameters;
    private final double[][] gradients;
    private final double[][] m;
    private final double[][] v;

    Ceiling(double[][] parameters, double[][] gradients) {
      this.parameters = parameters;
      this.gradients = gradients;
      m = new double[parameters.length][parameters[0].length];
      v = new double[parameters.length][parameters[0].length];
    }

    @Override
    public void step() {
      for (int i = 0; i < parameters.length; i++) {
        move(parameters[i], gradients[i], m[i], v[i]);
      }
    }

    private static void move(double[] p, double[] g, double[] m, double[] v) {
      for (int i = 0; i < p.length; i++) {
        m[i] = m[i] + g[i];
        v[i] = v[i] + g[i];
        p[i] = p[i] + g[i];
      }
    }

    @Override
    public double[][] parameters() {
      return parameters;
    }
  }
}
