package io.github.keras4j.tribuo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.tribuo.Dataset;
import org.tribuo.Example;
import org.tribuo.MutableDataset;
import org.tribuo.Output;
import org.tribuo.OutputFactory;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;

/**
 * The 1,797 handwritten digits of the core's example as data sets of Tribuo: four fifths to train
 * on, the others to test. A feature is a pixel that is not white, so that examples are sparse.
 *
 * @param train four fifths
 * @param test the others
 */
public record Digits<T extends Output<T>>(Dataset<T> train, Dataset<T> test) {
  private static final int PIXELS = 64;
  private static final int WIDTH = 8;
  private static final double BLACKEST = 16.;

  /** Which digit an image shows. */
  public static Digits<Label> labels() {
    return of(new LabelFactory(), image -> example(label(image), image));
  }

  /** Which digit an image shows, from its fourth row alone. */
  static Digits<Label> fourthRow() {
    return of(
        new LabelFactory(),
        image -> {
          double[] row = image.clone();
          Arrays.fill(row, 0, 3 * WIDTH, 0.);
          Arrays.fill(row, 4 * WIDTH, PIXELS, 0.);
          return example(label(image), row);
        });
  }

  /** What the middle of an image's fourth row looks like, from the seven other rows. */
  public static Digits<Regressor> missingRow() {
    int from = 3 * WIDTH;
    String[] names = {"3", "4", "5"};
    return of(
        new RegressionFactory(),
        image -> {
          double[] values =
              Arrays.stream(names)
                  .mapToDouble(name -> image[from + Integer.parseInt(name)] / BLACKEST)
                  .toArray();
          double[] others = image.clone();
          Arrays.fill(others, from, from + WIDTH, 0.);
          return example(new Regressor(names, values), others);
        });
  }

  /** Which digit an image shows, from its pairs of neighbours: thousands of words, as in a text. */
  static Digits<Label> words() {
    return of(
        new LabelFactory(),
        image -> {
          List<String> words = new ArrayList<>();
          for (int pixel = 0; pixel < PIXELS; pixel++) {
            if (pixel % WIDTH < WIDTH - 1) {
              addWord(words, image, pixel, pixel + 1);
            }
            if (pixel + WIDTH < PIXELS) {
              addWord(words, image, pixel, pixel + WIDTH);
            }
          }
          double[] ones = new double[words.size()];
          Arrays.fill(ones, 1.);
          return new ArrayExample<>(label(image), words.toArray(String[]::new), ones);
        });
  }

  private static void addWord(List<String> words, double[] image, int pixel, int neighbour) {
    if (image[pixel] != 0. && image[neighbour] != 0.) {
      words.add(pixel + "=" + image[pixel] + " " + neighbour + "=" + image[neighbour]);
    }
  }

  private static Label label(double[] image) {
    return new Label(String.valueOf((int) image[PIXELS]));
  }

  private static <T extends Output<T>> Example<T> example(T output, double[] image) {
    int[] pixels = IntStream.range(0, PIXELS).filter(pixel -> image[pixel] != 0.).toArray();
    return new ArrayExample<>(
        output,
        Arrays.stream(pixels).mapToObj(pixel -> "pixel" + pixel).toArray(String[]::new),
        Arrays.stream(pixels).mapToDouble(pixel -> image[pixel] / BLACKEST).toArray());
  }

  private static <T extends Output<T>> Digits<T> of(
      OutputFactory<T> factory, Function<double[], Example<T>> example) {
    List<Example<T>> examples = new ArrayList<>();
    read().forEach(image -> examples.add(example.apply(image)));
    Collections.shuffle(examples, new Random(0));
    int train = examples.size() * 4 / 5;
    return new Digits<>(
        dataset("train", factory, examples.subList(0, train)),
        dataset("test", factory, examples.subList(train, examples.size())));
  }

  private static <T extends Output<T>> Dataset<T> dataset(
      String name, OutputFactory<T> factory, List<Example<T>> examples) {
    MutableDataset<T> dataset =
        new MutableDataset<>(new SimpleDataSourceProvenance("digits, " + name, factory), factory);
    dataset.addAll(examples);
    return dataset;
  }

  private static List<double[]> read() {
    try (InputStream file = Digits.class.getResourceAsStream("/digits/digits.csv.gz");
        InputStream csv = new GZIPInputStream(file);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(csv, StandardCharsets.US_ASCII))) {
      return reader
          .lines()
          .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
