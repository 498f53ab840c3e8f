package io.github.keras4j.optimizers.plain;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.schedules.PlainSchedules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What all of Keras 3's optimizers do, once more, as plainly as it can be written: one thread, one
 * loop for each line of the description, and not a line shared with the library. The formulas are
 * in {@link PlainFormulas3}.
 */
public final class PlainOptimizer3 implements Plain {
  /** One of Keras's {@code variables}; the values are the optimizer's own. */
  public record Entry(String name, String path, int[] shape, double[] values) {}

  /** A tensor and what is kept for it. */
  public static final class Tensor {
    public final String path;
    public final int[] shape;
    public final double[] initial;
    public final Map<String, double[]> slots = new HashMap<>();
    public Double weightDecay;
    private double[] average;
    private double[] accumulator;

    private Tensor(String path, int[] shape, double[] initial) {
      this.path = path;
      this.shape = shape;
      this.initial = initial;
    }

    /** The last part of the path. */
    public String name() {
      return path.substring(path.lastIndexOf('/') + 1);
    }

    public double[] slot(String name) {
      return slots.get(name);
    }
  }

  public final Sum sum;
  public final List<Tensor> tensors = new ArrayList<>();
  private final String name;
  private final Map<String, ?> config;
  private final List<Entry> variables = new ArrayList<>();
  private final PlainFormulas3.Formula formula;
  private final Map<?, ?> schedule;
  private final double[] learningRate = new double[1];
  private final double[] calls = new double[1];

  /** An optimizer, built. */
  public PlainOptimizer3(Function<PlainOptimizer3, PlainFormulas3.Formula> formula, Task task) {
    this.config = task.config();
    sum = task.sum();
    name = (String) config.get("name");
    schedule = config.get("learning_rate") instanceof Map<?, ?> map ? map : null;
    variables.add(new Entry("iteration", name + "/iteration", new int[0], calls));
    if (schedule == null) {
      learningRate[0] = number("learning_rate");
      variables.add(new Entry("learning_rate", name + "/learning_rate", new int[0], learningRate));
    }
    for (int k = 0; k < task.specs().length; k++) {
      TensorSpec spec = task.specs()[k];
      Tensor x = new Tensor(spec.name(), spec.shape(), task.parameters()[k].clone());
      x.weightDecay = numberOrNull("weight_decay");
      tensors.add(x);
    }
    if (flag("use_ema")) {
      for (Tensor x : tensors) {
        x.average = add(x, "average", 0.);
      }
    }
    if (accumulationSteps() > 1) {
      for (Tensor x : tensors) {
        x.accumulator = add(x, "gradient_accumulator", 0.);
      }
    }
    this.formula = formula.apply(this);
    if (task.excluded() != null) {
      exclude(
          task.excluded().getOrDefault("var_names", List.of()),
          task.excluded().getOrDefault("var_list", List.of()));
    }
  }

  private void exclude(List<Object> patterns, List<Object> numbers) {
    for (Tensor x : tensors) {
      if (patterns.stream().anyMatch(pattern -> found(pattern, x.name()))) {
        x.weightDecay = null;
      }
    }
    for (Object number : numbers) {
      tensors.get((Integer) number).weightDecay = null;
    }
  }

  public static boolean found(Object pattern, String text) {
    return Pattern.compile((String) pattern).matcher(text).find();
  }

  // ---- One step -------------------------------------------------------------------------------

  /** One call of Keras's {@code apply}; a missing gradient is null. */
  @Override
  public void step(double[][] gradients, double[][] parameters) {
    if (Stream.of(gradients).allMatch(gradient -> gradient == null)) {
      throw new IllegalArgumentException("no gradient");
    }
    double lr = learningRate();
    double[][] g = new double[gradients.length][];
    for (int k = 0; k < g.length; k++) {
      g[k] = gradients[k] == null ? null : gradients[k].clone();
    }
    Double factor = numberOrNull("loss_scale_factor");
    if (factor != null) {
      change(g, element -> element / factor);
    }
    int n = accumulationSteps();
    boolean updates = (calls[0] + 1) % n == 0;
    if (n > 1) {
      accumulate(g, n, updates);
    }
    if (updates) {
      update(lr, g, parameters);
    }
    if (flag("use_ema")) {
      average(parameters);
    }
    calls[0]++;
  }

  private void accumulate(double[][] g, int n, boolean updates) {
    for (int k = 0; k < g.length; k++) {
      double[] sum = tensors.get(k).accumulator;
      for (int i = 0; g[k] != null && i < sum.length; i++) {
        if (updates) {
          g[k][i] = (g[k][i] + sum[i]) / n;
        } else {
          sum[i] = g[k][i] + sum[i];
        }
      }
      if (updates) {
        Arrays.fill(sum, 0.);
      }
    }
  }

