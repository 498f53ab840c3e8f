package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.plain.PlainGroup;
import io.github.keras4j.optimizers.plain.PlainGroup.Formula;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Which arrays a step works on, whatever calls came before it: random sequences of calls over a few
 * sets of arrays, compared bit for bit with plain loops.
 */
class StepArraysTest {
  private static final int[] LENGTHS = {6, 1, 20, 8};
  private static final int[] WIDTHS = {2, 1, 4, 2};
  private static final int[] ALL = {0, 1, 2, 3};
  private static final int SETS = 3;
  private static final int SEQUENCES = 50;
  private static final int CALLS = 60;

  private static final TensorSpec[] SPECS = {
    TensorSpec.of("a/table", 3, 2),
    TensorSpec.of("b/bias", 1),
    TensorSpec.of("a/kernel", 5, 4),
    TensorSpec.of("c/kernel", 4, 2)
  };

  /** The optimizers under test. */
  enum Kind {
    SGD_2(false, new PlainGroup(Formula.SGD_2, ALL, LENGTHS)) {
      @Override
      Optimizer make(boolean errorIfNonFinite, LearningRateSchedule[] rates) {
        return SGD.builder()
            .momentum(PlainGroup.MOMENTUM)
            .errorIfNonFinite(errorIfNonFinite)
            .build();
      }
    },
    ADAM_2(false, new PlainGroup(Formula.ADAM_2, ALL, LENGTHS)) {
      @Override
      Optimizer make(boolean errorIfNonFinite, LearningRateSchedule[] rates) {
        return Adam.builder().epsilon(1e-7).errorIfNonFinite(errorIfNonFinite).build();
      }
    },
    SGD_3(true, new PlainGroup(Formula.SGD_3, ALL, LENGTHS)) {
      @Override
      Optimizer make(boolean errorIfNonFinite, LearningRateSchedule[] rates) {
        return sgd3(rates[0]).errorIfNonFinite(errorIfNonFinite).build();
      }
    },
    ADAM_3(true, new PlainGroup(Formula.ADAM_3, ALL, LENGTHS)) {
      @Override
      Optimizer make(boolean errorIfNonFinite, LearningRateSchedule[] rates) {
        return adam3(rates[0]).errorIfNonFinite(errorIfNonFinite).build();
      }
    },
    MULTI(
        true,
        new PlainGroup(Formula.ADAM_3, new int[] {0, 2}, LENGTHS),
        new PlainGroup(Formula.SGD_3, new int[] {1}, LENGTHS),
        new PlainGroup(Formula.ADAM_3, new int[] {3}, LENGTHS)) {
      @Override
      Optimizer make(boolean errorIfNonFinite, LearningRateSchedule[] rates) {
        MultiOptimizer multi =
            MultiOptimizer.builder()
                .add("a/.*", adam3(rates[0]).build())
                .add("b/.*", sgd3(rates[1]).build())
                .otherwise(adam3(rates[2]).build())
                .build();
        multi.build(SPECS);
        return multi;
      }
    };

    final boolean ofKeras3;
    final List<PlainGroup> groups;

    Kind(boolean ofKeras3, PlainGroup... groups) {
      this.ofKeras3 = ofKeras3;
      this.groups = List.of(groups);
    }

    abstract Optimizer make(boolean errorIfNonFinite, LearningRateSchedule[] rates);

    private static io.github.keras4j.optimizers.keras3.SGD.Builder sgd3(LearningRateSchedule rate) {
      return io.github
          .keras4j
          .optimizers
          .keras3
          .SGD
          .builder()
          .learningRate(rate)
          .momentum(PlainGroup.MOMENTUM);
    }

    private static io.github.keras4j.optimizers.keras3.Adam.Builder adam3(
        LearningRateSchedule rate) {
      return io.github.keras4j.optimizers.keras3.Adam.builder().learningRate(rate);
    }
  }

  /** A constant rate that can be told to throw. */
  private static final class Rate implements LearningRateSchedule {
    private final double rate;
    private Throwable thrown;

    Rate(double rate) {
      this.rate = rate;
    }

    @Override
    public double at(long step) {
      if (thrown instanceof Error error) {
        throw error;
      }
      if (thrown != null) {
        throw (RuntimeException) thrown;
      }
      return rate;
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("rate", rate);
    }
  }

