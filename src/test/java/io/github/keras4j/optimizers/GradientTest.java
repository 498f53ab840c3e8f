package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Serialized;
import java.io.InvalidObjectException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A gradient as a value; what is rejected stands in {@link BadInputTable}. */
class GradientTest {
  private static final int[] ROWS = {7, 42, 7};
  private static final double[] VALUES = {0.1, -0., Double.NaN, 0.4, 0.5, 1e300};

  @Test
  void returnsWhatItWasMadeOf() {
    Gradient dense = Gradient.dense(VALUES);
    assertThat(dense.isDense()).isTrue();
    assertThat(dense.isLazy()).isFalse();
    assertThat(dense.rows()).isNull();
    assertThat(dense.values()).isSameAs(VALUES);

    Gradient rows = Gradient.rows(ROWS, VALUES);
    assertThat(rows.isDense()).isFalse();
    assertThat(rows.isLazy()).isFalse();
    assertThat(rows.rows()).isSameAs(ROWS);
    assertThat(rows.values()).isSameAs(VALUES);

    Gradient lazy = Gradient.lazyRows(ROWS, VALUES);
    assertThat(lazy.isDense()).isFalse();
    assertThat(lazy.isLazy()).isTrue();
    assertThat(lazy.rows()).isSameAs(ROWS);
    assertThat(lazy.values()).isSameAs(VALUES);
  }

  @Test
  void saysItsKindAndSize() {
    assertThat(Gradient.dense(VALUES)).hasToString("dense(6)");
    assertThat(Gradient.rows(ROWS, VALUES)).hasToString("rows(3 of 2)");
    assertThat(Gradient.lazyRows(ROWS, VALUES)).hasToString("lazyRows(3 of 2)");
    assertThat(Gradient.lazyRows(new int[0], new double[0])).hasToString("lazyRows(0 of 0)");
  }

  static Stream<Gradient> gradients() {
    return Stream.of(
        Gradient.dense(VALUES),
        Gradient.dense(new double[0]),
        Gradient.rows(ROWS, VALUES),
        Gradient.rows(new int[0], new double[0]),
        Gradient.lazyRows(ROWS, VALUES));
  }

  @ParameterizedTest
  @MethodSource("gradients")
  void isTheSameAfterSerialization(Gradient gradient) throws Exception {
    Gradient copy = (Gradient) Serialized.deserialize(Serialized.serialize(gradient));

    assertThat(copy).hasToString(gradient.toString());
    assertThat(copy.isDense()).isEqualTo(gradient.isDense());
    assertThat(copy.isLazy()).isEqualTo(gradient.isLazy());
    assertThat(copy.rows()).isEqualTo(gradient.rows());
    Bits.assertSame("values", copy.values(), gradient.values());
  }

  /** One row less in the array that the stream holds: three values for two rows. */
  @Test
  void rejectsASerializedFormThatDoesNotFit() throws Exception {
    byte[] damaged = Serialized.serialize(Gradient.rows(new int[] {1, 2, 3}, new double[3]));
    byte[] three = ByteBuffer.allocate(16).putInt(3).putInt(1).putInt(2).putInt(3).array();
    byte[] two = ByteBuffer.allocate(12).putInt(2).putInt(1).putInt(2).array();

    assertThatThrownBy(() -> Serialized.deserialize(replaced(damaged, three, two)))
        .isExactlyInstanceOf(InvalidObjectException.class)
        .hasMessage("values must hold as many numbers for each of the 2 rows, at least one, got 3")
        .hasCauseExactlyInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] replaced(byte[] bytes, byte[] part, byte[] by) {
    String text = Serialized.latin1(bytes);
    int at = text.indexOf(Serialized.latin1(part));
    assertThat(at).isPositive();
    ByteBuffer replaced = ByteBuffer.allocate(bytes.length - part.length + by.length);
    replaced.put(bytes, 0, at).put(by);
    replaced.put(Arrays.copyOfRange(bytes, at + part.length, bytes.length));
    return replaced.array();
  }
}
