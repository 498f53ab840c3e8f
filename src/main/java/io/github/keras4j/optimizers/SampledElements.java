package io.github.keras4j.optimizers;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Which elements of a model are looked at: all, or a seeded sample of so many. */
final class SampledElements {
  private static final int MOST = 1_000;

  private SampledElements() {}

  /**
   * For each tensor the elements, in order. Small tensors are in the sample whole. Half of what is
   * taken of a tensor has a gradient other than zero, if so many have: of a table, few rows do.
   */
  static int[][] of(double[][] gradients) {
    Random random = new Random(1);
    int[][] sample = new int[gradients.length][];
    int left = MOST;
    int tensors = gradients.length;
    for (int tensor : smallestFirst(gradients)) {
      int most = (left + tensors - 1) / tensors--;
      sample[tensor] = of(gradients[tensor], most, random);
      left -= sample[tensor].length;
    }
    return sample;
  }

  private static int[] smallestFirst(double[][] tensors) {
    return IntStream.range(0, tensors.length)
        .boxed()
        .sorted(Comparator.comparingInt(i -> tensors[i].length))
        .mapToInt(i -> i)
        .toArray();
  }

  private static int[] of(double[] gradient, int most, Random random) {
    if (gradient.length <= most) {
      return IntStream.range(0, gradient.length).toArray();
    }
    int[] kept = new int[most / 2]; // a reservoir of those that are not zero
    int seen = 0;
    for (int i = 0; i < gradient.length; i++) {
      if (gradient[i] != 0.) {
        int place = seen < kept.length ? seen : random.nextInt(seen + 1);
        seen++;
        if (place < kept.length) {
          kept[place] = i;
        }
      }
    }
    TreeSet<Integer> sample = new TreeSet<>();
    Arrays.stream(kept, 0, Math.min(seen, kept.length)).forEach(sample::add);
    while (sample.size() < most) {
      sample.add(random.nextInt(gradient.length));
    }
    return sample.stream().mapToInt(i -> i).toArray();
  }
}