  /** What a loss throws. */
  private static final class LossError extends Error {
    private static final long serialVersionUID = 1L;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void worksOnTheArraysOfTheSameCall(Kind kind) {
    for (int seed = 0; seed < SEQUENCES; seed++) {
      new Sequence(kind, seed).run();
    }
  }

  /** One optimizer, the plain loops next to it, and the arrays that calls choose from. */
  private static final class Sequence {
    private final Kind kind;
    private final int seed;
    private final Random random;
    private final Rate[] rates;
    private final boolean checksFinite;
    private Optimizer optimizer;
    private List<PlainGroup> groups;

    private final double[][][] parameters = new double[SETS][][];
    private final double[][][] expected = new double[SETS][][];
    private final double[][][] gradients = new double[SETS][][];
    private final double[][] sameParameters = new double[LENGTHS.length][];
    private final double[][] sameGradients = new double[LENGTHS.length][];
    private final double[][] ownGradients = new double[LENGTHS.length][]; // kept by a loss
    private OptimizerState state;
    private List<double[]> weights;
    private List<PlainGroup> saved;
    private String call = "";

    // The call under way
    private double[][] p;
    private double[][] e; // what p is expected to be
    private double[][] g;

    Sequence(Kind kind, int seed) {
      this.kind = kind;
      this.seed = seed;
      random = new Random(seed);
      rates =
          kind == Kind.MULTI
              ? new Rate[] {new Rate(0.001), new Rate(0.01), new Rate(0.001)}
              : new Rate[] {new Rate(kind == Kind.SGD_3 ? 0.01 : 0.001)};
      checksFinite = kind != Kind.MULTI && random.nextBoolean();
      optimizer = kind.make(checksFinite, rates);
      groups = copies(kind.groups);
      for (int set = 0; set < SETS; set++) {
        parameters[set] = Bits.normal(seed * 10L + set, LENGTHS);
        expected[set] = Bits.copy(parameters[set]);
        gradients[set] = Bits.normal(seed * 10L + 5 + set, LENGTHS);
      }
    }

    private static List<PlainGroup> copies(List<PlainGroup> groups) {
      return groups.stream().map(PlainGroup::copy).toList();
    }

    void run() {
      for (int i = 0; i < CALLS; i++) {
        choose();
        switch (random.nextInt(kind == Kind.MULTI ? 16 : 14)) {
          case 0, 1, 2, 3 -> dense();
          case 4, 5 -> byRows();
          case 6 -> minimize();
          case 7 -> minimizeOtherArrays();
          case 8 -> minimizeByRows();
          case 9 -> rejectedLengths();
          case 10 -> rejectedByTheLoss();
          case 11 -> rejectedByScheduleOrNumbers();
          case 12 -> saveOrRestore();
          case 13 -> copy();
          default -> ofAnInnerOne();
        }
        for (int set = 0; set < SETS; set++) {
          if (!Arrays.deepEquals(parameters[set], expected[set])) {
            String what = kind + " " + seed + ", call " + i + ", " + call + ", set " + set;
            Bits.assertSame(what, parameters[set], expected[set]);
          }
        }
      }
      assertState();
    }

    /** Chooses the arrays of a call: of one set or mixed, in the same outer array or a new one. */
    private void choose() {
      boolean mixed = random.nextInt(3) == 0;
      int set = random.nextInt(SETS);
      p = random.nextBoolean() ? sameParameters : new double[LENGTHS.length][];
      g = random.nextBoolean() ? sameGradients : new double[LENGTHS.length][];
      e = new double[LENGTHS.length][];
      int setOfGradients = random.nextInt(SETS);
      for (int tensor = 0; tensor < LENGTHS.length; tensor++) {
        int of = mixed ? random.nextInt(SETS) : set;
        p[tensor] = parameters[of][tensor];
        e[tensor] = expected[of][tensor];
        g[tensor] = gradients[mixed ? random.nextInt(SETS) : setOfGradients][tensor];
        boolean refilled = random.nextBoolean();
        for (int i = 0; refilled && i < g[tensor].length; i++) {
          g[tensor][i] = random.nextInt(4) == 0 ? 0. : random.nextGaussian();
        }
      }
    }

    /** Takes some gradients away, where the optimizer may lack them. */
    private void loseSome() {
      int kept = random.nextInt(LENGTHS.length);
      for (int tensor = 0; kind.ofKeras3 && tensor < LENGTHS.length; tensor++) {
        if (tensor != kept && random.nextInt(5) == 0) {
          g[tensor] = null;
        }
      }
    }

