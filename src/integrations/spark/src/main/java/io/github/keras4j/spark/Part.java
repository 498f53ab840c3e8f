package io.github.keras4j.spark;

import io.github.keras4j.optimizers.engine.Model;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** A range of one tensor, whole rows where it goes by rows. Slices are lists of such. */
final class Part implements Serializable {
  private static final long serialVersionUID = 1L;

  final int tensor;
  final int from;
  final int to;

  Part(int tensor, int from, int to) {
    this.tensor = tensor;
    this.from = from;
    this.to = to;
  }

  int length() {
    return to - from;
  }

  /** Whole tensors. */
  static List<Part> tensors(Model model) {
    List<Part> parts = new ArrayList<>();
    for (int tensor = 0; tensor < model.tensors(); tensor++) {
      parts.add(new Part(tensor, 0, model.length(tensor)));
    }
    return parts;
  }

  /** All elements of a model, in order, cut into so many slices of about the same length. */
  static List<List<Part>> slices(Model model, int count) {
    long elements = model.elements();
    List<List<Part>> slices = new ArrayList<>();
    List<Part> slice = new ArrayList<>();
    slices.add(slice);
    long start = 0;
    for (int tensor = 0; tensor < model.tensors(); tensor++) {
      int length = model.length(tensor);
      for (int from = 0; from < length; ) {
        long end = elements * slices.size() / count; // of the slice
        int to =
            (int)
                Math.min(
                    length,
                    model.byRows(tensor) ? roundUp(end - start, model.width(tensor)) : end - start);
        if (to > from) {
          slice.add(new Part(tensor, from, to));
          from = to;
        }
        if (start + to >= end && slices.size() < count) {
          slice = new ArrayList<>();
          slices.add(slice);
        }
      }
      start += length;
    }
    while (slices.size() < count) {
      slices.add(new ArrayList<>());
    }
    return slices;
  }

  private static long roundUp(long n, int multiple) {
    return (n + multiple - 1) / multiple * multiple;
  }
}
