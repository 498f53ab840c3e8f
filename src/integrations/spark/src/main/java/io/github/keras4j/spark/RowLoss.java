package io.github.keras4j.spark;

/**
 * The loss of a row as a function of the model's output, which is a value or the log odds of label
 * 1. Exponentials and logarithms are StrictMath's, which are the same on every processor.
 */
enum RowLoss {
  /** Half the square of the error. */
  SQUARED {
    @Override
    double of(double output, double label) {
      double error = output - label;
      return error * error / 2.;
    }

    @Override
    double derivative(double output, double label) {
      return output - label;
    }

    @Override
    double prediction(double output) {
      return output;
    }
  },

  /** The negative logarithm of the probability that the model gives to the label, 0 or 1. */
  LOGISTIC {
    @Override
    double of(double output, double label) {
      if (label != 0. && label != 1.) {
        throw new IllegalArgumentException("label must be 0 or 1, got " + label);
      }
      // log(1 + exp(output)) - label * output, without an overflow
      return Math.max(output, 0.)
          + StrictMath.log1p(StrictMath.exp(-Math.abs(output)))
          - label * output;
    }

    @Override
    double derivative(double output, double label) {
      double small = StrictMath.exp(-Math.abs(output));
      return (output < 0. ? small : 1.) / (1. + small) - label;
    }

    @Override
    double prediction(double output) {
      return output > 0. ? 1. : 0.;
    }
  };

  abstract double of(double output, double label);

  abstract double derivative(double output, double label);

  abstract double prediction(double output);
}
