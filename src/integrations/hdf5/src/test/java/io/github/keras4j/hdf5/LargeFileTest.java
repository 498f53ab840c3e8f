package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.jhdf.checksum.ChecksumUtils;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that one array of Java could not hold, with few bytes on the disk, and arrays of pieces.
 */
class LargeFileTest {
  /** Where the numbers lie, behind a hole. */
  private static final long FAR = (1L << 31) + (1 << 20);

  private static final double[] NUMBERS = {1.5, -2.25, 3., 0.125};
  private static final String KERNEL = "dense/kernel:0";

  @TempDir Path folder;

  /** A file that save_weights wrote, of one layer with one array. */
  private static Group weights(Dataset kernel) throws IOException {
    Group root = Group.empty();
    root.put("dense/" + KERNEL, kernel);
    root.attributes().put("layer_names", new Strings(0, true, true, List.of("dense")));
    root.group("dense").attributes().put("weight_names", names(KERNEL));
    return root;
  }

  private static Strings names(String name) {
    return new Strings(0, true, true, List.of(name));
  }

  /** The beginning of a file whose one array begins far behind it. */
  private static byte[] withNumbersFarAway(Group root) throws IOException {
    byte[] bytes = InMemory.write(root);
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int layout = 0;
    while (file.get(layout) != 3 || file.get(layout + 1) != 1 || file.getLong(layout + 10) != 32) {
      layout++;
    }
    int header = layout;
    while (file.getInt(header) != 0x5244484F) { // OHDR
      header--;
    }
    file.putLong(layout + 2, FAR);
    int end = header + 10 + file.getInt(header + 6);
    file.putInt(end, ChecksumUtils.checksum(Arrays.copyOfRange(bytes, header, end)));
    file.putLong(28, FAR + 32); // where the file ends
    file.putInt(44, ChecksumUtils.checksum(Arrays.copyOf(bytes, 44)));
    return bytes;
  }

  private static ByteBuffer numbers() {
    ByteBuffer numbers = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    numbers.asDoubleBuffer().put(NUMBERS);
    return numbers;
  }

  private static Dataset kernel(int... shape) {
    return Dataset.of(FloatingPoint.DOUBLE, shape, NUMBERS);
  }

