package io.github.keras4j.tribuo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.SGD;
import io.github.keras4j.optimizers.keras3.Adam;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tribuo.Dataset;
import org.tribuo.Example;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Trainer;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.ensemble.VotingCombiner;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.classification.sgd.crf.CRFModel;
import org.tribuo.classification.sgd.crf.CRFTrainer;
import org.tribuo.classification.sgd.fm.FMClassificationModel;
import org.tribuo.classification.sgd.fm.FMClassificationTrainer;
import org.tribuo.classification.sgd.linear.LinearSGDModel;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.ensemble.BaggingTrainer;
import org.tribuo.ensemble.WeightedEnsembleModel;
import org.tribuo.math.StochasticGradientOptimiser;
import org.tribuo.math.optimisers.ParameterAveraging;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.sgd.objectives.SquaredLoss;
import org.tribuo.sequence.MutableSequenceDataset;
import org.tribuo.sequence.SequenceExample;

/** Whole trainings on real data, next to Tribuo's own SGD, whose sum rounds alike. */
class TrainersTest {
  private static final double RATE = 0.125; // a power of two: Tribuo multiplies in another order
  private static final KerasOptimiser OURS = new KerasOptimiser(SGD.builder().lr(RATE).build());
  private static final StochasticGradientOptimiser TRIBUOS =
      org.tribuo.math.optimisers.SGD.getSimpleSGD(RATE);

  private static Digits<Label> digits;

  @BeforeAll
  static void load() {
    digits = Digits.labels();
  }

  private static Trainer<Label> linear(StochasticGradientOptimiser optimiser, int minibatch) {
    return new LinearSGDTrainer(new LogMulticlass(), optimiser, 2, -1, minibatch, 1L);
  }

  private static double[][] weights(Model<Label> model) {
    return ((LinearSGDModel) model).getWeightsCopy().toArray();
  }

  @Test
  void trainsALinearModelLikeTribuo() {
    assertThat(weights(linear(OURS, 1).train(digits.train())))
        .isDeepEqualTo(weights(linear(TRIBUOS, 1).train(digits.train())));
  }

  @Test
  void trainsByMiniBatchesLikeTribuo() {
    assertThat(weights(linear(OURS, 16).train(digits.train())))
        .isDeepEqualTo(weights(linear(TRIBUOS, 16).train(digits.train())));
  }

  @Test
  void takesTheWeightsOfExamplesLikeTribuo() {
    Dataset<Label> weighted = MutableDataset.createDeepCopy(digits.train());
    int number = 0;
    for (Example<Label> example : weighted) {
      example.setWeight(1 << number++ % 3);
    }
    double[][] ours = weights(linear(OURS, 1).train(weighted));
    assertThat(ours).isDeepEqualTo(weights(linear(TRIBUOS, 1).train(weighted)));
    assertThat(ours[0]).isNotEqualTo(weights(linear(OURS, 1).train(digits.train()))[0]);
  }

  @Test
  void trainsAFactorizationMachineLikeTribuo() {
    double[][] ours = factorizationMachine(OURS);
    assertThat(ours).isDeepEqualTo(factorizationMachine(TRIBUOS));
  }

  private static double[][] factorizationMachine(StochasticGradientOptimiser optimiser) {
    FMClassificationModel model =
        new FMClassificationTrainer(new LogMulticlass(), optimiser, 1, -1, 1L, 3, 0.1)
            .train(digits.train());
    return Machine.arrays(model.getFactorsCopy());
  }

  @Test
  void trainsAConditionalRandomFieldLikeTribuo() {
    double[][] ours = randomField(OURS);
    assertThat(ours).isDeepEqualTo(randomField(TRIBUOS));
    assertThat(ours[0]).isNotEqualTo(new double[ours[0].length]);
  }

  /** Every image with the next one is a sequence of two labels. */
  private static double[][] randomField(StochasticGradientOptimiser optimiser) {
    MutableSequenceDataset<Label> pairs =
        new MutableSequenceDataset<>(digits.train().getProvenance(), new LabelFactory());
    for (int i = 0; i + 1 < 200; i++) {
      pairs.add(new SequenceExample<>(digits.train().getData().subList(i, i + 2)));
    }
    CRFModel model = (CRFModel) new CRFTrainer(optimiser, 1, -1, 1, 1L).train(pairs);
    return IntStream.range(0, 10)
        .mapToObj(label -> model.getFeatureWeights(label).toArray())
        .toArray(double[][]::new);
  }

