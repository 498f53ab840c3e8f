package io.github.keras4j.hdf5;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How long it takes to read a file of 200 MB, all its weights as doubles, next to h5py, which
 * {@code src/test/python/reading.py} runs: by turns, warm, the median of five. Not a test.
 */
final class ReadingBenchmark {
  private static final Path PYTHON = Path.of("src", "test", "python", "reading.py");
  private static final int WARM_UPS = 5;
  private static final int ROUNDS = 5;

  private ReadingBenchmark() {}

  /** Without arguments, in the root of the repository. */
  public static void main(String[] args) throws IOException {
    if (!Files.exists(PYTHON)) {
      throw new IllegalStateException("must run where " + PYTHON + " is");
    }
    Process python =
        new ProcessBuilder("python3", PYTHON.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = python.inputReader();
        PrintWriter questions = new PrintWriter(python.outputWriter(), true)) {
      System.out.printf("%-14s %6s %12s %12s %6s%n", "file", "MB", "h5py, ms", "Java, ms", "ratio");
      for (String file; (file = lines.readLine()) != null && !file.isEmpty(); ) {
        compare(Path.of(file), lines, questions);
      }
    }
  }

  private static void compare(Path file, BufferedReader lines, PrintWriter questions)
      throws IOException {
    List<Double> theirs = new ArrayList<>();
    List<Double> ours = new ArrayList<>();
    for (int round = -WARM_UPS; round < ROUNDS; round++) {
      questions.println("read");
      double h5py = Double.parseDouble(lines.readLine());
      System.gc();
      long start = System.nanoTime();
      int layers = KerasFile.read(file).weights().size();
      double java = (System.nanoTime() - start) / 1e6;
      if (layers == 0) {
        throw new IllegalStateException(file + " must have layers");
      }
      if (round >= 0) {
        theirs.add(h5py);
        ours.add(java);
      }
    }
    questions.println("next");
    double h5py = median(theirs);
    double java = median(ours);
    System.out.printf(
        "%-14s %6d %12.0f %12.0f %6.2f%n",
        file.getFileName(), Files.size(file) / 1_000_000, h5py, java, java / h5py);
  }

  private static double median(List<Double> times) {
    Collections.sort(times);
    return times.get(times.size() / 2);
  }
}
