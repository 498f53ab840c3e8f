package io.github.keras4j.optimizers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Steps over small models, next to their formulas written by hand: what a call costs, and what each
 * tensor adds. Loop and step take turns in one process, in which these four optimizers have made
 * steps before; or every optimizer, so that calls find more classes than most programs have, and
 * branches that these four never take.
 *
 * <p>Gradients come in the same arrays in every call, or in arrays that no call has seen before,
 * which are made while the clock stands. The powers of Adam's bias correction are not in the loop.
 */
public final class SmallModelsBenchmark {
  private static final List<String> OPTIMIZERS =
      List.of("sgd", "adam", "keras3.sgd", "keras3.adam");
  private static final List<String> SHAPES =
      List.of("1x1", "1x16", "10x10", "10x16", "100x16", "1000x1", "1000x16");

  /** How many elements the calls between two looks at the clock have together, at most. */
  private static final int ELEMENTS = 1 << 16;

  private static final int MOST_CALLS = 2_000;
  private static final int WARM_UP = 2_000;

  private SmallModelsBenchmark() {}

  /**
   * Prints medians over all turns.
   *
   * @param args how many turns each, 300 if it is not given; {@code all} after it lets every
   *     optimizer make steps before
   */
  public static void main(String[] args) {
    int turns = args.length > 0 ? Integer.parseInt(args[0]) : 300;
    if (args.length > 1 && args[1].equals("all")) {
      warmUp();
    }
    for (boolean fresh : new boolean[] {false, true}) {
      measure(turns / 3 + 1, fresh);
    }
    for (boolean fresh : new boolean[] {false, true}) {
      System.out.printf("%s arrays in every call:%n%n", fresh ? "New" : "The same");
      System.out.println(measure(turns, fresh));
    }
  }

  /** Steps of everything that there is. */
  private static void warmUp() {
    Optimizers.names().forEach(name -> warmUp(name, "none"));
    Stream.of(Keras3Case.values()).forEach(other -> warmUp(other.label(), "none"));
    for (String clipping : List.of("none", "both")) {
      Workload.OPTIMIZERS.forEach(name -> warmUp(name, clipping));
    }
  }

  private static void warmUp(String name, String clipping) {
    int[] lengths = {1, 16, 100};
    Optimizer optimizer = Workload.built(name, clipping, lengths);
    double[][] parameters = Workload.tensors(1, lengths);
    double[][] gradients = Workload.tensors(2, lengths);
    for (int step = 0; step < WARM_UP; step++) {
      optimizer.applyGradients(gradients, parameters);
    }
  }

  /** The last column: what each tensor after the first adds to the difference. */
  private static MarkdownTable measure(int turns, boolean fresh) {
    MarkdownTable table =
        new MarkdownTable(
            "optimizer, tensors", "loop, ns", "step, ns", "difference, ns", "ns a further tensor");
    for (String optimizer : OPTIMIZERS) {
      Map<Boolean, Double> ofOneTensor = new HashMap<>();
      for (String shape : SHAPES) {
        double[] medians = medians(optimizer, shape, turns, fresh);
        int[] lengths = Workload.lengths(shape);
        boolean single = lengths[0] == 1;
        ofOneTensor.putIfAbsent(single, medians[2]);
        Double further =
            lengths.length == 1
                ? null
                : (medians[2] - ofOneTensor.get(single)) / (lengths.length - 1);
        table.row(
            optimizer + ", " + shape.replace("x", " × "),
            medians[0],
            medians[1],
            medians[2],
            further);
      }
    }
    return table;
  }

  /** Of the loop, of the step, and of what a step takes longer than the loop next to it. */
  private static double[] medians(String optimizer, String shape, int turns, boolean fresh) {
    int[] lengths = Workload.lengths(shape);
    SmallModel model = new SmallModel(optimizer, lengths);
    int calls = Math.min(MOST_CALLS, ELEMENTS / (lengths.length * lengths[0]));
    double[] loops = new double[turns];
    double[] steps = new double[turns];
    double[] differences = new double[turns];
    for (int turn = 0; turn < turns; turn++) {
      boolean stepFirst = turn % 2 == 0;
      double first = time(model, stepFirst, calls, fresh);
      double second = time(model, !stepFirst, calls, fresh);
      steps[turn] = stepFirst ? first : second;
      loops[turn] = stepFirst ? second : first;
      differences[turn] = steps[turn] - loops[turn];
    }
    model.check();
    return new double[] {
      Timing.of(loops).median(), Timing.of(steps).median(), Timing.of(differences).median()
    };
  }

  private static double time(SmallModel model, boolean step, int calls, boolean fresh) {
    double[][][] gradients = model.gradients(calls, fresh);
    return step ? model.step(gradients) : model.loop(gradients);
  }
}
