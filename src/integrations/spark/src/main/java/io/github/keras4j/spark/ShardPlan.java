package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.Model;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.storage.StorageLevel;

/** Which parts of a model are in which shard, and what their optimizers begin as. */
final class ShardPlan implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String[] names;
  private final int[][] shapes;
  private final Model model;

  @SuppressWarnings("serial") // the JDK's lists are serializable
  private final List<List<Part>> shards;

  private final OptimizerState optimizer; // before its first step

  ShardPlan(
      Optimizer optimizer, TensorSpec[] specs, Model model, int shards, boolean wholeTensors) {
    this.optimizer = requireFresh(optimizer);
    names = Arrays.stream(specs).map(TensorSpec::name).toArray(String[]::new);
    shapes = Arrays.stream(specs).map(TensorSpec::shape).toArray(int[][]::new);
    this.model = model;
    this.shards =
        (wholeTensors ? byTensors(model, shards) : Part.slices(model, shards))
            .stream().filter(parts -> !parts.isEmpty()).toList();
    requireWholeTensors(optimizer);
  }

  private static OptimizerState requireFresh(Optimizer optimizer) {
    if (optimizer instanceof MultiOptimizer) {
      throw new IllegalArgumentException(
          "optimizer must be one for all tensors, got a MultiOptimizer");
    }
    OptimizerState state = optimizer.getState();
    if (state.iterations() > 0) {
      throw new IllegalArgumentException(
          "optimizer must have made no step, got one after " + state.iterations());
    }
    if (state.config().get("build_config") instanceof Map<?, ?> told
        && told.containsKey("constraints")) {
      throw new IllegalArgumentException(
          "optimizer must have no constraints, which are on whole tensors, got some");
    }
    return new OptimizerState(
        state.className(), state.config(), 0, Map.of(), Map.of()); // the rest is as it begins
  }

  private void requireWholeTensors(Optimizer optimizer) {
    if (!optimizer.sumsOverElements()) {
      return;
    }
    for (List<Part> shard : shards) {
      for (Part part : shard) {
        if (part.length() < model.length(part.tensor)) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "%s needs tensors whole, set wholeTensors: tensor %d would be cut at %d",
                  optimizer.getClass().getSimpleName(),
                  part.tensor,
                  part.from > 0 ? part.from : part.to));
        }
      }
    }
  }

  /** The largest first, each into the shard that is smallest so far. */
  private static List<List<Part>> byTensors(Model model, int count) {
    List<List<Part>> shards = new ArrayList<>();
    long[] sizes = new long[count];
    for (int shard = 0; shard < count; shard++) {
      shards.add(new ArrayList<>());
    }
    IntStream.range(0, model.tensors())
        .boxed()
        .sorted(Comparator.<Integer>comparingInt(model::length).reversed())
        .forEach(
            tensor -> {
              int smallest = 0;
              for (int shard = 1; shard < count; shard++) {
                smallest = sizes[shard] < sizes[smallest] ? shard : smallest;
              }
              sizes[smallest] += model.length(tensor);
              shards.get(smallest).add(new Part(tensor, 0, model.length(tensor)));
            });
    shards.forEach(shard -> shard.sort(Comparator.comparingInt(part -> part.tensor)));
    return shards;
  }

  Model model() {
    return model;
  }

  /** The parts of all shards. */
  List<List<Part>> shards() {
    return shards;
  }

  int count() {
    return shards.size();
  }

  /** The shards before the first step. */
  JavaRDD<Shard> begin(JavaSparkContext context, InitialValues initial) {
    JavaRDD<Shard> begun =
        context
            .parallelize(Collections.nCopies(count(), 0), count())
            .mapPartitionsWithIndex(
                (number, none) -> List.of(begin(number, initial)).iterator(), true);
    return begun.persist(StorageLevel.MEMORY_AND_DISK());
  }

  private Shard begin(int number, InitialValues initial) {
    List<Part> parts = shards.get(number);
    double[][] parameters = new double[parts.size()][];
    for (int i = 0; i < parameters.length; i++) {
      Part part = parts.get(i);
      double[] values = initial.of(part.tensor, part.from, part.to);
      if (values == null || values.length != part.length()) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "initial values must be the %d of tensor %d from %d, got %s",
                part.length(),
                part.tensor,
                part.from,
                values == null ? "null" : values.length));
      }
      parameters[i] = values;
    }
    return new Shard(optimizerOf(parts), parameters);
  }

  /** Collects tensors of a model, as far as they are asked for; null in the place of others. */
  double[][] collect(JavaRDD<Shard> from, Function<Shard, double[][]> values, IntPredicate which) {
    double[][] tensors = new double[model.tensors()][];
    List<List<Part>> slices = shards;
    boolean[] wanted = new boolean[tensors.length];
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      wanted[tensor] = which.test(tensor);
      tensors[tensor] = wanted[tensor] ? new double[model.length(tensor)] : null;
    }
    JavaRDD<double[][]> collected =
        from.mapPartitionsWithIndex(
            (number, its) -> {
              double[][] own = values.call(its.next()).clone();
              for (int i = 0; i < own.length; i++) {
                own[i] = wanted[slices.get(number).get(i).tensor] ? own[i] : null;
              }
              return Collections.singleton(own).iterator();
            },
            true);
    long largest = 0; // elements of a shard
    for (List<Part> slice : slices) {
      largest =
          Math.max(
              largest,
              slice.stream().filter(part -> wanted[part.tensor]).mapToLong(Part::length).sum());
    }
    List<double[][]> parts =
        DriverLimit.of(JavaSparkContext.fromSparkContext(from.context()))
            .collect(collected, Double.BYTES * largest);
    for (int shard = 0; shard < parts.size(); shard++) {
      for (int i = 0; i < slices.get(shard).size(); i++) {
        Part part = slices.get(shard).get(i);
        if (wanted[part.tensor]) {
          System.arraycopy(parts.get(shard)[i], 0, tensors[part.tensor], part.from, part.length());
        }
      }
    }
    return tensors;
  }

  /** A shard of a checkpoint, or what says that it is another shard's, model's or optimizer's. */
  Shard restored(int number, Checkpoint saved, boolean withRateOfPlan) {
    List<Part> parts = shards.get(number);
    Optimizer restored = optimizerOf(parts);
    int[] lengths = parts.stream().mapToInt(Part::length).toArray();
    int[] savedLengths = Arrays.stream(saved.parameters()).mapToInt(p -> p.length).toArray();
    if (!Arrays.equals(lengths, savedLengths)) {
      return Shard.rejected(
          String.format(
              Locale.ROOT,
              "shard %d must have parts of lengths %s, as before, got %s",
              number,
              Arrays.toString(savedLengths),
              Arrays.toString(lengths)));
    }
    OptimizerState state = saved.optimizer().getState();
    try {
      restored.setState(withRateOfPlan ? Conditions.withRateOf(restored, state) : state);
    } catch (IllegalArgumentException anotherOptimizer) {
      return Shard.rejected(anotherOptimizer.getMessage());
    }
    return new Shard(withRateOfPlan ? restored : saved.optimizer(), saved.parameters());
  }

  /** Says on the driver that there are no averages, since Spark would try a task again. */
  void requireAverages() {
    Map<String, Object> config = new LinkedHashMap<>(optimizer.config());
    config.remove("build_config");
    Averages.of(
        Optimizers.deserialize(Map.of("class_name", optimizer.className(), "config", config)),
        new double[1]);
  }

  private Optimizer optimizerOf(List<Part> parts) {
    Map<String, Object> config = new LinkedHashMap<>(optimizer.config());
    Map<String, Object> told = withoutSpecs(config.remove("build_config"));
    List<?> excluded = (List<?>) told.remove("exclude_numbers");
    if (!told.isEmpty()) {
      config.put("build_config", told);
    }
    Optimizer own =
        Optimizers.deserialize(Map.of("class_name", optimizer.className(), "config", config));
    if (own instanceof BaseOptimizer ofKeras3) {
      ofKeras3.build(parts.stream().map(this::spec).toArray(TensorSpec[]::new));
      if (excluded != null) {
        List<Integer> numbers =
            excluded.stream().map(number -> ((Number) number).intValue()).toList();
        ofKeras3.excludeFromWeightDecay(
            IntStream.range(0, parts.size())
                .filter(i -> numbers.contains(parts.get(i).tensor))
                .toArray());
      }
    }
    return own;
  }

  private static Map<String, Object> withoutSpecs(Object told) {
    Map<String, Object> others = new LinkedHashMap<>();
    if (told instanceof Map<?, ?> map) {
      map.forEach((key, value) -> others.put((String) key, value));
    }
    others.remove("tensors");
    return others;
  }

  private TensorSpec spec(Part part) {
    String name = names[part.tensor];
    if (model.byRows(part.tensor)) {
      int width = model.width(part.tensor);
      return TensorSpec.of(name, part.length() / width, width);
    }
    return part.length() == model.length(part.tensor)
        ? TensorSpec.of(name, shapes[part.tensor])
        : TensorSpec.of(name, part.length());
  }
}
