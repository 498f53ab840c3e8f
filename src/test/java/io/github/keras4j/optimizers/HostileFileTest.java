package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are no whole checkpoints, each refused by name. */
class HostileFileTest {
  @TempDir private static Path directory;

  // ---- Entries that are wrong -----------------------------------------------------------------

  static Stream<Arguments> entries() {
    return Stream.of(
        wrong(
            "a version to come",
            put("format_version", i8(2)),
            "format_version must be 1, the one that this library reads, got 2"),
        wrong("no version", e -> e.remove("format_version"), "entry format_version is missing"),
        wrong("no class", e -> e.remove("class_name"), "entry class_name is missing"),
        wrong("no iterations", e -> e.remove("iterations"), "entry iterations is missing"),
        wrong("no count", e -> e.remove("entries"), "entry entries is missing"),
        wrong(
            "no hyperparameter",
            e -> e.remove("config/decay"),
            "must hold 17 entries, as it says, got 16"),
        wrong(
            "no optional hyperparameter",
            e -> e.remove("config/clipnorm"),
            "must hold 17 entries, as it says, got 16"),
        wrong("no first slot", e -> e.remove("slots/m/0"), "entry slots/m/0 is missing"),
        wrong(
            "no last slot", e -> e.remove("slots/v/1"), "must hold 17 entries, as it says, got 16"),
        wrong(
            "no last parameter",
            e -> e.remove("parameters/1"),
            "must hold 17 entries, as it says, got 16"),
        wrong(
            "no slot of a name",
            all(e -> e.remove("slots/v/0"), e -> e.remove("slots/v/1"), put("entries", i8(15))),
            "state must have 2 tensors in slot v, got 0"),
        wrong(
            "no hyperparameter, counted",
            all(e -> e.remove("config/decay"), put("entries", i8(16))),
            "state must have hyperparameters [amsgrad, beta_1, beta_2, clipnorm, decay, epsilon, lr],"
                + " got [amsgrad, beta_1, beta_2, clipnorm, epsilon, lr]"),
        wrong(
            "too few parameters",
            all(e -> e.remove("parameters/1"), put("entries", i8(16))),
            "parameters must hold 2 tensors, as before, got 1"),
        wrong("an unknown entry", put("note", i8(1)), "entry note does not belong in a checkpoint"),
        wrong(
            "an unknown slot",
            all(put("slots/w/0", tensor(2)), put("slots/w/1", tensor(3)), put("entries", i8(19))),
            "state must have slots [m, v], got [m, v, w]"),
        wrong(
            "an unknown scalar",
            all(put("scalars/s", f8(1)), put("entries", i8(18))),
            "state must have scalars [], got [s]"),
        wrong(
            "an unknown hyperparameter",
            all(put("config/rho", f8(1)), put("entries", i8(18))),
            "unknown hyperparameter rho for Adam, known are"
                + " amsgrad, beta_1, beta_2, clipnorm, clipvalue, decay, epsilon, error_if_non_finite, lr"),
        wrong(
            "an index with a zero in front",
            put("slots/m/01", tensor(2)),
            "entry slots/m/01 does not belong in a checkpoint"),
        wrong(
            "a huge index",
            put("parameters/999999999", tensor(2)),
            "entry parameters/2 is missing"),
        wrong(
            "a class not registered",
            put("class_name", text("Nobody")),
            "unknown optimizer Nobody, known are " + String.join(", ", Optimizers.names())),
        wrong(
            "a class of another name",
            put("class_name", text("adam")),
            "state must have class Adam, got adam"),
        wrong(
            "a class of no name",
            put("class_name", text(" ")),
            "class_name must be a name, got \" \""),
        wrong(
            "a lone surrogate",
            put("class_name", text("\ud800")),
            "entry class_name: must be a string, got the character 0000d800"),
        wrong(
            "a number for a string",
            put("class_name", i8(1)),
            "entry class_name must be a string, got an int64 number"),
        wrong(
            "a string for a number",
            put("iterations", text("2")),
            "entry iterations must be an int64 number, got a string"),
        wrong(
            "a flag for a count",
            put("entries", bool(1)),
            "entry entries must be an int64 number, got a bool"),
        wrong(
            "a real version",
            put("format_version", f8(1)),
            "entry format_version must be an int64 number, got a float64 number"),
        wrong(
            "a NUL within a string",
            put("class_name", text("Ad\0am")),
            "entry class_name: must be a string, got the character 00000000"),
        wrong(
            "a string of nothing but NULs",
            put("class_name", text("\0\0")),
            "class_name must be a name, got \"\""),
        wrong(
            "a character beyond Unicode",
            put("class_name", with(text("A"), 128, 0, 0, 17, 0)),
            "entry class_name: must be a string, got the character 00110000"),
        wrong(
            "a string too long",
            put("class_name", npy("'<U100000'", "()", 400_000)),
            "entry class_name: dtype must be '<f8', '<i8', '|b1' or '<U', got '<U100000'"),
        wrong(
            "negative iterations",
            put("iterations", i8(-1)),
            "iterations must be from 0 to 2^53, got -1"),
        wrong(
            "a learning rate of NaN",
            put("config/lr", f8(Double.NaN)),
            "lr must be a finite number >= 0, got NaN"),
        wrong(
            "a hyperparameter out of range",
            put("config/beta_1", f8(1)),
            "beta_1 must be from 0 to below 1, got 1.0"),
        wrong(
            "a flag for a number",
            put("config/lr", bool(1)),
            "lr must be a finite number >= 0, got true"),
        wrong(
            "a flag of 2",
            put("config/amsgrad", bool(2)),
            "entry config/amsgrad: must be 0 or 1, as a bool, got 2"),
        wrong(
            "an integer hyperparameter",
            put("config/lr", i8(1)),
            "entry config/lr must be a float64 number, got an int64 number"),
        wrong(
            "an array for a number",
            put("config/lr", tensor(1)),
            "entry config/lr must be a float64 number, got a float64 array"),
        wrong(
            "a number for an array",
            slot(f8(1)),
            "entry slots/m/0 must be a float64 array, got a float64 number"),
        wrong(
            "a slot too short",
            put("slots/v/0", tensor(1)),
            "state must have 2 elements in slot v of tensor 0, got 1"),
        wrong(
            "a parameter too long",
            put("parameters/0", tensor(9)),
            "parameters[0] must have 2 elements, as before, got 9"),
        wrong(
            "an array of integers",
            slot(npy("'<i8'", "(2,)", 16)),
            "entry slots/m/0: must be a float64 array, got dtype <i8"),
        wrong("objects", slot(npy("'|O'", "(2,)", 16)), dtype("'|O'")),
        wrong("big-endian", slot(npy("'>f8'", "(2,)", 16)), dtype("'>f8'")),
        wrong("single precision", slot(npy("'<f4'", "(2,)", 8)), dtype("'<f4'")),
        wrong(
            "a structured dtype", slot(npy("[('a', '<f8')]", "(2,)", 16)), dtype("[('a', '<f8')]")),
        wrong(
            "Fortran's order",
            slot(npy("'<f8', 'fortran_order': True", "(2,)", 16)),
            "entry slots/m/0: fortran_order must be False, got True"),
        wrong("a shape too large", slot(npy("'<f8'", "(3,)", 16)), size(24, "3,", 16)),
        wrong("a shape too small", slot(npy("'<f8'", "(1,)", 16)), size(8, "1,", 16)),
        wrong(
            "a huge shape",
            slot(npy("'<f8'", "(2147483639,)", 16)),
            size(17179869112L, "2147483639,", 16)),
        wrong("a shape of many dimensions", slot(npy("'<f8'", "(2, 3)", 16)), size(48, "2, 3", 16)),
        wrong(
            "lengths too large together",
            slot(npy("'<f8'", "(4, 1073741825)", 32)),
            shape("4, 1073741825")),
        wrong(
            "lengths whose product is 2^64",
            slot(npy("'<f8'", "(32, 576460752303423488)", 0)),
            shape("32, 576460752303423488")),
        wrong(
            "a length one too large",
            slot(npy("'<f8'", "(2147483640,)", 16)),
            shape("2147483640,")),
        wrong(
            "a length of nineteen digits",
            slot(npy("'<f8'", "(9999999999999999999,)", 16)),
            shape("9999999999999999999,")),
        wrong("a negative shape", slot(npy("'<f8'", "(-2,)", 16)), shape("-2,")),
        wrong(
            "an overflowing shape",
            slot(npy("'<f8'", "(4294967296, 4294967296)", 16)),
            shape("4294967296, 4294967296")),
        wrong(
            "a shape that overflows to its size",
            slot(npy("'<f8'", "(2147483649, 2147483648, 4, 2)", 16)),
            shape("2147483649, 2147483648, 4, 2")),
        wrong(
            "a length of too many digits",
            slot(npy("'<f8'", "(99999999999999999999,)", 16)),
            shape("99999999999999999999,")),
        wrong("a shape of 20,000 dimensions", slot(deep(20_000)), shape("1, ".repeat(33) + "1...")),
        wrong("a shape of no length", slot(npy("'<f8'", "(,)", 16)), shape(",")),
        wrong(
            "no array",
            slot(new byte[200]),
            "entry slots/m/0: must be a NumPy array, which begins with \\x93NUMPY"),
        wrong(
            "an empty entry",
            slot(new byte[0]),
            "entry slots/m/0: must be a NumPy array, but ends within its header"),
        wrong(
            "an array cut in its header",
            slot(Arrays.copyOf(tensor(2), 50)),
            "entry slots/m/0: must be a NumPy array, but ends within its header"),
        wrong(
            "another .npy format",
            slot(with(tensor(2), 6, 2)),
            "entry slots/m/0: must be of .npy format 1.0, got 2.0"),
        wrong(
            "code for a header", slot(npy("__import__('os')", "()", 8)), dtype("__import__('os')")),
        wrong(
            "a header that is no dictionary",
            slot(with(tensor(2), 10, '[')),
            "entry slots/m/0: must have a header as NumPy writes it, got"
                + " ['descr': '<f8', 'fortran_order': False, 'shape': (2,), }"),
        wrong(
            "a name of 30,000 parts",
            put("a/".repeat(30_000) + "a", tensor(2)),
            "entry " + "a/".repeat(30_000) + "a does not belong in a checkpoint"),
        wrong("an absolute name", put("/etc/passwd", tensor(2)), name("/etc/passwd.npy")),
        wrong("a name that climbs", put("../parameters/0", tensor(2)), name("../parameters/0.npy")),
        wrong(
            "a name that climbs within",
            put("slots/../../x", tensor(2)),
            name("slots/../../x.npy")),
        wrong("a drive's name", put("C:x", tensor(2)), name("C:x.npy")),
        wrong("a backslash", put("slots\\m\\0", tensor(2)), name("slots\\m\\0.npy")),
        wrong("a NUL", put("slots/m/0\0", tensor(2)), name("slots/m/0?.npy")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("entries")
  void refusesWrongEntries(String name, Consumer<Map<String, byte[]>> mutation, String message)
      throws IOException {
    Map<String, byte[]> entries = good();
    mutation.accept(entries);
    assertRefused(zip(entries), message);
  }

  // ---- Archives that are wrong ----------------------------------------------------------------

  static Stream<Arguments> archives() throws IOException {
    byte[] good = zip(good());
    byte[] own = Files.readAllBytes(saved());
    int central = find(good, "PK\1\2");
    int end = find(good, "PK\5\6");
    return Stream.of(
        wrongFile("an empty file", f -> new byte[0], "ends within the archive, at byte 0"),
        wrongFile(
            "text",
            f -> "no archive at all".getBytes(StandardCharsets.US_ASCII),
            "must begin with an entry, as every .npz file does"),
        wrongFile(
            "a single array", f -> tensor(2), "must begin with an entry, as every .npz file does"),
        wrongFile(
            "an archive of nothing",
            f -> Arrays.copyOfRange(f, end, f.length),
            "must begin with an entry, as every .npz file does"),
        wrongFile(
            "junk in front",
            f -> concat(new byte[7], f),
            "must begin with an entry, as every .npz file does"),
        wrongFile(
            "junk behind",
            f -> concat(f, new byte[7]),
            "must end with the archive, got 7 bytes after it"),
        wrongFile(
            "two archives",
            f -> concat(f, f),
            "must end with the archive, got " + good.length + " bytes after it"),
        wrongFile(
            "a comment",
            f -> concat(with(f, f.length - 2, 3), new byte[3]),
            "must end as an archive of 17 entries with the central directory at byte " + central),
        wrongFile(
            "junk between entries",
            f -> insert(f, central, new byte[5]),
            "must hold an entry or the central directory at byte " + central),
        wrongFile(
            "a directory of too few",
            f -> Arrays.copyOfRange(f, 0, central),
            "ends within the archive, at byte " + central),
        wrongFile(
            "no directory",
            f -> concat(Arrays.copyOf(f, central), Arrays.copyOfRange(f, end, f.length)),
            "must hold an entry or the central directory at byte " + central),
        wrongFile(
            "a duplicate", HostileFileTest::duplicate, "entry format_version is in the file twice"),
        wrongFile(
            "an encrypted entry",
            f -> with(f, 6, 1),
            "entry format_version: must not be encrypted"),
        wrongFile(
            "sizes behind the data",
            f -> with(f, 6, 8),
            "entry format_version: must have its size in front of the data"),
        wrongFile(
            "a flag of another kind",
            f -> with(f, 6, 16),
            "entry format_version: must have no flags but UTF-8's"),
        wrongFile(
            "a ZIP version to come",
            f -> with(f, 4, 63),
            "entry format_version: must need ZIP version 1.0, 2.0 or 4.5"),
        wrongFile(
            "an extra field",
            f -> with(f, 28, 1),
            "entry format_version: must have no extra field but that of ZIP64"),
        wrongFile(
            "a size beyond the file",
            f -> with(f, 22, f[22] + 1),
            "entry format_version: must be as long as it is stored"),
        wrongFile(
            "a size of 4 GiB less one",
            f -> with(with(f, 18, 254, 255, 255, 255), 22, 254, 255, 255, 255),
            "entry format_version: says it has 4294967294 bytes, but the file ends after "
                + (good.length - 48)),
        wrongFile(
            "a size one byte beyond the file",
            f ->
                littleEndian(f.clone())
                    .putInt(18, good.length - 47)
                    .putInt(22, good.length - 47)
                    .array(),
            String.format(
                "entry format_version: says it has %d bytes, but the file ends after %d",
                good.length - 47, good.length - 48)),
        wrongFile(
            "a negative size",
            f -> littleEndian(own.clone()).putLong(52, -1).putLong(60, -1).array(),
            "entry format_version: says it has -1 bytes, but the file ends after "
                + (own.length - 68)),
        wrongFile(
            "a damaged number",
            f -> with(f, central - 1, 9),
            "entry parameters/1: must have checksum 5a39341d, as the archive says, got 5539cd29: the data is damaged"),
        wrongFile(
            "another name in the directory",
            f -> with(f, central + 46, 'F'),
            "entry format_version: must be the same in its local header and in the central directory"),
        wrongFile(
            "a comment in the directory",
            f -> with(f, central + 32, 1),
            "entry format_version: must be the same in its local header and in the central directory"),
        wrongFile(
            "an entry on another disk",
            f -> with(f, central + 34, 1),
            "entry format_version: must be the same in its local header and in the central directory"),
        wrongFile(
            "a text's attributes",
            f -> with(f, central + 36, 1),
            "entry format_version: must be the same in its local header and in the central directory"),
        wrongFile(
            "a bomb",
            f -> bomb(),
            "entry format_version: must be stored, got compression method 8"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("archives")
  void refusesWrongArchives(String name, UnaryOperator<byte[]> mutation, String message)
      throws IOException {
    assertRefused(mutation.apply(zip(good())), message);
  }

  /** What the tables begin with is good, so that each refusal is for what is changed. */
  @Test
  void loadsTheFileThatIsNotWrong() throws IOException {
    Path file = Files.write(directory.resolve("good.npz"), zip(good()));
    Contents contents = Contents.of(Checkpoint.load(file));
    good(); // saves it anew
    assertThat(Contents.of(Checkpoint.load(file))).isEqualTo(contents);
  }

  // ---- Files that are damaged -----------------------------------------------------------------

  @Test
  void refusesAFileCutAtAnyLength() throws IOException {
    Path file = saved();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long length = channel.size() - 1; length >= 0; length--) {
        channel.truncate(length);
        assertRefused(file);
      }
    }
  }

  /** In every part of the file: numbers, headers, paddings, dates, flags. */
  @Test
  void refusesAFlipOfAnyBit() throws IOException {
    Path file = saved();
    byte[] bytes = Files.readAllBytes(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int i = 0; i < bytes.length; i++) {
        for (int bit = 0; bit < 8; bit++) {
          channel.write(ByteBuffer.wrap(new byte[] {(byte) (bytes[i] ^ 1 << bit)}), i);
          assertRefused(file);
        }
        channel.write(ByteBuffer.wrap(bytes, i, 1), i);
      }
    }
    assertThatCode(() -> Checkpoint.load(file)).doesNotThrowAnyException();
  }

  /** Any byte of any entry changed, and the checksums made good: what they hold is checked. */
  @Test
  void loadsOrRefusesAnyEntriesWhoseChecksumsAreRight() throws IOException {
    Random random = new Random(20261122);
    Map<String, byte[]> good = good();
    List<String> names = new ArrayList<>(good.keySet());
    int loaded = 0;
    for (int i = 0; i < 3_000; i++) {
      Map<String, byte[]> entries = new LinkedHashMap<>(good);
      String name = names.get(random.nextInt(names.size()));
      byte[] array = entries.get(name).clone();
      array[random.nextInt(array.length)] = (byte) random.nextInt(256);
      entries.put(name, array);
      Path file = Files.write(directory.resolve("mutated.npz"), zip(entries));
      try {
        Contents.of(Checkpoint.load(file));
        loaded++;
      } catch (IOException e) {
        isMeant(e);
      }
    }
    assertThat(loaded).isBetween(1, 2_999);
  }

  @Test
  void refusesMoreEntriesThanTheEndCanCountWhereItIsNotWide() throws IOException {
    Path file = directory.resolve("many.npz");
    Checkpoint.save(file, new SGD(), new double[65_536][0]);
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length - ZipFormat.END_BYTES;
    int wide = end - ZipFormat.ZIP64_END_BYTES;
    long central = littleEndian(bytes).getLong(wide + 48);

    assertRefused(
        concat(Arrays.copyOf(bytes, wide), Arrays.copyOfRange(bytes, end, bytes.length)),
        "must end as an archive of 65544 entries with the central directory at byte " + central);
  }

  /** As beyond 2 GiB, for which no test has the room. */
  @Test
  void loadsADirectoryOfWideFields() throws IOException {
    Path file = saved();
    Contents contents = Contents.of(Checkpoint.load(file));
    byte[] narrow = Files.readAllBytes(file);
    int central = find(narrow, "PK\1\2");
    int end = find(narrow, "PK\5\6") + 28;
    int extra = central + 46 + "format_version.npy".length();
    byte[] wide = insert(narrow, extra, new byte[28]);
    ByteBuffer zip = littleEndian(wide);
    long size = Integer.toUnsignedLong(zip.getInt(central + 24));
    zip.putShort(central + 30, (short) 28);
    zip.putInt(central + 20, -1).putInt(central + 24, -1).putInt(central + 42, -1);
    zip.putShort(extra, (short) 1).putShort(extra + 2, (short) 24);
    zip.putLong(extra + 4, size).putLong(extra + 12, size).putLong(extra + 20, 0);
    zip.putInt(end + 12, zip.getInt(end + 12) + 28);
    Files.write(file, wide);

    assertThat(Contents.of(Checkpoint.load(file))).isEqualTo(contents);
  }

  @Test
  void takesAStringThatNumPyHasFilledUpWithZeros() throws IOException {
    Map<String, byte[]> entries = good();
    entries.put("class_name", text("Adam\0\0\0"));
    Path file = Files.write(directory.resolve("padded.npz"), zip(entries));

    assertThat(Checkpoint.load(file).optimizer()).isInstanceOf(Adam.class);
  }

  @Test
  void refusesWhatIsNoFile() {
    assertThatThrownBy(() -> Checkpoint.load(directory))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot load checkpoint " + directory + ": is no regular file");
  }

  private static void assertRefused(byte[] bytes, String message) throws IOException {
    Path file = Files.write(directory.resolve("hostile.npz"), bytes);
    assertThatThrownBy(() -> Checkpoint.load(file))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot load checkpoint " + file + ": " + message);
  }

  private static void assertRefused(Path file) {
    assertThatThrownBy(() -> Checkpoint.load(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot load checkpoint " + file + ": ")
        .satisfies(HostileFileTest::isMeant);
  }

  /** Refused by a check, not by what happens to fail on wrong data. */
  private static void isMeant(Throwable refusal) {
    assertThat(refusal.getCause().getClass())
        .isIn(IOException.class, IllegalArgumentException.class);
  }

  // ---- What the files are made of -------------------------------------------------------------

  private static Path saved() throws IOException {
    Path file = directory.resolve("saved.npz");
    Optimizer adagrad = new Adagrad();
    double[][] parameters = {{1., 2.}};
    adagrad.applyGradients(new double[][] {{0.5, -0.5}}, parameters);
    Checkpoint.save(file, adagrad, parameters);
    return file;
  }

  /** The entries of Adam after a step over tensors of two and three elements. */
  private static Map<String, byte[]> good() throws IOException {
    Path file = directory.resolve("good.npz");
    Optimizer adam = Adam.builder().clipnorm(1.).build();
    double[][] parameters = {{1., 2.}, {3., 4., 5.}};
    adam.applyGradients(new double[][] {{0.5, -0.5}, {1., 2., 3.}}, parameters);
    Checkpoint.save(file, adam, parameters);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        String name = entry.getName();
        entries.put(name.substring(0, name.length() - ".npy".length()), zip.readAllBytes());
      }
    }
    return entries;
  }

  /** An archive as Java writes it. */
  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(entry.getValue());
        ZipEntry header = new ZipEntry(entry.getKey() + ".npy");
        header.setMethod(ZipEntry.STORED);
        header.setSize(entry.getValue().length);
        header.setCrc(crc.getValue());
        zip.putNextEntry(header);
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] bomb() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("format_version.npy"));
      zip.write(new byte[64 << 20]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] i8(long number) {
    byte[] array = npy("'<i8'", "()", 8);
    return littleEndian(array).putLong(array.length - 8, number).array();
  }

  private static byte[] f8(double number) {
    byte[] array = npy("'<f8'", "()", 8);
    return littleEndian(array).putDouble(array.length - 8, number).array();
  }

  private static byte[] bool(int flag) {
    byte[] array = npy("'|b1'", "()", 1);
    return with(array, array.length - 1, flag);
  }

  private static byte[] text(String text) {
    int[] characters = text.codePoints().toArray();
    byte[] array = npy("'<U" + characters.length + "'", "()", 4 * characters.length);
    ByteBuffer data = littleEndian(array).position(array.length - 4 * characters.length);
    for (int character : characters) {
      data.putInt(character);
    }
    return array;
  }

  private static byte[] tensor(int length) {
    return npy("'<f8'", "(" + length + ",)", 8 * length);
  }

  /** An array of zeros, whatever its header says. */
  private static byte[] npy(String descr, String shape, int bytes) {
    String order = descr.contains("fortran") ? "" : ", 'fortran_order': False";
    String header = "{'descr': " + descr + order + ", 'shape': " + shape + ", }";
    String padded = header + " ".repeat(117 - header.length()) + "\n";
    return concat(
        ("\u0093NUMPY\1\0v\0" + padded).getBytes(StandardCharsets.ISO_8859_1), new byte[bytes]);
  }

  /** A number in so many dimensions, each of length 1. */
  private static byte[] deep(int dimensions) {
    String shape = "1, ".repeat(dimensions - 1) + "1";
    String header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }\n";
    byte[] array = ("\u0093NUMPY\1\0\0\0" + header).getBytes(StandardCharsets.ISO_8859_1);
    littleEndian(array).putShort(8, (short) header.length());
    return concat(array, new byte[8]);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  // ---- What is done to them -------------------------------------------------------------------

  private static Arguments wrong(
      String name, Consumer<Map<String, byte[]>> mutation, String message) {
    return arguments(name, mutation, message);
  }

  private static Arguments wrongFile(String name, UnaryOperator<byte[]> mutation, String message) {
    return arguments(name, mutation, message);
  }

  private static Consumer<Map<String, byte[]>> put(String name, byte[] array) {
    return entries -> entries.put(name, array);
  }

  private static Consumer<Map<String, byte[]>> slot(byte[] array) {
    return put("slots/m/0", array);
  }

  @SafeVarargs
  private static Consumer<Map<String, byte[]>> all(Consumer<Map<String, byte[]>>... mutations) {
    return entries -> {
      for (Consumer<Map<String, byte[]>> mutation : mutations) {
        mutation.accept(entries);
      }
    };
  }

  private static byte[] duplicate(byte[] file) {
    int header = 30 + "format_version.npy".length();
    return concat(Arrays.copyOf(file, header + littleEndian(file).getInt(22)), file);
  }

  private static byte[] with(byte[] bytes, int index, int... values) {
    byte[] changed = bytes.clone();
    for (int i = 0; i < values.length; i++) {
      changed[index + i] = (byte) values[i];
    }
    return changed;
  }

  private static byte[] insert(byte[] bytes, int index, byte[] more) {
    return concat(
        concat(Arrays.copyOf(bytes, index), more), Arrays.copyOfRange(bytes, index, bytes.length));
  }

  private static byte[] concat(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }

  private static int find(byte[] bytes, String signature) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(signature);
  }

  private static String dtype(String descr) {
    return "entry slots/m/0: dtype must be '<f8', '<i8', '|b1' or '<U', got " + descr;
  }

  private static String shape(String shape) {
    return "entry slots/m/0: shape must be of lengths from 0, together at most 2147483639 elements,"
        + " got ("
        + shape
        + ")";
  }

  private static String size(long expected, String shape, long actual) {
    return String.format(
        "entry slots/m/0: must have %d bytes of data, as dtype <f8 and shape (%s) say, got %d",
        expected, shape, actual);
  }

  private static String name(String name) {
    return "entry must have a relative name of plain parts and .npy, got \"" + name + '"';
  }
}
