package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whether numbers have changed. */
class ChecksumTest {
  @Test
  void noticesEachBitOfEachNumber() {
    for (int length = 0; length <= 9; length++) {
      double[] values = new Random(length).doubles(length, -1., 1.).toArray();
      long sum = Checksum.of(values);
      for (int i = 0; i < length; i++) {
        double value = values[i];
        for (int bit = 0; bit < Long.SIZE; bit++) {
          values[i] = Double.longBitsToDouble(Double.doubleToRawLongBits(value) ^ 1L << bit);
          assertThat(Checksum.of(values)).as("bit %d of [%d]", bit, i).isNotEqualTo(sum);
        }
        values[i] = value;
      }
      assertThat(Checksum.of(values)).isEqualTo(sum);
    }
  }

  @Test
  void noticesNumbersThatHaveChangedPlaces() {
    assertThat(Checksum.of(1., 2., 3., 4., 5.)).isNotEqualTo(Checksum.of(2., 1., 3., 4., 5.));
    assertThat(Checksum.of(1., 2., 3., 4., 5.)).isNotEqualTo(Checksum.of(5., 2., 3., 4., 1.));
  }

  @Test
  void ofSeveralArrays() {
    double[] some = {1., 2.};
    assertThat(Checksum.ofEach(some, null, new double[] {3.}))
        .containsExactly(Checksum.of(some), 0, Checksum.of(3.));
  }
}
