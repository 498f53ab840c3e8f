import io.github.keras4j.optimizers.Adadelta;
import io.github.keras4j.optimizers.Adagrad;
import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.RMSprop;
import io.github.keras4j.optimizers.SGD;
import org.tribuo.math.StochasticGradientOptimiser;
import org.tribuo.math.la.DenseVector;
import org.tribuo.math.la.Tensor;
import org.tribuo.math.optimisers.AdaDelta;
import org.tribuo.math.optimisers.AdaGrad;
import org.tribuo.math.optimisers.RMSProp;
import org.tribuo.math.optimisers.SGD.Momentum;

/** Tribuo next to this library. */
public final class TribuoDifferences {
  private static final double LR = Differences.LR;
  private static final double RHO = Differences.RHO;
  private static final double B2 = Differences.BETA_2;
  private static final double E = Differences.EPSILON;

  private TribuoDifferences() {}

  public static void main(String[] args) {
    SGD.Builder sgd = SGD.builder().lr(LR);
    Differences.same(
        "Tribuo SGD", sgd.build(), train(org.tribuo.math.optimisers.SGD.getSimpleSGD(LR)));
    Differences.same("Tribuo SGD, momentum", sgd.momentum(RHO).build(), sgd(Momentum.STANDARD));
    Differences.same("Tribuo SGD, nesterov", sgd.nesterov(true).build(), sgd(Momentum.NESTEROV));
    RMSprop.Builder rmsprop = RMSprop.builder().lr(LR).rho(RHO).epsilon(E);
    Differences.same("Tribuo RMSProp", rmsprop.build(), train(new RMSProp(LR, RHO, E, 0.)));
    Differences.same(
        "Tribuo RMSProp, decay",
        rmsprop.decay(0.125).build(),
        train(new RMSProp(LR, RHO, E, .125)));
    Differences.same(
        "Tribuo AdaGrad",
        Adagrad.builder().lr(LR).epsilon(E).build(),
        train(new AdaGrad(LR, E, 0.)));
    Differences.same(
        "Tribuo AdaDelta",
        Adadelta.builder().lr(1.).rho(RHO).epsilon(E).build(),
        train(new AdaDelta(RHO, E)));
    Differences.differs(
        "Tribuo Adam",
        Adam.builder().lr(LR).beta1(RHO).beta2(B2).epsilon(E).build(),
        train(new org.tribuo.math.optimisers.Adam(LR, RHO, B2, E)));
  }

  private static double[][] sgd(Momentum momentum) {
    return train(org.tribuo.math.optimisers.SGD.getSimpleSGD(LR, RHO, momentum));
  }

  private static double[][] train(StochasticGradientOptimiser optimiser) {
    TribuoAdam parameters = new TribuoAdam(Differences.START, Differences.START);
    optimiser.initialise(parameters);
    for (double[][] gradients : Differences.GRADIENTS) {
      parameters.update(optimiser.step(uphill(gradients), 1.));
    }
    return parameters.parameters();
  }

  private static Tensor[] uphill(double[][] gradients) {
    Tensor[] uphill = TribuoAdam.vectors(gradients);
    for (Tensor tensor : uphill) {
      ((DenseVector) tensor).scaleInPlace(-1.);
    }
    return uphill;
  }
}
