package io.github.keras4j.optimizers.tables;

import static io.github.keras4j.optimizers.tables.Generation.KERAS_2;
import static io.github.keras4j.optimizers.tables.Generation.KERAS_3;
import static io.github.keras4j.optimizers.tables.Hyperparameter.ABOVE_0_TO_1;
import static io.github.keras4j.optimizers.tables.Hyperparameter.DECAY_OF_ADAMW;
import static io.github.keras4j.optimizers.tables.Hyperparameter.DECAY_RATE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.FINITE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.NON_NEGATIVE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.NON_NEGATIVE_OR_NULL;
import static io.github.keras4j.optimizers.tables.Hyperparameter.NOT_POSITIVE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.OPEN_UNIT;
import static io.github.keras4j.optimizers.tables.Hyperparameter.POSITIVE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.POSITIVE_LEARNING_RATE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.TEXTS;
import static io.github.keras4j.optimizers.tables.Hyperparameter.WHOLE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.WHOLE_OR_NULL;
import static io.github.keras4j.optimizers.tables.Hyperparameter.between;
import static io.github.keras4j.optimizers.tables.Hyperparameter.flag;
import static io.github.keras4j.optimizers.tables.Hyperparameter.nonNegative;
import static io.github.keras4j.optimizers.tables.Hyperparameter.nullOr;
import static io.github.keras4j.optimizers.tables.Hyperparameter.numberOrSchedule;
import static io.github.keras4j.optimizers.tables.Hyperparameter.oneOf;
import static io.github.keras4j.optimizers.tables.Hyperparameter.powerOfTen;
import static io.github.keras4j.optimizers.tables.Hyperparameter.row;
import static io.github.keras4j.optimizers.tables.Hyperparameter.wholeNumber;
import static io.github.keras4j.optimizers.tables.Hyperparameter.zeroOr;
import static io.github.keras4j.optimizers.tables.Trait.ANSWERS_ZEROS_FOR_A_VELOCITY_NOT_KEPT;
import static io.github.keras4j.optimizers.tables.Trait.BEGINS_WITH_THE_PARAMETERS;
import static io.github.keras4j.optimizers.tables.Trait.CONSISTS_OF_OTHERS;
import static io.github.keras4j.optimizers.tables.Trait.HAS_NO_ITERATIONS_IN_ITS_WEIGHTS;
import static io.github.keras4j.optimizers.tables.Trait.NEEDS_BUILD;
import static io.github.keras4j.optimizers.tables.Trait.SUMS_OVER_ELEMENTS;
import static io.github.keras4j.optimizers.tables.Trait.TAKES_MATH_POW;

