import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;

/** DJL with PyTorch: one {@code Optimizer.update} for each tensor. */
public final class DjlAdam implements Harness.Peer {
  private final NDManager manager = NDManager.newBaseManager();
  private final Optimizer adam =
      Optimizer.adam()
          .optLearningRateTracker(Tracker.fixed(0.001f))
          .optBeta1(0.9f)
          .optBeta2(0.999f)
          .optEpsilon(1e-7f)
          .build();
  private final String[] names;
  private final NDArray[] weights;
  private final NDArray[] gradients;

  private DjlAdam(double[][] parameters, double[][] gradients) {
    int count = parameters.length;
    names = new String[count];
    weights = new NDArray[count];
    this.gradients = new NDArray[count];
    for (int i = 0; i < count; i++) {
      names[i] = "tensor" + i;
      weights[i] = manager.create(parameters[i]);
      this.gradients[i] = manager.create(gradients[i]);
    }
  }

  public static void main(String[] args) throws IOException {
    Harness.measure("djl-pytorch", DjlAdam::new);
  }

  @Override
  public void step() {
    for (int i = 0; i < weights.length; i++) {
      adam.update(names[i], weights[i], gradients[i]);
    }
  }

  @Override
  public double[][] parameters() {
    double[][] parameters = new double[weights.length][];
    for (int i = 0; i < weights.length; i++) {
      parameters[i] = weights[i].toDoubleArray();
    }
    return parameters;
  }

  @Override
  public void close() {
    manager.close();
  }
}
