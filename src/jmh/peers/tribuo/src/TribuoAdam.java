import java.io.IOException;
import org.tribuo.math.Parameters;
import org.tribuo.math.la.DenseVector;
import org.tribuo.math.la.Tensor;
import org.tribuo.math.optimisers.Adam;
import org.tribuo.math.protos.ParametersProto;

/** Tribuo: {@code Adam.step} turns gradients into updates, which the parameters then add. */
public final class TribuoAdam implements Harness.Peer, Parameters {
  private static final long serialVersionUID = 1L;

  private final transient Adam adam = new Adam(0.001, 0.9, 0.999, 1e-7);
  private final transient double[][] gradients;
  private final Tensor[] updates;
  private final Tensor[] weights;

  TribuoAdam(double[][] parameters, double[][] gradients) {
    this.gradients = gradients;
    weights = vectors(parameters);
    updates = vectors(gradients);
    adam.initialise(this);
  }

  public static void main(String[] args) throws IOException {
    Harness.measure("tribuo", TribuoAdam::new);
  }

  static Tensor[] vectors(double[][] values) {
    Tensor[] vectors = new Tensor[values.length];
    for (int i = 0; i < values.length; i++) {
      vectors[i] = DenseVector.createDenseVector(values[i]);
    }
    return vectors;
  }

  @Override
  public void step() {
    step(updates);
  }

  /** Makes a step with gradients of any kind. */
  void step(Tensor[] gradients) {
    update(adam.step(gradients, 1.0));
  }

  /** The step has written the updates over the gradients. */
  @Override
  public void restoreGradients() {
    for (int i = 0; i < updates.length; i++) {
      DenseVector update = (DenseVector) updates[i];
      for (int j = 0; j < gradients[i].length; j++) {
        update.set(j, gradients[i][j]);
      }
    }
  }

  @Override
  public double[][] parameters() {
    double[][] parameters = new double[weights.length][];
    for (int i = 0; i < weights.length; i++) {
      parameters[i] = ((DenseVector) weights[i]).toArray();
    }
    return parameters;
  }

  @Override
  public Tensor[] get() {
    return weights;
  }

  @Override
  public Tensor[] getEmptyCopy() {
    Tensor[] empty = new Tensor[weights.length];
    for (int i = 0; i < weights.length; i++) {
      empty[i] = new DenseVector(weights[i].getShape()[0]);
    }
    return empty;
  }

  @Override
  public void set(Tensor[] parameters) {
    System.arraycopy(parameters, 0, weights, 0, weights.length);
  }

  @Override
  public void update(Tensor[] updates) {
    for (int i = 0; i < weights.length; i++) {
      weights[i].intersectAndAddInPlace(updates[i]);
    }
  }

  @Override
  public Tensor[] merge(Tensor[][] gradients, int size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ParametersProto serialize() {
    throw new UnsupportedOperationException();
  }
}