  @Test
  void trainsARegressionLikeTribuo() {
    Digits<Regressor> rows = Digits.missingRow();
    assertThat(regression(OURS, rows)).isDeepEqualTo(regression(TRIBUOS, rows));
  }

  private static double[][] regression(
      StochasticGradientOptimiser optimiser, Digits<Regressor> rows) {
    org.tribuo.regression.sgd.linear.LinearSGDModel model =
        new org.tribuo.regression.sgd.linear.LinearSGDTrainer(new SquaredLoss(), optimiser, 2, 1L)
            .train(rows.train());
    return model.getWeightsCopy().toArray();
  }

  @Test
  void seesThatTribuoFailsOnMiniBatchesOfSparseExamplesInAFactorizationMachine() {
    assertThatThrownBy(
            () ->
                new FMClassificationTrainer(new LogMulticlass(), TRIBUOS, 1, -1, 2, 1L, 3, 0.1)
                    .train(digits.train()))
        .isInstanceOf(ClassCastException.class);
  }

  @Test
  void isAveragedLikeTribuo() {
    double[][] ours = weights(linear(new ParameterAveraging(OURS), 1).train(digits.train()));
    assertThat(ours)
        .isDeepEqualTo(weights(linear(new ParameterAveraging(TRIBUOS), 1).train(digits.train())));
    assertThat(ours[0]).isNotEqualTo(weights(linear(OURS, 1).train(digits.train()))[0]);
  }

  @Test
  void givesEveryMemberOfAnEnsembleAFreshOptimizer() {
    WeightedEnsembleModel<Label> ours = ensemble(OURS);
    WeightedEnsembleModel<Label> tribuos = ensemble(TRIBUOS);
    for (int member = 0; member < 3; member++) {
      assertThat(weights(ours.getModels().get(member)))
          .isDeepEqualTo(weights(tribuos.getModels().get(member)));
    }
    StochasticGradientOptimiser adam = new KerasOptimiser("adam"); // the state would be seen here
    double[][] first = weights(ensemble(adam).getModels().get(2));
    assertThat(weights(ensemble(adam).getModels().get(2))).isDeepEqualTo(first);
  }

  private static WeightedEnsembleModel<Label> ensemble(StochasticGradientOptimiser optimiser) {
    return (WeightedEnsembleModel<Label>)
        new BaggingTrainer<>(linear(optimiser, 1), new VotingCombiner(), 3, 1L)
            .train(digits.train());
  }

  @Test
  void servesTrainingsInManyThreadsAtOnce() {
    KerasOptimiser adam = new KerasOptimiser("keras3.adam");
    double[][] alone = weights(linear(adam, 1).train(digits.train()));
    List<double[][]> together =
        IntStream.range(0, 8)
            .parallel()
            .mapToObj(i -> weights(linear(adam, 1).train(digits.train())))
            .toList();
    assertThat(together).allSatisfy(weights -> assertThat(weights).isDeepEqualTo(alone));
  }

  @Test
  void learnsDigits() {
    for (Optimizer optimizer :
        List.of(
            io.github.keras4j.optimizers.Adam.builder().lr(0.01).build(),
            Adam.builder().learningRate(0.01).weightDecay(0.001).build())) {
      Model<Label> model =
          new LinearSGDTrainer(new LogMulticlass(), new KerasOptimiser(optimizer), 5, 1L)
              .train(digits.train());
      double accuracy = new LabelEvaluator().evaluate(model, digits.test()).accuracy();
      assertThat(accuracy).isGreaterThan(0.93);
    }
  }

  @Test
  void averagesByItselfInTheEnd() {
    double[][] averaged =
        weights(
            linear(new KerasOptimiser(Adam.builder().useEma(true).emaMomentum(0.999).build()), 1)
                .train(digits.train()));
    double[][] last = weights(linear(new KerasOptimiser("keras3.adam"), 1).train(digits.train()));
    assertThat(averaged[0]).isNotEqualTo(last[0]);
    assertThat(Arrays.stream(averaged[0]).allMatch(Double::isFinite)).isTrue();
  }
}
