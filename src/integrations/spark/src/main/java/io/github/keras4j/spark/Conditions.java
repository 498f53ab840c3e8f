package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the bits of a training depend on besides data, loss and parameters, and the learning rate
 * that it began with: written next to each checkpoint, so that a training does not go on otherwise
 * without anybody noticing.
 *
 * @param partitions of the data
 * @param fraction the probability with which a step takes an example
 * @param seed of the mini-batches; says nothing where the fraction is 1
 * @param rate what the caller has configured, a number or a schedule, as text
 */
record Conditions(int partitions, double fraction, long seed, String rate) {
  private static final Logger LOG = LoggerFactory.getLogger(Conditions.class);

  /** Where configurations have it; groups have theirs within. */
  private static final List<String> RATES = List.of("lr", "learning_rate", "optimizer_map");

  /** The learning rate, or the schedule, that an optimizer has now. */
  static String rateOf(Optimizer optimizer) {
    Map<String, Object> rates = new TreeMap<>(optimizer.getConfig());
    rates.keySet().retainAll(RATES);
    return rates.toString();
  }

  /** A state with the learning rate, or the schedule, that an optimizer has now. */
  static OptimizerState withRateOf(Optimizer optimizer, OptimizerState state) {
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    Map<String, Object> own = optimizer.getConfig();
    RATES.forEach(name -> config.computeIfPresent(name, (key, rate) -> own.get(key)));
    return new OptimizerState(
        state.className(), config, state.iterations(), state.slots(), state.scalars());
  }

  /**
   * Whether a training goes on with another learning rate than the one that it began with; says so
   * in the log.
   */
  boolean hasOtherRate(String configured) {
    boolean other = !rate.equals(configured);
    if (other) {
      LOG.warn(
          "the training began with {} and goes on with {}, as configured now", rate, configured);
    }
    return other;
  }

  /** Rejects other bits, unless they are accepted. */
  void requireSame(Conditions now, boolean acceptOtherBits) {
    if (acceptOtherBits) {
      return;
    }
    if (now.partitions != partitions) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "data must have %d partitions, as before the checkpoint, got %d: sums would have"
                  + " other last bits. Make as many of them (repartition by a key, then"
                  + " sortWithinPartitions), or set acceptOtherBits",
              partitions,
              now.partitions));
    }
    if (now.fraction != fraction) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "miniBatchFraction must be %s, as before the checkpoint, got %s;"
                  + " or set acceptOtherBits",
              fraction,
              now.fraction));
    }
    if (fraction < 1. && now.seed != seed) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "seed must be %d, as before the checkpoint, got %d: mini-batches would be others;"
                  + " or set acceptOtherBits",
              seed,
              now.seed));
    }
  }

  // ---- Files ----------------------------------------------------------------------------------

  void write(FileSystem files, Path path) throws IOException {
    String text =
        String.format(
            Locale.ROOT,
            "partitions=%d%nminiBatchFraction=%s%nseed=%d%nrate=%s%n",
            partitions,
            fraction,
            seed,
            rate.replaceAll("\\R", " "));
    CheckpointFile.write(files, path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** What stands in a file; null where an earlier version has written none, with a warning. */
  static Conditions read(FileSystem files, Path path) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream in = files.open(path)) {
      in.transferTo(bytes);
    } catch (FileNotFoundException e) {
      LOG.warn(
          "{} is missing, so it is not known whether partitions, seed and learning rate are as"
              + " before",
          path);
      return null;
    }
    Map<String, String> values = new TreeMap<>();
    bytes
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains("="))
        .forEach(
            line ->
                values.put(
                    line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
    try {
      return new Conditions(
          Integer.parseInt(values.get("partitions")),
          Double.parseDouble(values.getOrDefault("miniBatchFraction", "")),
          Long.parseLong(values.get("seed")),
          values.getOrDefault("rate", ""));
    } catch (NumberFormatException e) {
      throw new IOException(path + " is damaged", e);
    }
  }
}
