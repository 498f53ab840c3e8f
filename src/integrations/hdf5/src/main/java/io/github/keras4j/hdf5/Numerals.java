package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Dataset.Kind;
import io.jhdf.object.datatype.DataType;
import java.nio.ByteBuffer;

/** Numbers of any type, as the doubles they are rounded from. */
record Numerals(DataType type, Kind kind, double[] values) implements Bytes {
  @Override
  public long size() {
    return (long) values.length * type.getSize();
  }

  @Override
  public void read(long from, ByteBuffer bytes) {
    bytes.order(Hdf5.order(type));
    for (int i = (int) (from / type.getSize()); bytes.hasRemaining(); i++) {
      switch (kind) {
        case FLOAT64 -> bytes.putDouble(values[i]);
        case FLOAT32 -> bytes.putFloat((float) values[i]);
        case FLOAT16, BFLOAT16 -> bytes.putShort(kind.half.bits(values[i]));
        default -> {
          if (type.getSize() == Integer.BYTES) {
            bytes.putInt((int) values[i]);
          } else {
            bytes.putLong((long) values[i]);
          }
        }
      }
    }
  }
}
