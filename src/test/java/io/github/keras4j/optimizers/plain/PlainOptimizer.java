package io.github.keras4j.optimizers.plain;

import io.github.keras4j.optimizers.support.Bits;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;

/**
 * The formulas once more, as plainly as they can be written: one array, one loop, one thread, and
 * not a line shared with the library. What the library makes fast is compared to this bit for bit.
 *
 * <p>The norm is summed from left to right, so a comparison with {@code clipnorm} needs gradients
 * whose squares add without rounding.
 */
public final class PlainOptimizer implements Plain {
  /** One formula: updates the parameters from clipped gradients and the decayed learning rate. */
  private interface Rule {
    void apply(double lr, long t, double[] p, double[] g);
  }

  private final double lr;
  private final double decay;
  private final double clipnorm;
  private final double clipvalue;
  private final Rule rule;
  private final double[] clipped;
  private long iterations;

  private PlainOptimizer(Map<String, Object> config, Rule rule, int size) {
    lr = number(config, "lr");
    decay = number(config, "decay");
    clipnorm = number(config, "clipnorm");
    clipvalue = number(config, "clipvalue");
    clipped = new double[size];
    this.rule = rule;
  }

  /** All tensors as one. */
  @Override
  public void step(double[][] gradients, double[][] parameters) {
    double[] p = Bits.flat(parameters);
    step(Bits.flat(gradients), p);
    int at = 0;
    for (double[] tensor : parameters) {
      System.arraycopy(p, at, tensor, 0, tensor.length);
      at += tensor.length;
    }
  }

  private void step(double[] gradients, double[] parameters) {
    double sum = 0.;
    for (double g : gradients) {
      sum += g * g;
    }
    double norm = Math.sqrt(sum);
    for (int i = 0; i < clipped.length; i++) {
      double g = gradients[i];
      if (clipnorm > 0. && norm >= clipnorm) {
        g = clipnorm / norm * g;
      }
      if (clipvalue > 0.) {
        g = Math.min(Math.max(g, -clipvalue), clipvalue);
      }
      clipped[i] = g;
    }
    double decayed = lr;
    if (decay > 0.) {
      decayed = lr * (1. / (1. + decay * iterations));
    }
    iterations++;
    rule.apply(decayed, iterations, parameters, clipped);
  }

  public static Plain sgd(Task task) {
    Map<String, Object> config = task.config();
    int size = Bits.flat(task.parameters()).length;
    double momentum = number(config, "momentum");
    boolean nesterov = config.get("nesterov").equals(true);
    double[] m = new double[size];
    Rule rule =
        (lr, t, p, g) -> {
          for (int i = 0; i < p.length; i++) {
            double v = momentum * m[i] - lr * g[i];
            m[i] = v;
            if (nesterov) {
              p[i] = p[i] + momentum * v - lr * g[i];
            } else {
              p[i] = p[i] + v;
            }
          }
        };
    return new PlainOptimizer(config, rule, size);
  }

  public static Plain rmsprop(Task task) {
    Map<String, Object> config = task.config();
    int size = Bits.flat(task.parameters()).length;
    double rho = number(config, "rho");
    double epsilon = number(config, "epsilon");
    double[] a = new double[size];
    Rule rule =
        (lr, t, p, g) -> {
          for (int i = 0; i < p.length; i++) {
            a[i] = rho * a[i] + (1. - rho) * (g[i] * g[i]);
            p[i] = p[i] - lr * g[i] / (Math.sqrt(a[i]) + epsilon);
          }
        };
    return new PlainOptimizer(config, rule, size);
  }

  public static Plain adagrad(Task task) {
    Map<String, Object> config = task.config();
    int size = Bits.flat(task.parameters()).length;
    double epsilon = number(config, "epsilon");
    double[] a = new double[size];
    Rule rule =
        (lr, t, p, g) -> {
          for (int i = 0; i < p.length; i++) {
            a[i] = a[i] + g[i] * g[i];
            p[i] = p[i] - lr * g[i] / (Math.sqrt(a[i]) + epsilon);
          }
        };
    return new PlainOptimizer(config, rule, size);
  }

