package io.github.keras4j.examples;

import io.github.keras4j.optimizers.TensorSpec;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Skip-gram with negative sampling, by which word2vec learns a vector for each word: the vector of
 * a word is to point where the vectors of the words around it point, and away from the vectors of
 * words drawn at random.
 *
 * <p>The parameters are two tables with a row for each word: one for the word itself, one for the
 * word as another's neighbour. For a word {@code c}, a neighbour {@code n} and words {@code r}
 * drawn at random, the loss is {@code -log(sigmoid(c n)) - sum(log(sigmoid(-c r)))}.
 *
 * <p>Exponentials and logarithms are {@link StrictMath}'s, so that every machine computes the same.
 */
final class SkipGram {
  /** How long a word's vector is. */
  static final int WIDTH = 64;

  /** How many words are drawn at random for each neighbour. */
  static final int DRAWN = 5;

  private static final int WINDOW = 5;

  /** Words more frequent than this are passed over now and then, as in word2vec. */
  private static final double FREQUENT = 1e-3;

  /** Words that are less frequent than this have no vector to speak of. */
  private static final int SEEN_OFTEN = 20;

  private final Shakespeare corpus;
  private final double[] shares; // how often a word is kept, by number
  private final int[] urn; // each word as often as its count to the power of 3/4
  private final double[] centres;
  private final double[] neighbours;

  /** Vectors as word2vec has them at first: small ones for words, zeros for neighbours. */
  SkipGram(Shakespeare corpus) {
    this.corpus = corpus;
    int[] counts = corpus.counts();
    double frequent = FREQUENT * corpus.text().length;
    shares = Arrays.stream(counts).mapToDouble(count -> Math.sqrt(frequent / count)).toArray();
    urn =
        IntStream.range(0, counts.length)
            .flatMap(word -> IntStream.generate(() -> word).limit(tickets(counts[word])))
            .toArray();
    centres =
        new SplittableRandom(0)
            .doubles((long) counts.length * WIDTH, -0.5 / WIDTH, 0.5 / WIDTH)
            .toArray();
    neighbours = new double[centres.length];
  }

  private static long tickets(int count) {
    return (long) Math.ceil(StrictMath.pow(count, 0.75));
  }

  /** The parameters themselves, for an optimizer to update. */
  double[][] parameters() {
    return new double[][] {centres, neighbours};
  }

  /** The parameters' names and shapes, for optimizers in which something depends on them. */
  TensorSpec[] specs() {
    int words = corpus.words().size();
    return new TensorSpec[] {
      TensorSpec.of("words/embeddings", words, WIDTH),
      TensorSpec.of("neighbours/embeddings", words, WIDTH)
    };
  }

  /** Some words, each with a neighbour and with words drawn at random. */
  static final class Batch {
    /** A row of the words' table for each. */
    final int[] centres;

    /** Rows of the neighbours' table: for each word its neighbour, then the words drawn. */
    final int[] neighbours;

    /** The gradients of those rows, as {@link SkipGram#gradients} leaves them. */
    final double[] centreGradients;

    final double[] neighbourGradients;

    Batch(int size) {
      centres = new int[size];
      neighbours = new int[size * (1 + DRAWN)];
      centreGradients = new double[centres.length * WIDTH];
      neighbourGradients = new double[neighbours.length * WIDTH];
    }
  }

  /** Fills a batch at random. */
  void draw(Batch batch, SplittableRandom random) {
    for (int i = 0; i < batch.centres.length; i++) {
      int neighbour = i * (1 + DRAWN);
      drawNeighbours(batch, i, neighbour, random);
      for (int j = 1; j <= DRAWN; j++) {
        batch.neighbours[neighbour + j] = urn[random.nextInt(urn.length)];
      }
    }
  }

  private void drawNeighbours(Batch batch, int i, int neighbour, SplittableRandom random) {
    int[] text = corpus.text();
    do {
      int at = random.nextInt(text.length - WINDOW);
      int distance = 1 + random.nextInt(WINDOW);
      boolean before = random.nextBoolean();
      batch.centres[i] = text[before ? at + distance : at];
      batch.neighbours[neighbour] = text[before ? at : at + distance];
    } while (random.nextDouble() >= shares[batch.centres[i]]
        || random.nextDouble() >= shares[batch.neighbours[neighbour]]);
  }

  /** The mean loss over a batch. */
  double loss(Batch batch) {
    double sum = 0.;
    for (int i = 0; i < batch.neighbours.length; i++) {
      double product = product(batch, i);
      sum += softplus(isNeighbour(i) ? -product : product);
    }
    return sum / batch.centres.length;
  }

  /** Leaves the gradients of the loss in a batch, summed over its words: row by row. */
  void gradients(Batch batch) {
    Arrays.fill(batch.centreGradients, 0.);
    for (int i = 0; i < batch.neighbours.length; i++) {
      double error = sigmoid(product(batch, i)) - (isNeighbour(i) ? 1. : 0.);
      int centre = batch.centres[i / (1 + DRAWN)] * WIDTH;
      int neighbour = batch.neighbours[i] * WIDTH;
      int centreGradient = i / (1 + DRAWN) * WIDTH;
      int neighbourGradient = i * WIDTH;
      for (int j = 0; j < WIDTH; j++) {
        batch.centreGradients[centreGradient + j] += error * neighbours[neighbour + j];
        batch.neighbourGradients[neighbourGradient + j] = error * centres[centre + j];
      }
    }
  }

  private static boolean isNeighbour(int i) {
    return i % (1 + DRAWN) == 0;
  }

  private double product(Batch batch, int i) {
    int centre = batch.centres[i / (1 + DRAWN)] * WIDTH;
    int neighbour = batch.neighbours[i] * WIDTH;
    double sum = 0.;
    for (int j = 0; j < WIDTH; j++) {
      sum += centres[centre + j] * neighbours[neighbour + j];
    }
    return sum;
  }

  private static double sigmoid(double x) {
    return 1. / (1. + StrictMath.exp(-x));
  }

  /** {@code -log(sigmoid(-x))}. */
  private static double softplus(double x) {
    return Math.max(x, 0.) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
  }

  /**
   * The words whose vectors point most nearly where the vector of a word points, without itself.
   */
  List<String> nearest(String word, int count) {
    int number = corpus.words().indexOf(word);
    return IntStream.range(0, corpus.words().size())
        .filter(other -> other != number && corpus.counts()[other] >= SEEN_OFTEN)
        .boxed()
        .sorted(Comparator.comparingDouble(other -> -cosine(number, other)))
        .limit(count)
        .map(corpus.words()::get)
        .toList();
  }

  private double cosine(int a, int b) {
    return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
  }

  private double product(int a, int b) {
    double sum = 0.;
    for (int j = 0; j < WIDTH; j++) {
      sum += centres[a * WIDTH + j] * centres[b * WIDTH + j];
    }
    return sum;
  }
}
