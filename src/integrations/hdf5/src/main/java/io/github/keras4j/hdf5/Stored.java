package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.optimizers.TensorSpec;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.util.List;
import java.util.Map;

/**
 * An optimizer as a file has it: its variables in the file's order, null where the file has none,
 * the parameters in the optimizer's order, and the version of Keras that wrote it, or null.
 */
record Stored(
    String className,
    Map<String, Object> config,
    List<Variable> variables,
    List<TensorSpec> tensors,
    boolean isFloat32,
    String version) {

  Stored with(List<Variable> others) {
    return new Stored(className, config, others, tensors, isFloat32, version);
  }

  /** The same of another class, or another configuration. */
  Stored as(String className, Map<String, Object> config) {
    return new Stored(className, config, variables, tensors, isFloat32, version);
  }

  /** A variable, whose numbers are whole where it counts. */
  record Variable(String name, int[] shape, boolean isWhole, Numbers numbers) {
    Variable(String name, int[] shape, boolean isWhole, double[] values) {
      this(name, shape, isWhole, new Numbers(values, null));
    }

    /** A variable of a file, whose numbers are taken out of it each time. */
    static Variable of(String name, Dataset data) {
      return new Variable(name, data.shape(), data.isInteger(), new Numbers(null, data));
    }

    double[] values() {
      return numbers.values == null ? numbers.data.numbers() : numbers.values;
    }

    int length() {
      return numbers.values == null ? numbers.data.length() : numbers.values.length;
    }

    /**
     * The array for a file, with the type and the attributes of what the file has in its place;
     * null where it has nothing.
     */
    Dataset dataset(Node before, int countBytes, boolean isFloat32) {
      if (before instanceof Dataset old && old.length() == length() && old.isInteger() == isWhole) {
        return old.with(values());
      }
      DataType floats = isFloat32 ? FloatingPoint.FLOAT : FloatingPoint.DOUBLE;
      return Dataset.of(isWhole ? new FixedPoint(countBytes) : floats, shape, values());
    }

    static Variable of(String name, TensorSpec tensor, double[] values) {
      return new Variable(name, tensor.shape(), false, values);
    }
  }

  /** Numbers in memory, or in an array of a file. */
  record Numbers(double[] values, Dataset data) {
    double[] copy() {
      return values == null ? data.numbers() : values.clone();
    }
  }
}
