package io.github.keras4j.optimizers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of a NumPy array, format 1.0, and the few types that a checkpoint needs.
 *
 * @param type {@code <f8}, {@code <i8}, {@code |b1}, or {@code <U} and a number of characters
 * @param shape as Python writes a tuple, without the parentheses
 */
record Npy(String type, String shape) {
  static final String FLOAT64 = "<f8";
  static final String INT64 = "<i8";
  static final String BOOL = "|b1";
  static final String STRING = "<U";

  /** The shape of a number, as opposed to an array of them. */
  static final String SCALAR = "";

  /** What NumPy aligns the data to; one such block and a second hold every header we write. */
  static final int HEADER_BYTES = 128;

  /** Magic, format and the length of the rest. */
  static final int PREFIX_BYTES = 10;

  private static final String MAGIC = "\u0093NUMPY";

  private static final Pattern DICTIONARY =
      Pattern.compile(
          "\\{'descr': (.*), 'fortran_order': (True|False), 'shape': \\(([^()]*)\\), \\} *+\n");

  /** At most 64 dimensions, as in NumPy. */
  private static final Pattern SHAPE =
      Pattern.compile("[0-9]{1,18},|[0-9]{1,18}(, [0-9]{1,18}){1,63}");

  /** The largest array that every JVM can make. */
  private static final long MAX_ELEMENTS = Integer.MAX_VALUE - 8;

  /** Writes the header, spaces and all, as NumPy writes it. */
  void writeHeader(ByteBuffer buffer) {
    String dictionary =
        String.format("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
    String padding = " ".repeat(HEADER_BYTES - PREFIX_BYTES - dictionary.length() - 1);
    buffer.put(MAGIC.getBytes(StandardCharsets.ISO_8859_1)).put((byte) 1).put((byte) 0);
    buffer.putShort((short) (HEADER_BYTES - PREFIX_BYTES));
    buffer.put((dictionary + padding + "\n").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** How long the rest of the header is, from its first ten bytes. */
  static int headerBytes(ByteBuffer prefix) throws IOException {
    byte[] magic = new byte[MAGIC.length()];
    prefix.get(magic);
    if (!MAGIC.equals(new String(magic, StandardCharsets.ISO_8859_1))) {
      throw new IOException("must be a NumPy array, which begins with \\x93NUMPY");
    }
    int major = prefix.get();
    int minor = prefix.get();
    if (major != 1 || minor != 0) {
      throw new IOException(
          String.format("must be of .npy format 1.0, got %d.%d", major & 0xff, minor & 0xff));
    }
    return Short.toUnsignedInt(prefix.getShort());
  }

  /** Reads what follows the first ten bytes. */
  static Npy parse(byte[] header) throws IOException {
    String text = new String(header, StandardCharsets.ISO_8859_1);
    Matcher matcher = DICTIONARY.matcher(text);
    if (!matcher.matches()) {
      throw new IOException("must have a header as NumPy writes it, got " + quote(text));
    }
    String descr = matcher.group(1);
    if (!descr.matches("'(<f8|<i8|\\|b1|<U[1-9][0-9]{0,4})'")) {
      throw new IOException("dtype must be '<f8', '<i8', '|b1' or '<U', got " + quote(descr));
    }
    if (matcher.group(2).equals("True")) {
      throw new IOException("fortran_order must be False, got True");
    }
    return new Npy(descr.substring(1, descr.length() - 1), matcher.group(3));
  }

  boolean isScalar() {
    return shape.equals(SCALAR);
  }

  /** How many elements the shape says. */
  int elements() throws IOException {
    if (isScalar()) {
      return 1;
    }
    if (!SHAPE.matcher(shape).matches()) {
      throw badShape();
    }
    long elements = 1;
    for (String dimension : shape.split(", *", 0)) {
      long length = Long.parseLong(dimension);
      if (length > MAX_ELEMENTS || elements * length > MAX_ELEMENTS) {
        throw badShape();
      }
      elements *= length;
    }
    return (int) elements;
  }

  /** How many bytes an element takes. */
  long elementBytes() {
    if (type.startsWith(STRING)) {
      return 4L * Integer.parseInt(type.substring(STRING.length()));
    }
    return type.equals(BOOL) ? 1 : 8;
  }

  private IOException badShape() {
    return new IOException(
        String.format(
            "shape must be of lengths from 0, together at most %d elements, got (%s)",
            MAX_ELEMENTS, quote(shape)));
  }

  /** A type as a reader of NumPy knows it. */
  static String describe(Class<?> type) {
    if (type == double[].class) {
      return "a float64 array";
    }
    if (type == Double.class) {
      return "a float64 number";
    }
    if (type == Long.class) {
      return "an int64 number";
    }
    return type == Boolean.class ? "a bool" : "a string";
  }

  /** Text from a file, fit for a message. */
  static String quote(String text) {
    String printable = text.strip().replaceAll("[^ -~]", "?");
    return printable.length() <= 100 ? printable : printable.substring(0, 100) + "...";
  }
}
