package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.constraints.MaxNorm;
import io.github.keras4j.optimizers.constraints.MinMaxNorm;
import io.github.keras4j.optimizers.constraints.NonNeg;
import io.github.keras4j.optimizers.constraints.UnitNorm;
import io.github.keras4j.optimizers.custom.SlotFree;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.Hyperparameter;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * Calls that must be rejected, each with the exact message. Steps that every optimizer must reject
 * are in {@link io.github.keras4j.optimizers.contract.RejectionContractTest}.
 */
final class BadInputTable {
  /** A call and what it throws. */
  record BadInput(Class<? extends RuntimeException> type, String message, ThrowingCallable call) {
    @Override
    public String toString() {
      return message;
    }
  }

  private BadInputTable() {}

  static Stream<BadInput> rows() {
    return Stream.of(
            hyperparameters(),
            names(),
            configurations(),
            weights(),
            states(),
            others(),
            meanLosses(),
            toldTensors(),
            gradients(),
            ofKeras3(),
            constraints())
        .flatMap(rows -> rows);
  }

  private static BadInput row(String message, ThrowingCallable call) {
    return new BadInput(IllegalArgumentException.class, message, call);
  }

  /** What the arguments would allow, at another time. */
  private static BadInput untimely(String message, ThrowingCallable call) {
    return new BadInput(IllegalStateException.class, message, call);
  }

  private static Stream<BadInput> hyperparameters() {
    return OptimizerTable.ofKeras()
        .flatMap(
            entry ->
                entry.hyperparameters().stream()
                    .flatMap(hyperparameter -> badValues(entry, hyperparameter)));
  }

  private static Stream<BadInput> badValues(Entry entry, Hyperparameter hyperparameter) {
    String name = hyperparameter.name();
    return hyperparameter.range().rejected().stream()
        .map(
            bad ->
                row(
                    name + " must be " + bad.message(),
                    () -> entry.factory().apply(Collections.singletonMap(name, bad.value()))));
  }

  private static Stream<BadInput> names() {
    return Stream.of(
        row(
            "unknown optimizer \"sdg\", known are "
                + String.join(", ", Optimizers.names())
                + "; did you mean sgd?",
            () -> Optimizers.get("sdg")),
        row(
            "unknown optimizer \"nothing\", known are " + String.join(", ", Optimizers.names()),
            () -> Optimizers.get("nothing")),
        row("class_name must be a name, got \"\"", () -> Optimizers.get("")),
        row("class_name must be a name, got \" \"", () -> Optimizers.get(" ")),
        row(
            "identifier must be a name, a configuration or an optimizer, got null",
            () -> Optimizers.get(null)),
        row(
            "identifier must be a name, a configuration or an optimizer, got 42",
            () -> Optimizers.get(42)),
        row("optimizer must be an optimizer, got null", () -> Optimizers.serialize(null)),
        row("name must be a name, got null", () -> Optimizers.register(null, SGD::fromConfig)),
        row("name must be a name, got \"\"", () -> Optimizers.register("", SGD::fromConfig)),
        row(
            "name must not be that of one of Keras's optimizers, got \"Adam\"",
            () -> Optimizers.register("Adam", SGD::fromConfig)),
        row(
            "factory of \"mine\" must be a function, got null",
            () -> Optimizers.register("mine", null)));
  }

  /** A map whose key is a map that holds itself: its hash code has no end. */
  private static Map<Object, Object> cyclicKey() {
    Map<Object, Object> cyclic = new HashMap<>();
    Map<Object, Object> map = new IdentityHashMap<>(Map.of());
    map.put(cyclic, 1);
    cyclic.put("itself", cyclic);
    return map;
  }

