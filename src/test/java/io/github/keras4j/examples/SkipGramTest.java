package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.examples.SkipGram.Batch;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SkipGramTest {
  private static final Shakespeare CORPUS =
      Shakespeare.of("to be or not to be that is the question");
  private static final int BATCH = 3;

  private final SkipGram model = new SkipGram(CORPUS);
  private final Batch batch = new Batch(BATCH);

  @Test
  void beginsWithoutAnIdeaOfNeighbours() {
    model.draw(batch, new SplittableRandom(1));
    assertThat(model.loss(batch)).isEqualTo((1 + SkipGram.DRAWN) * Math.log(2.), within(1e-15));
  }

  /** Each element of each row, repeated rows added up, next to differences of the loss. */
  @Test
  void gradientsAreSlopesOfTheLoss() {
    double[][] parameters = model.parameters();
    SplittableRandom random = new SplittableRandom(3);
    for (double[] table : parameters) {
      Arrays.setAll(table, i -> random.nextDouble() - 0.5);
    }
    model.draw(batch, random);
    model.gradients(batch);
    double[][] gradients = {
      added(batch.centres, batch.centreGradients, parameters[0].length),
      added(batch.neighbours, batch.neighbourGradients, parameters[1].length)
    };
    double step = 1e-6;
    for (int table = 0; table < 2; table++) {
      for (int i = 0; i < parameters[table].length; i++) {
        double before = parameters[table][i];
        parameters[table][i] = before + step;
        double above = model.loss(batch);
        parameters[table][i] = before - step;
        double below = model.loss(batch);
        parameters[table][i] = before;
        assertThat(gradients[table][i])
            .isEqualTo((above - below) / (2. * step) * BATCH, within(1e-8));
      }
    }
  }

  private static double[] added(int[] rows, double[] values, int length) {
    double[] sums = new double[length];
    for (int i = 0; i < values.length; i++) {
      sums[rows[i / SkipGram.WIDTH] * SkipGram.WIDTH + i % SkipGram.WIDTH] += values[i];
    }
    return sums;
  }

  @Test
  void drawsNeighboursFromWithinFiveWords() {
    SplittableRandom random = new SplittableRandom(4);
    boolean[] met = new boolean[CORPUS.words().size()];
    for (int i = 0; i < 200; i++) {
      model.draw(batch, random);
      for (int j = 0; j < BATCH; j++) {
        int centre = batch.centres[j];
        int neighbour = batch.neighbours[j * (1 + SkipGram.DRAWN)];
        assertThat(
                IntStream.range(0, CORPUS.text().length)
                    .filter(at -> CORPUS.text()[at] == centre)
                    .anyMatch(at -> isWithinFive(at, neighbour)))
            .isTrue();
      }
      Arrays.stream(batch.neighbours).forEach(word -> met[word] = true);
    }
    assertThat(met).doesNotContain(false);
  }

  private static boolean isWithinFive(int at, int word) {
    return IntStream.rangeClosed(Math.max(0, at - 5), Math.min(CORPUS.text().length - 1, at + 5))
        .anyMatch(other -> other != at && CORPUS.text()[other] == word);
  }

  @Test
  void theNearestWordPointsTheSameWay() {
    SkipGram shakespeare = new SkipGram(Shakespeare.load());
    double[] vectors = shakespeare.parameters()[0];
    int king = Shakespeare.load().words().indexOf("king");
    int queen = Shakespeare.load().words().indexOf("queen");
    for (int j = 0; j < SkipGram.WIDTH; j++) {
      vectors[queen * SkipGram.WIDTH + j] = 3. * vectors[king * SkipGram.WIDTH + j];
    }
    assertThat(shakespeare.nearest("king", 4))
        .hasSize(4)
        .startsWith("queen")
        .doesNotContain("king");
  }
}
