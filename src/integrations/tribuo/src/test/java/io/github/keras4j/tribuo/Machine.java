package io.github.keras4j.tribuo;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.tribuo.common.sgd.FMParameters;
import org.tribuo.math.Parameters;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.DenseSparseMatrix;
import org.tribuo.math.la.DenseVector;
import org.tribuo.math.la.SparseVector;
import org.tribuo.math.la.Tensor;
import org.tribuo.math.la.VectorTuple;

/** A factorization machine: a vector and matrices, next to the same as arrays, features first. */
final class Machine {
  private static final int FEATURES = 7;
  private static final int OUTPUTS = 3;
  private static final int FACTORS = 2;

  final FMParameters parameters =
      new FMParameters(new SplittableRandom(1), FEATURES, OUTPUTS, FACTORS, 0.5);

  /** Makes steps with random gradients of Tribuo's. */
  void train(KerasOptimiser optimiser, int steps, Gradients gradients) {
    Random random = new Random(2);
    for (int step = 0; step < steps; step++) {
      parameters.update(optimiser.step(gradients.next(parameters, random), weight(step)));
    }
  }

  static double weight(int step) {
    return 0.5 + step % 3;
  }

  /** The same steps by the optimizer itself. */
  double[][] trainDirectly(
      Optimizer optimizer, int steps, Gradients gradients, boolean lazyRows, Adding adding) {
    double[][] p = arrays();
    build(optimizer);
    Random random = new Random(2);
    for (int step = 0; step < steps; step++) {
      double weight = weight(step);
      Gradient[] downhill =
          Arrays.stream(gradients.next(parameters, random))
              .map(uphill -> downhill(uphill, weight, lazyRows))
              .toArray(Gradient[]::new);
      adding.step(optimizer, downhill, p);
    }
    return p;
  }

  private static Gradient downhill(Tensor uphill, double weight, boolean lazyRows) {
    double[] g = Arrays.stream(array(uphill)).map(x -> -(weight * x)).toArray();
    if (!lazyRows || !(uphill instanceof DenseSparseMatrix)) {
      return Gradient.dense(g);
    }
    DenseSparseMatrix matrix = (DenseSparseMatrix) uphill;
    int outputs = matrix.getDimension1Size();
    int[] features =
        IntStream.range(0, outputs)
            .flatMap(output -> indices(matrix.getRow(output)))
            .distinct()
            .toArray();
    double[] rows =
        IntStream.of(features)
            .flatMap(feature -> IntStream.range(feature * outputs, (feature + 1) * outputs))
            .mapToDouble(i -> g[i])
            .toArray();
    return Gradient.lazyRows(features, rows);
  }

  private static IntStream indices(SparseVector row) {
    IntStream.Builder indices = IntStream.builder();
    for (VectorTuple element : row) {
      indices.add(element.index);
    }
    return indices.build();
  }

  /** How the parameters change in a step. */
  interface Adding {
    void step(Optimizer optimizer, Gradient[] gradients, double[][] parameters);
  }

  /** New parameters as old ones and a difference. */
  static void addDifference(Optimizer optimizer, Gradient[] gradients, double[][] parameters) {
    double[][] after = Arrays.stream(parameters).map(double[]::clone).toArray(double[][]::new);
    optimizer.applyGradients(gradients, after);
    for (int i = 0; i < parameters.length; i++) {
      for (int j = 0; j < parameters[i].length; j++) {
        parameters[i][j] = parameters[i][j] + (after[i][j] - parameters[i][j]);
      }
    }
  }

  void build(Optimizer optimizer) {
    if (optimizer instanceof BaseOptimizer) {
      Tensor[] tensors = parameters.get();
      ((BaseOptimizer) optimizer)
          .build(
              IntStream.range(0, tensors.length)
                  .mapToObj(i -> spec("parameters/" + i, tensors[i].getShape()))
                  .toArray(TensorSpec[]::new));
    }
  }

  private static TensorSpec spec(String name, int... shape) {
    return shape.length == 1
        ? TensorSpec.of(name, shape[0])
        : TensorSpec.of(name, shape[1], shape[0]);
  }

  double[][] arrays() {
    return arrays(parameters.get());
  }

  /** Features first. */
  static double[][] arrays(Tensor... tensors) {
    return Arrays.stream(tensors).map(Machine::array).toArray(double[][]::new);
  }

  private static double[] array(Tensor tensor) {
    if (tensor instanceof DenseVector) {
      return ((DenseVector) tensor).toArray();
    }
    double[][] rows =
        (tensor instanceof DenseSparseMatrix
                ? new DenseMatrix((DenseSparseMatrix) tensor)
                : (DenseMatrix) tensor)
            .toArray();
    return IntStream.range(0, rows.length * rows[0].length)
        .mapToDouble(i -> rows[i % rows.length][i / rows.length])
        .toArray();
  }

  /** What a model's gradients look like. */
  enum Gradients {
    DENSE {
      @Override
      Tensor matrix(int[] shape, Random random) {
        double[][] rows = new double[shape[0]][];
        Arrays.setAll(rows, i -> random.doubles(shape[1], -1., 1.).toArray());
        return DenseMatrix.createDenseMatrix(rows);
      }
    },
    /** Two features, or one, and in every other row of outputs. */
    SPARSE {
      @Override
      Tensor matrix(int[] shape, Random random) {
        int[] features = random.ints(0, shape[1]).distinct().limit(2).sorted().toArray();
        SparseVector[] rows = new SparseVector[shape[0]];
        for (int i = 0; i < rows.length; i++) {
          int[] touched = Arrays.copyOf(features, random.nextInt(3));
          double[] values = random.doubles(touched.length, -1., 1.).toArray();
          rows[i] = SparseVector.createSparseVector(shape[1], touched, values);
        }
        return DenseSparseMatrix.createFromSparseVectors(rows);
      }
    };

    abstract Tensor matrix(int[] shape, Random random);

    Tensor[] next(Parameters parameters, Random random) {
      return Arrays.stream(parameters.get())
          .map(Tensor::getShape)
          .map(
              shape ->
                  shape.length == 2
                      ? matrix(shape, random)
                      : DenseVector.createDenseVector(random.doubles(shape[0], -1., 1.).toArray()))
          .toArray(Tensor[]::new);
    }
  }
}