  private void update(double lr, double[][] g, double[][] p) {
    clip(g);
    for (int k = 0; k < g.length; k++) {
      Double weightDecay = tensors.get(k).weightDecay;
      for (int i = 0; g[k] != null && weightDecay != null && i < g[k].length; i++) {
        p[k][i] = p[k][i] - (p[k][i] * weightDecay) * lr;
      }
    }
    PlainFormulas3.Update update = formula.begin(lr, iterations() + 1);
    for (int k = 0; k < g.length; k++) {
      if (g[k] != null) {
        update.apply(tensors.get(k), p[k], g[k]);
      }
    }
  }

  private void clip(double[][] g) {
    double clipnorm = number("clipnorm");
    double globalClipnorm = number("global_clipnorm");
    double clipvalue = number("clipvalue");
    if (clipnorm > 0.) {
      for (double[] tensor : g) {
        if (tensor != null) {
          double s = sum.ofSquares(tensor);
          double y = s > 0. ? Math.sqrt(s) : s;
          for (int i = 0; i < tensor.length; i++) {
            tensor[i] = (tensor[i] * clipnorm) / Math.max(y, clipnorm);
          }
        }
      }
    } else if (globalClipnorm > 0.) {
      double[] sums =
          Stream.of(g).filter(x -> x != null).mapToDouble(x -> sum.ofSquares(x)).toArray();
      double y = Math.sqrt(sum.of(sums));
      double scale = globalClipnorm * Math.min(1. / y, 1. / globalClipnorm) + (y - y);
      change(g, element -> element * scale);
    } else if (clipvalue > 0.) {
      change(g, element -> Math.min(Math.max(element, -clipvalue), clipvalue));
    }
  }

  private void average(double[][] p) {
    double e = (iterations() != 0 ? 1. : 0.) * number("ema_momentum");
    double frequency = number("ema_overwrite_frequency");
    for (int k = 0; k < p.length; k++) {
      double[] average = tensors.get(k).average;
      for (int i = 0; i < average.length; i++) {
        average[i] = e * average[i] + (1. - e) * p[k][i];
        if (frequency != 0. && (iterations() + 1) % frequency == 0.) {
          p[k][i] = average[i];
        }
      }
    }
  }

  private static void change(double[][] g, DoubleUnaryOperator change) {
    for (double[] tensor : g) {
      for (int i = 0; tensor != null && i < tensor.length; i++) {
        tensor[i] = change.applyAsDouble(tensor[i]);
      }
    }
  }

  public void finalizeVariableValues(double[][] p) {
    for (int k = 0; flag("use_ema") && k < p.length; k++) {
      System.arraycopy(tensors.get(k).average, 0, p[k], 0, p[k].length);
    }
  }

  // ---- Where it stands ------------------------------------------------------------------------

  /** Whole updates. */
  public long iterations() {
    return (long) calls[0] / accumulationSteps();
  }

  /** Of the next step. */
  public double learningRate() {
    if (schedule == null) {
      return learningRate[0];
    }
    @SuppressWarnings("unchecked")
    Map<String, ?> config = (Map<String, ?>) schedule.get("config");
    return PlainSchedules.at((String) schedule.get("class_name"), config, (long) calls[0]);
  }

  public void setLearningRate(double value) {
    learningRate[0] = value;
  }

  /** Keras's {@code variables}, in order. */
  public List<Entry> variables() {
    return variables;
  }

  /** The values of them all. */
  public double[][] values() {
    return variables.stream().map(Entry::values).toArray(double[][]::new);
  }

  // ---- What formulas ask for ------------------------------------------------------------------

  /** Makes one array of zeros for each tensor and name: all of one tensor, then of the next. */
  public void slots(String... names) {
    for (Tensor x : tensors) {
      for (String slot : names) {
        x.slots.put(slot, add(x, slot, 0.));
      }
    }
  }

  /** Makes an array like the tensor, under Keras's name for it. */
  public double[] add(Tensor x, String slot, double initial) {
    double[] values = new double[x.initial.length];
    Arrays.fill(values, initial);
    String name = x.path.replace('/', '_') + "_" + slot;
    return add(name, this.name + "/" + name, x.shape, values);
  }

  public double[] add(String name, String path, int[] shape, double[] values) {
    variables.add(new Entry(name, path, shape, values));
    return values;
  }

  public String name() {
    return name;
  }

  private int accumulationSteps() {
    return Math.max(1, (int) number("gradient_accumulation_steps"));
  }

  /** Of the configuration; null, where only base features have it, means 0. */
  public double number(String name) {
    Double number = numberOrNull(name);
    return number == null ? 0. : number;
  }

  public Double numberOrNull(String name) {
    return config.get(name) instanceof Number number ? (Double) number.doubleValue() : null;
  }

  public boolean flag(String name) {
    return (Boolean) config.get(name);
  }

  public List<?> list(String name) {
    return (List<?>) config.get(name);
  }
}
