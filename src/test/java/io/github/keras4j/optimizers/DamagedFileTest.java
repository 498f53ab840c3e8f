package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.keras3.Lion;
import io.github.keras4j.optimizers.keras3.SGD;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that are cut, or in which a bit has flipped: rejected, or loaded as they were. */
class DamagedFileTest {
  private static final Set<Class<?>> MEANT =
      Set.of(IOException.class, IllegalArgumentException.class);
  private static final double[][] PARAMETERS = {{1.}, {2., 3.}};

  static Stream<Arguments> checkpoints() throws IOException {
    CosineDecay schedule =
        CosineDecay.builder()
            .initialLearningRate(0.1)
            .decaySteps(10.)
            .warmupTarget(0.2)
            .warmupSteps(3.)
            .build();
    Lion lion = Lion.builder().build();
    lion.build(TensorSpec.of("dense/kernel", 1), TensorSpec.of("dense/bias", 2, 1));
    lion.excludeFromWeightDecay(1);
    return Stream.of(
        arguments("Keras 2.2.4", saved(new Adagrad())),
        arguments("a schedule", saved(SGD.builder().learningRate(schedule).build())),
        arguments("names and shapes", saved(lion)));
  }

  private static byte[] saved(Optimizer optimizer) throws IOException {
    double[][] parameters = Bits.copy(PARAMETERS);
    optimizer.applyGradients(PARAMETERS, parameters);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, optimizer, parameters);
    return bytes.toByteArray();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("checkpoints")
  void rejectsAFileCutAtAnyLength(String name, byte[] file) {
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> read(cut))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot read checkpoint: ")
          .satisfies(DamagedFileTest::isMeant);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("checkpoints")
  void rejectsAFlipOfAnyBitOrLoadsTheSame(String name, byte[] file) throws IOException {
    Contents contents = Contents.of(read(file));
    int rejected = 0;
    for (int bit = 0; bit < 8 * file.length; bit++) {
      Checkpoint loaded;
      try {
        loaded = read(flipped(file, bit));
      } catch (IOException e) {
        isMeant(e);
        rejected++;
        continue;
      }
      if (!Contents.of(loaded).equals(contents)) {
        throw new AssertionError("loaded something else, where bit " + bit + " had flipped");
      }
    }
    assertThat(rejected).isGreaterThan(4 * file.length);
  }

  /** In format 2 a hyperparameter inside another, as a schedule's or a shape's, is an entry. */
  @ParameterizedTest
  @ValueSource(strings = {"keras3.sgd", "lion"})
  void rejectsAFlipOfAnyBitInANameOfFormat2(String name) throws IOException {
    byte[] file;
    try (InputStream in =
        DamagedFileTest.class.getResourceAsStream("/checkpoints-format-2/" + name + ".npz")) {
      file = in.readAllBytes();
    }
    int names = 0;
    for (int i = 0; i < file.length - 4; i++) {
      if (Arrays.equals(file, i, i + 4, new byte[] {'P', 'K', 3, 4}, 0, 4)) {
        names++;
        for (int bit = 8 * (i + 30); bit < 8 * (i + 30 + file[i + 26]); bit++) {
          byte[] flipped = flipped(file, bit);
          assertThatThrownBy(() -> read(flipped))
              .isInstanceOf(IOException.class)
              .satisfies(DamagedFileTest::isMeant);
        }
      }
    }
    assertThat(names).isGreaterThan(50);
  }

  private static byte[] flipped(byte[] file, int bit) {
    byte[] flipped = file.clone();
    flipped[bit / 8] ^= (byte) (1 << bit % 8);
    return flipped;
  }

  private static Checkpoint read(byte[] file) throws IOException {
    return Checkpoint.read(new ByteArrayInputStream(file));
  }

  /** Rejected by a check, not by what happens to fail on wrong data; without AssertJ for speed. */
  private static void isMeant(Throwable rejection) {
    if (!MEANT.contains(rejection.getCause().getClass())) {
      throw new AssertionError(rejection);
    }
  }
}
