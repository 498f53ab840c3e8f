package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments that cannot be saved or loaded, and calls at the same time as others. */
class CheckpointRejectionTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("checkpoint.npz");
  }

  // ---- What is rejected ------------------------------------------------------------------------

  static Stream<Arguments> rejected() {
    double[] tensor = {1., 2.};
    Optimizer plain = new SGD();
    plain.applyGradients(new double[][] {{0., 0.}}, new double[][] {{0., 0.}});
    return Stream.of(
        arguments(null, new double[][] {tensor}, "optimizer must be an optimizer, got null"),
        arguments(plain, null, "parameters must be an array of tensors, got null"),
        arguments(
            plain, new double[][] {null}, "parameters[0] must be an array of numbers, got null"),
        arguments(
            plain,
            new double[][] {tensor, {1.}},
            "parameters must hold 1 tensors, as before, got 2"),
        arguments(
            plain, new double[][] {{1.}}, "parameters[0] must have 2 elements, as before, got 1"),
        arguments(
            new SGD(),
            new double[][] {tensor, tensor},
            "parameters[1] must be a separate array, got the array of parameters[0]"),
        arguments(
            new Impostor.Adam(),
            new double[0][],
            "custom optimizer must not have the name of one of Keras's, got "
                + Impostor.Adam.class.getName()),
        arguments(
            new Impostor.NADAM(),
            new double[0][],
            "custom optimizer must not have the name of one of Keras's, got "
                + Impostor.NADAM.class.getName()));
  }

  @ParameterizedTest
  @MethodSource("rejected")
  void rejectsWhatCannotBeSavedAndLeavesTheOldFile(
      Optimizer optimizer, double[][] parameters, String message) throws IOException {
    Checkpoint.save(file, new Adam());
    byte[] old = Files.readAllBytes(file);
    assertThatThrownBy(() -> Checkpoint.save(file, optimizer, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThat(file).hasBinaryContent(old);
    assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    assertThatThrownBy(() -> Checkpoint.write(bytes, optimizer, parameters)).hasMessage(message);
    assertThat(bytes.size()).isZero();
  }

  /** Users' classes that would be loaded as the library's. */
  private interface Impostor {
    final class Adam extends StateTest.Named {
      Adam() {
        super("h", "s", "m");
      }
    }

    final class NADAM extends StateTest.Named {
      NADAM() {
        super("h", "s", "m");
      }
    }
  }

  @Test
  void rejectsToSerializeAnImpostor() {
    Optimizer impostor = new Impostor.Adam();

    assertThatThrownBy(() -> Optimizers.serialize(impostor))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "custom optimizer must not have the name of one of Keras's, got "
                + Impostor.Adam.class.getName());
    assertThatThrownBy(impostor::getState).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rejectsAStepWhileItIsSaved() {
    Optimizer adam = new Adam();

    States.read(
        adam,
        state ->
            assertThatThrownBy(() -> adam.applyGradients(new double[1][1], new double[1][1]))
                .isInstanceOf(IllegalStateException.class));

    adam.applyGradients(new double[1][1], new double[1][1]);
    assertThat(adam.getIterations()).isEqualTo(1);
  }

  /** The recipe of the Javadoc: in a fair lock each waits for its turn, and gets it. */
  @Test
  void savesNextToABusyTrainingInAFairLock() throws Exception {
    Lock turn = new ReentrantLock(true);
    Optimizer adam = new Adam();
    double[][] parameters = {new double[1_000]};
    double[][] gradients = {new double[1_000]};
    AtomicBoolean saving = new AtomicBoolean(true);
    FutureTask<Void> training =
        new FutureTask<>(
            () -> {
              while (saving.get()) {
                turn.lock();
                try {
                  adam.applyGradients(gradients, parameters);
                } finally {
                  turn.unlock();
                }
              }
              return null;
            });
    new Thread(training).start();
    int saves = 25;
    List<Long> iterations = new ArrayList<>();
    try {
      while (iterations.size() < saves) {
        turn.lock();
        try {
          Checkpoint.save(file, adam, parameters);
        } finally {
          turn.unlock();
        }
        iterations.add(Checkpoint.load(file).optimizer().getIterations());
      }
    } finally {
      saving.set(false);
      training.get();
    }
    assertThat(iterations).isSorted().hasSize(saves);
    assertThat(adam.getIterations()).isGreaterThanOrEqualTo(saves - 1L);
  }

  @Test
  void rejectsToSaveDuringAStep() throws IOException {
    Checkpoint.save(file, new Adam());
    byte[] old = Files.readAllBytes(file);
    Optimizer adam = new Adam();
    LossFunction saving =
        (parameters, gradients) -> {
          assertThatThrownBy(() -> Checkpoint.save(file, adam, parameters))
              .isInstanceOf(IllegalStateException.class);
          return 0.;
        };
    adam.minimize(saving, new double[][] {{1.}});
    assertThat(file).hasBinaryContent(old);
    assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void rejectsNoPath() {
    assertThatThrownBy(() -> Checkpoint.save(null, new SGD()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("path must be a file, got null");
    assertThatThrownBy(() -> Checkpoint.load(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("path must be a file, got null");
    assertThatThrownBy(() -> Checkpoint.write(null, new SGD()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("out must be a stream, got null");
    assertThatThrownBy(() -> Checkpoint.read(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("in must be a stream, got null");
    assertThatThrownBy(() -> Checkpoint.load(file, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("customObjects must be a map from names to factories, got null");
  }
}