    private void expectStep(double[][] dense, boolean[][] left) {
      groups.forEach(group -> group.step(dense, left, e));
    }

    private void dense() {
      call = "dense";
      boolean kept = random.nextInt(4) == 0;
      for (int tensor = 0; kept && tensor < LENGTHS.length; tensor++) {
        g[tensor] = ownGradients[tensor] == null ? g[tensor] : ownGradients[tensor];
      }
      loseSome();
      expectStep(g, new boolean[LENGTHS.length][]);
      optimizer.applyGradients(g, p);
    }

    private Gradient[] someRows(boolean[][] left) {
      loseSome();
      int kind = random.nextInt(4); // all dense, rows or lazy rows, or all kinds
      Gradient[] given = new Gradient[LENGTHS.length];
      for (int tensor = 0; tensor < LENGTHS.length; tensor++) {
        if (g[tensor] == null) {
          continue;
        }
        int ofThis = kind == 3 ? random.nextInt(3) : kind;
        if (ofThis == 0) {
          given[tensor] = Gradient.dense(g[tensor]);
          continue;
        }
        int width = WIDTHS[tensor];
        int count = LENGTHS[tensor] / width;
        int[] rows = random.ints(random.nextInt(count + 2), 0, count).toArray();
        double[] values = random.doubles((long) rows.length * width, -1., 1.).toArray();
        given[tensor] = ofThis == 1 ? Gradient.rows(rows, values) : Gradient.lazyRows(rows, values);
        if (ofThis == 2) {
          left[tensor] = new boolean[LENGTHS[tensor]];
          Arrays.fill(left[tensor], true);
          for (int row : rows) {
            Arrays.fill(left[tensor], row * width, (row + 1) * width, false);
          }
        }
      }
      return given;
    }

    private void byRows() {
      call = "by rows";
      boolean[][] left = new boolean[LENGTHS.length][];
      Gradient[] given = someRows(left);
      expectStep(SomeRows.dense(given, LENGTHS), left);
      optimizer.applyGradients(given, p);
    }

    private void minimize() {
      call = "minimize";
      expectStep(g, new boolean[LENGTHS.length][]);
      optimizer.minimize(
          (at, into) -> {
            for (int tensor = 0; tensor < into.length; tensor++) {
              System.arraycopy(g[tensor], 0, into[tensor], 0, into[tensor].length);
              ownGradients[tensor] = into[tensor];
            }
            return 0.;
          },
          p);
    }

    /**
     * A loss that puts other arrays in place of the given ones, some of them from earlier calls.
     */
    private void minimizeOtherArrays() {
      call = "minimize with other arrays";
      expectStep(g, new boolean[LENGTHS.length][]);
      boolean[] replaced = new boolean[LENGTHS.length];
      for (int tensor = 0; tensor < replaced.length; tensor++) {
        replaced[tensor] = random.nextBoolean();
      }
      optimizer.minimize(
          (at, into) -> {
            for (int tensor = 0; tensor < into.length; tensor++) {
              if (replaced[tensor]) {
                into[tensor] = g[tensor];
              } else {
                System.arraycopy(g[tensor], 0, into[tensor], 0, into[tensor].length);
              }
            }
            return 0.;
          },
          p);
    }

    private void minimizeByRows() {
      call = "minimize by rows";
      boolean[][] left = new boolean[LENGTHS.length][];
      Gradient[] given = someRows(left);
      expectStep(SomeRows.dense(given, LENGTHS), left);
      RowLossFunction loss =
          (at, into) -> {
            System.arraycopy(given, 0, into, 0, given.length);
            return 0.;
          };
      optimizer.minimize(loss, p);
    }

    private void rejectedLengths() {
      call = "lengths rejected";
      int wrong = random.nextInt(LENGTHS.length);
      if (random.nextBoolean()) {
        g[wrong] = new double[LENGTHS[wrong] + 1];
      } else {
        p[wrong] = random.nextBoolean() ? null : new double[LENGTHS[wrong] + 1];
      }
      assertThatThrownBy(() -> optimizer.applyGradients(g, p))
          .isInstanceOf(IllegalArgumentException.class);
      Gradient[] given = new Gradient[LENGTHS.length];
      Arrays.setAll(given, tensor -> Gradient.dense(g[tensor]));
      assertThatThrownBy(() -> optimizer.applyGradients(given, p))
          .isInstanceOf(IllegalArgumentException.class);
    }

