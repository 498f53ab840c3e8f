import io.github.keras4j.optimizers.Adadelta;
import io.github.keras4j.optimizers.Adagrad;
import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Adamax;
import io.github.keras4j.optimizers.Nadam;
import io.github.keras4j.optimizers.RMSprop;
import io.github.keras4j.optimizers.SGD;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.framework.optimizers.AdaDelta;
import org.tensorflow.framework.optimizers.AdaGrad;
import org.tensorflow.framework.optimizers.GradientDescent;
import org.tensorflow.framework.optimizers.Momentum;
import org.tensorflow.framework.optimizers.RMSProp;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat64;

/** The optimizers of TensorFlow-Java's framework next to this library. */
public final class TensorFlowDifferences {
  private static final float LR = (float) Differences.LR;
  private static final float RHO = (float) Differences.RHO;
  private static final float B2 = (float) Differences.BETA_2;
  private static final float E = (float) Differences.EPSILON;

  private TensorFlowDifferences() {}

  public static void main(String[] args) {
    SGD.Builder sgd = SGD.builder().lr(LR);
    Differences.same("TensorFlow-Java SGD", sgd.build(), train(g -> new GradientDescent(g, LR)));
    Differences.same(
        "TensorFlow-Java Momentum",
        sgd.momentum(RHO).build(),
        train(g -> new Momentum(g, LR, RHO, false)));
    Differences.same(
        "TensorFlow-Java Momentum, nesterov",
        sgd.nesterov(true).build(),
        train(g -> new Momentum(g, LR, RHO, true)));
    RMSprop.Builder rmsprop = RMSprop.builder().lr(LR).rho(RHO);
    Differences.differs(
        "TensorFlow-Java RMSProp, from 1, epsilon 0.25",
        Differences.from(1., rmsprop.epsilon(0.25).build()),
        train(g -> new RMSProp(g, LR, RHO, 0f, 0.25f, false)));
    Differences.same(
        "TensorFlow-Java RMSProp, from 1, epsilon 0",
        Differences.from(1., rmsprop.epsilon(0.).build()),
        train(g -> new RMSProp(g, LR, RHO, 0f, 0f, false)));
    Adagrad adagrad = Adagrad.builder().lr(LR).epsilon(0.).build();
    double[][] adaGrad = train(g -> new AdaGrad(g, LR, 0.125f));
    Differences.differs("TensorFlow-Java AdaGrad, epsilon 0", adagrad.copy(), adaGrad);
    Differences.same(
        "TensorFlow-Java AdaGrad, from 0.125, epsilon 0",
        Differences.from(0.125, adagrad),
        adaGrad);
    Differences.same(
        "TensorFlow-Java AdaDelta",
        Adadelta.builder().lr(LR).rho(RHO).epsilon(E).build(),
        train(g -> new AdaDelta(g, LR, RHO, E)));
    // Their powers of betas change during a step, so these differences change from run to run.
    Differences.print(
        "TensorFlow-Java Adam",
        Adam.builder().lr(LR).beta1(RHO).beta2(B2).epsilon(E).build(),
        train(g -> new org.tensorflow.framework.optimizers.Adam(g, LR, RHO, B2, E)));
    Differences.print(
        "TensorFlow-Java Adamax",
        Adamax.builder().lr(LR).beta1(RHO).beta2(B2).epsilon(E).build(),
        train(g -> new org.tensorflow.framework.optimizers.Adamax(g, LR, RHO, B2, E)));
    Differences.differs(
        "TensorFlow-Java Nadam",
        Nadam.builder().lr(LR).beta1(RHO).beta2(B2).epsilon(E).build(),
        train(g -> new org.tensorflow.framework.optimizers.Nadam(g, LR, RHO, B2, E)));
  }

  /** Minimizes the sum of what is fed times the weights, whose gradients are what is fed. */
  private static double[][] train(
      Function<Graph, org.tensorflow.framework.optimizers.Optimizer> optimizer) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      int count = Differences.START.length;
      Variable<?>[] weights = new Variable<?>[count];
      Placeholder<?>[] gradients = new Placeholder<?>[count];
      Operand<TFloat64> loss = tf.constant(0.);
      for (int i = 0; i < count; i++) {
        Shape shape = Shape.of(Differences.START[i].length);
        Variable<TFloat64> weight = tf.variable(shape, TFloat64.class);
        tf.withInitScope().assign(weight, tf.withInitScope().constant(Differences.START[i]));
        Placeholder<TFloat64> gradient = tf.placeholder(TFloat64.class, Placeholder.shape(shape));
        loss = tf.math.add(loss, tf.reduceSum(tf.math.mul(weight, gradient), tf.constant(0)));
        weights[i] = weight;
        gradients[i] = gradient;
      }
      Op step = optimizer.apply(graph).minimize(loss);
      session.initialize();
      for (double[][] values : Differences.GRADIENTS) {
        Session.Runner runner = session.runner().addTarget(step);
        for (int i = 0; i < count; i++) {
          runner.feed(gradients[i], TFloat64.tensorOf(StdArrays.ndCopyOf(values[i])));
        }
        runner.run().close();
      }
      Session.Runner runner = session.runner();
      double[][] trained = new double[count][];
      for (int i = 0; i < count; i++) {
        runner.fetch(weights[i]);
        trained[i] = new double[Differences.START[i].length];
      }
      try (Result result = runner.run()) {
        for (int i = 0; i < count; i++) {
          StdArrays.copyFrom((TFloat64) result.get(i), trained[i]);
        }
      }
      return trained;
    }
  }
}
