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
 * An optimizer as a file has it.
 *
 * @param className as the file says
 * @param config its configuration
 * @param variables its variables in the file's order, or null where the file has none
 * @param tensors the parameters, in the optimizer's order
 * @param isFloat32 whether the file's numbers are
 */
record Stored(
    String className,
    Map<String, Object> config,
    List<Variable> variables,
    List<TensorSpec> tensors,
    boolean isFloat32) {

  /**
   * A variable.
   *
   * @param name as the file says
   * @param isWhole whether it counts
   */
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
     * The array for a file.
     *
     * @param before what the file has in its place, of which type and attributes are kept, or null
     * @param countBytes how long a count is
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
