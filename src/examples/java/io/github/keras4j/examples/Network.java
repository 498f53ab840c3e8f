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
 * loss is the cross-entropy, averaged over a batch.
 *
 * <p>Exponentials and logarithms are {@link StrictMath}'s, so that every machine computes the same.
 */
final class Network {
  private final double[] kernel1;
  private final double[] bias1;
  private final double[] kernel2;
  private final double[] bias2;

  private final double[] hidden;
  private final double[] hiddenGradient;
  private final double[] output;

  /** Weights as Keras's dense layers have them at first: Glorot's uniform, and biases of zero. */
  Network(int inputs, int hidden, int classes, Random random) {
    kernel1 = glorotUniform(inputs, hidden, random);
    bias1 = new double[hidden];
    kernel2 = glorotUniform(hidden, classes, random);
    bias2 = new double[classes];
    this.hidden = new double[hidden];
    hiddenGradient = new double[hidden];
    output = new double[classes];
  }

  /** The parameters themselves, for an optimizer to update. */
  double[][] parameters() {
    return new double[][] {kernel1, bias1, kernel2, bias2};
  }

  /** The parameters' names and shapes, for optimizers in which something depends on them. */
  TensorSpec[] specs() {
    return new TensorSpec[] {
      TensorSpec.of("hidden/kernel", kernel1.length / bias1.length, bias1.length),
      TensorSpec.of("hidden/bias", bias1.length),
      TensorSpec.of("output/kernel", kernel2.length / bias2.length, bias2.length),
      TensorSpec.of("output/bias", bias2.length)
    };
  }

  /** The most likely class of an image. */
  int classify(double[] pixels) {
    forward(pixels);
    int best = 0;
    for (int k = 1; k < output.length; k++) {
      best = output[k] > output[best] ? k : best;
    }
    return best;
  }

  /** The mean loss over some digits. */
  double loss(List<Digit> digits) {
    double sum = 0.;
    for (Digit digit : digits) {
      forward(digit.pixels());
      sum += crossEntropy(digit.label());
    }
    return sum / digits.size();
  }

  /** Writes the gradients of the mean loss over a batch. */
  void gradients(List<Digit> batch, double[][] gradients) {
    for (double[] gradient : gradients) {
      Arrays.fill(gradient, 0.);
    }
    for (Digit digit : batch) {
      forward(digit.pixels());
      crossEntropy(digit.label());
      // The gradient of the loss by the logits is the probabilities less the one-hot label.
      output[digit.label()] -= 1.;
      for (int k = 0; k < output.length; k++) {
        output[k] /= batch.size();
      }
      addGradients(hidden, output, gradients[2], gradients[3]);
      backward(output, kernel2, hidden, hiddenGradient);
      addGradients(digit.pixels(), hiddenGradient, gradients[0], gradients[1]);
    }
  }

  /** Leaves the logits in {@code output}. */
  private void forward(double[] pixels) {
    dense(pixels, kernel1, bias1, hidden);
    for (int j = 0; j < hidden.length; j++) {
      hidden[j] = Math.max(hidden[j], 0.);
    }
    dense(hidden, kernel2, bias2, output);
  }

  /** The loss of one digit; turns the logits in {@code output} into probabilities. */
  private double crossEntropy(int label) {
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

  /** {@code out = in * kernel + bias}. */
  private static void dense(double[] in, double[] kernel, double[] bias, double[] out) {
    System.arraycopy(bias, 0, out, 0, out.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] != 0.) { // half of the pixels, and of the ReLUs, are 0
        for (int j = 0; j < out.length; j++) {
          out[j] += in[i] * kernel[i * out.length + j];
        }
      }
    }
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

  /** Writes the gradient of a dense layer's input, where that input came out of ReLUs. */
  private static void backward(
      double[] outGradient, double[] kernel, double[] in, double[] inGradient) {
    for (int i = 0; i < in.length; i++) {
      double sum = 0.;
      for (int j = 0; in[i] > 0. && j < outGradient.length; j++) {
        sum += kernel[i * outGradient.length + j] * outGradient[j];
      }
      inGradient[i] = sum;
    }
  }

  private static double[] glorotUniform(int inputs, int outputs, Random random) {
    double limit = Math.sqrt(6. / (inputs + outputs));
    return random.doubles((long) inputs * outputs, -limit, limit).toArray();
  }
}