    private void rejectedByTheLoss() {
      call = "rejected by the loss";
      boolean byRows = random.nextBoolean();
      RowLossFunction rows =
          (at, into) -> {
            into[0] = Gradient.dense(g[0]);
            throw new LossError();
          };
      LossFunction dense =
          (at, into) -> {
            into[0] = g[0];
            into[1][0] = 7.;
            throw new LossError();
          };
      assertThatThrownBy(() -> optimizer.minimize(byRows ? rows : dense, p))
          .isInstanceOf(LossError.class);
    }

    private void rejectedByScheduleOrNumbers() {
      boolean byRows = random.nextBoolean();
      Gradient[] given = new Gradient[LENGTHS.length];
      Arrays.setAll(given, tensor -> Gradient.dense(g[tensor]));
      given[2] = Gradient.rows(new int[] {0}, new double[] {1., 2., 3., 4.});
      Class<? extends Throwable> type;
      if (kind.ofKeras3 && (!checksFinite || random.nextBoolean())) {
        call = "rejected by a schedule";
        Throwable thrown =
            random.nextBoolean() ? new IllegalStateException("no rate") : new LossError();
        rates[random.nextInt(rates.length)].thrown = thrown;
        type = thrown.getClass();
      } else if (checksFinite) {
        call = "rejected for NaN";
        g[3][1] = Double.NaN;
        type = IllegalArgumentException.class;
      } else {
        return;
      }
      assertThatThrownBy(
              () -> {
                if (byRows) {
                  optimizer.applyGradients(given, p);
                } else {
                  optimizer.applyGradients(g, p);
                }
              })
          .isInstanceOf(type);
      g[3][1] = 0.5;
      for (Rate rate : rates) {
        rate.thrown = null;
      }
    }

    private void saveOrRestore() {
      if (random.nextBoolean() || state == null) {
        call = "save";
        state = optimizer.getState();
        weights = optimizer.getWeights();
        saved = copies(groups);
        return;
      }
      if (random.nextBoolean()) {
        call = "setState";
        optimizer.setState(state);
        groups = copies(saved);
      } else if (groups.stream().anyMatch(group -> group.steps() > 0)
          && saved.stream().allMatch(group -> group.steps() > 0)) {
        call = "setWeights";
        optimizer.setWeights(weights);
        groups = copies(saved);
      }
    }

    private void copy() {
      call = "copy";
      optimizer = optimizer.copy();
    }

    /** A call of one that is in a MultiOptimizer, over its own tensors. */
    private void ofAnInnerOne() {
      call = "of an inner one";
      int number = random.nextInt(groups.size());
      PlainGroup group = groups.get(number);
      BaseOptimizer inner = ((MultiOptimizer) optimizer).optimizers().get(number);
      group.step(g, new boolean[LENGTHS.length][], e);
      double[][] itsGradients = of(group, g);
      double[][] itsParameters = of(group, p);
      switch (random.nextInt(3)) {
        case 0 -> inner.applyGradients(itsGradients, itsParameters);
        case 1 ->
            inner.applyGradients(
                Arrays.stream(itsGradients).map(Gradient::dense).toArray(Gradient[]::new),
                itsParameters);
        default ->
            inner.minimize(
                (at, into) -> {
                  System.arraycopy(itsGradients, 0, into, 0, into.length);
                  return 0.;
                },
                itsParameters);
      }
    }

    private static double[][] of(PlainGroup group, double[][] all) {
      return IntStream.of(group.tensors()).mapToObj(tensor -> all[tensor]).toArray(double[][]::new);
    }

    private void assertState() {
      List<Optimizer> parts = new ArrayList<>();
      if (optimizer instanceof MultiOptimizer multi) {
        parts.addAll(multi.optimizers());
      } else {
        parts.add(optimizer);
      }
      for (int i = 0; i < parts.size(); i++) {
        PlainGroup group = groups.get(i);
        assertThat(parts.get(i).getIterations()).isEqualTo(group.steps());
        parts
            .get(i)
            .getState()
            .slots()
            .forEach(
                (name, slot) ->
                    group.assertSlot(name, name.equals("v") || name.equals("velocity"), slot));
      }
    }
  }
}
