import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.SGD;

/** DJL with PyTorch next to this library. */
public final class DjlDifferences {
  private static final Tracker LR = Tracker.fixed((float) Differences.LR);
  private static final float RHO = (float) Differences.RHO;
  private static final float B2 = (float) Differences.BETA_2;
  private static final float E = (float) Differences.EPSILON;
  private static final double LIMIT = 0.125;

  private DjlDifferences() {}

  public static void main(String[] args) {
    SGD.Builder sgd = SGD.builder().lr(Differences.LR);
    Differences.same(
        "DJL Sgd", sgd.build(), train(Optimizer.sgd().setLearningRateTracker(LR).build()));
    Differences.differs(
        "DJL Sgd, optClipGrad",
        SGD.builder().lr(Differences.LR).clipvalue(LIMIT).build(),
        train(Optimizer.sgd().setLearningRateTracker(LR).optClipGrad((float) LIMIT).build()));
    Differences.same(
        "DJL Sgd, momentum",
        sgd.momentum(RHO).build(),
        train(Optimizer.sgd().setLearningRateTracker(LR).optMomentum(RHO).build()));
    Differences.same(
        "DJL Adam",
        1e-6,
        Adam.builder().lr(Differences.LR).beta1(RHO).beta2(B2).epsilon(E).build(),
        train(
            Optimizer.adam()
                .optLearningRateTracker(LR)
                .optBeta1(RHO)
                .optBeta2(B2)
                .optEpsilon(E)
                .build()));
    rejects("Nag", Optimizer.nag().setLearningRateTracker(LR).setMomentum(RHO).build());
    rejects("RmsProp", Optimizer.rmsprop().optLearningRateTracker(LR).build());
    rejects("RmsProp, centered", Optimizer.rmsprop().optCentered(true).build());
    rejects("Adagrad", Optimizer.adagrad().optLearningRateTracker(LR).build());
    rejects("Adadelta", Optimizer.adadelta().build());
  }

  private static void rejects(String label, Optimizer optimizer) {
    try {
      train(optimizer);
    } catch (UnsupportedOperationException e) {
      System.out.println("DJL " + label + ": " + e);
      return;
    }
    throw new IllegalStateException(label + " is said to be rejected");
  }

  private static double[][] train(Optimizer optimizer) {
    double[][] trained = new double[Differences.START.length][];
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray[] weights = new NDArray[trained.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = manager.create(Differences.START[i]);
      }
      for (double[][] gradients : Differences.GRADIENTS) {
        for (int i = 0; i < weights.length; i++) {
          optimizer.update("tensor" + i, weights[i], manager.create(gradients[i]));
        }
      }
      for (int i = 0; i < weights.length; i++) {
        trained[i] = weights[i].toDoubleArray();
      }
    }
    return trained;
  }
}
