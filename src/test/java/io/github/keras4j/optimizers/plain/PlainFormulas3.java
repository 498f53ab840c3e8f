package io.github.keras4j.optimizers.plain;

import io.github.keras4j.optimizers.plain.PlainOptimizer3.Tensor;
import java.math.BigDecimal;
import java.math.MathContext;

/**
 * The formula of each of Keras 3's optimizers, once more and plainly; one method for each. Those
 * that need whole tensors are in {@link PlainTensorFormulas3}.
 */
public final class PlainFormulas3 {
  /** Begins the update {@code t}, counted from 1. */
  public interface Formula {
    Update begin(double lr, long t);
  }

  /** Updates one tensor. */
  public interface Update {
    void apply(Tensor x, double[] p, double[] g);
  }

  private PlainFormulas3() {}

  public static Formula sgd(PlainOptimizer3 o) {
    double momentum = o.number("momentum");
    boolean nesterov = o.flag("nesterov");
    if (momentum == 0.) {
      return (lr, t) ->
          (x, p, g) -> {
            for (int i = 0; i < p.length; i++) {
              p[i] = p[i] - g[i] * lr;
            }
          };
    }
    o.slots("momentum");
    return (lr, t) ->
        (x, p, g) -> {
          double[] m = x.slot("momentum");
          for (int i = 0; i < p.length; i++) {
            m[i] = m[i] * momentum - g[i] * lr;
            p[i] = p[i] + (nesterov ? m[i] * momentum - g[i] * lr : m[i]);
          }
        };
  }

  public static Formula rmsprop(PlainOptimizer3 o) {
    double rho = o.number("rho");
    double momentum = o.number("momentum");
    double epsilon = o.number("epsilon");
    boolean centered = o.flag("centered");
    o.slots("velocity");
    if (momentum > 0.) {
      o.slots("momentum");
    }
    if (centered) {
      o.slots("average_gradient");
    }
    return (lr, t) ->
        (x, p, g) -> {
          double[] v = x.slot("velocity");
          double[] m = x.slot("momentum");
          double[] a = x.slot("average_gradient");
          for (int i = 0; i < p.length; i++) {
            v[i] = rho * v[i] + (1. - rho) * (g[i] * g[i]);
            double d = v[i] + epsilon;
            if (centered) {
              a[i] = rho * a[i] + (1. - rho) * g[i];
              d = (v[i] - a[i] * a[i]) + epsilon;
            }
            double u = (lr * g[i]) / Math.sqrt(d);
            if (momentum > 0.) {
              m[i] = momentum * m[i] + u;
              u = m[i];
            }
            p[i] = p[i] - u;
          }
        };
  }

  public static Formula adagrad(PlainOptimizer3 o) {
    double initial = o.number("initial_accumulator_value");
    double epsilon = o.number("epsilon");
    for (Tensor x : o.tensors) {
      x.slots.put("accumulator", o.add(x, "accumulator", initial));
    }
    return (lr, t) ->
        (x, p, g) -> {
          double[] a = x.slot("accumulator");
          for (int i = 0; i < p.length; i++) {
            a[i] = a[i] + g[i] * g[i];
            p[i] = p[i] - (lr * g[i]) / Math.sqrt(a[i] + epsilon);
          }
        };
  }

  public static Formula adadelta(PlainOptimizer3 o) {
    double rho = o.number("rho");
    double epsilon = o.number("epsilon");
    o.slots("accumulated_grad", "accumulated_delta_var");
    return (lr, t) ->
        (x, p, g) -> {
          double[] a = x.slot("accumulated_grad");
          double[] d = x.slot("accumulated_delta_var");
          for (int i = 0; i < p.length; i++) {
            a[i] = rho * a[i] + (1. - rho) * (g[i] * g[i]);
            double u = -((Math.sqrt(d[i] + epsilon) * g[i]) / Math.sqrt(a[i] + epsilon));
            d[i] = rho * d[i] + (1. - rho) * (u * u);
            p[i] = p[i] + lr * u;
          }
        };
  }

  public static Formula adam(PlainOptimizer3 o) {
    boolean amsgrad = o.flag("amsgrad");
    o.slots("momentum", "velocity");
    if (amsgrad) {
      o.slots("velocity_hat");
    }
    double beta1 = o.number("beta_1");
    double beta2 = o.number("beta_2");
    return adam(beta1, beta2, o.number("epsilon"), amsgrad);
  }

  static Formula adam(double beta1, double beta2, double epsilon, boolean amsgrad) {
    return (lr, t) -> {
      double alpha = (lr * Math.sqrt(1. - power(beta2, t))) / (1. - power(beta1, t));
      return (x, p, g) -> {
        double[] m = x.slot("momentum");
        double[] v = x.slot("velocity");
        double[] h = x.slot("velocity_hat");
        for (int i = 0; i < p.length; i++) {
          m[i] = m[i] + (g[i] - m[i]) * (1. - beta1);
          v[i] = v[i] + (g[i] * g[i] - v[i]) * (1. - beta2);
          double root = Math.sqrt(v[i]);
          if (amsgrad) {
            h[i] = Math.max(h[i], v[i]);
            root = Math.sqrt(h[i]);
          }
          p[i] = p[i] - (m[i] * alpha) / (root + epsilon);
        }
      };
    };
  }

