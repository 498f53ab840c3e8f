package io.github.keras4j.optimizers.storage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Archives and the arrays in them, made byte by byte, right or wrong. */
public final class Archives {
  private Archives() {}

  // ---- Archives -------------------------------------------------------------------------------

  /** What is in an archive, as it is there, by name without {@code .npy}. */
  public static Map<String, byte[]> unzip(byte[] archive) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        entries.put(entry.getName().replaceFirst("\\.npy$", ""), zip.readAllBytes());
      }
    }
    return entries;
  }

  public static byte[] zip(Map<String, byte[]> entries) throws IOException {
    return zip(entries, ZipEntry.STORED);
  }

  public static byte[] zip(Map<String, byte[]> entries, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(entry.getValue());
        ZipEntry header = new ZipEntry(entry.getKey() + ".npy");
        header.setMethod(method);
        header.setSize(entry.getValue().length);
        header.setCrc(crc.getValue());
        zip.putNextEntry(header);
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  // ---- Arrays ---------------------------------------------------------------------------------

  public static byte[] i8(long number) {
    byte[] array = npy("'<i8'", "()", 8);
    return littleEndian(array).putLong(array.length - 8, number).array();
  }

  public static byte[] f8(double number) {
    byte[] array = npy("'<f8'", "()", 8);
    return littleEndian(array).putDouble(array.length - 8, number).array();
  }

  public static byte[] bool(int flag) {
    byte[] array = npy("'|b1'", "()", 1);
    return with(array, array.length - 1, flag);
  }

  public static byte[] text(String text) {
    int[] characters = text.codePoints().toArray();
    byte[] array = npy("'<U" + characters.length + "'", "()", 4 * characters.length);
    ByteBuffer data = littleEndian(array).position(array.length - 4 * characters.length);
    data.asIntBuffer().put(characters);
    return array;
  }

  public static byte[] tensor(int length) {
    return npy("'<f8'", "(" + length + ",)", 8 * length);
  }

  public static byte[] i8s(long... numbers) {
    byte[] array = npy("'<i8'", "(" + numbers.length + ",)", 8 * numbers.length);
    data(array, numbers.length).asLongBuffer().put(numbers);
    return array;
  }

  public static byte[] f8s(double... numbers) {
    byte[] array = tensor(numbers.length);
    data(array, numbers.length).asDoubleBuffer().put(numbers);
    return array;
  }

  private static ByteBuffer data(byte[] array, int count) {
    return ByteBuffer.wrap(array, array.length - 8 * count, 8 * count)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** An array of zeros, whatever its header says. */
  public static byte[] npy(String descr, String shape, int bytes) {
    String order = descr.contains("fortran") ? "" : ", 'fortran_order': False";
    String header = "{'descr': " + descr + order + ", 'shape': " + shape + ", }";
    int length = Math.max(118, header.length() + 1);
    String padded = header + " ".repeat(length - 1 - header.length()) + "\n";
    byte[] start = ("\u0093NUMPY\1\0\0\0" + padded).getBytes(StandardCharsets.ISO_8859_1);
    littleEndian(start).putShort(8, (short) length);
    return concat(start, new byte[bytes]);
  }

  // ---- Bytes ----------------------------------------------------------------------------------

  public static byte[] with(byte[] bytes, int index, int... values) {
    byte[] changed = bytes.clone();
    for (int i = 0; i < values.length; i++) {
      changed[index + i] = (byte) values[i];
    }
    return changed;
  }

  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  public static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Where a record begins, given its signature. */
  public static int find(byte[] bytes, String signature) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(signature);
  }
}
