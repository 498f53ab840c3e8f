package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.IOException;
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
  sealed interface Node permits Group, Dataset {
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
      if (node instanceof Dataset) {
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

  /** An array of numbers. Of the data only slices are to be read, in the type's order. */
  record Dataset(DataType type, int[] shape, ByteBuffer data, Map<String, Attribute> attributes)
      implements Node {
    /** An array of the same type, or one of its own where there is none to follow. */
    static Dataset of(DataType type, int[] shape, double... values) {
      ByteBuffer data = ByteBuffer.allocate(values.length * type.getSize()).order(order(type));
      Dataset dataset = new Dataset(type, shape, data, Map.of());
      for (double value : values) {
        dataset.write(value);
      }
      data.flip();
      return dataset;
    }

    private void write(double value) {
      if (type instanceof FixedPoint) {
        if (type.getSize() == Integer.BYTES) {
          data.putInt((int) value);
        } else {
          data.putLong((long) value);
        }
      } else if (type.getSize() == Float.BYTES) {
        data.putFloat((float) value);
      } else {
        data.putDouble(value);
      }
    }

    /** The same array with other numbers. */
    Dataset with(double... values) {
      return new Dataset(type, shape, of(type, shape, values).data, attributes);
    }

    boolean isFloat32() {
      return type instanceof FloatingPoint && type.getSize() == Float.BYTES;
    }

    boolean isFloat64() {
      return type instanceof FloatingPoint && type.getSize() == Double.BYTES;
    }

    /** Whether the numbers are whole, with a sign, of 32 or 64 bits. */
    boolean isInteger() {
      return type instanceof FixedPoint fixed
          && fixed.isSigned()
          && fixed.getBitOffset() == 0
          && fixed.getBitPrecision() == Byte.SIZE * type.getSize()
          && (type.getSize() == Integer.BYTES || type.getSize() == Long.BYTES);
    }

    int length() {
      return data.limit() / type.getSize();
    }

    /** The numbers, row by row. */
    double[] doubles(String name) throws IOException {
      double[] values = new double[length()];
      ByteBuffer bytes = data.slice().order(order(type));
      if (isInteger()) {
        for (int i = 0; i < values.length; i++) {
          values[i] = type.getSize() == Integer.BYTES ? bytes.getInt() : whole(name, bytes);
        }
      } else if (isFloat32() && isIeee((FloatingPoint) type, FloatingPoint.FLOAT)) {
        for (int i = 0; i < values.length; i++) {
          values[i] = bytes.getFloat();
        }
      } else if (isFloat64() && isIeee((FloatingPoint) type, FloatingPoint.DOUBLE)) {
        bytes.asDoubleBuffer().get(values);
      } else {
        throw new IOException(
            Text.quote(name) + " must be of type float64, float32, int64 or int32, got another");
      }
      return values;
    }

    private static double whole(String name, ByteBuffer bytes) throws IOException {
      long value = bytes.getLong();
      if (Math.abs((double) value) > 0x1p53) {
        throw new IOException(
            Text.quote(name) + " must hold whole numbers of at most 2^53, got " + value);
      }
      return value;
    }

    private static boolean isIeee(FloatingPoint type, FloatingPoint wanted) {
      return Arrays.equals(
          new int[] {
            type.getMantissaNormalization(),
            type.getSignLocation(),
            type.getBitOffset(),
            type.getBitPrecision(),
            type.getExponentLocation(),
            type.getExponentSize(),
            type.getMantissaLocation(),
            type.getMantissaSize(),
            type.getExponentBias()
          },
          new int[] {
            wanted.getMantissaNormalization(),
            wanted.getSignLocation(),
            wanted.getBitOffset(),
            wanted.getBitPrecision(),
            wanted.getExponentLocation(),
            wanted.getExponentSize(),
            wanted.getMantissaLocation(),
            wanted.getMantissaSize(),
            wanted.getExponentBias()
          });
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
