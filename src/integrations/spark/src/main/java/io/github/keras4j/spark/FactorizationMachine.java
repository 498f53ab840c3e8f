package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.Random;
import org.apache.spark.ml.linalg.Vector;

/**
 * Factorization machines (Rendle, 2010), which learn how features interact, also where they are
 * sparse:
 *
 * <pre>
 * output = intercept + sum(weights[i] * x[i])
 *        + sum(over i &lt; j of dot(factors[i], factors[j]) * x[i] * x[j])
 * </pre>
 *
 * <p>Tensor 0 is {@code intercept}, of one element, tensor 1 is {@code weights}, a table with a row
 * of one element for each feature, tensor 2 is {@code factors}, a table with a row of {@code
 * factorSize} elements for each feature. A row costs time proportional to its stored features times
 * {@code factorSize}.
 *
 * <p>Intercept and weights begin with zeros, factors with normally distributed numbers of standard
 * deviation 0.01, drawn from the seed, as in Spark's {@code FMClassifier} and {@code FMRegressor}.
 * Without regularization; an optimizer with {@code weight_decay} decays all tensors.
 */
public final class FactorizationMachine implements RowModel {
  private static final long serialVersionUID = 1L;
  private static final int INTERCEPT = 0;
  private static final int WEIGHTS = 1;
  private static final int FACTORS = 2;
  private static final double INITIAL_DEVIATION = 0.01;

  private final RowLoss loss;
  private final int factorSize;

  private FactorizationMachine(RowLoss loss, int factorSize) {
    if (factorSize < 1) {
      throw new IllegalArgumentException("factorSize must be at least 1, got " + factorSize);
    }
    this.loss = loss;
    this.factorSize = factorSize;
  }

  /**
   * Returns a model of a number. The loss of a row is {@code (output - label)^2 / 2}; it predicts
   * the output.
   *
   * @param factorSize how many factors a feature has; 8 in Spark
   * @return a model
   * @throws IllegalArgumentException if below 1
   */
  public static FactorizationMachine regression(int factorSize) {
    return new FactorizationMachine(RowLoss.SQUARED, factorSize);
  }

  /**
   * Returns a model of labels 0 and 1, whose output is the log odds of label 1. The loss of a row
   * is {@code log(1 + exp(output)) - label * output}; it predicts 1 where the output is above 0,
   * and the raw prediction is the output.
   *
   * @param factorSize how many factors a feature has; 8 in Spark
   * @return a model
   * @throws IllegalArgumentException if below 1
   */
  public static FactorizationMachine classification(int factorSize) {
    return new FactorizationMachine(RowLoss.LOGISTIC, factorSize);
  }

  @Override
  public TensorSpec[] tensors(int features) {
    return new TensorSpec[] {
      TensorSpec.of("intercept", 1),
      TensorSpec.of("weights", features),
      TensorSpec.of("factors", features, factorSize)
    };
  }

  @Override
  public double[][] initialParameters(int features, long seed) {
    double[][] parameters = RowModel.super.initialParameters(features, seed);
    Random random = new Random(seed);
    for (int i = 0; i < parameters[FACTORS].length; i++) {
      parameters[FACTORS][i] = random.nextGaussian() * INITIAL_DEVIATION;
    }
    return parameters;
  }

  @Override
  public boolean isTable(int tensor) {
    return tensor != INTERCEPT;
  }

  @Override
  public double add(Vector features, double label, double[][] parameters, GradientSum gradients) {
    Features x = Features.of(features);
    double[] sums = sums(x, parameters[FACTORS]);
    double output = output(x, parameters, sums);
    double value = loss.of(output, label);
    double derivative = loss.derivative(output, label);
    gradients.tensor(INTERCEPT)[0] += derivative;
    for (int k = 0; k < x.count(); k++) {
      add(x.index(k), x.value(k), derivative, sums, parameters[FACTORS], gradients);
    }
    return value;
  }

  private void add(
      int i, double x, double derivative, double[] sums, double[] factors, GradientSum gradients) {
    double[][] dense = gradients.tensors(); // null in the place of a tensor that goes by rows
    double[] weights = dense[WEIGHTS] == null ? gradients.row(WEIGHTS, i) : dense[WEIGHTS];
    weights[dense[WEIGHTS] == null ? 0 : i] += derivative * x;
    double[] row = dense[FACTORS] == null ? gradients.row(FACTORS, i) : dense[FACTORS];
    int start = dense[FACTORS] == null ? 0 : i * factorSize;
    for (int f = 0; f < factorSize; f++) {
      row[start + f] += derivative * x * (sums[f] - factors[i * factorSize + f] * x);
    }
  }

  @Override
  public double predict(Vector features, double[][] parameters) {
    return loss.prediction(rawPredict(features, parameters));
  }

  @Override
  public double rawPredict(Vector features, double[][] parameters) {
    Features x = Features.of(features);
    return output(x, parameters, sums(x, parameters[FACTORS]));
  }

  /** Of each factor, the sum over all features. */
  private double[] sums(Features x, double[] factors) {
    double[] sums = new double[factorSize];
    for (int k = 0; k < x.count(); k++) {
      int start = x.index(k) * factorSize;
      for (int f = 0; f < factorSize; f++) {
        sums[f] += factors[start + f] * x.value(k);
      }
    }
    return sums;
  }

  /** The sum over pairs is half of what the square of the sum has more than the sum of squares. */
  private double output(Features x, double[][] parameters, double[] sums) {
    double[] factors = parameters[FACTORS];
    double pairs = 0.;
    for (double sum : sums) {
      pairs += sum * sum;
    }
    for (int k = 0; k < x.count(); k++) {
      int start = x.index(k) * factorSize;
      for (int f = 0; f < factorSize; f++) {
        double factor = factors[start + f] * x.value(k);
        pairs -= factor * factor;
      }
    }
    return parameters[INTERCEPT][0] + x.dot(parameters[WEIGHTS]) + pairs / 2.;
  }
}
