package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Text.format;

import java.util.Arrays;

/**
 * What a step makes sure of before it writes anything: the tensors are there, fit each other and
 * the steps before, and no array is in two places where a write to one would change the other.
 *
 * <p>Keeps its table between steps, so that a check allocates nothing.
 */
public final class StepChecks {
  /** An open-addressing table by identity: 1 + the index of a parameter, or 0 where free. */
  private int[] table = new int[0];

  /**
   * Checks the parameters of a step or an evaluation.
   *
   * @param parameters the tensors
   * @param lengths the lengths of the steps before, or null if there were none
   * @throws IllegalArgumentException if they are not as a step needs them
   */
  public void checkParameters(double[][] parameters, int[] lengths) {
    requireTensors("parameters", parameters);
    if (parameters.length == 0) {
      throw new IllegalArgumentException("parameters must hold at least one tensor, got 0");
    }
    if (lengths != null && parameters.length != lengths.length) {
      throw new IllegalArgumentException(
          format(
              "parameters must hold %d tensors, as before, got %d",
              lengths.length, parameters.length));
    }
    clearTable(parameters.length);
    for (int i = 0; i < parameters.length; i++) {
      double[] parameter = parameters[i];
      if (lengths != null && parameter.length != lengths[i]) {
        throw new IllegalArgumentException(
            format(
                "parameters[%d] must have %d elements, as before, got %d",
                i, lengths[i], parameter.length));
      }
      int slot = find(parameter, parameters);
      if (table[slot] != 0) {
        throw new IllegalArgumentException(
            format(
                "parameters[%d] must be an array of its own, got the array of parameters[%d]",
                i, table[slot] - 1));
      }
      table[slot] = i + 1;
    }
  }

  /**
   * Checks the gradients against the parameters that were checked just before.
   *
   * @param gradients the tensors
   * @param parameters those that were checked
   * @param mayBeNull whether a tensor, but not all of them, may be null
   * @throws IllegalArgumentException if they are not as a step needs them
   */
  public void checkGradients(double[][] gradients, double[][] parameters, boolean mayBeNull) {
    if (mayBeNull) {
      requireOne(gradients);
    } else {
      requireTensors("gradients", gradients);
    }
    if (gradients.length != parameters.length) {
      throw new IllegalArgumentException(
          format(
              "gradients must hold one tensor for each of the %d parameters, got %d",
              parameters.length, gradients.length));
    }
    for (int i = 0; i < gradients.length; i++) {
      if (gradients[i] != null) {
        checkGradient(i, gradients[i], parameters);
      }
    }
  }

  /**
   * Checks one gradient against the parameters that were checked just before.
   *
   * @param i its number
   * @param gradient of the whole tensor
   * @param parameters those that were checked
   * @throws IllegalArgumentException if it is not as a step needs it
   */
  public void checkGradient(int i, double[] gradient, double[][] parameters) {
    if (gradient.length != parameters[i].length) {
      throw new IllegalArgumentException(
          format(
              "gradients[%d] must have the %d elements of parameters[%d], got %d",
              i, parameters[i].length, i, gradient.length));
    }
    checkNoParameter(i, gradient, parameters);
  }

  /**
   * Checks one gradient by rows against the parameters that were checked just before.
   *
   * @param i its number
   * @param rows the numbers of the rows
   * @param values the rows, all of one length
   * @param parameters those that were checked
   * @throws IllegalArgumentException if it is not as a step needs it
   */
  public void checkRows(int i, int[] rows, double[] values, double[][] parameters) {
    checkNoParameter(i, values, parameters);
    if (rows.length == 0) {
      return;
    }
    int width = values.length / rows.length;
    if (parameters[i].length % width != 0) {
      throw new IllegalArgumentException(
          format(
              "gradients[%d] must have rows of a length that divides the %d elements of"
                  + " parameters[%d], got %d",
              i, parameters[i].length, i, width));
    }
    int count = parameters[i].length / width;
    for (int j = 0; j < rows.length; j++) {
      if (rows[j] < 0 || rows[j] >= count) {
        throw new IllegalArgumentException(
            format(
                "rows[%d] of gradients[%d] must be one of the %d rows of parameters[%d], from 0,"
                    + " got %d",
                j, i, count, i, rows[j]));
      }
    }
  }

  private void checkNoParameter(int i, double[] gradient, double[][] parameters) {
    int slot = find(gradient, parameters);
    if (table[slot] != 0) {
      throw new IllegalArgumentException(
          format(
              "gradients[%d] must not be a parameter, got the array of parameters[%d]",
              i, table[slot] - 1));
    }
  }

  /**
   * Refuses gradients that hold NaN or an infinity.
   *
   * @param gradients the tensors, of which some may be null
   * @throws IllegalArgumentException if an element is not finite
   */
  public static void checkFinite(double[][] gradients) {
    for (int i = 0; i < gradients.length; i++) {
      if (gradients[i] != null) {
        checkFinite(i, gradients[i]);
      }
    }
  }

  /**
   * Refuses a gradient that holds NaN or an infinity.
   *
   * @param i its number
   * @param gradient its numbers
   * @throws IllegalArgumentException if one is not finite
   */
  public static void checkFinite(int i, double[] gradient) {
    for (int j = 0; j < gradient.length; j++) {
      if (!Double.isFinite(gradient[j])) {
        throw new IllegalArgumentException(
            format("gradients[%d][%d] must be finite, got %s", i, j, gradient[j]));
      }
    }
  }

  private static void requireOne(double[][] gradients) {
    if (gradients == null) {
      throw new IllegalArgumentException("gradients must be an array of tensors, got null");
    }
    for (double[] gradient : gradients) {
      if (gradient != null) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "gradients must hold one that is not null, got none among " + gradients.length);
  }

  private static void requireTensors(String name, double[][] tensors) {
    if (tensors == null) {
      throw new IllegalArgumentException(name + " must be an array of tensors, got null");
    }
    for (int i = 0; i < tensors.length; i++) {
      if (tensors[i] == null) {
        throw new IllegalArgumentException(
            format("%s[%d] must be an array of numbers, got null", name, i));
      }
    }
  }

  private void clearTable(int tensors) {
    int size = Math.max(4, Integer.highestOneBit(Math.max(1, tensors)) * 4);
    if (table.length == size) {
      Arrays.fill(table, 0);
    } else {
      table = new int[size];
    }
  }

  /** The place of an array in the table: where it is, or a free one where it is not. */
  private int find(double[] array, double[][] parameters) {
    int mask = table.length - 1;
    int slot = System.identityHashCode(array) & mask;
    while (table[slot] != 0 && parameters[table[slot] - 1] != array) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