  /** A group in which the whole stands again. */
  private static Map<String, Object> cyclic() {
    Map<String, Object> cyclic = new HashMap<>(Map.of("class_name", "MultiOptimizer"));
    Map<String, Object> groups = Map.of("default_optimizer", cyclic, "optimizer_map", Map.of());
    Map<String, Object> map = Map.of("class_name", "OptimizerMap", "config", groups);
    cyclic.put("config", Map.of("optimizer_map", map));
    return cyclic;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // as a caller without types may have it
  private static void deserializeRaw(Map config, Map customObjects) {
    Optimizers.deserialize(config, customObjects);
  }

  private static Stream<BadInput> configurations() {
    return Stream.of(
        row(
            "config must be a map of class_name and config, got null",
            () -> Optimizers.deserialize(null)),
        row(
            "config must have names as keys, got 1",
            () -> Optimizers.get(new TreeMap<>(Map.of(1, 2)))),
        row(
            "config must be a map, got null",
            () -> Optimizers.deserialize(Map.of("class_name", "adam"))),
        row(
            "class_name must be a name, got null",
            () -> Optimizers.get(Map.of("config", Map.of()))),
        row(
            "config must hold no keys but module, class_name, config, registered_name,"
                + " build_config, compile_config, shared_object_id, got \"lr\"",
            () -> Optimizers.get(Map.of("class_name", "adam", "config", Map.of(), "lr", 0.1))),
        row(
            "class_name must be a name, got null",
            () -> {
              Map<String, Object> config = new HashMap<>(Map.of("config", Map.of()));
              config.put("class_name", null);
              Optimizers.deserialize(config);
            }),
        row(
            "class_name must be a name, got 3",
            () -> Optimizers.deserialize(Map.of("class_name", 3, "config", Map.of()))),
        row(
            "config must be a map, got \"lr\"",
            () -> Optimizers.deserialize(Map.of("class_name", "adam", "config", "lr"))),
        row(
            "config must be a map, got null",
            () -> {
              Map<String, Object> config = new HashMap<>(Map.of("class_name", "adam"));
              config.put("config", null);
              Optimizers.deserialize(config);
            }),
        row(
            "config must have names as keys, got 1",
            () -> Optimizers.deserialize(Map.of("class_name", "adam", "config", Map.of(1, 0.5)))),
        row(
            "config must have names as keys, got null",
            () ->
                Optimizers.deserialize(
                    Map.of("class_name", "adam", "config", Collections.singletonMap(null, 0.5)))),
        row(
            "config must have names as keys, got a value of class HashMap",
            () -> deserializeRaw(cyclicKey(), Map.of("adam", Function.identity()))),
        row(
            "config must be nested at most 32 deep, got it deeper or cyclic",
            () -> Optimizers.get(cyclic())),
        row(
            "config must be nested at most 32 deep, got it deeper or cyclic",
            () -> Optimizers.deserialize(cyclic(), Map.of("other", Function.identity()))),
        row(
            "config must be nested at most 32 deep, got it deeper or cyclic",
            () -> MultiOptimizer.fromConfig(cyclic())),
        row(
            "customObjects must be a map from names to factories, got null",
            () -> Optimizers.deserialize(Map.of("class_name", "adam", "config", Map.of()), null)),
        row(
            "factory of \"mine\" must make an optimizer, got null",
            () ->
                Optimizers.deserialize(
                    Map.of("class_name", "mine", "config", Map.of()),
                    Map.of("mine", config -> null))),
        row(
            "factory of \"Adam\" must be a function, got null",
            () ->
                Optimizers.deserialize(
                    Map.of("class_name", "adam", "config", Map.of()),
                    Collections.singletonMap("Adam", (Function<Map<String, ?>, Optimizer>) null))),
        row(
            "factory of \"Adam\" must be a function, got 5",
            () -> deserializeRaw(Map.of("class_name", "sgd"), Map.of("Adam", 5))),
        row(
            "customObjects must have names as keys, got 1",
            () -> deserializeRaw(Map.of("class_name", "sgd"), Map.of(1, Function.identity()))),
        row(
            "config must be a map from hyperparameter names to values, got null",
            () -> Adam.fromConfig(null)),
        row(
            "constructor must be a function, got null",
            () -> Hyperparameters.build(Map.of(), null)),
        row(
            "constructor must make an object, got null",
            () -> Hyperparameters.build(Map.of(), h -> null)),
        row("constructor must be a function, got null", () -> Hyperparameters.defaults(null)),
        row(
            "config must have names as keys, got a value of class HashMap",
            () -> Optimizers.get(cyclicKey())),
        row(
            "unknown hyperparameter \"learning_rate\" for SGD, known are "
                + known("sgd")
                + "; with learning_rate it is a configuration of Keras 3, for the optimizers of"
                + " package keras3, as in Optimizers.get(\"keras3.adam\")",
            () -> SGD.fromConfig(Map.of("learning_rate", 0.9))),
        row(
            "unknown hyperparameter \"momentun\" for SGD, known are "
                + known("sgd")
                + "; did you mean momentum?",
            () -> SGD.fromConfig(Map.of("momentun", 0.9))),
        row(
            "unknown hyperparameter \"decay\" for Nadam, known are " + known("nadam"),
            () -> Nadam.fromConfig(Map.of("decay", 0.))),
        row("lr must be a finite number >= 0, got -1.0", () -> Adam.builder().lr(-1.).build()),
        row("beta_2 must be from 0 to below 1, got 1.0", () -> Nadam.builder().beta2(1.).build()));
  }

  private static Stream<BadInput> weights() {
    return Stream.of(
        row("weights must be a list of arrays, got null", () -> new Adam().setWeights(null)),
        row(
            "weights[1] must be an array of numbers, got null",
            () -> new Adam().setWeights(Arrays.asList(new double[1], null))),
        row(
            "weights must hold the iterations, then m, v, vhat of each tensor, got 3 arrays",
            () -> new Adam().setWeights(arrays(1, 2, 2))),
        row(
            "weights must hold the iterations, then m, v, vhat of each of 1 tensors, got 7 arrays",
            () -> stepped(new Adam()).setWeights(arrays(1, 2, 2, 2, 2, 1, 1))),
        row(
            "weights must hold a of each of 1 tensors, got 2 arrays",
            () -> stepped(new RMSprop()).setWeights(arrays(2, 2))),
        row(
            "weights must hold the iterations, got 2 arrays",
            () -> SlotFree.fromConfig(Map.of()).setWeights(arrays(1, 2))),
        row(
            "weights must hold a, d of each tensor, got 3 arrays",
            () -> new Adadelta().setWeights(arrays(2, 2, 2))),
        row(
            "weights must hold the iterations, then m, v, vhat of each of 1 tensors, got 0 arrays",
            () -> stepped(new Adam()).setWeights(List.of())),
        row(
            "weights[2] must have 2 elements, as v of tensor 0, got 3",
            () -> new Adam().setWeights(arrays(1, 2, 3, 1))),
        row(
            "weights[3] must have 1 elements, as vhat of tensor 0, got 2",
            () -> new Adam().setWeights(arrays(1, 2, 2, 2))),
        row(
            "weights[1] must have 2 elements, as m of tensor 0, got 5",
            () -> stepped(new SGD()).setWeights(arrays(1, 5))),
        row(
            "weights[0] must have 1 elements, as the iterations, got 2",
            () -> new Adamax().setWeights(arrays(2, 3, 3))),
        row(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53, got 0.5",
            () -> new SGD().setWeights(List.of(new double[] {0.5}, new double[2]))),
        row(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53, got -1.0",
            () -> new SGD().setWeights(List.of(new double[] {-1.}, new double[2]))),
        row(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53, got NaN",
            () -> new SGD().setWeights(List.of(new double[] {Double.NaN}, new double[2]))),
        row(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53,"
                + " got 9.007199254740994E15",
            () -> new SGD().setWeights(List.of(new double[] {0x1.0p53 + 2.}, new double[2]))));
  }

  private static List<double[]> arrays(int... lengths) {
    return Arrays.stream(lengths).mapToObj(double[]::new).toList();
  }

  private static Optimizer stepped(Optimizer optimizer) {
    optimizer.applyGradients(new double[1][2], new double[1][2]);
    return optimizer;
  }

  private static Stream<BadInput> states() {
    OptimizerState adam = stepped(new Adam()).getState();
    Map<String, Object> config = adam.config();
    Map<String, double[][]> slots = adam.slots();
    double[][] two = new double[1][2];
    return Stream.of(
        row("state must be the state of an optimizer, got null", () -> new Adam().setState(null)),
        row("className must be present, got null", () -> state(null, config, 1, slots)),
        row("config must be present, got null", () -> state("Adam", null, 1, slots)),
        row("slots must be present, got null", () -> state("Adam", config, 1, null)),
        row(
            "scalars must be present, got null",
            () -> new OptimizerState("Adam", config, 1, slots, null)),
        row(
            "scalar m_schedule must be present, got null",
            () ->
                new OptimizerState(
                    "Adam", config, 1, slots, Collections.singletonMap("m_schedule", null))),
        row(
            "lr must be a finite number >= 0, got null",
            () -> new Adam().setState(state("Adam", replaced(config, "lr", null), 1, slots))),
        row(
            "state must have beta_1 0.9, got null",
            () -> new Adam().setState(state("Adam", replaced(config, "beta_1", null), 1, slots))),
        row(
            "state must have tensors in slots [m, v], since iterations is 3, got 0",
            () ->
                new Adam()
                    .setState(
                        state(
                            "Adam",
                            config,
                            3,
                            Map.of("m", new double[0][], "v", new double[0][])))),
        row(
            "name of config must be present, got null",
            () -> state("Adam", Collections.singletonMap(null, 0.1), 1, slots)),
        row(
            "name of scalar must be present, got null",
            () -> new OptimizerState("Adam", config, 1, slots, Collections.singletonMap(null, 1.))),
        row(
            "name of slot must be present, got null",
            () -> state("Adam", config, 1, Collections.singletonMap(null, two))),
        row("iterations must be from 0 to 2^53, got -1", () -> state("Adam", config, -1, slots)),
        row(
            "iterations must be from 0 to 2^53, got 9007199254740993",
            () -> state("Adam", config, (1L << 53) + 1, slots)),
        row(
            "slot v must be present, got null",
            () -> state("Adam", config, 1, Collections.singletonMap("v", null))),
        row(
            "slot v of tensor 1 must be present, got null",
            () -> state("Adam", config, 1, Map.of("v", new double[][] {{1.}, null}))),
        row(
            "slot v of tensor 0 must be present, got null",
            () -> {
              OptimizerState holed = stepped(new Adam()).getState();
              holed.slots().get("v")[0] = null;
              new Adam().setState(holed);
            }),
        row("state must have class SGD, got \"Adam\"", () -> new SGD().setState(adam)),
        row(
            "state must have hyperparameters"
                + " [amsgrad, beta_1, beta_2, decay, epsilon, lr], got \"[lr]\"",
            () -> new Adam().setState(state("Adam", Map.of("lr", 0.1), 1, slots))),
        row(
            "state must have beta_1 0.9, got 0.8",
            () -> new Adam().setState(state("Adam", replaced(config, "beta_1", 0.8), 1, slots))),
        row(
            "state must have beta_1 0.9, got \"x\"",
            () -> new Adam().setState(state("Adam", replaced(config, "beta_1", "x"), 1, slots))),
        row(
            "state must have amsgrad false, got true",
            () -> new Adam().setState(state("Adam", replaced(config, "amsgrad", true), 1, slots))),
        row(
            "lr must be a finite number >= 0, got -1",
            () -> new Adam().setState(state("Adam", replaced(config, "lr", -1), 1, slots))),
        row(
            "state must have slots [m, v], got \"[m]\"",
            () -> new Adam().setState(state("Adam", config, 1, Map.of("m", two)))),
        row(
            "state must have scalars [], got \"[x]\"",
            () ->
                new Adam().setState(new OptimizerState("Adam", config, 1, slots, Map.of("x", 1.)))),
        row(
            "state must have 1 tensors in slot v, got 2",
            () ->
                new Adam()
                    .setState(state("Adam", config, 1, replaced(slots, "v", new double[2][2])))),
        row(
            "state must have 2 elements in slot v of tensor 0, got 3",
            () ->
                new Adam()
                    .setState(state("Adam", config, 1, replaced(slots, "v", new double[1][3])))),
        row(
            "state must have 2 elements in slot m of tensor 0, got 3",
            () ->
                stepped(new Adam())
                    .setState(
                        state(
                            "Adam",
                            config,
                            1,
                            replaced(
                                replaced(slots, "m", new double[1][3]), "v", new double[1][3])))));
  }

  private static OptimizerState state(
      String className,
      Map<String, Object> config,
      long iterations,
      Map<String, double[][]> slots) {
    return new OptimizerState(className, config, iterations, slots, Map.of());
  }

  private static <V> Map<String, V> replaced(Map<String, V> map, String name, V value) {
    Map<String, V> replaced = new LinkedHashMap<>(map);
    replaced.put(name, value);
    return replaced;
  }

  private static Stream<BadInput> meanLosses() {
    MeanLoss<Double> loss = MeanLoss.of((x, parameters, gradients) -> x);
    RowLossFunction overOne = loss.over(List.of(1.));
    return Stream.of(
        row("exampleLoss must be a function, got null", () -> MeanLoss.of(null)),
        row("parts must be at least 1, got 0", () -> loss.parts(0)),
        row("threads must be at least 1, got -1", () -> loss.threads(-1)),
        row("tensor must be at least 0, got -1", () -> loss.rows(-1, 1)),
        row("width must be at least 1, got 0", () -> loss.rows(0, 0)),
        row("tensor must be at least 0, got -2", () -> loss.lazyRows(-2, 1)),
        row("width must be at least 1, got -3", () -> loss.lazyRows(0, -3)),
        row("examples must hold at least one, got null", () -> loss.over(null)),
        row("examples must hold at least one, got none", () -> loss.over(List.of())),
        row(
            "parameters must be an array of tensors, got null",
            () -> overOne.evaluate(null, new Gradient[1])),
        row(
            "parameters must hold at least one tensor, got 0",
            () -> overOne.evaluate(new double[0][], new Gradient[0])),
        row(
            "parameters[0] must be an array of numbers, got null",
            () -> overOne.evaluate(new double[1][], new Gradient[1])),
        row(
            "gradients must hold one for each of the 1 parameters, got null",
            () -> overOne.evaluate(new double[1][1], (Gradient[]) null)),
        row(
            "gradients must hold one for each of the 1 parameters, got 2",
            () -> overOne.evaluate(new double[1][1], new Gradient[2])),
        row(
            "parameters[0] must hold whole rows of 2, got 3 elements",
            () ->
                new SGD().minimize(loss.rows(0, 2).over(List.of(1.)), new double[][] {{1, 2, 3}})),
        row(
            "parameters[1] must hold whole rows of 2, got 1 tensors",
            () -> new SGD().minimize(loss.lazyRows(1, 2).over(List.of(1.)), new double[1][4])));
  }

  private static Stream<BadInput> others() {
    double[] shared = {1.};
    return Stream.of(
        row("lr must be a finite number >= 0, got NaN", () -> new SGD().setLr(Double.NaN)),
        row("lr must be a finite number >= 0, got -0.1", () -> new SGD().setLr(-0.1)),
        row("parallelism must be at least 1, got 0", () -> new SGD().setParallelism(0)),
        row(
            "lossFunction must be a function, got null",
            () -> new SGD().minimize(null, new double[1][1])),
        row(
            "parameters must be an array of tensors, got null",
            () -> new SGD().minimize((parameters, gradients) -> 0., null)),
        row(
            "parameters[1] must be a separate array, got the array of parameters[0]",
            () -> new SGD().applyGradients(new double[2][1], new double[][] {shared, shared})),
        row(
            "gradients[0] must not be a parameter, got the array of parameters[1]",
            () ->
                new SGD()
                    .applyGradients(new double[][] {shared, {1.}}, new double[][] {{1.}, shared})),
        row(
            "gradients[0] must have the 1 elements of parameters[0], got 2",
            () ->
                new SGD()
                    .minimize(
                        (parameters, gradients) -> {
                          gradients[0] = new double[2];
                          return 0.;
                        },
                        new double[1][1])));
  }

  private static Stream<BadInput> toldTensors() {
    TensorSpec kernel = TensorSpec.of("kernel", 2);
    return Stream.of(
        row(
            "specs must hold one for each tensor, got null",
            () -> keras3().build((TensorSpec[]) null)),
        row("specs must hold one for each tensor, got none", () -> keras3().build()),
        row("specs[1] must be the spec of a tensor, got null", () -> keras3().build(kernel, null)),
        row(
            "specs must differ in name, got \"" + kernel.name() + "\" twice",
            () -> keras3().build(kernel, kernel)),
        row(
            "names must be patterns, got null",
            () -> keras3().excludeFromWeightDecay((String[]) null)),
        row(
            "names[0] must be a pattern of 1 to 1000 characters, got null",
            () -> keras3().excludeFromWeightDecay((String) null)),
        row(
            "names[1] must be a pattern of 1 to 1000 characters, got \"\"",
            () -> keras3().excludeFromWeightDecay("a", "")),
        row(
            "names[0] must be a regular expression, got \"(\": Unclosed group",
            () -> keras3().excludeFromWeightDecay("(")),
        row(
            "numbers must be numbers of tensors, got null",
            () -> keras3().excludeFromWeightDecay((int[]) null)),
        row(
            "numbers[1] must be that of a tensor, got -1",
            () -> keras3().excludeFromWeightDecay(0, -1)),
        untimely(
            "build must come before the first step, got it after 1",
            () -> ((BaseOptimizer) stepped(keras3())).build(kernel)),
        untimely(
            "excludeFromWeightDecay must come before the first step, got it after 1",
            () -> ((BaseOptimizer) stepped(keras3())).excludeFromWeightDecay("a")),
        untimely(
            "excludeFromWeightDecay with patterns needs names: call build(TensorSpec...) before the"
                + " first step",
            () -> {
              BaseOptimizer optimizer = keras3();
              optimizer.excludeFromWeightDecay("bias");
              stepped(optimizer);
            }),
        untimely(
            "excludeFromWeightDecay must name one of the 1 tensors, got number 1",
            () -> {
              BaseOptimizer optimizer = keras3();
              optimizer.excludeFromWeightDecay(1);
              stepped(optimizer);
            }),
        row("build_config must be a map, got 1", () -> built(1)),
        row(
            "build_config must hold tensors, exclude_names, exclude_numbers, constraints alone,"
                + " got \"other\"",
            () -> built(Map.of("other", List.of()))),
        row("tensors must be a list, got \"a\"", () -> built(Map.of("tensors", "a"))),
        row(
            "tensors must be a list of maps of name and shape, got 3",
            () -> built(Map.of("tensors", List.of(3)))),
        row(
            "name must be a string, got null",
            () -> built(Map.of("tensors", List.of(Map.of("shape", List.of(1)))))),
        row(
            "shape must be a list of whole numbers, got null",
            () -> built(Map.of("tensors", List.of(Map.of("name", "a"))))),
        row(
            "shape must be a list of whole numbers below 2^31, got 0.5",
            () -> built(Map.of("tensors", List.of(Map.of("name", "a", "shape", List.of(0.5)))))),
        row(
            "exclude_names must be a list of strings, got 1",
            () -> built(Map.of("exclude_names", List.of(1)))),
        row(
            "exclude_numbers must be a list of whole numbers below 2^31, got \"1\"",
            () -> built(Map.of("exclude_numbers", List.of("1")))),
        row("touched_rows must be a list, got \"a\"", () -> built(Map.of("touched_rows", "a"))),
        row(
            "build_config must be without touched_rows, got some: the state is from within a"
                + " gradient accumulation with lazyRows, which this version does not go on with;"
                + " take one from after an update",
            () -> built(Map.of("touched_rows", List.of(List.of(), List.of(1, 2, 0))))));
  }

  private static Stream<BadInput> gradients() {
    return Stream.of(
        row("values must be an array of numbers, got null", () -> Gradient.dense(null)),
        row("values must be an array of numbers, got null", () -> Gradient.rows(new int[1], null)),
        row(
            "values must be an array of numbers, got null",
            () -> Gradient.lazyRows(new int[1], null)),
        row(
            "rows must be an array of row numbers, got null",
            () -> Gradient.rows(null, new double[1])),
        row(
            "rows must be an array of row numbers, got null",
            () -> Gradient.lazyRows(null, new double[1])),
        row(
            "values must hold as many numbers for each of the 2 rows, at least one, got 3",
            () -> Gradient.rows(new int[2], new double[3])),
        row(
            "values must hold as many numbers for each of the 2 rows, at least one, got 0",
            () -> Gradient.lazyRows(new int[2], new double[0])),
        row(
            "values must hold as many numbers for each of the 0 rows, at least one, got 1",
            () -> Gradient.lazyRows(new int[0], new double[1])));
  }

  private static BaseOptimizer keras3() {
    return new io.github.keras4j.optimizers.keras3.Adam();
  }

  private static Optimizer built(Object buildConfig) {
    return io.github.keras4j.optimizers.keras3.Adam.fromConfig(Map.of("build_config", buildConfig));
  }

  private static Stream<BadInput> ofKeras3() {
    Map<String, Object> learning = Map.of("class_name", "Adam", "config", Map.of());
    return Stream.of(
        row(
            "of clipnorm, global_clipnorm and clipvalue all except one must be null,"
                + " got null, 1.0 and 0.0",
            () -> of("adamw", Map.of("global_clipnorm", 1., "clipvalue", 0.))),
        row(
            "gradient_accumulation_steps must be a whole number >= 2, or 0 or null for none, got"
                + " 2147483648",
            () -> of("adamw", Map.of("gradient_accumulation_steps", 1L << 31))),
        row(
            "learning_rate must be a finite number >= 0, got -1.0",
            () -> keras3().setLearningRate(-1.)),
        row("learning_rate must be a schedule, got null", () -> keras3().setLearningRate(null)),
        untimely(
            "learning_rate must be set to a schedule, since it is one, got 0.5",
            () -> scheduled(step -> 0.1).setLr(0.5)),
        untimely(
            "learning_rate must be a number, got NaN from the schedule at step 0",
            () -> stepped(scheduled(step -> Double.NaN))),
        untimely(
            "weights can be set once the tensors are known: call build(TensorSpec...) or make a"
                + " step",
            () -> keras3().setWeights(arrays(1, 1, 2, 2))),
        row("weights must be a list of arrays, got null", () -> keras3().setWeights(null)),
        row(
            "weights[1] must be an array of numbers, got null",
            () -> keras3().setWeights(Arrays.asList(new double[1], null))),
        row("weights must hold 2 arrays, got 1", () -> keras3().setWeights(arrays(1))),
        row(
            "weights[1] must have 1 elements, as the learning rate, got 2",
            () -> keras3().setWeights(arrays(1, 2))),
        row(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53, got 0.5",
            () -> keras3().setWeights(List.of(new double[] {0.5}, new double[1]))),
        row(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53, got -1.0",
            () -> keras3().setWeights(List.of(new double[] {-1.}, new double[1]))),
        row(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53,"
                + " got 9.007199254740994E15",
            () -> keras3().setWeights(List.of(new double[] {0x1.0p53 + 2.}, new double[1]))),
        row(
            "learning_rate must be a finite number >= 0, got NaN",
            () -> keras3().setWeights(List.of(new double[1], new double[] {Double.NaN}))),
        untimely(
            "finalizeVariableValues needs a step to average over, got none",
            () ->
                ((BaseOptimizer) of("adamw", Map.of("use_ema", true)))
                    .finalizeVariableValues(new double[1][2])),
        row(
            "gradients must hold one that is not null, got none among 1",
            () -> keras3().applyGradients(new double[1][], new double[1][2])),
        row(
            "unknown optimizer \"keras3.adamax2\", known are "
                + String.join(", ", Optimizers.names())
                + "; did you mean keras3.adamax?",
            () -> Optimizers.get("keras3.adamax2")),
        row(
            "decay must be null or 0 in a configuration of Keras 3, got 0.01; set learning_rate to"
                + " the schedule InverseTimeDecay(learning_rate, 1, decay) instead",
            () -> of("keras3.adam", Map.of("learning_rate", 0.1, "decay", 0.01))),
        row(
            "decay must be null or 0 in a configuration of Keras 3, got \"0\"; set learning_rate to"
                + " the schedule InverseTimeDecay(learning_rate, 1, decay) instead",
            () -> of("adamw", Map.of("decay", "0"))),
        row(
            "unknown hyperparameter \"jit_compile\" for Adam, known are "
                + known("keras3.adam")
                + "; it is of a configuration of tf.keras 2.11 to 2.15, which"
                + " Optimizers.deserialize reads with its class_name",
            () -> of("keras3.adam", Map.of("jit_compile", true))),
        row(
            "unknown hyperparameter \"lr\" for AdamW, known are "
                + known("adamw")
                + "; with lr it is a configuration of Keras 2.2.4, as for"
                + " Optimizers.get(\"adam\"); in Keras 3 it is learning_rate",
            () -> of("adamw", Map.of("lr", 0.1))),
        row(
            "LossScaleOptimizer is left out, since nothing here is float16: give its"
                + " inner_optimizer's configuration",
            () -> of("LossScaleOptimizer", Map.of("inner_optimizer", learning))));
  }

  private static Stream<BadInput> constraints() {
    String known = "MaxNorm, MinMaxNorm, NonNeg, UnitNorm";
    return Stream.of(
        row("max_value must be a finite number >= 0, got -1.0", () -> MaxNorm.of(-1.)),
        row("max_value must be a finite number >= 0, got NaN", () -> MaxNorm.of(Double.NaN)),
        row(
            "max_value must be a finite number >= 0, got Infinity",
            () -> MaxNorm.of(Double.POSITIVE_INFINITY)),
        row("min_value must be a finite number >= 0, got -0.5", () -> MinMaxNorm.of(-.5, 1., 1.)),
        row("max_value must be a finite number >= 0, got NaN", () -> MinMaxNorm.of(0, 0. / 0, 1.)),
        row("min_value must be at most max_value 1.0, got 2.0", () -> MinMaxNorm.of(2., 1., 1.)),
        row("rate must be from 0 to 1, got 1.5", () -> MinMaxNorm.of(0., 1., 1.5)),
        row("rate must be from 0 to 1, got NaN", () -> MinMaxNorm.of(0., 1., Double.NaN)),
        row("axis must be one of shape [2], got 1", () -> UnitNorm.of(1).apply(new double[2], 2)),
        row("axis must be one of shape [2], got -2", () -> MaxNorm.of(1., -2).takesRows(2)),
        row("axis must be one of shape [], got 0", () -> UnitNorm.of().apply(new double[1])),
        row(
            "axis must name each dimension of shape [2, 1] once, got [0, -2]",
            () -> UnitNorm.of(0, -2).apply(new double[2], 2, 1)),
        row(
            "shape must have 3 elements, got [2, 1]",
            () -> UnitNorm.of(0).apply(new double[3], 2, 1)),
        row(
            "config must be a map from names of arguments to values, got null",
            () -> MaxNorm.fromConfig(null)),
        row("config must have names as keys, got 1", () -> NonNeg.fromConfig(numbered())),
        row(
            "max_value must be a number, got \"2\"",
            () -> MaxNorm.fromConfig(Map.of("max_value", "2"))),
        row(
            "max_value must be a number, got null",
            () -> MaxNorm.fromConfig(Collections.singletonMap("max_value", null))),
        row(
            "axis must be a whole number, a list of such, or null for all axes, got 0.5",
            () -> UnitNorm.fromConfig(Map.of("axis", 0.5))),
        row(
            "axis must be a whole number, a list of such, or null for all axes, got \"0\"",
            () -> UnitNorm.fromConfig(Map.of("axis", List.of(1, "0")))),
        row(
            "axis must be a whole number, a list of such, or null for all axes,"
                + " got a value of class "
                + List.of().getClass().getSimpleName(),
            () -> UnitNorm.fromConfig(Map.of("axis", List.of()))),
        row(
            "unknown argument \"m\" for MaxNorm, known are axis, max_value",
            () -> MaxNorm.fromConfig(Map.of("m", 2))),
        row(
            "unknown argument \"axes\" for UnitNorm, known are axis; did you mean axis?",
            () -> UnitNorm.fromConfig(Map.of("axes", 0))),
        row(
            "unknown argument \"rates\" for MinMaxNorm, known are axis, max_value, min_value, rate;"
                + " did you mean rate?",
            () -> MinMaxNorm.fromConfig(Map.of("rates", 1))),
        row(
            "unknown argument \"axis\" for NonNeg, known are none",
            () -> NonNeg.fromConfig(Map.of("axis", 0))),
        row("constraint must be a constraint, got null", () -> Constraint.serialize(null)),
        row(
            "config must be a map of class_name and config, got null",
            () -> Constraint.deserialize(null)),
        row(
            "unknown constraint \"maxnorm\", known are " + known + "; did you mean MaxNorm?",
            () -> Constraint.deserialize(Map.of("class_name", "maxnorm"))),
        row(
            "customObjects must be a map from names to factories, got null",
            () -> Constraint.deserialize(Map.of("class_name", "Mine"), null)),
        row(
            "factory of \"Mine\" must make a constraint, got 1",
            () -> Constraint.deserialize(Map.of("class_name", "Mine"), Map.of("Mine", c -> 1))));
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // as a caller without types may have it
  private static Map<String, Object> numbered() {
    return (Map) Map.of(1, 2);
  }

  private static Optimizer of(String className, Map<String, Object> config) {
    return Optimizers.deserialize(Map.of("class_name", className, "config", config));
  }

  private static BaseOptimizer scheduled(LearningRateSchedule schedule) {
    return io.github.keras4j.optimizers.keras3.Adam.builder().learningRate(schedule).build();
  }

  /** The names of all hyperparameters; Keras 2.2.4 tells nobody of what the tensors were told. */
  private static String known(String name) {
    Entry entry =
        OptimizerTable.ofKeras().filter(its -> its.name().equals(name)).findFirst().orElseThrow();
    Stream<String> told = entry.isOf(Generation.KERAS_3) ? Stream.of("build_config") : Stream.of();
    return Stream.concat(entry.hyperparameters().stream().map(Hyperparameter::name), told)
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
