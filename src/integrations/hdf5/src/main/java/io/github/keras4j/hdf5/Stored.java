package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.optimizers.TensorSpec;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An optimizer as a file has it: its variables in the file's order, null where the file has none,
 * and the parameters in the optimizer's order.
 */
record Stored(
    String className,
    Map<String, Object> config,
    List<Variable> variables,
    List<TensorSpec> tensors,
    boolean isFloat32) {

  /** A variable, whose numbers are whole where it counts. */
  record Variable(String name, int[] shape, boolean isWhole, double[] values) {
    static Variable count(String name, double value) {
      return new Variable(name, new int[0], true, new double[] {value});
    }

    static Variable number(String name, double value) {
      return new Variable(name, new int[0], false, new double[] {value});
    }

    int length() {
      return values.length;
    }

    /**
     * The array for a file, with the type and the attributes of what the file has in its place;
     * null where it has nothing.
     */
    Dataset dataset(Node before, int countBytes, boolean isFloat32) {
      if (before instanceof Dataset old
          && old.length() == values.length
          && old.isInteger() == isWhole) {
        return old.with(values);
      }
      DataType floats = isFloat32 ? FloatingPoint.FLOAT : FloatingPoint.DOUBLE;
      return Dataset.of(isWhole ? new FixedPoint(countBytes) : floats, shape, values);
    }

    static Variable of(String name, TensorSpec tensor, double[] values) {
      return new Variable(name, tensor.shape(), false, values);
    }
  }

  /** The numbers of all variables, copied. */
  List<double[]> values() {
    return new ArrayList<>(variables.stream().map(variable -> variable.values().clone()).toList());
  }
}
