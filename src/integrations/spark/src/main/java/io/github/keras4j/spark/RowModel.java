package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.ml.linalg.Vector;

/**
 * A model of the rows of a data set: which tensors it has, the loss of a row, and what it predicts.
 * For {@link KerasEstimator}; {@link LinearModel} and {@link FactorizationMachine} are ready ones.
 *
 * <pre>{@code
 * final class Line implements RowModel { // one weight for each feature, no intercept
 *   private static final long serialVersionUID = 1L;
 *
 *   public TensorSpec[] tensors(int features) {
 *     return new TensorSpec[] {TensorSpec.of("weights", features)};
 *   }
 *
 *   public double add(
 *       Vector features, double label, double[][] parameters, GradientSum gradients) {
 *     double error = predict(features, parameters) - label;
 *     for (int i = 0; i < features.size(); i++) {
 *       gradients.tensor(0)[i] += error * features.apply(i);
 *     }
 *     return error * error / 2.;
 *   }
 *
 *   public double predict(Vector features, double[][] parameters) {
 *     double sum = 0.;
 *     for (int i = 0; i < features.size(); i++) {
 *       sum += parameters[0][i] * features.apply(i);
 *     }
 *     return sum;
 *   }
 * }
 * }</pre>
 *
 * <p>Serialized: into every task, and into the files of an estimator and its model. Give it a
 * {@code serialVersionUID}. Every task has its own copy, which only its thread uses; predictions
 * are made by several threads at once.
 */
public interface RowModel extends Serializable {
  /**
   * Returns the tensors of the model, with their names and shapes.
   *
   * @param features how many numbers the features of a row have
   * @return their specifications; the parameters are in this order
   */
  TensorSpec[] tensors(int features);

  /**
   * Returns the parameters before the first step: zeros, unless overridden.
   *
   * @param features how many numbers the features of a row have
   * @param seed that of the estimator, for initial values that are drawn
   * @return an array for each of the {@link #tensors tensors}, as long as that
   */
  default double[][] initialParameters(int features, long seed) {
    return Arrays.stream(tensors(features))
        .map(tensor -> new double[tensor.length()])
        .toArray(double[][]::new);
  }

  /**
   * Returns whether a tensor is a table with a row for each feature, in the order of the features.
   * Where features are sparse its gradients go by {@link GradientSum#row rows} then, unless the
   * estimator says otherwise; whether they do shows {@link GradientSum#tensors}, which has null in
   * the place of such a tensor.
   *
   * @param tensor its number
   * @return false, unless overridden
   */
  default boolean isTable(int tensor) {
    return false;
  }

  /**
   * Computes the loss of a row, and adds its gradients to the sum of the rows before.
   *
   * @param features of the row; dense or sparse, as the data set has them
   * @param label of the row
   * @param parameters where to evaluate; not to be written to
   * @param gradients what the gradients are added to
   * @return the loss
   * @throws Exception if it cannot be computed: the training fails
   */
  double add(Vector features, double label, double[][] parameters, GradientSum gradients)
      throws Exception;

  /**
   * Computes the prediction: a value, or for a classifier the class.
   *
   * @param features of a row
   * @param parameters of the trained model; not to be written to
   * @return what the column of predictions gets
   */
  double predict(Vector features, double[][] parameters);

  /**
   * Computes the number behind the prediction, such as the log odds of a class. Evaluators of Spark
   * ML rank by it.
   *
   * @param features of a row
   * @param parameters of the trained model; not to be written to
   * @return the prediction itself, unless overridden
   */
  default double rawPredict(Vector features, double[][] parameters) {
    return predict(features, parameters);
  }
}
