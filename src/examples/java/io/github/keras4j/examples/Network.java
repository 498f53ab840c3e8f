package io.github.keras4j.examples;

import io.github.keras4j.examples.DigitsData.Digit;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A network with one hidden layer: {@code softmax(relu(x * kernel1 + bias1) * kernel2 + bias2)}.
 *
 * <p>The parameters are four tensors in Keras's order and layout: the hidden layer's kernel, one
 * row of {@code hidden} weights for each input, its bias, and the same for the output layer. The
 * loss is the cross-entropy.
 *
 * <p>Exponentials and logarithms are {@link StrictMath}'s, so that every machine computes the same.
 * What a call computes on the way is in arrays of that call: several threads may evaluate examples
 * at once.
 */
public final class Network {
  private Network() {}

  /** Weights as Keras's dense layers have them at first: Glorot's uniform, and biases of zero. */
  public static double[][] initial(int inputs, int hidden, int classes, Random random) {
    return new double[][] {
      glorotUniform(inputs, hidden, random),
      new double[hidden],
      glorotUniform(hidden, classes, random),
      new double[classes]
    };
  }

  /** The parameters' names and shapes, for optimizers in which something depends on them. */
  static TensorSpec[] specs(double[][] parameters) {
    int hidden = parameters[1].length;
    int classes = parameters[3].length;
    return new TensorSpec[] {
      TensorSpec.of("hidden/kernel", parameters[0].length / hidden, hidden),
      TensorSpec.of("hidden/bias", hidden),
      TensorSpec.of("output/kernel", parameters[2].length / classes, classes),
      TensorSpec.of("output/bias", classes)
    };
  }

  /** The most likely class of an image. */
  static int classify(double[] pixels, double[][] parameters) {
    double[] output = output(hidden(pixels, parameters), parameters);
    int best = 0;
    for (int k = 1; k < output.length; k++) {
      best = output[k] > output[best] ? k : best;
    }
    return best;
  }

  /** The share of some digits that are named rightly. */
  static double accuracy(List<Digit> digits, double[][] parameters) {
    long right =
        digits.stream()
            .filter(digit -> classify(digit.pixels(), parameters) == digit.label())
            .count();
    return (double) right / digits.size();
  }

  /** The mean loss over some digits. */
  static double loss(List<Digit> digits, double[][] parameters) {
    double sum = 0.;
    for (Digit digit : digits) {
      sum += crossEntropy(output(hidden(digit.pixels(), parameters), parameters), digit.label());
    }
    return sum / digits.size();
  }

  /** Adds the gradients of a digit's loss to the gradients of others; returns the loss. */
  public static double add(Digit digit, double[][] parameters, double[][] gradients) {
    double[] hidden = hidden(digit.pixels(), parameters);
    double[] output = output(hidden, parameters);
    double loss = crossEntropy(output, digit.label());
    // The gradient of the loss by the logits is the probabilities less the one-hot label.
    output[digit.label()] -= 1.;
    addGradients(hidden, output, gradients[2], gradients[3]);
    double[] hiddenGradient = backward(output, parameters[2], hidden);
    addGradients(digit.pixels(), hiddenGradient, gradients[0], gradients[1]);
    return loss;
  }

  private static double[] hidden(double[] pixels, double[][] parameters) {
    double[] hidden = dense(pixels, parameters[0], parameters[1]);
    for (int j = 0; j < hidden.length; j++) {
      hidden[j] = Math.max(hidden[j], 0.);
    }
    return hidden;
  }

  /** The logits. */
  private static double[] output(double[] hidden, double[][] parameters) {
    return dense(hidden, parameters[2], parameters[3]);
  }

  /** The loss of one digit; turns the logits into probabilities. */
  private static double crossEntropy(double[] output, int label) {
    double max = Arrays.stream(output).max().getAsDouble();
    double logit = output[label] - max;
    double sum = 0.;
    for (int k = 0; k < output.length; k++) {
      output[k] = StrictMath.exp(output[k] - max);
      sum += output[k];
    }
    for (int k = 0; k < output.length; k++) {
      output[k] /= sum;
    }
    return StrictMath.log(sum) - logit;
  }

  /** {@code in * kernel + bias}. */
  private static double[] dense(double[] in, double[] kernel, double[] bias) {
    double[] out = bias.clone();
    for (int i = 0; i < in.length; i++) {
      if (in[i] != 0.) { // half of the pixels, and of the ReLUs, are 0
        for (int j = 0; j < out.length; j++) {
          out[j] += in[i] * kernel[i * out.length + j];
        }
      }
    }
    return out;
  }

  /** Adds a dense layer's gradients, given that of its output. */
  private static void addGradients(
      double[] in, double[] outGradient, double[] kernelGradient, double[] biasGradient) {
    for (int j = 0; j < outGradient.length; j++) {
      biasGradient[j] += outGradient[j];
    }
    for (int i = 0; i < in.length; i++) {
      if (in[i] != 0.) {
        for (int j = 0; j < outGradient.length; j++) {
          kernelGradient[i * outGradient.length + j] += in[i] * outGradient[j];
        }
      }
    }
  }

  /** The gradient of a dense layer's input, where that input came out of ReLUs. */
  private static double[] backward(double[] outGradient, double[] kernel, double[] in) {
    double[] inGradient = new double[in.length];
    for (int i = 0; i < in.length; i++) {
      double sum = 0.;
      for (int j = 0; in[i] > 0. && j < outGradient.length; j++) {
        sum += kernel[i * outGradient.length + j] * outGradient[j];
      }
      inGradient[i] = sum;
    }
    return inGradient;
  }

  private static double[] glorotUniform(int inputs, int outputs, Random random) {
    double limit = Math.sqrt(6. / (inputs + outputs));
    return random.doubles((long) inputs * outputs, -limit, limit).toArray();
  }
}
