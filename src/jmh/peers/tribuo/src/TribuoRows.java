import java.io.IOException;
import org.tribuo.math.la.DenseVector;
import org.tribuo.math.la.SparseVector;
import org.tribuo.math.la.Tensor;

/** Tribuo: Adam over a table as one vector, with sparse gradients. */
public final class TribuoRows implements RowsHarness.Peer {
  private final int[][] rows;
  private final double[][] values;
  private final TribuoAdam adam;
  private final Tensor[] gradients = new Tensor[1];

  private TribuoRows(double[] table, int[][] rows, double[][] values) {
    this.rows = rows;
    this.values = values;
    adam = new TribuoAdam(new double[][] {table}, new double[][] {table});
  }

  public static void main(String[] args) throws IOException {
    RowsHarness.measure("tribuo", TribuoRows::new);
  }

  /** A step writes the updates over the gradients. */
  @Override
  public void prepare(int set) {
    int width = RowsHarness.WIDTH;
    int[] indices = new int[values[set].length];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = rows[set][i / width] * width + i % width;
    }
    gradients[0] =
        SparseVector.createSparseVector(RowsHarness.TABLE * width, indices, values[set].clone());
  }

  @Override
  public void step(int set) {
    adam.step(gradients);
  }

  @Override
  public double[] parameters() {
    return ((DenseVector) adam.get()[0]).toArray();
  }
}
