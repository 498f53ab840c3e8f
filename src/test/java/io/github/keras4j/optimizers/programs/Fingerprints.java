package io.github.keras4j.optimizers.programs;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.RandomTraining;
import io.github.keras4j.optimizers.tables.Row;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * For every row of the table, a checksum of the bits of parameters and weights after steps over
 * tensors long enough for vector instructions; and where there is a bias correction, one after
 * thousands of steps, with betas so near to 1 that the last place of their powers counts. What
 * differs in one bit differs here.
 */
public final class Fingerprints {
  /** What a line begins with, among those that the Java machine may print itself. */
  public static final String PREFIX = "fingerprint ";

  private static final int[] LENGTHS = {1, 7, 515};
  private static final double[][] INITIAL = new RandomTraining(1).parameters(LENGTHS);

  /** Normal numbers, so that the sum of the norm is rounded too. */
  private static final List<double[][]> GRADIENTS =
      Stream.of(2, 3, 4).map(seed -> new RandomTraining(seed).parameters(LENGTHS)).toList();

  private static final int LONG_TRAINING = 5_000;
  private static final int LONG_LENGTH = 6;

  private Fingerprints() {}

  /** Prints the fingerprints of this Java machine, of the rows that it is given. */
  public static void main(String[] arguments) throws IOException, ClassNotFoundException {
    Map<String, Entry> entries =
        OptimizerTable.all().collect(Collectors.toMap(Entry::name, entry -> entry));
    List<Row> rows = new ArrayList<>();
    try (ObjectInputStream in = new ObjectInputStream(System.in)) {
      for (int left = in.readInt(); left > 0; left--) {
        PortableRow row = (PortableRow) in.readObject();
        rows.add(new Row(entries.get(row.optimizer), row.name, row.config, row.excluded));
      }
    }
    of(rows)
        .forEach(
            (configuration, checksum) ->
                System.out.println(PREFIX + checksum + " " + configuration));
  }

  /** A row on its way to another Java machine, which would read the golden data slowly. */
  private record PortableRow(
      String optimizer, String name, Map<String, Object> config, Map<String, List<Object>> excluded)
      implements Serializable {}

  /** Writes what {@link #main} reads. */
  public static void write(OutputStream out) throws IOException {
    List<Row> rows = OptimizerTable.rows().toList();
    try (ObjectOutputStream objects = new ObjectOutputStream(out)) {
      objects.writeInt(rows.size());
      for (Row row : rows) {
        objects.writeObject(
            new PortableRow(row.entry().name(), row.name(), row.config(), row.excluded()));
      }
    }
  }

  public static Map<String, String> all() {
    return of(OptimizerTable.rows().toList());
  }

  private static Map<String, String> of(List<Row> rows) {
    Map<String, String> fingerprints = new LinkedHashMap<>();
    rows.forEach(row -> fingerprints.put(row.toString(), of(row)));
    OptimizerTable.optimizers()
        .filter(entry -> entry.factory().apply(Map.of()).getConfig().containsKey("beta_2"))
        .forEach(
            entry ->
                fingerprints.put(
                    entry + " after " + LONG_TRAINING + " steps", ofLongTraining(entry)));
    return fingerprints;
  }

  private static String of(Row row) {
    Optimizer optimizer = row.optimizer(LENGTHS);
    double[][] parameters = Bits.copy(INITIAL);
    for (double[][] gradients : GRADIENTS) {
      optimizer.applyGradients(gradients, parameters);
    }
    return of(optimizer, parameters);
  }

  private static String ofLongTraining(Entry entry) {
    Optimizer optimizer =
        entry.optimizer(
            Map.of(entry.generation().rate, 1., "beta_1", 0.9999, "beta_2", 0.99999), LONG_LENGTH);
    RandomTraining training = new RandomTraining(5);
    double[][] parameters = training.parameters(LONG_LENGTH);
    for (int step = 0; step < LONG_TRAINING; step++) {
      optimizer.applyGradients(training.parameters(LONG_LENGTH), parameters);
    }
    return of(optimizer, parameters);
  }

  private static String of(Optimizer optimizer, double[][] parameters) {
    long checksum = 0;
    for (double[] tensor : parameters) {
      checksum = add(checksum, tensor);
    }
    for (double[] weights : optimizer.getWeights()) {
      checksum = add(checksum, weights);
    }
    return Long.toHexString(checksum);
  }

  private static long add(long checksum, double[] tensor) {
    for (double element : tensor) {
      checksum = 1_099_511_628_211L * (checksum ^ Double.doubleToRawLongBits(element));
    }
    return checksum;
  }
}
