import java.io.IOException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;

/**
 * ND4J: {@code applyUpdater} turns gradients into updates in place, which are then subtracted from
 * the parameters. One updater for each tensor; Deeplearning4j lays a network's tensors into one
 * array, where a thousand small ones cost as one large.
 */
public final class Nd4jAdam implements Harness.Peer {
  private final INDArray[] weights;
  private final INDArray[] updates;
  private final INDArray[] sources;
  private final GradientUpdater<?>[] updaters;
  private int iteration;

  private Nd4jAdam(double[][] parameters, double[][] gradients) {
    int count = parameters.length;
    weights = new INDArray[count];
    updates = new INDArray[count];
    sources = new INDArray[count];
    updaters = new GradientUpdater<?>[count];
    Adam adam = new Adam(0.001, 0.9, 0.999, 1e-7);
    for (int i = 0; i < count; i++) {
      long length = parameters[i].length;
      weights[i] = Nd4j.create(parameters[i], new long[] {1, length}, DataType.DOUBLE);
      updates[i] = Nd4j.create(gradients[i], new long[] {1, length}, DataType.DOUBLE);
      sources[i] = updates[i].dup();
      updaters[i] = adam.instantiate(Nd4j.zeros(DataType.DOUBLE, 1, adam.stateSize(length)), true);
    }
  }

  public static void main(String[] args) throws IOException {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    Harness.measure("nd4j", Nd4jAdam::new);
  }

  @Override
  public void step() {
    for (int i = 0; i < weights.length; i++) {
      updaters[i].applyUpdater(updates[i], iteration, 0);
      weights[i].subi(updates[i]);
    }
    iteration++;
  }

  @Override
  public void restoreGradients() {
    for (int i = 0; i < updates.length; i++) {
      updates[i].assign(sources[i]);
    }
  }

  @Override
  public double[][] parameters() {
    double[][] parameters = new double[weights.length][];
    for (int i = 0; i < weights.length; i++) {
      parameters[i] = weights[i].toDoubleVector();
    }
    return parameters;
  }
}
