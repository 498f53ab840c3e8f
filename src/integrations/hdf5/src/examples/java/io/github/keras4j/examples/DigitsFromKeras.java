package io.github.keras4j.examples;

import io.github.keras4j.hdf5.KerasFile;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/**
 * Goes on with a network that Keras trained on handwritten digits, and writes it back for Keras.
 *
 * <p>The first argument is the model, of Dense layers with relu and, as the last one, softmax; the
 * second is what to write.
 */
public final class DigitsFromKeras {
  private static final int PIXELS = 64;
  private static final int EPOCHS = 10;
  private static final int BATCH = 32;

  private final double[][] parameters;
  private final int[] widths; // of the layers, the input first

  private DigitsFromKeras(KerasFile file) {
    parameters = file.parameters();
    List<TensorSpec> kernels =
        file.tensors().stream().filter(tensor -> tensor.shape().length == 2).toList();
    widths = new int[kernels.size() + 1];
    widths[0] = PIXELS;
    for (int layer = 0; layer < kernels.size(); layer++) {
      widths[layer + 1] = kernels.get(layer).shape()[1];
    }
  }

  /**
   * Trains.
   *
   * @param args the model and the file to write; without them, the model that comes with this
   *     example and {@code target/digits-from-java.keras}
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    Path model = args.length > 0 ? Path.of(args[0]) : resource("/digits.keras");
    Path target = Path.of(args.length > 1 ? args[1] : "target/digits-from-java.keras");
    List<double[]> digits = digits(); // each the pixels and the label
    List<double[]> test = digits.subList(digits.size() * 4 / 5, digits.size());
    List<double[]> train = new ArrayList<>(digits.subList(0, digits.size() * 4 / 5));

    KerasFile file = KerasFile.read(model);
    Optimizer optimizer = file.optimizer().orElseThrow();
    DigitsFromKeras network = new DigitsFromKeras(file);
    file.tensors().forEach(tensor -> System.out.println("From Keras   " + tensor));
    System.out.printf(
        Locale.ROOT,
        "From Keras   %s, learning rate %s, after %d steps%n",
        Optimizers.serialize(optimizer).get("class_name"),
        optimizer.getLr(),
        optimizer.getIterations());
    file.notes().forEach(note -> System.out.println("Note         " + note));
    print("From Keras", Double.NaN, network.accuracy(test));

    Random random = new Random(1);
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
      Collections.shuffle(train, random);
      double loss = 0.;
      for (int from = 0; from < train.size(); from += BATCH) {
        List<double[]> batch = train.subList(from, Math.min(from + BATCH, train.size()));
        loss +=
            batch.size() * optimizer.minimize((p, g) -> network.loss(batch, g), network.parameters);
      }
      print("Epoch " + epoch + "/" + EPOCHS, loss / train.size(), network.accuracy(test));
    }

    Files.createDirectories(target.toAbsolutePath().getParent());
    file.write(target, optimizer, network.parameters);
    System.out.println(
        "Written      " + target + ", after " + optimizer.getIterations() + " steps");
  }

  private static void print(String when, double loss, double accuracy) {
    System.out.printf(
        Locale.ROOT,
        "%-12s %11s  accuracy on digits it has not seen %.4f%n",
        when,
        Double.isNaN(loss) ? "" : String.format(Locale.ROOT, "loss %.4f", loss),
        accuracy);
  }

  // ---- The network ----------------------------------------------------------------------------

  /** What each layer makes of an image, the image itself first. */
  private double[][] forward(double[] image) {
    double[][] outputs = new double[widths.length][];
    outputs[0] = Arrays.copyOf(image, PIXELS);
    for (int layer = 1; layer < widths.length; layer++) {
      double[] kernel = parameters[2 * layer - 2];
      double[] output = parameters[2 * layer - 1].clone(); // the bias
      for (int i = 0; i < outputs[layer - 1].length; i++) {
        for (int j = 0; j < output.length; j++) {
          output[j] += outputs[layer - 1][i] * kernel[i * output.length + j];
        }
      }
      outputs[layer] = layer < widths.length - 1 ? relu(output) : softmax(output);
    }
    return outputs;
  }

  private static double[] relu(double[] x) {
    return Arrays.stream(x).map(value -> Math.max(0., value)).toArray();
  }

  private static double[] softmax(double[] x) {
    double largest = Arrays.stream(x).max().orElseThrow();
    double[] shares = Arrays.stream(x).map(value -> Math.exp(value - largest)).toArray();
    double sum = Arrays.stream(shares).sum();
    return Arrays.stream(shares).map(share -> share / sum).toArray();
  }

  /** The mean cross entropy of a batch, and its gradients. */
  private double loss(List<double[]> batch, double[][] gradients) {
    double loss = 0.;
    for (double[] digit : batch) {
      double[][] outputs = forward(digit);
      int label = (int) digit[PIXELS];
      double[] delta = outputs[widths.length - 1].clone();
      loss -= Math.log(Math.max(delta[label], 1e-7)) / batch.size();
      delta[label] -= 1.;
      for (int layer = widths.length - 1; layer > 0; layer--) {
        delta = backward(layer, outputs[layer - 1], delta, 1. / batch.size(), gradients);
      }
    }
    return loss;
  }

  /** Adds the gradients of a layer, and returns how the loss depends on what went into it. */
  private double[] backward(
      int layer, double[] input, double[] delta, double share, double[][] gradients) {
    double[] kernel = parameters[2 * layer - 2];
    double[] below = new double[input.length];
    for (int i = 0; i < input.length; i++) {
      for (int j = 0; j < delta.length; j++) {
        gradients[2 * layer - 2][i * delta.length + j] += input[i] * delta[j] * share;
        below[i] += input[i] > 0. ? kernel[i * delta.length + j] * delta[j] : 0.;
      }
    }
    for (int j = 0; j < delta.length; j++) {
      gradients[2 * layer - 1][j] += delta[j] * share;
    }
    return below;
  }

  private double accuracy(List<double[]> digits) {
    int right = 0;
    for (double[] digit : digits) {
      double[] shares = forward(digit)[widths.length - 1];
      int guess = 0;
      for (int j = 1; j < shares.length; j++) {
        guess = shares[j] > shares[guess] ? j : guess;
      }
      right += guess == (int) digit[PIXELS] ? 1 : 0;
    }
    return (double) right / digits.size();
  }

  // ---- Files ----------------------------------------------------------------------------------

  private static Path resource(String name) throws IOException {
    Path copy = Files.createTempFile("digits", ".keras");
    copy.toFile().deleteOnExit();
    try (InputStream in = DigitsFromKeras.class.getResourceAsStream(name)) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
    }
    return copy;
  }

  private static List<double[]> digits() throws IOException {
    try (InputStream file = DigitsFromKeras.class.getResourceAsStream("/digits/digits.csv.gz");
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(file), StandardCharsets.US_ASCII))) {
      return reader
          .lines()
          .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray())
          .map(DigitsFromKeras::scale)
          .toList();
    }
  }

  /** Pixels from 0 to 1, and the label as it is. */
  private static double[] scale(double[] digit) {
    for (int pixel = 0; pixel < PIXELS; pixel++) {
      digit[pixel] /= 16.;
    }
    return digit;
  }
}
