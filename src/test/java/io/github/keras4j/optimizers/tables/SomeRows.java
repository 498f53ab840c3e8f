package io.github.keras4j.optimizers.tables;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.OptimizerState;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Some rows of each of several tensors, as a separate model.
 *
 * @param widths how many elements the rows of each tensor have
 * @param rows their numbers
 */
public record SomeRows(int[] widths, int[][] rows) {
  /** The tensors that consist of these rows alone. */
  public double[][] of(double[][] tensors) {
    double[][] parts = new double[tensors.length][];
    for (int i = 0; i < tensors.length; i++) {
      parts[i] = new double[rows[i].length * widths[i]];
      for (int j = 0; j < rows[i].length; j++) {
        System.arraycopy(tensors[i], rows[i][j] * widths[i], parts[i], j * widths[i], widths[i]);
      }
    }
    return parts;
  }

  /** The state as far as it is about these rows, with the build_config of such a model, or none. */
  public OptimizerState of(OptimizerState state, Object buildConfig) {
    Map<String, double[][]> slots = new LinkedHashMap<>();
    state.slots().forEach((name, tensors) -> slots.put(name, of(tensors)));
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    config.remove("build_config");
    if (buildConfig != null) {
      config.put("build_config", buildConfig);
    }
    return new OptimizerState(
        state.className(), config, state.iterations(), slots, state.scalars());
  }

  /** The other rows of tensors that have so many. */
  public SomeRows complement(int... counts) {
    int[][] others = new int[rows.length][];
    for (int i = 0; i < others.length; i++) {
      Set<Integer> these = Arrays.stream(rows[i]).boxed().collect(Collectors.toSet());
      others[i] = IntStream.range(0, counts[i]).filter(row -> !these.contains(row)).toArray();
    }
    return new SomeRows(widths, others);
  }

  /** The dense gradient of the same numbers. */
  public static double[] dense(Gradient gradient, int length) {
    if (gradient.isDense()) {
      return gradient.values();
    }
    double[] dense = new double[length];
    boolean[] met = new boolean[length];
    int[] rows = gradient.rows();
    int width = rows.length == 0 ? 0 : gradient.values().length / rows.length;
    for (int i = 0; i < rows.length * width; i++) {
      int at = rows[i / width] * width + i % width;
      dense[at] = met[at] ? dense[at] + gradient.values()[i] : gradient.values()[i];
      met[at] = true;
    }
    return dense;
  }

  /** The dense gradients of the same numbers; null where there is none. */
  public static double[][] dense(Gradient[] gradients, int... lengths) {
    return IntStream.range(0, gradients.length)
        .mapToObj(i -> gradients[i] == null ? null : dense(gradients[i], lengths[i]))
        .toArray(double[][]::new);
  }
}
