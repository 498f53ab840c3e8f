package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.storage.Archives.concat;
import static io.github.keras4j.optimizers.storage.Archives.find;
import static io.github.keras4j.optimizers.storage.Archives.npy;
import static io.github.keras4j.optimizers.storage.Archives.tensor;
import static io.github.keras4j.optimizers.storage.Archives.text;
import static io.github.keras4j.optimizers.storage.Archives.unzip;
import static io.github.keras4j.optimizers.storage.Archives.with;
import static io.github.keras4j.optimizers.storage.Archives.zip;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.support.Memory;
import io.github.keras4j.optimizers.text.Text;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of arrays: what was written is read, and what is damaged is rejected or read right. */
class NpzTest {
  private static final double SIGNALING_NAN = Double.longBitsToDouble(0x7ff4_0000_dead_beefL);

  // ---- Round trips ----------------------------------------------------------------------------

  @Test
  void readsWhatItWrote() throws IOException {
    Map<String, Object> arrays = everyKind();
    put(arrays, "a/block/and/more", numbers(8192 * 3 + 1));
    put(arrays, "across/blocks", numbers(8191), numbers(8193), numbers(1), numbers(8192 * 2));

    assertSame(read(write(arrays)), arrays);
  }

  /** More than an archive's plain end can count. */
  @Test
  void readsMoreThan65535Arrays() throws IOException {
    Map<String, Object> arrays = new LinkedHashMap<>();
    for (long i = 0; i < 66_000; i++) {
      arrays.put("a" + i, i);
    }
    byte[] archive = write(arrays);

    assertThat(read(archive)).isEqualTo(arrays);
    int locator = archive.length - 22 - 20;
    assertRejected(
        concat(
            Arrays.copyOf(archive, locator - 56),
            Arrays.copyOfRange(archive, archive.length - 22, archive.length)),
        end(archive.length - 76, 66_000));
  }

  @Test
  void readsCompressedArrays() throws IOException {
    Map<String, Object> arrays = everyKind();
    put(arrays, "zeros", new double[500_000], new double[500_000]);
    byte[] compressed = zip(unzip(write(arrays)), ZipEntry.DEFLATED);

    assertThat(compressed.length).isLessThan(20_000);
    assertSame(read(compressed), arrays);
  }

