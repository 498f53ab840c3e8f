package io.github.keras4j.tribuo;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toCollection;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.tribuo.Dataset;
import org.tribuo.Example;
import org.tribuo.MutableDataset;
import org.tribuo.Trainer;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.ensemble.VotingCombiner;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.classification.sequence.LabelSequenceEvaluator;
import org.tribuo.classification.sgd.crf.CRFTrainer;
import org.tribuo.classification.sgd.fm.FMClassificationTrainer;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.ensemble.BaggingTrainer;
import org.tribuo.impl.ArrayExample;
import org.tribuo.math.StochasticGradientOptimiser;
import org.tribuo.math.optimisers.AdaDelta;
import org.tribuo.math.optimisers.AdaGrad;
import org.tribuo.math.optimisers.Adam;
import org.tribuo.math.optimisers.ParameterAveraging;
import org.tribuo.math.optimisers.RMSProp;
import org.tribuo.math.optimisers.SGD;
import org.tribuo.provenance.SimpleDataSourceProvenance;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.evaluation.RegressionEvaluator;
import org.tribuo.regression.sgd.fm.FMRegressionTrainer;
import org.tribuo.regression.sgd.objectives.SquaredLoss;
import org.tribuo.sequence.MutableSequenceDataset;
import org.tribuo.sequence.SequenceDataset;
import org.tribuo.sequence.SequenceExample;

/** Trains models of Tribuo with its own optimisers and with Keras's, and prints a table. */
public final class Comparison {
  private static final int EPOCHS = 10;
  private static final long SEED = 1L;
  private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

  private Comparison() {}

  private static Map<String, StochasticGradientOptimiser> optimisers() {
    Map<String, StochasticGradientOptimiser> all = new LinkedHashMap<>();
    all.put("Tribuo: SGD(0.01)", SGD.getSimpleSGD(0.01));
    all.put("Tribuo: SGD(0.01), averaged", new ParameterAveraging(SGD.getSimpleSGD(0.01)));
    all.put("Tribuo: AdaGrad(1.0, 0.1)", new AdaGrad(1., 0.1));
    all.put("Tribuo: AdaDelta()", new AdaDelta());
    all.put("Tribuo: RMSProp(0.01, 0.9)", new RMSProp(0.01, 0.9));
    all.put("Tribuo: Adam()", new Adam());
    all.put("`sgd` 0.01, averaged", new ParameterAveraging(keras("sgd", 0.01)));
    for (String name : Optimizers.names()) {
      double rate =
          name.endsWith("adagrad") || name.equals("ftrl")
              ? 0.1
              : name.endsWith("adadelta") ? 1. : name.equals("lion") ? 0.001 : 0.01;
      all.put(String.format(Locale.ROOT, "`%s` %s", name, rate), keras(name, rate));
    }
    return all;
  }

  private static KerasOptimiser keras(String name, double rate) {
    return new KerasOptimiser(optimizer(name, rate));
  }

  private static Optimizer optimizer(String name, double rate) {
    String key = Optimizers.get(name).getConfig().containsKey("lr") ? "lr" : "learning_rate";
    return Optimizers.get(Map.of("class_name", name, "config", Map.of(key, rate)));
  }

  /** For many features of which an example has few. */
  private static Map<String, StochasticGradientOptimiser> sparse() {
    Map<String, StochasticGradientOptimiser> all = new LinkedHashMap<>();
    all.put("Tribuo: SGD(0.1)", SGD.getSimpleSGD(0.1));
    all.put("`sgd` 0.1", keras("sgd", 0.1));
    all.put("`sgd` 0.1, lazy rows", lazy("sgd", 0.1));
    all.put("Tribuo: AdaGrad(0.1)", new AdaGrad(0.1));
    all.put("`adagrad` 0.1", keras("adagrad", 0.1));
    all.put("`adagrad` 0.1, lazy rows", lazy("adagrad", 0.1));
    all.put("Tribuo: RMSProp(0.01, 0.9)", new RMSProp(0.01, 0.9));
    all.put("`rmsprop` 0.01", keras("rmsprop", 0.01));
    all.put("`rmsprop` 0.01, lazy rows", lazy("rmsprop", 0.01));
    all.put("Tribuo: Adam()", new Adam());
    all.put("`adam` 0.01", keras("adam", 0.01));
    all.put("`adam` 0.01, lazy rows", lazy("adam", 0.01));
    all.put("`adamw` 0.01", keras("adamw", 0.01));
    all.put("`adamw` 0.01, lazy rows", lazy("adamw", 0.01));
    return all;
  }

  private static KerasOptimiser lazy(String name, double rate) {
    return new KerasOptimiser(optimizer(name, rate), true);
  }

  public static void main(String[] args) {
    TRIBUO.setLevel(Level.WARNING); // it tells what it trains
    printModels();
    printPairs();
    printSparse();
  }

