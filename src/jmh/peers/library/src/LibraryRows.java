import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import java.io.IOException;

/** This library's lazy rows, on all processors. */
public final class LibraryRows {
  private LibraryRows() {}

  public static void main(String[] args) throws IOException {
    RowsHarness.measure("library", LibraryRows::peer);
  }

  private static RowsHarness.Peer peer(double[] table, int[][] rows, double[][] values) {
    Optimizer adam = new Adam();
    double[][] parameters = {table};
    Gradient[] gradients = new Gradient[1];
    return new RowsHarness.Peer() {
      @Override
      public void step(int set) {
        gradients[0] = Gradient.lazyRows(rows[set], values[set]);
        adam.applyGradients(gradients, parameters);
      }

      @Override
      public double[] parameters() {
        return table;
      }
    };
  }
}
