package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.util.LinkedHashMap;
import org.apache.spark.mllib.linalg.Vector;
import org.apache.spark.mllib.linalg.Vectors;
import org.apache.spark.mllib.optimization.Updater;
import scala.Tuple2;

/**
 * Lets MLlib's {@code GradientDescent} update its weights with any optimizer.
 *
 * <pre>{@code
 * LinearRegressionWithSGD regression = new LinearRegressionWithSGD(1., 100, 0., 1.);
 * regression.optimizer().setUpdater(new OptimizerUpdater(new Adam())).setConvergenceTol(0.);
 * }</pre>
 *
 * <p>The learning rate, its decay or schedule, clipping and weight decay are the optimizer's. So
 * {@code stepSize} must stay at MLlib's default, 1, and {@code regParam} at 0. {@code
 * GradientDescent} asks once with {@code stepSize} 0 before the first step of a run: there a new
 * optimizer of the same configuration begins.
 *
 * <p>{@code GradientDescent} adds gradients in the order in which tasks finish, so that runs differ
 * in the last places. {@link SparkTrainer} does not.
 *
 * <p>Serves one run at a time.
 */
public final class OptimizerUpdater extends Updater {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, Object> config;

  private transient Optimizer optimizer;

  /**
   * Takes the configuration of an optimizer with its constraints and its exclusions from weight
   * decay, not its state.
   *
   * @param optimizer any one of this library, or one known to {@link Optimizers#register
   *     Optimizers.register}
   * @throws IllegalArgumentException if null
   */
  public OptimizerUpdater(Optimizer optimizer) {
    config = OptimizerJson.configuration(optimizer);
  }

  /**
   * Makes one step.
   *
   * @param weightsOld the weights; not changed
   * @param gradient their gradient
   * @param stepSize 1 for a step, 0 before the first
   * @param iter not used: the optimizer counts its steps
   * @param regParam must be 0
   * @return the new weights and 0, the value of the regularization, of which there is none
   * @throws IllegalArgumentException if {@code stepSize} or {@code regParam} is another, or the
   *     lengths do not fit the steps before
   */
  @Override
  public Tuple2<Vector, Object> compute(
      Vector weightsOld, Vector gradient, double stepSize, int iter, double regParam) {
    if (regParam != 0.) {
      throw new IllegalArgumentException(
          "regParam must be 0, since the optimizer has its own weight decay, got " + regParam);
    }
    if (stepSize != 0. && stepSize != 1.) {
      throw new IllegalArgumentException(
          "stepSize must be 1, since the optimizer has its own learning rate, got " + stepSize);
    }
    if (stepSize == 0. || optimizer == null) {
      optimizer = Optimizers.deserialize(config);
      if (optimizer instanceof BaseOptimizer ofKeras3) {
        ofKeras3.build(TensorSpec.of("weights", weightsOld.size()));
      }
    }
    if (stepSize == 0.) {
      return new Tuple2<>(weightsOld, 0.);
    }
    double[] weights = weightsOld.toArray().clone();
    optimizer.applyGradients(new double[][] {gradient.toArray()}, new double[][] {weights});
    return new Tuple2<>(Vectors.dense(weights), 0.);
  }

  /**
   * What a model is evaluated with whose optimizer averages: see {@link
   * BaseOptimizer#averagedParameters averagedParameters}.
   *
   * @param weights as the last step of the run has returned them, with the intercept where MLlib
   *     has put it
   * @return a new vector
   * @throws IllegalArgumentException if null, or the length does not fit the steps
   * @throws IllegalStateException if no run has begun, or the optimizer has no averages
   */
  public Vector averagedParameters(Vector weights) {
    TrainerBuilder.requireNotNull("weights", weights);
    if (optimizer == null) {
      throw new IllegalStateException("averages are known when a run has begun, not before");
    }
    return Vectors.dense(Averages.of(optimizer, weights.toArray())[0]);
  }
}
