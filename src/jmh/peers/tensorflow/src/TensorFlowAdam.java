import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Constant;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat64;

/**
 * TensorFlow-Java: a graph of the operations that the framework's Adam puts there, and one {@code
 * Session} run a step. Parameters and gradients are variables of the graph, so nothing is copied in
 * or out.
 *
 * <p>Without the framework's own class, because that makes every update wait for every variable: a
 * million edges for a thousand tensors, with which not even the initialization came to an end.
 */
public final class TensorFlowAdam implements Harness.Peer {
  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Session session = new Session(graph);
  private final List<Variable<TFloat64>> weights = new ArrayList<>();
  private final Op step;

  private TensorFlowAdam(double[][] parameters, double[][] gradients) {
    Constant<TFloat64> beta1 = tf.constant(0.9);
    Constant<TFloat64> beta2 = tf.constant(0.999);
    Variable<TFloat64> power1 = tf.variable(Shape.scalar(), TFloat64.class);
    Variable<TFloat64> power2 = tf.variable(Shape.scalar(), TFloat64.class);
    weights.addAll(variables(parameters));
    List<Variable<TFloat64>> g = variables(gradients);
    List<Variable<TFloat64>> m = variables(gradients);
    List<Variable<TFloat64>> v = variables(gradients);
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < parameters.length; i++) {
      updates.add(
          tf.train.applyAdam(
              weights.get(i),
              m.get(i),
              v.get(i),
              power1,
              power2,
              tf.constant(0.001),
              beta1,
              beta2,
              tf.constant(1e-7),
              g.get(i)));
    }
    Ops afterwards = tf.withControlDependencies(updates);
    step =
        tf.withControlDependencies(
                List.of(
                    afterwards.assign(power1, afterwards.math.mul(power1, beta1)),
                    afterwards.assign(power2, afterwards.math.mul(power2, beta2))))
            .noOp();
    double[][] zeros = new double[gradients.length][gradients[0].length];
    session.runner().addTarget(tf.assign(power1, beta1)).addTarget(tf.assign(power2, beta2)).run();
    fill(weights, parameters);
    fill(g, gradients);
    fill(m, zeros);
    fill(v, zeros);
  }

  public static void main(String[] args) throws IOException {
    Harness.measure("tensorflow", TensorFlowAdam::new);
  }

  /** A variable for each array, of the same length. */
  private List<Variable<TFloat64>> variables(double[][] values) {
    List<Variable<TFloat64>> variables = new ArrayList<>();
    for (double[] value : values) {
      variables.add(tf.variable(Shape.of(value.length), TFloat64.class));
    }
    return variables;
  }

  /** Puts values into variables, all in one run. */
  private void fill(List<Variable<TFloat64>> variables, double[][] values) {
    List<TFloat64> tensors = new ArrayList<>();
    Session.Runner runner = session.runner();
    for (int i = 0; i < values.length; i++) {
      Shape shape = Shape.of(values[i].length);
      tensors.add(TFloat64.tensorOf(NdArrays.wrap(shape, DataBuffers.of(values[i], true, false))));
      Placeholder<TFloat64> value = tf.placeholder(TFloat64.class, Placeholder.shape(shape));
      runner.feed(value, tensors.get(i)).addTarget(tf.assign(variables.get(i), value));
    }
    runner.run();
    tensors.forEach(TFloat64::close);
  }

  @Override
  public void step() {
    session.runner().addTarget(step).run();
  }

  @Override
  public double[][] parameters() {
    Session.Runner runner = session.runner();
    weights.forEach(runner::fetch);
    double[][] parameters = new double[weights.size()][];
    try (Result result = runner.run()) {
      for (int i = 0; i < parameters.length; i++) {
        TFloat64 tensor = (TFloat64) result.get(i);
        parameters[i] = new double[(int) tensor.size()];
        tensor.asRawTensor().data().asDoubles().read(parameters[i]);
      }
    }
    return parameters;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
