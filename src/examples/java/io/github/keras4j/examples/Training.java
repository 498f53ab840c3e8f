package io.github.keras4j.examples;

import io.github.keras4j.examples.DigitsData.Digit;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.MeanLoss;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How an optimizer trained the network.
 *
 * @param name what the optimizer is called
 * @param losses the loss over all training digits, before the first epoch and after each
 * @param accuracy the share of test digits that the trained network names rightly
 */
record Training(String name, List<Double> losses, double accuracy) {
  private static final int HIDDEN = 64;
  private static final int BATCH = 32;
  private static final int PARTS = 4; // of a batch, for as many threads

  /** Called after each epoch, or whatever else a training counts. */
  interface Listener {
    void done(int number, double loss);
  }

  /** How the learning rate goes on from where the optimizer has it. */
  enum Schedule {
    /** Stays there. */
    CONSTANT,
    /** Falls to 0 within the training. */
    COSINE;

    private LearningRateSchedule from(double lr, long steps) {
      return switch (this) {
        case CONSTANT -> step -> lr;
        case COSINE -> CosineDecay.builder().initialLearningRate(lr).decaySteps(steps).build();
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Trains a network; always the same one, on the same batches, whatever the optimizer. Threads
   * share a batch; how many never changes a number.
   */
  static Training run(
      String name,
      Optimizer optimizer,
      Schedule schedule,
      DigitsData data,
      int epochs,
      Listener listener) {
    Random random = new Random(0);
    double[][] parameters = Network.initial(DigitsData.PIXELS, HIDDEN, DigitsData.CLASSES, random);
    List<Digit> digits = new ArrayList<>(data.train());
    long batches = (digits.size() + BATCH - 1) / BATCH;
    LearningRateSchedule rate = schedule.from(optimizer.getLr(), epochs * batches);
    if (optimizer instanceof BaseOptimizer ofKeras3) {
      ofKeras3.build(Network.specs(parameters));
      ofKeras3.setLearningRate(rate);
    }
    MeanLoss<Digit> loss =
        MeanLoss.of(
                (Digit digit, double[][] at, GradientSum gradients) ->
                    Network.add(digit, at, gradients.tensors()))
            .parts(PARTS);
    List<Double> losses = new ArrayList<>(List.of(Network.loss(digits, parameters)));
    for (int epoch = 1; epoch <= epochs; epoch++) {
      Collections.shuffle(digits, random);
      for (int from = 0; from < digits.size(); from += BATCH) {
        if (!(optimizer instanceof BaseOptimizer)) {
          optimizer.setLr(rate.at(optimizer.getIterations()));
        }
        List<Digit> batch = digits.subList(from, Math.min(from + BATCH, digits.size()));
        optimizer.minimize(loss.over(batch), parameters);
      }
      losses.add(Network.loss(digits, parameters));
      listener.done(epoch, losses.get(epoch));
    }
    return new Training(name, losses, Network.accuracy(data.test(), parameters));
  }

  double finalLoss() {
    return losses.get(losses.size() - 1);
  }
}