import io.github.keras4j.examples.AdaBelief;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.Muon;
import io.github.keras4j.optimizers.keras3.SGD;
import io.github.keras4j.optimizers.plain.Plain;
import io.github.keras4j.optimizers.plain.PlainFormulas3;
import io.github.keras4j.optimizers.plain.PlainOptimizer;
import io.github.keras4j.optimizers.plain.PlainOptimizer3;
import io.github.keras4j.optimizers.plain.PlainTensorFormulas3;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Every optimizer, with all that a test needs to know of it: an optimizer joins by a row in {@link
 * #OPTIMIZERS}, and is then held to the contract, to its golden data and to plain code, fed bad
 * input, stopped, killed, copied, fuzzed, compiled in all ways, and measured.
 */
public final class OptimizerTable {
  private static final String SOURCE = "io.github.keras4j.optimizers.tables.OptimizerTable#";

  /** {@link #rows}, for MethodSource, as the others. */
  public static final String ROWS = SOURCE + "rows";

  public static final String ROWS_OF_ONE = SOURCE + "rowsOfOne";
  public static final String ELEMENTWISE_ROWS = SOURCE + "elementwiseRows";
  public static final String LAZY_ROWS = SOURCE + "lazyRows";
  public static final String ENTRIES = SOURCE + "optimizers";

  private static final List<Entry> OPTIMIZERS =
      List.of(
          keras2("sgd", 0.002, PlainOptimizer::sgd, ANSWERS_ZEROS_FOR_A_VELOCITY_NOT_KEPT),
          keras2("rmsprop", 0.01, PlainOptimizer::rmsprop, HAS_NO_ITERATIONS_IN_ITS_WEIGHTS),
          keras2("adagrad", 0.5, PlainOptimizer::adagrad, HAS_NO_ITERATIONS_IN_ITS_WEIGHTS),
          keras2("adadelta", 0.5, PlainOptimizer::adadelta, HAS_NO_ITERATIONS_IN_ITS_WEIGHTS),
          keras2("adam", 0.05, PlainOptimizer::adam),
          keras2("adamax", 0.05, PlainOptimizer::adamax),
          keras2("nadam", 0.05, PlainOptimizer::nadam, TAKES_MATH_POW)
              .having(nonNegative("schedule_decay", 0.1)),
          keras3("keras3.sgd", 0.002, PlainFormulas3::sgd),
          keras3("keras3.rmsprop", 0.01, PlainFormulas3::rmsprop)
              .having(row("momentum", NON_NEGATIVE, zeroOr(between(0., 1.))), flag("centered")),
          keras3("keras3.adagrad", 0.5, PlainFormulas3::adagrad),
          keras3("keras3.adadelta", 0.5, PlainFormulas3::adadelta),
          keras3("keras3.adam", 0.05, PlainFormulas3::adam),
          keras3("adamw", 0.05, PlainFormulas3::adam)
              .having(row("weight_decay", DECAY_OF_ADAMW, between(0., 0.1))),
          keras3("keras3.adamax", 0.05, PlainFormulas3::adamax),
          keras3("keras3.nadam", 0.05, PlainFormulas3::nadam),
          keras3("ftrl", 0.5, PlainFormulas3::ftrl, TAKES_MATH_POW)
              .having(
                  row("learning_rate", POSITIVE_LEARNING_RATE, numberOrSchedule(-4., -1.)),
                  row("learning_rate_power", NOT_POSITIVE, oneOf(-0.5, -1., 0, -0.7)),
                  nonNegative("l1_regularization_strength", 0.1),
                  nonNegative("l2_regularization_strength", 0.1),
                  nonNegative("l2_shrinkage_regularization_strength", 0.1),
                  nonNegative("beta", 0.1)),
          keras3("lion", 0.001, PlainFormulas3::lion)
              .having(row("beta_1", ABOVE_0_TO_1, between(0.5, 1.))),
          keras3("lamb", 0.011, PlainTensorFormulas3::lamb, SUMS_OVER_ELEMENTS),
          keras3(
                  "adafactor",
                  0.05,
                  PlainTensorFormulas3::adafactor,
                  NEEDS_BUILD,
                  SUMS_OVER_ELEMENTS,
                  TAKES_MATH_POW)
              .having(
                  row("beta_2_decay", NOT_POSITIVE, between(-1.5, -0.5)),
                  row("epsilon_1", NON_NEGATIVE, powerOfTen(-30., -5.)),
                  row("epsilon_2", NON_NEGATIVE, powerOfTen(-9., -2.)),
                  row("clip_threshold", POSITIVE, between(0.5, 1.5)),
                  flag("relative_step")),
          keras3("muon", 0.05, PlainTensorFormulas3::muon, NEEDS_BUILD, SUMS_OVER_ELEMENTS)
              .having(
                  row("adam_beta_1", DECAY_RATE, between(0.5, 0.999)),
                  row("adam_beta_2", DECAY_RATE, between(0.5, 0.999)),
                  row("exclude_layers", TEXTS, oneOf(List.of("^dense/k"), List.of("no", "el$"))),
                  row("muon_a", FINITE, between(3.1, 3.4445)),
                  row("muon_b", FINITE, between(-4.775, -4.3)),
                  row("muon_c", FINITE, between(1.8, 2.0315)),
                  nonNegative("adam_lr_ratio", 1.5),
                  row("ns_steps", WHOLE, wholeNumber(1, 5)),
                  flag("exclude_embeddings"),
                  row("adam_weight_decay", NON_NEGATIVE_OR_NULL, nullOr(between(0., 0.1))),
                  row("rms_rate", NON_NEGATIVE_OR_NULL, nullOr(between(0., 1.)))),
          keras3(
                  "schedulefreeadamw",
                  0.05,
                  PlainFormulas3::scheduleFreeAdamW,
                  BEGINS_WITH_THE_PARAMETERS)
              .having(
                  row("beta_1", OPEN_UNIT, between(0.5, 0.999)),
                  row("warmup_steps", WHOLE_OR_NULL, wholeNumber(0, 9))),
          own(
                  "multioptimizer",
                  KERAS_3,
                  MultiOptimizer::fromConfig,
                  0.,
                  NEEDS_BUILD,
                  SUMS_OVER_ELEMENTS,
                  CONSISTS_OF_OTHERS)
              .tried(
                  List.of(
                      groups(
                          Adam.builder().useEma(true).build(),
                          SGD.builder().momentum(0.9).clipnorm(1.).build()),
                      groups(
                          Muon.builder().gradientAccumulationSteps(3).build(),
                          AdamW.builder()
                              .learningRate(
                                  CosineDecay.builder()
                                      .initialLearningRate(0.1)
                                      .decaySteps(5)
                                      .build())
                              .build()))),
          own("AdaBelief", KERAS_2, AdaBelief::fromConfig, 0.05, TAKES_MATH_POW)
              .tried(
                  List.of(
                      Map.of(),
                      Map.of("lr", 0.01, "decay", 0.1),
                      Map.of("beta_1", 0.5, "beta_2", 0.7, "epsilon", 1e-8),
                      Map.of("clipnorm", 1., "clipvalue", 0.3))));

  private OptimizerTable() {}

  public static Stream<Entry> all() {
    return OPTIMIZERS.stream();
  }

  /** Those that are one by themselves. */
  public static Stream<Entry> optimizers() {
    return all().filter(entry -> !entry.is(CONSISTS_OF_OTHERS));
  }

  public static Stream<Entry> ofKeras() {
    return all().filter(Entry::hasGoldenData);
  }

  public static Stream<Entry> ofKeras2() {
    return ofKeras().filter(entry -> entry.isOf(KERAS_2));
  }

  public static Stream<Entry> ofKeras3() {
    return ofKeras().filter(entry -> entry.isOf(KERAS_3));
  }

  public static Stream<Entry> withFormula() {
    return optimizers().filter(entry -> entry.formula() != null);
  }

  public static Stream<Row> rows() {
    return all().flatMap(Entry::rows);
  }

  public static Stream<Row> rowsOfOne() {
    return rows().filter(row -> !row.entry().is(CONSISTS_OF_OTHERS));
  }

  public static Stream<Row> elementwiseRows() {
    return rows().filter(row -> !row.entry().is(SUMS_OVER_ELEMENTS));
  }

  /** Those that take lazy rows. */
  public static Stream<Row> lazyRows() {
    return elementwiseRows().filter(Row::takesLazyRows);
  }

  public static Stream<Row> rowsOfTheLibrary() {
    return all().filter(Entry::isOfTheLibrary).flatMap(Entry::rows);
  }

  /** Tensors of these lengths: matrices where the length is even, others of rank 1. */
  public static TensorSpec[] specs(int... lengths) {
    TensorSpec[] specs = new TensorSpec[lengths.length];
    for (int i = 0; i < lengths.length; i++) {
      String name = "layer" + i / 2 + (i % 2 == 0 ? "/kernel" : "/bias");
      int length = lengths[i];
      specs[i] =
          length > 2 && length % 2 == 0
              ? TensorSpec.of(name, 2, length / 2)
              : TensorSpec.of(name, length);
    }
    return specs;
  }

  /** Excludes tensors from weight decay, as the golden data have it. */
  public static void exclude(BaseOptimizer optimizer, Map<String, List<Object>> excluded) {
    if (excluded == null) {
      return;
    }
    List<Object> names = excluded.get("var_names");
    if (names != null) {
      optimizer.excludeFromWeightDecay(names.toArray(String[]::new));
    }
    List<Object> numbers = excluded.get("var_list");
    if (numbers != null) {
      optimizer.excludeFromWeightDecay(
          numbers.stream().mapToInt(number -> (Integer) number).toArray());
    }
  }

  /** What a MultiOptimizer is made from. */
  private static Map<String, Object> groups(BaseOptimizer ofKernels, BaseOptimizer ofOthers) {
    return MultiOptimizer.builder()
        .add(".+/kernel", ofKernels)
        .otherwise(ofOthers)
        .build()
        .getConfig();
  }

  private static Entry keras2(String name, double rate, Plain.Formula formula, Trait... traits) {
    return keras(name, KERAS_2, rate, formula, traits);
  }

  private static Entry keras3(
      String name,
      double rate,
      Function<PlainOptimizer3, PlainFormulas3.Formula> formula,
      Trait... traits) {
    return keras(name, KERAS_3, rate, task -> new PlainOptimizer3(formula, task), traits);
  }

  private static Entry keras(
      String name, Generation generation, double rate, Plain.Formula formula, Trait... traits) {
    Function<Map<String, ?>, Optimizer> factory =
        config -> Optimizers.deserialize(Map.of("class_name", name, "config", config));
    return new Entry(name, generation, factory, rate, formula, Set.of(traits), List.of(), null);
  }

  private static Entry own(
      String name,
      Generation generation,
      Function<Map<String, ?>, Optimizer> factory,
      double rate,
      Trait... traits) {
    return new Entry(name, generation, factory, rate, null, Set.of(traits), List.of(), List.of());
  }
}
