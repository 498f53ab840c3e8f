package io.github.keras4j.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/**
 * The 1,797 handwritten digits of the UCI Machine Learning Repository; the file's README says where
 * they come from.
 *
 * @param train four fifths of the digits, to train on
 * @param test the others, which training never sees
 */
public record DigitsData(List<Digit> train, List<Digit> test) {
  /** How many pixels an image has. */
  public static final int PIXELS = 64;

  /** How many different labels there are. */
  public static final int CLASSES = 10;

  private static final double BRIGHTEST = 16.;

  /**
   * One image.
   *
   * @param pixels eight rows of eight, from 0 to 1
   * @param label the digit it shows
   */
  public record Digit(double[] pixels, int label) implements Serializable {
    private static Digit parse(String line) {
      double[] values = Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray();
      double[] pixels = Arrays.stream(values, 0, PIXELS).map(value -> value / BRIGHTEST).toArray();
      return new Digit(pixels, (int) values[PIXELS]);
    }
  }

  /** Reads the digits, and splits them at random: the same way each time. */
  public static DigitsData load() {
    List<Digit> digits = read("/digits/digits.csv.gz");
    Collections.shuffle(digits, new Random(0));
    int train = digits.size() * 4 / 5;
    return new DigitsData(digits.subList(0, train), digits.subList(train, digits.size()));
  }

  private static List<Digit> read(String resource) {
    try (InputStream file = DigitsData.class.getResourceAsStream(resource);
        InputStream csv = new GZIPInputStream(file);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(csv, StandardCharsets.US_ASCII))) {
      return reader.lines().map(Digit::parse).collect(Collectors.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
