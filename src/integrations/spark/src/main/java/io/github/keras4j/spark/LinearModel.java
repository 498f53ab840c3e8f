package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.TensorSpec;
import org.apache.spark.ml.linalg.Vector;

/**
 * Linear and logistic regression: {@code output = intercept + sum(weights[i] * features[i])}, from
 * zeros. Tensor 0 is {@code intercept}, of one element, tensor 1 is {@code weights}, a table with a
 * row of one element for each feature.
 *
 * <p>Without regularization; an optimizer with {@code weight_decay} decays intercept and weights.
 */
public final class LinearModel implements RowModel {
  private static final long serialVersionUID = 1L;
  private static final int INTERCEPT = 0;
  private static final int WEIGHTS = 1;

  private final RowLoss loss;

  private LinearModel(RowLoss loss) {
    this.loss = loss;
  }

  /**
   * Returns a model of a number. The loss of a row is {@code (output - label)^2 / 2}, as in Spark's
   * {@code LinearRegression}; it predicts the output.
   *
   * @return a model
   */
  public static LinearModel regression() {
    return new LinearModel(RowLoss.SQUARED);
  }

  /**
   * Returns a model of labels 0 and 1, whose output is the log odds of label 1. The loss of a row
   * is {@code log(1 + exp(output)) - label * output}, as in Spark's {@code LogisticRegression}; it
   * predicts 1 where the output is above 0, and the raw prediction is the output. The probability
   * of label 1 is {@code 1 / (1 + exp(-output))}.
   *
   * @return a model
   */
  public static LinearModel logisticRegression() {
    return new LinearModel(RowLoss.LOGISTIC);
  }

  @Override
  public TensorSpec[] tensors(int features) {
    return new TensorSpec[] {TensorSpec.of("intercept", 1), TensorSpec.of("weights", features)};
  }

  @Override
  public boolean isTable(int tensor) {
    return tensor == WEIGHTS;
  }

  @Override
  public double add(Vector features, double label, double[][] parameters, GradientSum gradients) {
    Features x = Features.of(features);
    double output = output(x, parameters);
    double value = loss.of(output, label);
    double derivative = loss.derivative(output, label);
    gradients.tensor(INTERCEPT)[0] += derivative;
    double[] weights = gradients.tensors()[WEIGHTS]; // null by rows
    for (int k = 0; k < x.count(); k++) {
      int i = x.index(k);
      if (weights == null) {
        gradients.row(WEIGHTS, i)[0] += derivative * x.value(k);
      } else {
        weights[i] += derivative * x.value(k);
      }
    }
    return value;
  }

  @Override
  public double predict(Vector features, double[][] parameters) {
    return loss.prediction(rawPredict(features, parameters));
  }

  @Override
  public double rawPredict(Vector features, double[][] parameters) {
    return output(Features.of(features), parameters);
  }

  private static double output(Features x, double[][] parameters) {
    return parameters[INTERCEPT][0] + x.dot(parameters[WEIGHTS]);
  }
}
