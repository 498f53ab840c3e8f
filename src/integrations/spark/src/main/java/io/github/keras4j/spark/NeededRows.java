package io.github.keras4j.spark;

import io.github.keras4j.optimizers.engine.Model;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The rows that the examples of a task need. */
public final class NeededRows {
  private final Model model;
  private final List<Set<Integer>> rows;

  NeededRows(Model model) {
    this.model = model;
    rows =
        Stream.generate(() -> (Set<Integer>) new HashSet<Integer>())
            .limit(model.tensors())
            .toList();
  }

  /**
   * Asks for a row; once more changes nothing.
   *
   * @param tensor the number of a tensor that goes by rows
   * @param row the row's number
   * @throws IllegalArgumentException if there is no such tensor or row, or the tensor does not go
   *     by rows
   */
  public void add(int tensor, int row) {
    model.requireRow(tensor, row);
    rows.get(tensor).add(row);
  }

  /** The rows of a slice, by part; null where the part does not go by rows. */
  int[][] of(List<Part> slice) {
    int[][] needed = new int[slice.size()][];
    for (int i = 0; i < needed.length; i++) {
      Part part = slice.get(i);
      if (model.byRows(part.tensor)) {
        int width = model.width(part.tensor);
        int from = part.from / width;
        int to = part.to / width;
        needed[i] =
            rows.get(part.tensor).stream()
                .mapToInt(row -> row)
                .filter(row -> row >= from && row < to)
                .toArray();
        Arrays.sort(needed[i]);
      }
    }
    return needed;
  }
}
