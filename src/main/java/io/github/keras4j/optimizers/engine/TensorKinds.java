package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Which tensors' gradients go by rows, as the caller has told it. */
public final class TensorKinds {
  private final Map<Integer, Rows> kinds = new TreeMap<>();

  /** How long rows are, and whether only touched ones are to change. */
  private record Rows(int width, boolean lazy) {}

  public TensorKinds with(int tensor, int width, boolean lazy) {
    checkArgument(tensor >= 0, "tensor must be at least 0, got %s", tensor);
    checkArgument(width >= 1, "width must be at least 1, got %s", width);
    TensorKinds others = new TensorKinds();
    others.kinds.putAll(kinds);
    others.kinds.put(tensor, new Rows(width, lazy));
    return others;
  }

  /** What has been told, held against the parameters. */
  public Model model(double[][] parameters) {
    checkArgument(parameters != null, "parameters must be an array of tensors, got null");
    StepChecks.requireTensors("parameters", parameters);
    return model(Arrays.stream(parameters).mapToInt(tensor -> tensor.length).toArray());
  }

  public Model model(int[] lengths) {
    if (lengths.length == 0) {
      throw illegalArgument("parameters must hold at least one tensor, got 0");
    }
    int[] widths = new int[lengths.length];
    boolean[] lazy = new boolean[lengths.length];
    kinds.forEach(
        (tensor, rows) -> {
          int width = rows.width;
          if (tensor >= lengths.length || lengths[tensor] % width != 0) {
            throw illegalArgument(
                "parameters[%d] must hold whole rows of %d, got %s",
                tensor,
                width,
                tensor < lengths.length
                    ? lengths[tensor] + " elements"
                    : lengths.length + " tensors");
          }
          widths[tensor] = width;
          lazy[tensor] = rows.lazy;
        });
    return new Model(lengths, widths, lazy);
  }
}