  public static Formula adamax(PlainOptimizer3 o) {
    double beta1 = o.number("beta_1");
    double beta2 = o.number("beta_2");
    double epsilon = o.number("epsilon");
    o.slots("momentum", "norm");
    return (lr, t) -> {
      double power = power(beta1, t);
      return (x, p, g) -> {
        double[] m = x.slot("momentum");
        double[] u = x.slot("norm");
        for (int i = 0; i < p.length; i++) {
          m[i] = m[i] + (g[i] - m[i]) * (1. - beta1);
          u[i] = Math.max(beta2 * u[i], Math.abs(g[i]));
          p[i] = p[i] - (lr * m[i]) / ((1. - power) * (u[i] + epsilon));
        }
      };
    };
  }

  public static Formula nadam(PlainOptimizer3 o) {
    double beta1 = o.number("beta_1");
    double beta2 = o.number("beta_2");
    double epsilon = o.number("epsilon");
    o.slots("momentum", "velocity");
    double[] w = o.add("variable", "variable", new int[0], new double[] {1.});
    return (lr, t) -> {
      w[0] = (w[0] * beta1) * (1. - 0.5 * power(0.96, t));
      double c0 = beta1 * (1. - 0.5 * power(0.96, t));
      double c1 = beta1 * (1. - 0.5 * power(0.96, t + 1));
      double w1 = w[0] * c1;
      double power = power(beta2, t);
      return (x, p, g) -> {
        double[] m = x.slot("momentum");
        double[] v = x.slot("velocity");
        for (int i = 0; i < p.length; i++) {
          m[i] = m[i] + (g[i] - m[i]) * (1. - beta1);
          v[i] = v[i] + (g[i] * g[i] - v[i]) * (1. - beta2);
          double n = (c1 * m[i]) / (1. - w1) + ((1. - c0) * g[i]) / (1. - w[0]);
          double s = v[i] / (1. - power);
          p[i] = p[i] - (n * lr) / (Math.sqrt(s) + epsilon);
        }
      };
    };
  }

  public static Formula ftrl(PlainOptimizer3 o) {
    double power = -o.number("learning_rate_power");
    double initial = o.number("initial_accumulator_value");
    double l1 = o.number("l1_regularization_strength");
    double l2 = o.number("l2_regularization_strength");
    double shrinkage = o.number("l2_shrinkage_regularization_strength");
    double beta = o.number("beta");
    for (Tensor x : o.tensors) {
      x.slots.put("accumulator", o.add(x, "accumulator", initial));
      x.slots.put("linear", o.add(x, "linear", 0.));
    }
    return (lr, t) -> {
      double l = l2 + beta / (2. * lr);
      return (x, p, g) -> {
        double[] a = x.slot("accumulator");
        double[] z = x.slot("linear");
        for (int i = 0; i < p.length; i++) {
          double k = g[i] + (2. * shrinkage) * p[i];
          double b = a[i] + g[i] * g[i];
          z[i] = z[i] + (k - ((pow(b, power) - pow(a[i], power)) / lr) * p[i]);
          double q = pow(b, power) / lr + 2. * l;
          p[i] = (Math.min(Math.max(z[i], -l1), l1) - z[i]) / q;
          a[i] = b;
        }
      };
    };
  }

  public static Formula lion(PlainOptimizer3 o) {
    double beta1 = o.number("beta_1");
    double beta2 = o.number("beta_2");
    o.slots("momentum");
    return (lr, t) ->
        (x, p, g) -> {
          double[] m = x.slot("momentum");
          for (int i = 0; i < p.length; i++) {
            p[i] = p[i] - lr * sign(m[i] * beta1 + g[i] * (1. - beta1));
            m[i] = m[i] * beta2 + g[i] * (1. - beta2);
          }
        };
  }

  public static Formula scheduleFreeAdamW(PlainOptimizer3 o) {
    double beta1 = o.number("beta_1");
    double beta2 = o.number("beta_2");
    double epsilon = o.number("epsilon");
    double warmupSteps = o.number("warmup_steps");
    o.slots("momentum", "velocity");
    for (Tensor x : o.tensors) {
      System.arraycopy(x.initial, 0, x.slot("momentum"), 0, x.initial.length);
    }
    return (learningRate, t) -> {
      double lr = warmupSteps > 0. ? learningRate * Math.min(t / warmupSteps, 1.) : learningRate;
      double power = power(beta2, t);
      double k = 1. / t;
      return (tensor, p, g) -> {
        double[] z = tensor.slot("momentum");
        double[] v = tensor.slot("velocity");
        for (int i = 0; i < p.length; i++) {
          v[i] = v[i] + (g[i] * g[i] - v[i]) * (1. - beta2);
          double d = Math.sqrt(v[i] / (1. - power)) + epsilon;
          double newZ = z[i] - (lr * g[i]) / d;
          double x = (p[i] - (1. - beta1) * z[i]) / beta1;
          double newX = (1. - k) * x + k * newZ;
          p[i] = (1. - beta1) * newZ + beta1 * newX;
          z[i] = newZ;
        }
      };
    };
  }

  /** A whole power, rounded from 34 digits. */
  static double power(double base, long exponent) {
    return new BigDecimal(base)
        .pow(Math.toIntExact(exponent), MathContext.DECIMAL128)
        .doubleValue();
  }

  static double pow(double base, double exponent) {
    if (exponent == 2.) {
      return base * base;
    } else if (exponent == 0.5) {
      return Math.sqrt(base);
    } else if (exponent == -1.) {
      return 1. / base;
    }
    return Math.pow(base, exponent);
  }

  /** Without a negative zero. */
  private static double sign(double x) {
    return x == 0. ? 0. : Math.signum(x);
  }
}
