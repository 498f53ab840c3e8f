package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Finding an array among others, few or many, different or alike. */
class ArrayFinderTest {
  private static double[][] different(int count) {
    Random random = new Random(count);
    double[][] arrays = new double[count][];
    Arrays.setAll(arrays, i -> random.doubles(1 + random.nextInt(4)).toArray());
    return arrays;
  }

  private static double[][] alike(int count, int length) {
    return new double[count][length];
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16, 17, 32, 33, 1_000, 10_000})
  void findsEachArrayAndNoOther(int count) {
    for (double[][] arrays :
        new double[][][] {different(count), alike(count, 3), alike(count, 0)}) {
      ArrayFinder finder = new ArrayFinder();

      assertThat(finder.setArrays(arrays)).isNull();

      for (int i = 0; i < count; i++) {
        assertThat(finder.find(arrays[i])).isEqualTo(i);
        assertThat(finder.find(arrays[i].clone())).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16, 17, 32, 33, 1_000, 10_000})
  void namesTheFirstArrayThatIsGivenTwice(int count) {
    int[][] pairs = {{0, count - 1}, {count / 2 - 1, count / 2}, {count - 2, count - 1}};
    for (int[] pair : pairs) {
      for (double[][] arrays : new double[][][] {different(count), alike(count, 3)}) {
        arrays[pair[1]] = arrays[pair[0]];

        assertThat(new ArrayFinder().setArrays(arrays)).containsExactly(pair);
      }
    }
  }

  /** Biases that are all zero, between weights that differ. */
  @Test
  void findsArraysOfWhichSomeAreAlike() {
    double[][] arrays = different(1_000);
    for (int i = 0; i < arrays.length; i += 10) {
      arrays[i] = new double[8];
    }
    ArrayFinder finder = new ArrayFinder();

    assertThat(finder.setArrays(arrays)).isNull();
    for (int i = 0; i < arrays.length; i++) {
      assertThat(finder.find(arrays[i])).isEqualTo(i);
    }
    assertThat(finder.find(new double[8])).isEqualTo(-1);

    arrays[990] = arrays[10];
    assertThat(finder.setArrays(arrays)).containsExactly(10, 990);
  }

  /** Each compared with all others would be 20 billion comparisons. */
  @Test
  void takesLittleTimeWhereAllAreAlike() {
    double[][] arrays = alike(200_000, 3);

    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          ArrayFinder finder = new ArrayFinder();
          assertThat(finder.setArrays(arrays)).isNull();
          for (double[] array : arrays) {
            finder.find(array.clone());
          }
        });
  }

  /** NaN, -0.0 and 0.0: other bits, and the same array in spite of them. */
  @Test
  void comparesReferencesWhateverTheNumbersAre() {
    double[][] arrays = new double[40][];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = new double[] {i % 2 == 0 ? Double.NaN : -0., i};
    }
    ArrayFinder finder = new ArrayFinder();
    finder.setArrays(arrays);

    assertThat(finder.find(arrays[38])).isEqualTo(38);
    assertThat(finder.find(arrays[39])).isEqualTo(39);
    assertThat(finder.find(new double[] {0., 39.})).isEqualTo(-1);
    assertThat(finder.find(arrays[39].clone())).isEqualTo(-1);
  }

  /** The arrays, their number and their numbers change from call to call. */
  @Test
  void knowsTheArraysThatWereSetLastAndNoOthers() {
    ArrayFinder finder = new ArrayFinder();
    Random random = new Random(1);
    double[][] before = different(1);
    finder.setArrays(before);
    for (int round = 0; round < 300; round++) {
      int count = 1 + random.nextInt(60);
      double[][] arrays = random.nextInt(3) == 0 ? alike(count, 2) : different(count);

      assertThat(finder.setArrays(arrays)).isNull();

      int i = random.nextInt(count);
      assertThat(finder.find(arrays[i])).isEqualTo(i);
      assertThat(finder.find(before[random.nextInt(before.length)])).isEqualTo(-1);
      Arrays.fill(arrays[i], random.nextDouble()); // as a step does
      assertThat(finder.setArrays(arrays)).isNull();
      assertThat(finder.find(arrays[i])).isEqualTo(i);
      before = arrays;
    }
  }
}