  public static Plain adadelta(Task task) {
    Map<String, Object> config = task.config();
    int size = Bits.flat(task.parameters()).length;
    double rho = number(config, "rho");
    double epsilon = number(config, "epsilon");
    double[] a = new double[size];
    double[] d = new double[size];
    Rule rule =
        (lr, t, p, g) -> {
          for (int i = 0; i < p.length; i++) {
            a[i] = rho * a[i] + (1. - rho) * (g[i] * g[i]);
            double u = g[i] * Math.sqrt(d[i] + epsilon) / Math.sqrt(a[i] + epsilon);
            p[i] = p[i] - lr * u;
            d[i] = rho * d[i] + (1. - rho) * (u * u);
          }
        };
    return new PlainOptimizer(config, rule, size);
  }

  public static Plain adam(Task task) {
    Map<String, Object> config = task.config();
    int size = Bits.flat(task.parameters()).length;
    double beta1 = number(config, "beta_1");
    double beta2 = number(config, "beta_2");
    double epsilon = number(config, "epsilon");
    boolean amsgrad = config.get("amsgrad").equals(true);
    double[] m = new double[size];
    double[] v = new double[size];
    double[] vhat = new double[size];
    Power beta1Power = new Power(beta1);
    Power beta2Power = new Power(beta2);
    Rule rule =
        (lr, t, p, g) -> {
          double corrected = lr * (Math.sqrt(1. - beta2Power.next()) / (1. - beta1Power.next()));
          for (int i = 0; i < p.length; i++) {
            m[i] = beta1 * m[i] + (1. - beta1) * g[i];
            v[i] = beta2 * v[i] + (1. - beta2) * (g[i] * g[i]);
            vhat[i] = Math.max(vhat[i], v[i]);
            p[i] = p[i] - corrected * m[i] / (Math.sqrt(amsgrad ? vhat[i] : v[i]) + epsilon);
          }
        };
    return new PlainOptimizer(config, rule, size);
  }

  public static Plain adamax(Task task) {
    Map<String, Object> config = task.config();
    int size = Bits.flat(task.parameters()).length;
    double beta1 = number(config, "beta_1");
    double beta2 = number(config, "beta_2");
    double epsilon = number(config, "epsilon");
    double[] m = new double[size];
    double[] u = new double[size];
    Power beta1Power = new Power(beta1);
    Rule rule =
        (lr, t, p, g) -> {
          double corrected = lr / (1. - beta1Power.next());
          for (int i = 0; i < p.length; i++) {
            m[i] = beta1 * m[i] + (1. - beta1) * g[i];
            u[i] = Math.max(beta2 * u[i], Math.abs(g[i]));
            p[i] = p[i] - corrected * m[i] / (u[i] + epsilon);
          }
        };
    return new PlainOptimizer(config, rule, size);
  }

  public static Plain nadam(Task task) {
    Map<String, Object> config = task.config();
    int size = Bits.flat(task.parameters()).length;
    double beta1 = number(config, "beta_1");
    double beta2 = number(config, "beta_2");
    double epsilon = number(config, "epsilon");
    double scheduleDecay = number(config, "schedule_decay");
    double[] m = new double[size];
    double[] v = new double[size];
    double[] schedule = {1.};
    Power beta2Power = new Power(beta2);
    Rule rule =
        (lr, t, p, g) -> {
          double power = beta2Power.next();
          double c0 = beta1 * (1. - 0.5 * Math.pow(0.96, t * scheduleDecay));
          double c1 = beta1 * (1. - 0.5 * Math.pow(0.96, (t + 1) * scheduleDecay));
          double s0 = schedule[0] * c0;
          double s1 = schedule[0] * c0 * c1;
          schedule[0] = s0;
          for (int i = 0; i < p.length; i++) {
            m[i] = beta1 * m[i] + (1. - beta1) * g[i];
            v[i] = beta2 * v[i] + (1. - beta2) * (g[i] * g[i]);
            double gPrime = g[i] / (1. - s0);
            double mPrime = m[i] / (1. - s1);
            double vPrime = v[i] / (1. - power);
            double mbar = (1. - c0) * gPrime + c1 * mPrime;
            p[i] = p[i] - lr * mbar / (Math.sqrt(vPrime) + epsilon);
          }
        };
    return new PlainOptimizer(config, rule, size);
  }

  /** The first power of a number, the second and so on, each rounded from 34 digits. */
  private static final class Power {
    private final BigDecimal base;
    private BigDecimal power = BigDecimal.ONE;

    Power(double base) {
      this.base = new BigDecimal(base);
    }

    double next() {
      power = power.multiply(base, MathContext.DECIMAL128);
      return power.doubleValue();
    }
  }

  private static double number(Map<String, Object> config, String name) {
    return (Double) config.getOrDefault(name, 0.);
  }
}
