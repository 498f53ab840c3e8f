package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ZIP64 fields, where the archive is larger than a test can write. */
class ZipFormatTest {
  private static final long SMALL = 1000;
  private static final long LARGE = 5L << 30;
  private static final int ALL_ONES = -1;

  @ParameterizedTest
  @CsvSource({
    "1000, 1000, 0",
    "2147483647, 2147483647, 0",
    "2147483648, 1000, 20",
    "1000, 2147483648, 12",
    "5368709120, 6442450944, 28"
  })
  void theDirectoryWidensTheFieldsThatNeedIt(long size, long offset, int extraBytes) {
    ZipFormat.Entry entry = new ZipFormat.Entry("x.npy", offset, size, 7);
    ByteBuffer header = buffer(entry.maxCentralBytes());

    entry.writeCentral(header);

    header.flip();
    assertThat(header.remaining()).isEqualTo(ZipFormat.CENTRAL_BYTES + 5 + extraBytes);
    assertThat(header.getShort(30)).isEqualTo((short) extraBytes);
    header.position(ZipFormat.CENTRAL_BYTES + 5);
    if (extraBytes > 0) {
      assertThat(header.getShort()).isEqualTo(ZipFormat.ZIP64_EXTRA);
      assertThat(header.getShort()).isEqualTo((short) (extraBytes - 4));
    }
    for (int field : new int[] {24, 20}) {
      assertThat(header.getInt(field) == ALL_ONES ? header.getLong() : header.getInt(field))
          .isEqualTo(size);
    }
    assertThat(header.getInt(42) == ALL_ONES ? header.getLong() : header.getInt(42))
        .isEqualTo(offset);
    assertThat(header.hasRemaining()).isFalse();
  }

  /** As Python's zipfile packs them: "<4sQ2H2L4Q", "<4sLQL" and "<4s4H2LH". */
  @Test
  void theEndIsPythonsToTheByte() {
    ByteBuffer end = buffer(ZipFormat.ZIP64_END_BYTES + ZipFormat.END_BYTES);

    ZipFormat.writeEnd(end, true, 70_000, LARGE, SMALL);

    assertThat(HexFormat.of().formatHex(end.array()))
        .isEqualTo(
            "504b06062c000000000000002d002d0000000000000000007011010000000000"
                + "7011010000000000e8030000000000000000004001000000"
                + "504b060700000000e80300400100000001000000"
                + "504b050600000000ffffffffe8030000ffffffff0000");
  }

  @Test
  void theEndWidensWhatIsTooLargeForIt() {
    ByteBuffer end = buffer(ZipFormat.ZIP64_END_BYTES + ZipFormat.END_BYTES);

    ZipFormat.writeEnd(end, true, 70_000, LARGE, SMALL);

    end.flip();
    assertThat(end.getLong(24)).isEqualTo(70_000);
    assertThat(end.getLong(32)).isEqualTo(70_000);
    assertThat(end.getLong(40)).isEqualTo(SMALL);
    assertThat(end.getLong(48)).isEqualTo(LARGE);
    assertThat(end.getLong(56 + 8)).isEqualTo(LARGE + SMALL);
    assertThat(end.getShort(76 + 8)).isEqualTo((short) -1);
    assertThat(end.getInt(76 + 12)).isEqualTo((int) SMALL);
    assertThat(end.getInt(76 + 16)).isEqualTo(ALL_ONES);
  }

  @ParameterizedTest
  @CsvSource({
    "65535, 2147483647, 2147483647, false, false",
    "65536, 1, 1, true, true",
    "1, 2147483648, 1, true, false",
    "1, 1, 2147483648, true, false",
    "1, 4294967295, 1, true, false",
    "1, 4294967296, 1, true, true",
    "1, 1, 4294967296, true, true"
  })
  void zip64IsNeededBeyondPythonsLimitAndHasToBeBeyondThirtyTwoBits(
      long entries, long offset, long size, boolean needed, boolean exceeded) {
    assertThat(ZipFormat.needsZip64End(entries, offset, size)).isEqualTo(needed);
    assertThat(ZipFormat.exceedsZip32(entries, offset, size)).isEqualTo(exceeded);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