  @Test
  void readsEntriesWithCommentsAndExtraFields() throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(archive)) {
      ZipEntry entry = new ZipEntry("x.npy");
      entry.setComment("by another program");
      entry.setExtra(new byte[] {0x55, 0x58, 2, 0, 1, 2}); // two bytes under a program's own number
      zip.putNextEntry(entry);
      zip.write(Archives.f8(0.5));
    }

    assertSame(read(archive.toByteArray()), Map.of("x", 0.5));
  }

  @Test
  void writesTheSameBytesInEveryTimeZone() throws IOException {
    TimeZone zone = TimeZone.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Seoul"));
      byte[] seoul = write(everyKind());
      TimeZone.setDefault(TimeZone.getTimeZone("America/Los_Angeles"));
      assertThat(write(everyKind())).isEqualTo(seoul);
    } finally {
      TimeZone.setDefault(zone);
    }
  }

  @Test
  void leavesStreamsOpen() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OutputStream out =
        new FilterOutputStream(bytes) {
          @Override
          public void close() {
            throw new AssertionError();
          }
        };
    NpzWriter.write(out, everyKind());
    InputStream in =
        new ByteArrayInputStream(bytes.toByteArray()) {
          @Override
          public void close() {
            throw new AssertionError();
          }
        };

    assertSame(NpzReader.read(in), everyKind());
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void countsBytesThatAreReadOneByOne() throws IOException {
    byte[] archive = write(everyKind());
    ArchiveTail tail = new ArchiveTail(new ByteArrayInputStream(archive));
    for (byte expected : archive) {
      assertThat((byte) tail.read()).isEqualTo(expected);
    }
    assertThat(tail.read()).isEqualTo(-1);

    tail.check(unzip(archive).keySet().stream().map(name -> name + ".npy").collect(toSet()));
  }

  /** Which older formats have, but nobody writes now. */
  @Test
  void readsFlagsAndArraysWithoutLengths() throws IOException {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("yes", Archives.bool(1));
    arrays.put("no", Archives.bool(0));
    arrays.put("flags", npy("'|b1'", "(0,)", 0));
    arrays.put("tensor", Archives.f8s(SIGNALING_NAN, -0.));
    arrays.put("lengths", Archives.i8s(1, 1));
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("yes", true);
    expected.put("no", false);
    expected.put("flags", new boolean[0]);
    expected.put("tensor", new double[] {SIGNALING_NAN, -0.});
    expected.put("lengths", new long[] {1, 1});

    assertSame(read(zip(arrays)), expected);
  }

  @Test
  void readsArraysOfSeveralDimensionsFlattened() throws IOException {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("x/lengths", npy("'<i8'", "(1, 1)", 8));
    arrays.put("x", npy("'<f8'", "(3, 0)", 0));
    arrays.put("y", npy("'<f8'", "(3, 2)", 48));
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("x/lengths", new long[1]);
    expected.put("x", new double[1][0]);
    expected.put("y", new double[6]);

    assertSame(read(zip(arrays)), expected);
  }

  @Test
  void takesAStringThatNumPyHasFilledUpWithZeros() throws IOException {
    assertThat(read(zip(Map.of("s", text("Adam\0\0\0"))))).isEqualTo(Map.of("s", "Adam"));
  }

  // ---- Damage ---------------------------------------------------------------------------------

  static Stream<Arguments> wholeArchives() throws IOException {
    return Stream.of(
        arguments("stored", write(everyKind())),
        arguments("compressed", zip(unzip(write(everyKind())), ZipEntry.DEFLATED)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wholeArchives")
  void rejectsAnArchiveCutAtAnyByte(String name, byte[] archive) {
    for (int length = 0; length < archive.length; length++) {
      assertRejected(Arrays.copyOf(archive, length));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wholeArchives")
  void rejectsAnArchiveWithAByteTooManyAnywhere(String name, byte[] archive) {
    for (int index = 0; index <= archive.length; index++) {
      byte[] longer =
          concat(
              Arrays.copyOf(archive, index),
              new byte[1],
              Arrays.copyOfRange(archive, index, archive.length));
      assertRejected(longer);
    }
  }

  /** Or reads the right values, where the bit is one of those that mean nothing, as a date's. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("wholeArchives")
  void rejectsAFlipOfAnyBit(String name, byte[] archive) throws IOException {
    Map<String, Object> arrays = everyKind();
    int rejected = 0;
    for (int bit = 0; bit < 8 * archive.length; bit++) {
      byte[] flipped = archive.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Map<String, Object> read;
      try {
        read = read(flipped);
      } catch (IOException e) {
        assertThat(e.getClass()).isEqualTo(IOException.class);
        rejected++;
        continue;
      }
      assertSame(read, arrays);
    }
    assertThat(rejected).isGreaterThan(4 * archive.length);
  }

  static Stream<Arguments> wrongArchives() throws IOException {
    byte[] good = write(Map.of("x", 1L));
    byte[] two = zip(new TreeMap<>(Map.of("x", tensor(1), "y", tensor(1))));
    int directory = find(good, "PK\1\2");
    int end = find(good, "PK\5\6");
    return Stream.of(
        arguments("nothing", new byte[0], "must begin with an entry, as every .npz file does"),
        arguments("a single array", tensor(2), "must begin with an entry, as every .npz file does"),
        arguments(
            "an archive of nothing",
            with(new byte[22], 0, 'P', 'K', 5, 6),
            "must begin with an entry, as every .npz file does"),
        arguments("two archives", concat(good, good), end(2 * good.length, 1)),
        arguments("a directory of more entries", with(good, end + 10, 2), end(good.length, 1)),
        arguments(
            "a directory of another entry",
            with(good, directory + 46, 'y'),
            "must name each entry in its directory, got \"y.npy\" there"),
        arguments(
            "a directory of one entry twice",
            with(two, find(two, "PK\1\2") + 46, 'y'),
            "must name each entry in its directory, got \"y.npy\" there"),
        arguments("a directory that is none", with(good, directory, 'p'), end(good.length, 1)),
        arguments(
            "names longer than the directory", with(good, directory + 28, 99), end(good.length, 1)),
        arguments("extras longer than it", with(good, directory + 30, 99), end(good.length, 1)),
        arguments("comments longer than it", with(good, directory + 33, 99), end(good.length, 1)),
        arguments("a directory longer than the file", with(good, end + 14, 9), end(good.length, 1)),
        arguments("much behind it", concat(good, new byte[9_999]), end(good.length + 9_999, 1)),
        arguments(
            "an encrypted entry",
            with(good, 6, 1),
            "is damaged: encrypted ZIP entry not supported"),
        arguments(
            "another compression", with(good, 8, 9), "entry \"x\": invalid compression method"),
        arguments(
            "a damaged number",
            with(good, 30 + 5 + 128, 9),
            "entry \"x\": invalid entry CRC (expected 0xaa9fb1a4 but got 0x797aaa11)"),
        arguments(
            "a duplicate",
            concat(Arrays.copyOf(good, find(good, "PK\1\2")), good),
            "entry \"x\" is in the file twice"));
  }

  private static String end(int bytes, int entries) {
    return "must end, after " + bytes + " bytes, as an archive of the " + entries + " entries read";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongArchives")
  void rejectsWrongArchives(String name, byte[] archive, String message) {
    assertRejected(archive, message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/etc/passwd", "../x", "a/../../x", "C:x", "a\\b", "a\0", "a//b", ".a", ""})
  void rejectsNamesThatAreNoPlainPaths(String name) throws IOException {
    assertRejected(
        zip(Map.of(name, tensor(2))),
        "entry must have a relative name of plain parts and .npy, got "
            + Text.quote(name + ".npy"));
  }

  static Stream<Arguments> wrongArrays() {
    return Stream.of(
        arguments(new byte[0], "must be a NumPy array, but ends within its header"),
        arguments(Arrays.copyOf(tensor(2), 9), "must be a NumPy array, but ends within its header"),
        arguments(
            Arrays.copyOf(tensor(2), 50), "must be a NumPy array, but ends within its header"),
        arguments(new byte[200], "must be a NumPy array, which begins with \\x93NUMPY"),
        arguments(with(tensor(2), 6, 2), "must be of .npy format 1.0, got 2.0"),
        arguments(with(tensor(2), 7, 200), "must be of .npy format 1.0, got 1.200"),
        arguments(
            with(tensor(2), 10, '['),
            "must have a header as NumPy writes it, got \"['descr': '<f8', 'fortran_order': False,"
                + " 'shape': (2,), }"
                + " ".repeat(23)
                + "\"..."),
        arguments(npy("'|O'", "(2,)", 16), dtype("'|O'")),
        arguments(npy("'>f8'", "(2,)", 16), dtype("'>f8'")),
        arguments(npy("'<f4'", "(2,)", 8), dtype("'<f4'")),
        arguments(npy("[('a', '<f8')]", "(2,)", 16), dtype("[('a', '<f8')]")),
        arguments(npy("__import__('os')", "()", 8), dtype("__import__('os')")),
        arguments(npy("'<U1000000000'", "()", 400), dtype("'<U1000000000'")),
        arguments(npy("'<U0'", "()", 0), dtype("'<U0'")),
        arguments(
            npy("'<f8', 'fortran_order': True", "(2,)", 16),
            "fortran_order must be False, got True"),
        arguments(npy("'|b1'", "(1,)", 1), "must be a float64 or int64 array, got dtype |b1"),
        arguments(npy("'<U1'", "(0,)", 0), "must be a float64 or int64 array, got dtype <U1"),
        arguments(
            npy("'<i8'", "(268435455,)", 16),
            "must have at most 2147483639 bytes of data, got 2147483640"),
        arguments(
            npy("'<U536870910'", "()", 16),
            "must have at most 2147483639 bytes of data, got 2147483640"),
        arguments(
            npy("'<i8'", "(268435454,)", 16),
            size(2147483632L, "268435454,", "16").replace("<f8", "<i8")),
        arguments(npy("'<f8'", "(3,)", 16), size(24, "3,", "16")),
        arguments(npy("'<f8'", "(1,)", 16), size(8, "1,", "more")),
        arguments(npy("'<f8'", "()", 7), size(8, "", "7")),
        arguments(npy("'<f8'", "()", 9), size(8, "", "more")),
        arguments(npy("'<f8'", "(2, 3)", 16), size(48, "2, 3", "16")),
        arguments(npy("'<f8'", "(2147483639,)", 16), size(17179869112L, "2147483639,", "16")),
        arguments(npy("'<f8'", "(2147483640,)", 16), shape("2147483640,")),
        arguments(npy("'<f8'", "(4, 1073741825)", 32), shape("4, 1073741825")),
        arguments(npy("'<f8'", "(32, 576460752303423488)", 0), shape("32, 576460752303423488")),
        arguments(npy("'<f8'", "(9999999999999999999,)", 16), shape("9999999999999999999,")),
        arguments(npy("'<f8'", "(4294967296, 4294967296)", 16), shape("4294967296, 4294967296")),
        arguments(
            npy("'<f8'", "(2147483649, 2147483648, 4, 2)", 16),
            shape("2147483649, 2147483648, 4, 2")),
        arguments(npy("'<f8'", "(-2,)", 16), shape("-2,")),
        arguments(npy("'<f8'", "(,)", 16), shape(",")),
        arguments(npy("'<f8'", "(" + "1, ".repeat(20_000) + "1)", 8), shape("1, ".repeat(20_000))),
        arguments(Archives.bool(2), "must be 0 or 1, as a bool, got 2"),
        arguments(text("\ud800"), "must be a string, got the character 0000d800"),
        arguments(text("Ad\0am"), "must be a string, got the character 00000000"),
        arguments(
            with(text("A"), 128, 0, 0, 17, 0), "must be a string, got the character 00110000"));
  }

  @ParameterizedTest
  @MethodSource("wrongArrays")
  void rejectsWrongArrays(byte[] array, String message) throws IOException {
    assertRejected(zip(Map.of("x/y", array)), "entry \"x/y\": " + message);
  }

  static Stream<Arguments> wrongLengths() {
    return Stream.of(
        arguments(Archives.i8s(1, -1), tensor(0), lengths("-1")),
        arguments(Archives.i8s(2147483640L), tensor(0), lengths("2147483640")),
        arguments(
            Archives.i8s(Long.MIN_VALUE, Long.MIN_VALUE), tensor(0), lengths("" + Long.MIN_VALUE)),
        arguments(Archives.i8s(2, 2), tensor(5), sum(4, 5)),
        arguments(Archives.i8s(2, 2), tensor(3), sum(4, 3)),
        arguments(Archives.i8s(), tensor(1), sum(0, 1)),
        arguments(
            Archives.i8s(1, 2), npy("'<i8'", "(3,)", 24), "must be a float64 array, got dtype <i8"),
        arguments(Archives.i8s(1, 2), npy("'<f8'", "(3,)", 20), size(24, "3,", "20")),
        arguments(Archives.i8s(1, 2), npy("'<f8'", "(3,)", 25), size(24, "3,", "more")),
        arguments(
            Archives.i8s(2147483639, 2147483639),
            npy("'<f8'", "(4294967278,)", 24),
            size(34359738224L, "4294967278,", "24")),
        arguments(
            Archives.i8s(1),
            npy("'<f8'", "(4503599627370497,)", 8),
            "shape must be of lengths from 0, together at most 4503599627370496 elements, got"
                + " \"4503599627370497,\""));
  }

  @ParameterizedTest
  @MethodSource("wrongLengths")
  void rejectsArraysThatDoNotFitTheirLengths(byte[] lengths, byte[] array, String message)
      throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("x/lengths", lengths);
    entries.put("x", array);
    assertRejected(zip(entries), "entry \"x\": " + message);
  }

  private static String lengths(String length) {
    return "must have lengths from 0 to 2147483639, got " + length;
  }

  private static String sum(int expected, int actual) {
    return "must have " + expected + " elements, the sum of its lengths, got " + actual;
  }

  private static String dtype(String descr) {
    return "dtype must be '<f8', '<i8', '|b1' or '<U', got " + Text.quote(descr);
  }

  private static String shape(String shape) {
    return "shape must be of lengths from 0, together at most 2147483639 elements, got "
        + Text.quote(shape);
  }

  private static String size(long expected, String shape, String actual) {
    return String.format(
        Locale.ROOT,
        "must have %d bytes of data, as dtype <f8 and shape (%s) say, got %s",
        expected,
        shape,
        actual);
  }

  // ---- Memory ---------------------------------------------------------------------------------

  /** What the header claims would be 16 GiB; what is there decides, packed or not. */
  @Test
  void takesNoMemoryForWhatIsNotThere() throws Exception {
    int megabytes = 32;
    byte[] bomb = npy("'<f8'", "(2147483639,)", megabytes << 20);
    Map<String, byte[]> several = new LinkedHashMap<>();
    several.put("x/lengths", Archives.i8s(5, 2147483634, 0));
    several.put("x", bomb);
    for (byte[] archive :
        List.of(
            zip(Map.of("x", bomb), ZipEntry.STORED),
            zip(Map.of("x", bomb), ZipEntry.DEFLATED),
            zip(several, ZipEntry.STORED),
            zip(several, ZipEntry.DEFLATED))) {
      long before = Memory.allocatedBytes();

      assertThatThrownBy(() -> read(archive))
          .hasMessage("entry \"x\": " + size(17179869112L, "2147483639,", "" + (megabytes << 20)));

      assertThat(Memory.allocatedBytes() - before).isLessThan((4L * megabytes + 8) << 20);
    }
  }

  /** Whose length a stream of a file tells, so that no array is made twice. */
  @Test
  void makesAnArrayThatIsThereOnce() throws Exception {
    Map<String, Object> arrays = new LinkedHashMap<>();
    put(arrays, "x", numbers(4 << 20), numbers(9));
    byte[] archive = write(arrays);
    long before = Memory.allocatedBytes();

    read(archive);

    assertThat(Memory.allocatedBytes() - before).isLessThan(33L << 20);
  }

  // ---- What they are made of ------------------------------------------------------------------

  private static Map<String, Object> everyKind() {
    Map<String, Object> arrays = new LinkedHashMap<>();
    arrays.put("float64", SIGNALING_NAN);
    arrays.put("int64", Long.MIN_VALUE);
    arrays.put("text", "Adam \ud83d\ude00");
    arrays.put("no_text", "");
    put(arrays, "tensors", new double[][] {{SIGNALING_NAN, -0.}, {}, {Double.MIN_VALUE}});
    put(arrays, "no_tensors");
    return arrays;
  }

  private static void put(Map<String, Object> arrays, String name, double[]... tensors) {
    arrays.put(
        name + NpzReader.LENGTHS,
        Arrays.stream(tensors).mapToLong(tensor -> tensor.length).toArray());
    arrays.put(name, tensors);
  }

  private static double[] numbers(int length) {
    return new Random(20261124).doubles(length).toArray();
  }

  private static byte[] write(Map<String, ?> arrays) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    NpzWriter.write(bytes, arrays);
    return bytes.toByteArray();
  }

  private static Map<String, Object> read(byte[] archive) throws IOException {
    return NpzReader.read(new ByteArrayInputStream(archive));
  }

  private static void assertSame(Map<String, Object> actual, Map<String, Object> expected) {
    assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
    assertSame(actual.values(), expected.values());
  }

  private static void assertSame(Collection<Object> actual, Collection<Object> expected) {
    assertThat(actual.stream().map(NpzTest::bits)).containsExactlyElementsOf(bits(expected));
  }

  private static List<Object> bits(Collection<Object> arrays) {
    return arrays.stream().map(NpzTest::bits).toList();
  }

  /** A value that equals only values of the same bits and kind. */
  private static Object bits(Object array) {
    if (array instanceof double[][] tensors) {
      return Arrays.stream(tensors).map(NpzTest::bits).toList();
    }
    if (array instanceof double[] numbers) {
      return Arrays.stream(numbers).mapToObj(NpzTest::bits).toList();
    }
    if (array instanceof long[] numbers) {
      return Arrays.stream(numbers).boxed().toList();
    }
    if (array instanceof Double) {
      return "float64 " + Double.doubleToRawLongBits((Double) array);
    }
    return array instanceof boolean[] ? array.getClass() : array;
  }

  private static void assertRejected(byte[] archive, String message) {
    assertThatThrownBy(() -> read(archive)).isInstanceOf(IOException.class).hasMessage(message);
  }

  private static void assertRejected(byte[] archive) {
    assertThatThrownBy(() -> read(archive)).isExactlyInstanceOf(IOException.class);
  }
}