  private static void printModels() {
    Digits<Label> digits = Digits.labels();
    Digits<Regressor> rows = Digits.missingRow();
    Digits<Label> fourthRow = Digits.fourthRow();
    classify(digits, linear(new KerasOptimiser("adam"))); // warms up
    System.out.println(
        "| optimizer | linear | factorization machine | ensemble | regression | random field |\n"
            + "|-|-|-|-|-|-|");
    optimisers()
        .forEach(
            (name, optimiser) ->
                System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %s |%n",
                    name,
                    classify(digits, linear(optimiser)),
                    classify(
                        digits,
                        new FMClassificationTrainer(
                            new LogMulticlass(), optimiser, 3, SEED, 5, 0.05)),
                    classify(
                        digits,
                        new BaggingTrainer<>(linear(optimiser), new VotingCombiner(), 5, SEED)),
                    regress(
                        rows,
                        new org.tribuo.regression.sgd.linear.LinearSGDTrainer(
                            new SquaredLoss(), optimiser, EPOCHS, SEED)),
                    tag(sequences(fourthRow.train()), sequences(fourthRow.test()), optimiser)));
  }

  /** Factorization machines where pairs of features say more than each by itself. */
  private static void printPairs() {
    Digits<Label> xor = new Digits<>(xor(2_000, 1L), xor(1_000, 2L));
    Digits<Regressor> rows = Digits.missingRow();
    classify(xor, machine(new KerasOptimiser("adam"))); // warms up
    System.out.println("\n| optimizer | XOR | regression |\n|-|-|-|");
    optimisers()
        .forEach(
            (name, optimiser) ->
                System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s |%n",
                    name,
                    classify(xor, machine(optimiser)),
                    regress(
                        rows,
                        new FMRegressionTrainer(
                            new SquaredLoss(), optimiser, EPOCHS, SEED, 5, 0.05, false))));
  }

  /** Ten numbers, of which the first two have the same sign or not. */
  private static Dataset<Label> xor(int examples, long seed) {
    LabelFactory factory = new LabelFactory();
    MutableDataset<Label> dataset =
        new MutableDataset<>(new SimpleDataSourceProvenance("XOR", factory), factory);
    String[] names = IntStream.range(0, 10).mapToObj(i -> "x" + i).toArray(String[]::new);
    Random random = new Random(seed);
    for (int i = 0; i < examples; i++) {
      double[] x = random.doubles(names.length, -1., 1.).toArray();
      dataset.add(new ArrayExample<>(new Label(x[0] * x[1] > 0. ? "same" : "different"), names, x));
    }
    return dataset;
  }

  private static void printSparse() {
    Digits<Label> words = Digits.words();
    classify(words, linear(lazy("adam", 0.01))); // warms up
    System.out.printf(
        Locale.ROOT,
        "%n%,d features, of which an example has %.0f%n%n| optimizer | linear |%n|-|-|%n",
        words.train().getFeatureMap().size(),
        words.train().getData().stream().mapToInt(Example::size).average().orElseThrow());
    sparse()
        .forEach(
            (name, optimiser) ->
                System.out.printf("| %s | %s |%n", name, classify(words, linear(optimiser))));
  }

  private static Trainer<Label> linear(StochasticGradientOptimiser optimiser) {
    return new LinearSGDTrainer(new LogMulticlass(), optimiser, EPOCHS, SEED);
  }

  private static Trainer<Label> machine(StochasticGradientOptimiser optimiser) {
    return new FMClassificationTrainer(new LogMulticlass(), optimiser, EPOCHS, SEED, 5, 0.05);
  }

  private static String classify(Digits<Label> digits, Trainer<Label> trainer) {
    return cell(
        () -> trainer.train(digits.train()),
        model -> new LabelEvaluator().evaluate(model, digits.test()).accuracy());
  }

  private static String regress(Digits<Regressor> rows, Trainer<Regressor> trainer) {
    return cell(
        () -> trainer.train(rows.train()),
        model -> new RegressionEvaluator().evaluate(model, rows.test()).averageR2());
  }

  private static String tag(
      SequenceDataset<Label> train,
      SequenceDataset<Label> test,
      StochasticGradientOptimiser optimiser) {
    return cell(
        () -> new CRFTrainer(optimiser, EPOCHS, -1, 1, SEED).train(train),
        model -> new LabelSequenceEvaluator().evaluate(model, test).accuracy());
  }

  /** Sequences of seven images: every second digit, by chance, is the one after that before it. */
  private static SequenceDataset<Label> sequences(Dataset<Label> images) {
    Map<String, Deque<Example<Label>>> byDigit =
        images.getData().stream()
            .collect(
                groupingBy(image -> image.getOutput().getLabel(), toCollection(ArrayDeque::new)));
    MutableSequenceDataset<Label> sequences =
        new MutableSequenceDataset<>(images.getProvenance(), new LabelFactory());
    Random random = new Random(SEED);
    List<Example<Label>> sequence = new ArrayList<>();
    int digit = 0;
    while (!byDigit.get(String.valueOf(digit)).isEmpty()) {
      sequence.add(byDigit.get(String.valueOf(digit)).remove());
      if (sequence.size() == 7) {
        sequences.add(new SequenceExample<>(List.copyOf(sequence)));
        sequence.clear();
      }
      digit = random.nextBoolean() ? (digit + 1) % 10 : random.nextInt(10);
    }
    return sequences;
  }

  private interface Score<M> {
    double of(M model);
  }

  private static <M> String cell(Supplier<M> training, Score<M> score) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime(); // which other programs disturb least
    M model = training.get();
    double seconds = (threads.getCurrentThreadCpuTime() - start) * 1e-9;
    return String.format(Locale.ROOT, "%.3f in %.2f s", score.of(model), seconds);
  }
}
