package consumer;

import io.github.keras4j.hdf5.KerasFile;
import io.github.keras4j.optimizers.LossFunction;
import io.github.keras4j.optimizers.Optimizer;
import java.io.IOException;
import java.nio.file.Path;

class Line {
  public static void main(String[] args) throws IOException {
    double[] x = {0., 1., 2., 3.};
    double[] y = {1., 3., 5., 7.};

    KerasFile file = KerasFile.read(Path.of(args[0]));
    double[][] parameters = file.parameters();
    Optimizer sgd = file.optimizer().orElseThrow();

    LossFunction mse =
        (p, g) -> {
          double loss = 0.;
          for (int i = 0; i < x.length; i++) {
            double error = p[0][0] * x[i] + p[1][0] - y[i];
            loss += error * error / x.length;
            g[0][0] += 2. * error * x[i] / x.length;
            g[1][0] += 2. * error / x.length;
          }
          return loss;
        };
    for (int epoch = 0; epoch < 100; epoch++) {
      sgd.minimize(mse, parameters);
    }
    System.out.printf("%.4f %.4f%n", parameters[0][0], parameters[1][0]); // 1.9983 0.9988

    file.write(Path.of(args[1]), sgd, parameters);
  }
}
