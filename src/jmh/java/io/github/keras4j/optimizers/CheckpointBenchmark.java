package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Saves and loads Adam with its parameters, next to the same bytes through a plain file channel:
 * forced to the disk when written, into one buffer when read.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms4g", "-Xmx4g"})
@State(Scope.Benchmark)
public class CheckpointBenchmark {
  private static final int BLOCK_BYTES = 1 << 20;

  /** Elements of the model; the file holds three times as many numbers. */
  @Param("16777216")
  public int elements;

  /** How many tensors they are in. */
  @Param("1")
  public int tensors;

  /** Whether each tensor has a name and a shape, as after {@code build}. */
  @Param("false")
  public boolean named;

  private Path directory;
  private Path checkpoint;
  private Path plain;
  private Optimizer adam;
  private double[][] parameters;
  private ByteBuffer bytes;

  @Setup(Level.Trial)
  public void save() throws IOException {
    directory = Files.createTempDirectory("checkpoint");
    checkpoint = directory.resolve("checkpoint.npz");
    plain = directory.resolve("plain");
    int length = elements / tensors;
    parameters = new double[tensors][length];
    double[][] gradients = new double[tensors][length];
    TensorSpec[] specs = new TensorSpec[tensors];
    for (int i = 0; i < tensors; i++) {
      Arrays.setAll(gradients[i], j -> Math.sin(j));
      specs[i] = TensorSpec.of("tensor" + i, length);
    }
    if (named) {
      BaseOptimizer optimizer = io.github.keras4j.optimizers.keras3.Adam.builder().build();
      optimizer.build(specs);
      adam = optimizer;
    } else {
      adam = new Adam();
    }
    adam.applyGradients(gradients, parameters);
    saveCheckpoint();
    bytes = ByteBuffer.allocateDirect(Math.toIntExact(Files.size(checkpoint)));
    try (FileChannel channel = FileChannel.open(checkpoint)) {
      while (bytes.hasRemaining()) {
        channel.read(bytes);
      }
    }
    writeFileChannel();
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    Files.delete(checkpoint);
    Files.delete(plain);
    Files.delete(directory);
  }

  @Benchmark
  public void saveCheckpoint() throws IOException {
    Checkpoint.save(checkpoint, adam, parameters);
  }

  @Benchmark
  public Checkpoint loadCheckpoint() throws IOException {
    return Checkpoint.load(checkpoint);
  }

  @Benchmark
  public void writeFileChannel() throws IOException {
    Files.deleteIfExists(plain);
    try (FileChannel channel =
        FileChannel.open(plain, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int from = 0; from < bytes.capacity(); from += BLOCK_BYTES) {
        ByteBuffer block = bytes.slice(from, Math.min(BLOCK_BYTES, bytes.capacity() - from));
        while (block.hasRemaining()) {
          channel.write(block);
        }
      }
      channel.force(true);
    }
  }

  @Benchmark
  public ByteBuffer readFileChannel() throws IOException {
    try (FileChannel channel = FileChannel.open(plain)) {
      bytes.clear();
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
      return bytes;
    }
  }
}