  private static FileChannel create(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE);
  }

  @Test
  void readsAndWritesAnHdf5FileOfMoreThan2GiB() throws IOException {
    Path path = folder.resolve("large.h5");
    try (FileChannel channel = create(path)) {
      channel.write(ByteBuffer.wrap(withNumbersFarAway(weights(kernel(2, 2)))), 0);
      channel.write(numbers(), FAR);
    }
    assertThat(Files.size(path)).isEqualTo(FAR + 32);
    KerasFile file = KerasFile.read(path);
    assertThat(file.parameters()).isDeepEqualTo(new double[][] {NUMBERS});
    file.write(path, null, new double[][] {{4., 3., 2., 1.}});
    assertThat(KerasFile.read(path).parameters()).isDeepEqualTo(new double[][] {{4., 3., 2., 1.}});
    assertThat(Files.size(path)).isLessThan(10_000);
  }

  @Test
  void saysThatALargeFileIsTruncated() throws IOException {
    Path path = folder.resolve("cut.h5");
    try (FileChannel channel = create(path)) {
      channel.write(ByteBuffer.wrap(withNumbersFarAway(weights(kernel(2, 2)))), 0);
      channel.write(ByteBuffer.allocate(1), FAR - 2);
    }
    assertThatThrownBy(() -> KerasFile.read(path))
        .hasMessageEndingWith("is truncated: must have " + (FAR + 32) + " bytes, has " + (FAR - 1));
  }

  /** As Python writes an archive of which it does not know how long it will be. */
  @Test
  void readsAnArchiveInZip64() throws IOException {
    Truth truth = Truth.of("keras3-adagrad-dense-f64.keras");
    Path path = folder.resolve("zip64.keras");
    byte[] archive = zip64(InMemory.entries(truth.bytes()));
    KerasFile file = KerasFile.read(Files.write(path, archive));
    assertThat(file.parameters()).isDeepEqualTo(KerasFile.read(truth.file()).parameters());
    assertThat(file.optimizer()).isPresent();
    archive[archive.length - 22 - 20 - 56 + 32]++; // the number of entries
    Files.write(path, archive);
    assertThatThrownBy(() -> KerasFile.read(path))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("as an archive of the 3 entries read");
  }

  private static byte[] zip64(Map<String, byte[]> entries) {
    ByteBuffer zip = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer directory = ByteBuffer.allocate(1 << 10).order(ByteOrder.LITTLE_ENDIAN);
    entries.forEach(
        (name, bytes) -> {
          CRC32 checksum = new CRC32();
          checksum.update(bytes);
          long offset = zip.position();
          zip.putInt(0x04034b50).putShort((short) 45);
          directory.putInt(0x02014b50).putShort((short) 45).putShort((short) 45);
          for (ByteBuffer header : new ByteBuffer[] {zip, directory}) {
            header.putLong(0x21L << 48); // flags, stored, time, date
            header.putInt((int) checksum.getValue()).putInt(-1).putInt(-1);
            header.putShort((short) name.length());
          }
          zip.putShort((short) 20).put(name.getBytes());
          zip.putShort((short) 1).putShort((short) 16);
          zip.putLong(bytes.length).putLong(bytes.length).put(bytes);
          directory.putShort((short) 28).put(new byte[10]).putInt(-1).put(name.getBytes());
          directory.putShort((short) 1).putShort((short) 24);
          directory.putLong(bytes.length).putLong(bytes.length).putLong(offset);
        });
    long start = zip.position();
    zip.put(directory.flip());
    long end = zip.position();
    zip.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45).putLong(0);
    zip.putLong(entries.size()).putLong(entries.size()).putLong(end - start).putLong(start);
    zip.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    zip.putInt(0x06054b50).putInt(0).putInt(-1).putLong(-1).putShort((short) 0);
    return Arrays.copyOf(zip.array(), zip.position());
  }

  @Test
  void readsAnArchiveOfMoreThan2GiB() throws IOException {
    Group root = Group.empty();
    root.put("layers/dense/vars/0", kernel(2, 2));
    byte[] start = withNumbersFarAway(root);
    byte[] hole = new byte[1 << 20];
    CRC32 checksum = new CRC32();
    Path path = folder.resolve("large.keras");
    try (FileChannel channel = create(path);
        ZipOutputStream zip = new ZipOutputStream(skippingZeros(channel))) {
      zip.putNextEntry(new ZipEntry("config.json")); // compressed: what is read ahead is not lost
      zip.write(
          """
          {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
            {"class_name": "Dense", "config": {"name": "dense", "use_bias": false}}]}}
          """
              .getBytes());
      ZipEntry weights = new ZipEntry("model.weights.h5");
      weights.setMethod(ZipEntry.STORED);
      weights.setSize(FAR + 32);
      put(start, hole, checksum::update);
      weights.setCrc(checksum.getValue());
      zip.putNextEntry(weights);
      put(start, hole, zip::write);
    }
    assertThat(Files.size(path)).isGreaterThan(FAR);
    KerasFile file = KerasFile.read(path);
    assertThat(file.parameters()).isDeepEqualTo(new double[][] {NUMBERS});
    Path written = folder.resolve("written.keras");
    file.write(written, null, new double[][] {{4., 3., 2., 1.}});
    assertThat(KerasFile.read(written).parameters())
        .isDeepEqualTo(new double[][] {{4., 3., 2., 1.}});
  }

  /** Where the bytes of a large file go. */
  private interface Sink {
    void put(byte[] bytes, int from, int length) throws IOException;
  }

  private static void put(byte[] start, byte[] hole, Sink sink) throws IOException {
    sink.put(start, 0, start.length);
    long left = FAR - start.length;
    for (; left > hole.length; left -= hole.length) {
      sink.put(hole, 0, hole.length);
    }
    sink.put(hole, 0, (int) left);
    sink.put(numbers().array(), 0, 32);
  }

  private static OutputStream skippingZeros(FileChannel channel) {
    return new OutputStream() {
      private final byte[] zeros = new byte[1 << 20];

      @Override
      public void write(int one) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[] {(byte) one}));
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        if (length > 1000 && Arrays.equals(bytes, from, from + length, zeros, 0, length)) {
          channel.position(channel.position() + length);
        } else {
          channel.write(ByteBuffer.wrap(bytes, from, length));
        }
      }
    };
  }

  // ---- Arrays ---------------------------------------------------------------------------------

  @Test
  void rejectsAnArrayOfMoreNumbersThanJavaCanHold() throws IOException {
    for (int[] shape : List.of(new int[] {1 << 16, 1 << 15}, new int[] {3, 1 << 30, 1 << 30})) {
      Dataset kernel =
          new Dataset(FloatingPoint.FLOAT, shape, kernel(4).data(), kernel(4).attributes());
      Path path = folder.resolve("many.h5");
      Files.write(path, InMemory.write(weights(kernel)));
      assertThatThrownBy(() -> KerasFile.read(path))
          .isInstanceOf(IOException.class)
          .hasMessageEndingWith(
              "\"dense/dense/kernel:0\" must have at most 2147483647 elements, got the shape "
                  + Arrays.toString(shape));
    }
  }

  static Stream<DataType> types() {
    return Stream.of(
        FloatingPoint.DOUBLE, FloatingPoint.FLOAT, new FixedPoint(4), new FixedPoint(8));
  }

  @ParameterizedTest
  @MethodSource("types")
  void readsAndWritesArraysOfManyPieces(DataType type) throws IOException {
    double[] values = new Random(7).ints(150_001, -999, 999).asDoubleStream().toArray();
    Dataset array = Dataset.of(type, new int[] {values.length}, values);
    Bytes loaded = array.data().load();
    assertThat(loaded.size()).isEqualTo(150_001L * type.getSize());
    Dataset read = InMemory.read(InMemory.write(weights(array))).requireDataset("dense/" + KERNEL);
    assertThat(Arrays.equals(read.doubles(""), values)).isTrue();
    assertThat(Arrays.equals(InMemory.bytes(read.data()), InMemory.bytes(loaded))).isTrue();
    int across = Bytes.PIECE - 8;
    assertThat(loaded.read(across, Bytes.PIECE + 16))
        .isEqualTo(array.data().read(across, Bytes.PIECE + 16));
    assertThatThrownBy(() -> loaded.read(loaded.size() - 1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  /** The numbers are in memory once, in the file's type, and the file's bytes are not. */
  @Test
  void takesMemoryForTheNumbersOnce() throws IOException {
    int length = 4 << 20;
    Dataset array = Dataset.of(FloatingPoint.FLOAT, new int[] {length}, new double[length]);
    Path path = folder.resolve("numbers.h5");
    Files.write(path, InMemory.write(weights(array)));
    KerasFile.read(path);
    long before = HostileFileTest.allocated();
    KerasFile file = KerasFile.read(path);
    assertThat(HostileFileTest.allocated() - before)
        .isBetween(4L * length, 4L * length + (1 << 20));
    assertThat(file.tensors().get(0).length()).isEqualTo(length);
  }
}
