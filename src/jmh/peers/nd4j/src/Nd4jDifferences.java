import io.github.keras4j.optimizers.Adadelta;
import io.github.keras4j.optimizers.Adagrad;
import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Adamax;
import io.github.keras4j.optimizers.Nadam;
import io.github.keras4j.optimizers.RMSprop;
import io.github.keras4j.optimizers.SGD;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;

/** ND4J next to this library. */
public final class Nd4jDifferences {
  private static final double LR = Differences.LR;
  private static final double RHO = Differences.RHO;
  private static final double B2 = Differences.BETA_2;
  private static final double E = Differences.EPSILON;

  private Nd4jDifferences() {}

  public static void main(String[] args) {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    Differences.same("ND4J Sgd", SGD.builder().lr(LR).build(), train(new Sgd(LR)));
    Differences.same(
        "ND4J Nesterovs",
        SGD.builder().lr(LR).momentum(RHO).nesterov(true).build(),
        train(new Nesterovs(LR, RHO)));
    RMSprop rmsprop = RMSprop.builder().lr(LR).rho(RHO).epsilon(E).build();
    double[][] rmsProp = train(new RmsProp(LR, RHO, E));
    Differences.differs("ND4J RmsProp", rmsprop.copy(), rmsProp);
    Differences.same("ND4J RmsProp, from epsilon", Differences.from(E, rmsprop), rmsProp);
    Adagrad adagrad = Adagrad.builder().lr(LR).epsilon(E).build();
    double[][] adaGrad = train(new AdaGrad(LR, E));
    Differences.differs("ND4J AdaGrad", adagrad.copy(), adaGrad);
    Differences.same("ND4J AdaGrad, from 1e-6", Differences.from(1e-6, adagrad), adaGrad);
    Differences.same(
        "ND4J AdaDelta",
        Adadelta.builder().lr(1.).rho(RHO).epsilon(E).build(),
        train(new AdaDelta(RHO, E)));
    Adam.Builder adam = Adam.builder().lr(LR).beta1(RHO).beta2(B2).epsilon(E);
    Differences.same(
        "ND4J Adam", adam.build(), train(new org.nd4j.linalg.learning.config.Adam(LR, RHO, B2, E)));
    Differences.same(
        "ND4J AMSGrad", adam.amsgrad(true).build(), train(new AMSGrad(LR, RHO, B2, E)));
    Adamax.Builder adamax = Adamax.builder().lr(LR).beta1(RHO).beta2(B2);
    double[][] adaMax = train(new AdaMax(LR, RHO, B2, E));
    Differences.differs("ND4J AdaMax", adamax.epsilon(E).build(), adaMax);
    Differences.same("ND4J AdaMax, epsilon 0", adamax.epsilon(0.).build(), adaMax);
    Differences.differs(
        "ND4J Nadam, schedule_decay 1e6",
        Nadam.builder().lr(LR).beta1(RHO).beta2(B2).epsilon(E).scheduleDecay(1e6).build(),
        train(new org.nd4j.linalg.learning.config.Nadam(LR, RHO, B2, E)));
  }

  private static double[][] train(IUpdater config) {
    double[][] trained = new double[Differences.START.length][];
    for (int i = 0; i < trained.length; i++) {
      long length = Differences.START[i].length;
      INDArray weights = array(Differences.START[i]);
      long size = config.stateSize(length);
      INDArray state = size == 0 ? null : Nd4j.zeros(DataType.DOUBLE, 1, size);
      GradientUpdater<?> updater = config.instantiate(state, true);
      for (int step = 0; step < Differences.GRADIENTS.size(); step++) {
        INDArray update = array(Differences.GRADIENTS.get(step)[i]);
        updater.applyUpdater(update, step, 0);
        weights.subi(update);
      }
      trained[i] = weights.toDoubleVector();
    }
    return trained;
  }

  private static INDArray array(double[] values) {
    return Nd4j.create(values, new long[] {1, values.length}, DataType.DOUBLE);
  }
}
