package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.storage.Archives;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Row;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a checkpoint holds: all that was saved, for this library and for NumPy. */
class CheckpointTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("checkpoint.npz");
  }

  // ---- What comes back ------------------------------------------------------------------------

  @Test
  void keepsEveryBitOfEveryNumber() throws IOException {
    double nan = Double.longBitsToDouble(0x7ff4_0000_dead_beefL);
    double[][] parameters = {{nan, -0., Double.MIN_VALUE, Double.NEGATIVE_INFINITY}, {}, {1.}};
    Optimizer adam = Adam.builder().amsgrad(true).decay(1e-3).clipvalue(0.5).build();
    adam.applyGradients(new double[][] {{nan, -0., 1e-300, 3.}, {}, {2.}}, parameters);
    adam.setLr(0.125);
    assertRoundTrip(adam, parameters);
  }

  @Test
  void keepsTensorsLongerThanABlock() throws IOException {
    double[][] parameters = {new double[100_003], new double[32_768 * 3 + 1], new double[7]};
    double[][] gradients = {new double[100_003], new double[32_768 * 3 + 1], new double[7]};
    for (double[] gradient : gradients) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = Math.sin(i + gradient.length);
      }
    }
    Optimizer nadam = new Nadam();
    nadam.applyGradients(gradients, parameters);
    assertRoundTrip(nadam, parameters);
  }

  /** Which took a file of 500,000 entries more when each tensor had separate ones. */
  @Test
  void keepsManySmallTensorsInAsManyEntriesAsTwo() throws IOException {
    assertThat(entriesFor(100_000)).containsExactlyElementsOf(entriesFor(2));
  }

  private Set<String> entriesFor(int tensors) throws IOException {
    AdamW adamW = AdamW.builder().build();
    adamW.build(
        IntStream.range(0, tensors)
            .mapToObj(number -> TensorSpec.of("layer" + number + "/kernel", 3, 1))
            .toArray(TensorSpec[]::new));
    double[][] parameters = new double[tensors][3];
    parameters[tensors - 1][2] = 1.;
    adamW.applyGradients(parameters, Bits.copy(parameters));
    assertRoundTrip(adamW, parameters);
    return Archives.unzip(Files.readAllBytes(file)).keySet();
  }

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.tables.OptimizerTable#rowsOfTheLibrary")
  void keepsAnOptimizerThatHasMadeNoStep(Row row) throws IOException {
    assertRoundTrip(row.optimizer(3, 8));
  }

  @Test
  void keepsAnOptimizerOfTheUsers() throws IOException {
    Optimizers.register("Wander", Wander::fromConfig);
    Optimizer wander = Wander.fromConfig(Map.of("lr", 0.5, "pull", 0.25, "back", true));
    double[][] parameters = {{1., 2.}, {3.}};
    wander.applyGradients(new double[][] {{1., 2.}, {3.}}, parameters);
    assertRoundTrip(wander, parameters);

    Checkpoint saved = Checkpoint.load(file);
    wander.applyGradients(new double[][] {{3., 2.}, {1.}}, parameters);
    saved.optimizer().applyGradients(new double[][] {{3., 2.}, {1.}}, saved.parameters());
    assertThat(Contents.of(saved)).isEqualTo(Contents.of(wander, parameters));
  }

  @Test
  void loadsAnOptimizerThatOnlyItsCallerKnows() throws IOException {
    Checkpoint.save(file, new Unregistered(), new double[] {1.});
    Map<String, Function<Map<String, ?>, Object>> known =
        Map.of("unregistered", config -> new Unregistered());

    assertThat(Checkpoint.load(file, known).optimizer()).isInstanceOf(Unregistered.class);
    assertThat(Checkpoint.read(Files.newInputStream(file), known).optimizer())
        .isInstanceOf(Unregistered.class);
    assertThatThrownBy(() -> Checkpoint.load(file))
        .hasMessageStartingWith(
            "cannot load checkpoint " + file + ": unknown optimizer \"Unregistered\", known are ");
    assertThatThrownBy(() -> Checkpoint.load(file, Map.of("unregistered", config -> "one")))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot load checkpoint %s: factory of %s must make an optimizer, got %s",
            file, "\"Unregistered\"", "\"one\"");
  }

  /** An optimizer that is not registered. */
  private static final class Unregistered extends StateTest.Named {
    Unregistered() {
      super("h", "s", "m");
    }
  }

  @Test
  void writesTheBytesOfTheFileToAStream() throws IOException {
    Optimizer adam = new Adam();
    double[][] parameters = {{1., 2.}};
    adam.applyGradients(new double[][] {{1., 2.}}, parameters);
    Checkpoint.save(file, adam, parameters);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Checkpoint.write(bytes, adam, parameters);

    assertThat(file).hasBinaryContent(bytes.toByteArray());
    Checkpoint read = Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray()));
    assertThat(Contents.of(read)).isEqualTo(Contents.of(adam, parameters));
  }

  @Test
  void learnsTheTensorsAgainWhereNothingInTheFileTellsThem() throws IOException {
    Optimizer sgd = new SGD();
    sgd.applyGradients(new double[1][2], new double[1][2]);
    Checkpoint.save(file, sgd);

    Optimizer loaded = Checkpoint.load(file).optimizer();
    loaded.applyGradients(new double[1][2], new double[1][2]);

    assertThat(loaded.getIterations()).isEqualTo(2);
  }

  @Test
  void keepsNamesOfAHundredCharacters() throws IOException {
    String longest = "m".repeat(100);
    Optimizers.register("Named", config -> new StateTest.Named(longest, longest, longest));
    Optimizer named = new StateTest.Named(longest, longest, longest);
    named.applyGradients(new double[1][1], new double[1][1]);
    assertRoundTrip(named);
  }

  @Test
  void namesWhatAFactoryOfTheUsersThrew() throws IOException {
    Checkpoint.save(file, Wander.fromConfig(Map.of()));
    Optimizers.register(
        "Wander",
        config -> {
          throw new ArithmeticException("lost");
        });
    try {
      assertThatThrownBy(() -> Checkpoint.load(file))
          .isInstanceOf(IOException.class)
          .hasMessage("cannot load checkpoint " + file + ": lost");
    } finally {
      Optimizers.register("Wander", Wander::fromConfig);
    }
  }

  private void assertRoundTrip(Optimizer optimizer, double[]... parameters) throws IOException {
    Checkpoint.save(file, optimizer, parameters);
    Checkpoint saved = Checkpoint.load(file);
    // Not compared by AssertJ, which would print all of them.
    assertThat(Contents.of(saved).equals(Contents.of(optimizer, parameters))).isTrue();
  }

  /** An optimizer as a user writes it, with state of every kind. */
  static final class Wander extends Optimizer {
    private final double pull;
    private final Scalar way = scalar("way", 0.);
    private final int last = slot("last");
    private final int sum = slot("sum");

    private Wander(Hyperparameters h) {
      super(h, 0.1);
      pull = h.unitInterval("pull", 0.5);
      h.flag("back", false);
    }

    static Wander fromConfig(Map<String, ?> config) {
      return Hyperparameters.build(config, Wander::new);
    }

    @Override
    protected double beginStep(double lr, long t) {
      way.set(way.get() + lr / t);
      return way.get();
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {
      double[] p = x.parameter();
      for (int i = from; i < to; i++) {
        x.slot(sum)[i] += x.slot(last)[i] * pull;
        x.slot(last)[i] = x.gradient(i);
        p[i] -= lr * (x.gradient(i) + x.slot(sum)[i]);
      }
    }
  }

  // ---- NumPy ----------------------------------------------------------------------------------

  @Test
  void loadsWhatNumPyWrote() throws Exception {
    Checkpoint saved = Checkpoint.load(resource("numpy_adam.npz"));
    OptimizerState state = saved.optimizer().getState();
    assertThat(saved.optimizer()).isInstanceOf(Adam.class);
    assertThat(saved.optimizer().getLr()).isEqualTo(0.01);
    assertThat(state.iterations()).isEqualTo(2);
    assertThat(state.slots().get("m"))
        .isDeepEqualTo(new double[][] {{0.5, -0.25, 0.125, 1., 2., 3.}, {-0.}});
    assertThat(state.slots().get("v"))
        .isDeepEqualTo(
            new double[][] {{0.5 / 3, 0.25 / 3, 0.125 / 3, 1. / 3, 2. / 3, 1.}, {1e-300}});
    assertThat(saved.parameters()).isDeepEqualTo(new double[][] {{0, 1, 2, 3, 4, 5}, {Math.PI}});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "numpy_compressed.npz",
        "version1/numpy_adam.npz",
        "version1/numpy_flat.npz",
        "version1/numpy_compressed.npz"
      })
  void loadsTheSameCompressedAndInFormat1(String name) throws Exception {
    Contents expected = Contents.of(Checkpoint.load(resource("numpy_adam.npz")));
    assertThat(Contents.of(Checkpoint.load(resource(name)))).isEqualTo(expected);
  }

  @Test
  void isReadByNumPy() throws Exception {
    assumeTrue(python("import numpy").equals(""), "needs python3 with NumPy on the path");
    double[][] parameters = {{1., 2.}, {3.}};
    Optimizer nadam = new Nadam();
    nadam.applyGradients(new double[][] {{1., 2.}, {3.}}, parameters);
    Checkpoint.save(file, nadam, parameters);
    String read =
        python(
            "import json, sys, numpy as np",
            "with np.load(sys.argv[1], allow_pickle=False) as z:",
            "  for k in z.files:",
            "    a = z[k]",
            "    if k + '/lengths' in z:",
            "      for t in np.split(a, np.cumsum(z[k + '/lengths'])[:-1]):",
            "        print(k, *[float(x).hex() for x in t])",
            "    elif k == 'config':",
            "      print(k, a.dtype.str, a.shape, json.loads(str(a)))",
            "    else:",
            "      f = lambda x: float(x).hex() if a.dtype == 'f8' else str(x)",
            "      print(k, a.dtype.str, a.shape, *[f(x) for x in a.flat])");
    OptimizerState state = nadam.getState();
    List<String> expected = new ArrayList<>();
    expected.add("format_version <i8 () 3");
    expected.add("entries <i8 () 12");
    expected.add("class_name <U5 () Nadam");
    expected.add(
        "config <U87 () {'lr': 0.002, 'beta_1': 0.9, 'beta_2': 0.999, 'epsilon': 1e-07,"
            + " 'schedule_decay': 0.004}");
    expected.add("iterations <i8 () 1");
    expected.add("scalars/m_schedule <f8 () " + state.scalars().get("m_schedule"));
    state.slots().forEach((name, tensors) -> addTensors(expected, "slots/" + name, tensors));
    addTensors(expected, "parameters", parameters);
    assertThat(read.lines().map(CheckpointTest::decimal)).containsExactlyElementsOf(expected);
  }

  private static void addTensors(List<String> lines, String name, double[][] tensors) {
    String lengths = numbers(Arrays.stream(tensors).map(tensor -> tensor.length));
    lines.add(String.format(Locale.ROOT, "%s/lengths <i8 (%d,) %s", name, tensors.length, lengths));
    for (double[] tensor : tensors) {
      lines.add(name + " " + numbers(Arrays.stream(tensor).boxed()));
    }
  }

  private static String numbers(Stream<? extends Number> numbers) {
    return numbers.map(Number::toString).collect(Collectors.joining(" "));
  }

  /** Python's exact numbers, 0x1.8p+1, as Java writes them. */
  private static String decimal(String line) {
    return Stream.of(line.split(" "))
        .map(
            word ->
                word.startsWith("0x") || word.startsWith("-0x")
                    ? "" + Double.parseDouble(word)
                    : word)
        .collect(Collectors.joining(" "));
  }

  private String python(String... lines) throws IOException, InterruptedException {
    try {
      Process python =
          new ProcessBuilder("python3", "-c", String.join("\n", lines), file.toString())
              .redirectErrorStream(true)
              .start();
      String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return python.waitFor() == 0 ? output : "failed: " + output;
    } catch (IOException e) {
      return "failed: " + e;
    }
  }

  private static Path resource(String name) throws Exception {
    return Path.of(CheckpointTest.class.getResource("/checkpoint/" + name).toURI());
  }
}
