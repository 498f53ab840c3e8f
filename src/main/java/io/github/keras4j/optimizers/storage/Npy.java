package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.text.Errors.unreadable;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of a NumPy array, format 1.0, and the few types that we need.
 *
 * @param type {@code <f8}, {@code <i8}, {@code |b1}, or {@code <U} and a number of characters
 * @param shape as Python writes a tuple, without the parentheses
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">NumPy's
 *     description of the .npy format</a>
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
  private static final int PREFIX_BYTES = 10;

  private static final String MAGIC = "\u0093NUMPY";

  private static final Pattern TYPE = Pattern.compile("'(<f8|<i8|\\|b1|<U[1-9][0-9]{0,8})'");

  private static final Pattern DICTIONARY =
      Pattern.compile(
          "\\{'descr': (.*), 'fortran_order': (True|False), 'shape': \\(([^()]*)\\), \\} *+\n");

  /** At most 64 dimensions, as in NumPy. */
  private static final Pattern SHAPE =
      Pattern.compile("[0-9]{1,18},|[0-9]{1,18}(, [0-9]{1,18}){1,63}");

  /** The largest array that every JVM can make. */
  static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  /** So many elements that their bytes can be counted, whatever their type. */
  static final long MAX_ELEMENTS = 1L << 52;

  /** The header, spaces and all, as NumPy writes it. */
  byte[] toBytes() {
    String dictionary =
        "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    String padding = " ".repeat(HEADER_BYTES - PREFIX_BYTES - dictionary.length() - 1);
    return littleEndian(new byte[HEADER_BYTES])
        .put(MAGIC.getBytes(StandardCharsets.ISO_8859_1))
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) (HEADER_BYTES - PREFIX_BYTES))
        .put((dictionary + padding + "\n").getBytes(StandardCharsets.ISO_8859_1))
        .array();
  }

  static Npy read(InputStream in) throws IOException {
    byte[] prefix = read(in, PREFIX_BYTES);
    if (!new String(prefix, StandardCharsets.ISO_8859_1).startsWith(MAGIC)) {
      throw unreadable("must be a NumPy array, which begins with \\x93NUMPY");
    }
    if (prefix[6] != 1 || prefix[7] != 0) {
      throw unreadable("must be of .npy format 1.0, got %d.%d", prefix[6] & 0xff, prefix[7] & 0xff);
    }
    int length = (prefix[8] & 0xff) | (prefix[9] & 0xff) << 8;
    return parse(new String(read(in, length), StandardCharsets.ISO_8859_1));
  }

  private static byte[] read(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw unreadable("must be a NumPy array, but ends within its header");
    }
    return bytes;
  }

  private static Npy parse(String header) throws IOException {
    Matcher matcher = DICTIONARY.matcher(header);
    if (!matcher.matches()) {
      throw unreadable("must have a header as NumPy writes it, got %s", Text.quote(header));
    }
    Matcher type = TYPE.matcher(matcher.group(1));
    if (!type.matches()) {
      throw unreadable(
          "dtype must be '<f8', '<i8', '|b1' or '<U', got %s", Text.quote(matcher.group(1)));
    }
    if (matcher.group(2).equals("True")) {
      throw unreadable("fortran_order must be False, got True");
    }
    return new Npy(type.group(1), matcher.group(3));
  }

  boolean isScalar() {
    return shape.equals(SCALAR);
  }

  /** How many elements the shape says, which must not be more than these. */
  long elements(long most) throws IOException {
    if (isScalar()) {
      return 1;
    }
    if (!SHAPE.matcher(shape).matches()) {
      throw badShape(most);
    }
    long elements = 1;
    for (String dimension : shape.split(", *", 0)) {
      long length = Long.parseLong(dimension);
      if (length > most || length > 0 && elements > most / length) {
        throw badShape(most);
      }
      elements *= length;
    }
    return elements;
  }

  /** How many bytes of data there are, as type and shape say. */
  long bytes() throws IOException {
    long elements = elements(MAX_ELEMENTS);
    if (type.startsWith(STRING)) {
      return Integer.BYTES * Long.parseLong(type.substring(STRING.length())) * elements;
    }
    return type.equals(BOOL) ? elements : Double.BYTES * elements;
  }

  static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private IOException badShape(long most) {
    return unreadable(
        "shape must be of lengths from 0, together at most %d elements, got %s",
        most, Text.quote(shape));
  }
}
