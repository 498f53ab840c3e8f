package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import java.util.Arrays;

/**
 * What a step makes sure of before it writes anything: the tensors are there, fit each other and
 * the steps before, and no array is in two places where a write to one would change the other.
 *
 * <p>Copies the references to arrays before it checks them, so that a step has what was checked,
 * whatever becomes of the caller's array of arrays, and keeps the references of the last dense
 * call. Lengths of arrays never change, so a call with the same arrays needs no other check than
 * that they are the same.
 */
public final class StepChecks {
  private double[][] parameters = {};
  private double[][] gradients = {};
  private boolean known; // whether they are the same as in the last call
  private final ArrayFinder finder = new ArrayFinder();

  /** The parameters that were checked last, in an array that nobody else has. */
  public double[][] parameters() {
    return parameters;
  }

  /** The gradients that were checked last, likewise. */
  public double[][] gradients() {
    return gradients;
  }

  /** Whether all arrays are the same as in the last call that was accepted. */
  public boolean areSame(double[][] gradients, double[][] parameters) {
    return known
        && Arrays.equals(parameters, this.parameters)
        && Arrays.equals(gradients, this.gradients);
  }

  /** Forgets the last call: the next one may be over other tensors, or be by rows. */
  public void forget() {
    known = false;
    Arrays.fill(parameters, null);
    Arrays.fill(gradients, null);
  }

  /**
   * Checks the tensors of a dense step, against the lengths of the steps before, or null if there
   * were none. A gradient, but not all of them, may be null where that is said.
   */
  public void check(double[][] given, double[][] parameters, int[] lengths, boolean mayBeNull) {
    checkParameters(parameters, lengths);
    gradients = copied("gradients", given, gradients);
    if (mayBeNull) {
      requireOne(gradients);
    } else {
      requireTensors("gradients", gradients);
    }
    requireCount(gradients.length, this.parameters.length, "one tensor");
    for (int i = 0; i < gradients.length; i++) {
      if (gradients[i] != null) {
        checkGradient(i, gradients[i]);
      }
    }
    known = true;
  }

  public static void requireCount(int gradients, int parameters, String what) {
    if (gradients != parameters) {
      throw illegalArgument(
          "gradients must hold %s for each of the %d parameters, got %d",
          what, parameters, gradients);
    }
  }

  /** Checks the parameters of a step or an evaluation, as {@link #check check} does. */
  public void checkParameters(double[][] given, int[] lengths) {
    known = false; // whatever happens from here on, these are arrays of another call
    parameters = copied("parameters", given, parameters);
    requireTensors("parameters", parameters);
    if (parameters.length == 0) {
      throw illegalArgument("parameters must hold at least one tensor, got 0");
    }
    if (lengths != null && parameters.length != lengths.length) {
      throw illegalArgument(
          "parameters must hold %d tensors, as before, got %d", lengths.length, parameters.length);
    }
    for (int i = 0; lengths != null && i < parameters.length; i++) {
      if (parameters[i].length != lengths[i]) {
        throw illegalArgument(
            "parameters[%d] must have %d elements, as before, got %d",
            i, lengths[i], parameters[i].length);
      }
    }
    int[] twice = finder.setArrays(parameters);
    if (twice != null) {
      throw illegalArgument(
          "parameters[%d] must be a separate array, got the array of parameters[%d]",
          twice[1], twice[0]);
    }
  }

  /** Checks one gradient against the parameters that were checked just before. */
  public void checkGradient(int i, double[] gradient) {
    if (gradient.length != parameters[i].length) {
      throw illegalArgument(
          "gradients[%d] must have the %d elements of parameters[%d], got %d",
          i, parameters[i].length, i, gradient.length);
    }
    checkNoParameter(i, gradient);
  }

  /** Checks one gradient by rows against the parameters that were checked just before. */
  public void checkRows(int i, int[] rows, double[] values) {
    checkNoParameter(i, values);
    if (rows.length == 0) {
      return;
    }
    int width = values.length / rows.length;
    if (parameters[i].length % width != 0) {
      throw illegalArgument(
          "gradients[%d] must have rows of a length that divides the %d elements of"
              + " parameters[%d], got %d",
          i, parameters[i].length, i, width);
    }
    int count = parameters[i].length / width;
    for (int j = 0; j < rows.length; j++) {
      if (rows[j] < 0 || rows[j] >= count) {
        throw illegalArgument(
            "rows[%d] of gradients[%d] must be one of the %d rows of parameters[%d], from 0,"
                + " got %d",
            j, i, count, i, rows[j]);
      }
    }
  }

  private void checkNoParameter(int i, double[] gradient) {
    int parameter = finder.find(gradient);
    if (parameter >= 0) {
      throw illegalArgument(
          "gradients[%d] must not be a parameter, got the array of parameters[%d]", i, parameter);
    }
  }

  public static void requireOne(Object[] gradients) {
    for (Object gradient : gradients) {
      if (gradient != null) {
        return;
      }
    }
    throw illegalArgument(
        "gradients must hold one that is not null, got none among %s", gradients.length);
  }

  public static void requireFinite(String name, int tensor, double[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw illegalArgument("%s[%d][%d] must be finite, got %s", name, tensor, i, values[i]);
      }
    }
  }

  static void requireTensors(String name, double[][] tensors) {
    for (int i = 0; i < tensors.length; i++) {
      if (tensors[i] == null) {
        throw illegalArgument("%s[%d] must be an array of numbers, got null", name, i);
      }
    }
  }

  /** Allocates nothing where the number of tensors stays the same. */
  private static double[][] copied(String name, double[][] arrays, double[][] into) {
    if (arrays == null) {
      throw illegalArgument("%s must be an array of tensors, got null", name);
    }
    double[][] copy = into.length == arrays.length ? into : new double[arrays.length][];
    System.arraycopy(arrays, 0, copy, 0, arrays.length);
    return copy;
  }
}
