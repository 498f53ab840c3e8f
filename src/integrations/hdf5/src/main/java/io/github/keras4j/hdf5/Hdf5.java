package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.hdf5.Hdf5.Dataset.Kind;
import io.github.keras4j.optimizers.text.Text;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.EnumDataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import io.jhdf.object.datatype.OpaqueDataType;
import io.jhdf.object.datatype.StringData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an HDF5 file holds, as far as Keras uses it: groups, arrays of numbers, attributes. */
final class Hdf5 {
  private Hdf5() {}

  /** What a group holds under a name. */
  sealed interface Node permits Group, Dataset, Unread {
    Map<String, Attribute> attributes();
  }

  /** What a node says of itself under a name. */
  sealed interface Attribute permits Strings, Numbers {}

  /** A string or an array of strings: each of a length in bytes, or of any where it is 0. */
  record Strings(int length, boolean utf8, boolean isArray, List<String> values)
      implements Attribute {}

  /** Anything else, which is but copied. */
  record Numbers(DataType type, int[] shape, ByteBuffer data) implements Attribute {}

  /** A group, whose children are in the order in which their numbers were written. */
  record Group(Map<String, Node> children, Map<String, Attribute> attributes) implements Node {
    static Group empty() {
      return new Group(new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    /** A copy whose groups may be changed, and whose arrays are the same. */
    Group copy() {
      Map<String, Node> copies = new LinkedHashMap<>(children);
      copies.replaceAll((name, node) -> node instanceof Group group ? group.copy() : node);
      return new Group(copies, new LinkedHashMap<>(attributes));
    }

    /** What lies at a path, or null; a path that leads out of the file leads nowhere. */
    Node find(String path) {
      Node node = this;
      for (String name : path.split("/", -1)) {
        node = node instanceof Group group ? group.children.get(name) : null;
      }
      return node;
    }

    /** The group at a path, or null. */
    Group group(String path) throws IOException {
      Node node = find(path);
      if (node != null && !(node instanceof Group)) {
        throw new IOException(Text.quote(path) + " must be a group, got an array");
      }
      return (Group) node;
    }

    Group requireGroup(String path) throws IOException {
      Group group = group(path);
      if (group == null) {
        throw new IOException("has no group " + Text.quote(path));
      }
      return group;
    }

    Dataset requireDataset(String path) throws IOException {
      if (find(path) instanceof Dataset dataset) {
        return dataset;
      }
      if (find(path) instanceof Unread unread) {
        throw new IOException(Text.quote(path) + " " + unread.why());
      }
      throw new IOException("has no array " + Text.quote(path));
    }

    /** Puts an array at a path, and makes the groups that lead there. */
    void put(String path, Dataset dataset) {
      int slash = path.indexOf('/');
      if (slash < 0) {
        children.put(path, dataset);
      } else {
        ((Group) children.computeIfAbsent(path.substring(0, slash), name -> empty()))
            .put(path.substring(slash + 1), dataset);
      }
    }

    /** The string of an attribute, or null. */
    String string(String name) throws IOException {
      Attribute attribute = attributes.get(name);
      if (attribute == null) {
        return null;
      }
      if (attribute instanceof Strings strings && !strings.isArray) {
        return strings.values.get(0);
      }
      throw new IOException("attribute " + Text.quote(name) + " must be a string");
    }
  }

  /** An array that is not read, and why; it cannot be copied. */
  record Unread(String why, Map<String, Attribute> attributes) implements Node {}

  /** An array of numbers, row by row, in the order of bytes that its type has. */
  record Dataset(DataType type, int[] shape, Bytes data, Map<String, Attribute> attributes)
      implements Node {
    /** An array of the same type, or of a new one where there is none to follow. */
    static Dataset of(DataType type, int[] shape, double... values) {
      return new Dataset(type, shape, null, Map.of()).with(values);
    }

    /** The same array with other numbers, which are turned into bytes when they are written. */
    Dataset with(double... values) {
      return new Dataset(type, shape, new Numerals(type, kind(), values), attributes);
    }

    /** What the numbers are. */
    Kind kind() {
      if (type instanceof FloatingPoint floating) {
        return isIeee(floating, FloatingPoint.DOUBLE)
            ? Kind.FLOAT64
            : isIeee(floating, FloatingPoint.FLOAT)
                ? Kind.FLOAT32
                : isHalf(floating) ? Kind.FLOAT16 : Kind.OTHER;
      }
      if (type instanceof FixedPoint fixed) {
        return fillsItsBytes(fixed) ? Kind.INTEGER : Kind.OTHER;
      }
      if (type instanceof EnumDataType && type.getSize() == 1) {
        return Kind.BOOLEAN;
      }
      // h5py keeps what HDF5 has no type for as bytes.
      boolean named =
          attributes.get("dtype") instanceof Strings strings
              && strings.values.equals(List.of("bfloat16"));
      return (type instanceof OpaqueDataType || type instanceof StringData)
              && type.getSize() == 2
              && named
          ? Kind.BFLOAT16
          : Kind.OTHER;
    }

    boolean isFloat() {
      return kind().isFloat();
    }

    boolean isHalf() {
      return kind().half != null;
    }

    /** Whether doubles hold the numbers. */
    boolean isReadable() {
      if (kind() != Kind.INTEGER) {
        return kind() != Kind.OTHER;
      }
      try {
        doubles("");
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    boolean isFloat32() {
      return kind() == Kind.FLOAT32;
    }

    /** Whether the numbers are whole, with a sign, of 32 or 64 bits. */
    boolean isInteger() {
      return type instanceof FixedPoint fixed
          && fixed.isSigned()
          && fillsItsBytes(fixed)
          && (type.getSize() == Integer.BYTES || type.getSize() == Long.BYTES);
    }

    private static boolean fillsItsBytes(FixedPoint type) {
      return type.getBitOffset() == 0 && type.getBitPrecision() == Byte.SIZE * type.getSize();
    }

    int length() {
      return (int) (data.size() / type.getSize());
    }

    /** The numbers, row by row. */
    double[] doubles(String name) throws IOException {
      Kind kind = kind();
      if (kind == Kind.OTHER) {
        throw new IOException(Text.quote(name) + " must be of numbers, got another type");
      }
      double[] values = new double[length()];
      int size = type.getSize();
      int most = Bytes.PIECE / size;
      float[] floats = new float[kind == Kind.FLOAT32 ? Math.min(most, values.length) : 0];
      boolean isSigned = type instanceof FixedPoint fixed && fixed.isSigned();
      for (int from = 0, count; from < values.length; from += count) {
        count = Math.min(most, values.length - from);
        ByteBuffer bytes = data.read((long) from * size, count * size).order(order(type));
        if (kind == Kind.FLOAT64) {
          bytes.asDoubleBuffer().get(values, from, count);
        } else if (kind == Kind.FLOAT32) {
          bytes.asFloatBuffer().get(floats, 0, count);
          for (int i = 0; i < count; i++) {
            values[from + i] = floats[i];
          }
        } else {
          for (int i = 0; i < count; i++) {
            values[from + i] =
                kind.half != null
                    ? kind.half.value(bytes.getShort())
                    : kind == Kind.BOOLEAN ? bytes.get() : whole(name, bytes, size, isSigned);
          }
        }
      }
      return values;
    }

    /** The numbers of an array that is readable, as has been seen. */
    double[] numbers() {
      try {
        return doubles("");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static double whole(String name, ByteBuffer bytes, int size, boolean isSigned)
        throws IOException {
      switch (size) {
        case Byte.BYTES:
          byte one = bytes.get();
          return isSigned ? one : Byte.toUnsignedInt(one);
        case Short.BYTES:
          short two = bytes.getShort();
          return isSigned ? two : Short.toUnsignedInt(two);
        case Integer.BYTES:
          int four = bytes.getInt();
          return isSigned ? four : Integer.toUnsignedLong(four);
        case Long.BYTES:
          return whole(name, bytes);
        default:
          throw new IOException(Text.quote(name) + " must be of numbers, got another type");
      }
    }

    private static double whole(String name, ByteBuffer bytes) throws IOException {
      long value = bytes.getLong();
      if (Math.abs((double) value) > 0x1p53) {
        throw new IOException(
            Text.quote(name) + " must hold whole numbers of at most 2^53, got " + value);
      }
      return value;
    }

    private static boolean isHalf(FloatingPoint type) {
      return type.getSize() == 2
          && type.getSignLocation() == 15
          && type.getExponentLocation() == 10
          && type.getExponentSize() == 5
          && type.getMantissaLocation() == 0
          && type.getMantissaSize() == 10
          && type.getExponentBias() == 15;
    }

    private static boolean isIeee(FloatingPoint type, FloatingPoint wanted) {
      return Arrays.equals(layout(type), layout(wanted));
    }

    private static int[] layout(FloatingPoint type) {
      return new int[] {
        type.getMantissaNormalization(),
        type.getSignLocation(),
        type.getBitOffset(),
        type.getBitPrecision(),
        type.getExponentLocation(),
        type.getExponentSize(),
        type.getMantissaLocation(),
        type.getMantissaSize(),
        type.getExponentBias()
      };
    }

    /** What a type of numbers is read as. */
    enum Kind {
      FLOAT64(null),
      FLOAT32(null),
      FLOAT16(new HalfFloat(5, 10)),
      BFLOAT16(new HalfFloat(8, 7)),
      INTEGER(null),
      BOOLEAN(null),
      OTHER(null);

      final HalfFloat half;

      Kind(HalfFloat half) {
        this.half = half;
      }

      boolean isFloat() {
        return compareTo(BFLOAT16) <= 0;
      }
    }

    @Override
    public String toString() {
      return format("Dataset%s", Arrays.toString(shape));
    }
  }

  static ByteOrder order(DataType type) {
    if (type instanceof FloatingPoint floating) {
      return floating.getByteOrder();
    }
    return type instanceof FixedPoint fixed ? fixed.getByteOrder() : ByteOrder.LITTLE_ENDIAN;
  }
}
