package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static io.github.keras4j.optimizers.contract.Training.STEPS;
import static io.github.keras4j.optimizers.contract.Training.gradients;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an optimizer says that its formula can do is what its steps do. With its defaults it says no
 * less than that; in some other configurations it may, as where momentum and {@code nesterov} are
 * set and the momentum is 0.
 */
class FormulaContractTest {
  static Stream<Row> defaultsOfTheLibrary() {
    return OptimizerTable.optimizers()
        .filter(Entry::isOfTheLibrary)
        .map(entry -> new Row(entry, "with its defaults", Map.of(), null));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void readsNoParametersWhereItSaysSo(Row row) {
    boolean reads = row.toldOptimizer(LENGTHS).readsParameters();
    assertThat(reads || addsWhatGradientsAloneTell(row)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("defaultsOfTheLibrary")
  void saysSoWhereItReadsNoParameters(Row row) {
    boolean reads = row.toldOptimizer(LENGTHS).readsParameters();
    assertThat(reads).isEqualTo(!addsWhatGradientsAloneTell(row));
  }

  /** Next to steps from -0.0, the number to which every number can be added and stays the same. */
  private static boolean addsWhatGradientsAloneTell(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS));
    Optimizer adding = row.toldOptimizer(LENGTHS);
    for (int step = 0; step < STEPS; step++) {
      double[][] sum = Bits.copy(training.parameters);
      double[][] differences = Bits.copy(sum);
      for (double[] tensor : differences) {
        Arrays.fill(tensor, -0.);
      }
      adding.applyGradients(gradients(step), differences);
      for (int tensor = 0; tensor < sum.length; tensor++) {
        for (int i = 0; i < sum[tensor].length; i++) {
          sum[tensor][i] += differences[tensor][i];
        }
      }
      training.run(1);
      if (!Contents.of(adding, sum).equals(Contents.of(training.optimizer, training.parameters))) {
        return false;
      }
    }
    return true;
  }

  static Stream<Row> rowsOfFormulasAlone() {
    return OptimizerTable.rowsOfOne().filter(FormulaContractTest::isOfItsFormulaAlone);
  }

  static Stream<Row> defaultsOfFormulasAlone() {
    return defaultsOfTheLibrary().filter(FormulaContractTest::isOfItsFormulaAlone);
  }

  /** Whether weight decay, a moving average and accumulation change nothing. */
  private static boolean isOfItsFormulaAlone(Row row) {
    Map<String, Object> config = row.optimizer(LENGTHS).getConfig();
    return !(config.get("weight_decay") instanceof Number decay && decay.doubleValue() != 0.)
        && !Boolean.TRUE.equals(config.get("use_ema"))
        && !row.has("gradient_accumulation_steps");
  }

  @ParameterizedTest
  @MethodSource("rowsOfFormulasAlone")
  void ignoresZerosWhereItSaysSo(Row row) {
    boolean ignores = row.toldOptimizer(LENGTHS).ignoresZeros();
    assertThat(!ignores || staysAsItIsByZeros(row)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("defaultsOfFormulasAlone")
  void saysSoWhereItIgnoresZeros(Row row) {
    boolean ignores = row.toldOptimizer(LENGTHS).ignoresZeros();
    assertThat(ignores).isEqualTo(staysAsItIsByZeros(row));
  }

  /** In the first step, before which some have no slots, and later. */
  private static boolean staysAsItIsByZeros(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS));
    double[][] zeros = IntStream.of(LENGTHS).mapToObj(double[]::new).toArray(double[][]::new);
    double[][] first = Bits.copy(training.parameters);
    training.optimizer.applyGradients(zeros, training.parameters);
    boolean stays = Arrays.deepEquals(training.parameters, first);
    training.run(STEPS);
    Contents before = Contents.of(training.optimizer, training.parameters);
    training.optimizer.applyGradients(zeros, training.parameters);
    Contents after = Contents.of(training.optimizer, training.parameters);
    return stays
        && after.parameters().equals(before.parameters())
        && after.slots().equals(before.slots());
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ENTRIES)
  void saysWhetherItSumsOverElements(Entry entry) {
    Row row = new Row(entry, "with its defaults", Map.of(), null);
    double[][] whole = Bits.normal(1, 12);
    double[][] halves = halves(whole[0]);
    Optimizer ofWhole = row.toldOptimizer(TensorSpec.of("a", 4, 3));
    Optimizer ofHalves = row.toldOptimizer(TensorSpec.of("a", 2, 3), TensorSpec.of("b", 2, 3));
    for (int step = 0; step < STEPS; step++) {
      double[][] gradient = Bits.normal(100 + step, 12);
      ofWhole.applyGradients(gradient, whole);
      ofHalves.applyGradients(halves(gradient[0]), halves);
    }

    boolean same = Arrays.equals(Bits.flat(halves), whole[0]);
    assertThat(ofWhole.sumsOverElements()).isEqualTo(!same);
  }

  private static double[][] halves(double... tensor) {
    return new double[][] {Arrays.copyOf(tensor, 6), Arrays.copyOfRange(tensor, 6, 12)};
  }
}
