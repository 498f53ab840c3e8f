package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;
import static io.github.keras4j.optimizers.text.Errors.illegalState;
import static io.github.keras4j.optimizers.text.Text.wholeNumber;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.step.Constrained;
import io.github.keras4j.optimizers.step.Constraints;
import io.github.keras4j.optimizers.step.NamePatterns;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What an optimizer has been told of its tensors: names and shapes, which of them do not decay, and
 * what they keep to. Immutable.
 */
final class TensorSpecs extends Specs {
  private static final String SPECS = SpecsConfig.KEY;
  private static final String NAMES = "exclude_names";
  private static final String NUMBERS = "exclude_numbers";

  /** Of former versions: rows that an accumulation under way had touched. */
  private static final String TOUCHED = "touched_rows";

  private final BaseOptimizer optimizer;
  private final List<TensorSpec> specs; // null unless told
  private final NamePatterns excludedNames;
  private final TreeSet<Integer> excludedNumbers;

  private TensorSpecs(
      BaseOptimizer optimizer,
      List<TensorSpec> specs,
      NamePatterns excludedNames,
      Set<Integer> excludedNumbers,
      Constraints constraints) {
    super(constraints);
    this.optimizer = optimizer;
    this.specs = specs;
    this.excludedNames = excludedNames;
    this.excludedNumbers = new TreeSet<>(excludedNumbers);
    excludedNames.begin();
  }

  /** Nothing told. */
  TensorSpecs(BaseOptimizer optimizer) {
    this(optimizer, null, NamePatterns.of(NAMES, List.of()), Set.of(), Constraints.NONE);
  }

  TensorSpecs withSpecs(TensorSpec... specs) {
    checkArgument(
        specs != null && specs.length > 0,
        "specs must hold one for each tensor, got %s",
        specs == null ? "null" : "none");
    TensorSpec[] copy = specs.clone();
    Set<String> names = new HashSet<>();
    for (int tensor = 0; tensor < copy.length; tensor++) {
      checkArgument(
          copy[tensor] != null, "specs[%d] must be the spec of a tensor, got null", tensor);
      checkArgument(
          names.add(copy[tensor].name()),
          "specs must differ in name, got %s twice",
          Text.quote(copy[tensor].name()));
    }
    return with(List.of(copy), excludedNames, excludedNumbers, constraints);
  }

  private TensorSpecs with(
      List<TensorSpec> specs,
      NamePatterns excludedNames,
      Set<Integer> excludedNumbers,
      Constraints constraints) {
    TensorSpecs told =
        new TensorSpecs(optimizer, specs, excludedNames, excludedNumbers, constraints);
    told.requireMatchable();
    return told;
  }

  private TensorSpecs withoutSpecs() {
    return new TensorSpecs(optimizer, null, excludedNames, excludedNumbers, constraints);
  }

  /** What an optimizer in a MultiOptimizer has been told itself: the rest is told to the whole. */
  TensorSpecs exclusions() {
    return new TensorSpecs(optimizer, null, excludedNames, excludedNumbers, Constraints.NONE);
  }

  /** The same for tensors of a whole, with their specs and constraints. */
  TensorSpecs ofGroup(TensorSpecs whole, int... tensors) {
    TensorSpec[] its = Arrays.stream(tensors).mapToObj(whole::spec).toArray(TensorSpec[]::new);
    Constraints told = Constraints.NONE;
    for (int i = 0; i < its.length; i++) {
      Constrained constrained = whole.constraint(tensors[i], its[i].length());
      if (constrained != null) {
        told = told.constraining(i, constrained);
      }
    }
    return its.length == 0
        ? exclusions()
        : with(List.of(its), excludedNames, excludedNumbers, told);
  }

  @Override
  public TensorSpecs renumbered(int[] numbers, int... lengths) {
    Set<Integer> excluded = new TreeSet<>();
    for (int tensor = 0; tensor < numbers.length; tensor++) {
      if (excludedNumbers.contains(numbers[tensor])) {
        excluded.add(tensor);
      }
    }
    return new TensorSpecs(
        optimizer, null, excludedNames, excluded, constraints.renumbered(numbers, lengths));
  }

  @Override
  public void requireNoNames() {
    optimizer.requireNotInside("resize");
    checkState(
        specs == null,
        "resize must be given specs, since build has told names and shapes, got none");
  }

  TensorSpecs excluding(String... names) {
    checkArgument(names != null, "names must be patterns, got null");
    NamePatterns patterns = NamePatterns.of("names", Arrays.asList(names));
    return with(specs, patterns, excludedNumbers, constraints);
  }

  TensorSpecs excluding(int... numbers) {
    checkArgument(numbers != null, "numbers must be numbers of tensors, got null");
    Set<Integer> excluded = new TreeSet<>();
    for (int i = 0; i < numbers.length; i++) {
      int number = numbers[i]; // read once
      checkArgument(number >= 0, "numbers[%d] must be that of a tensor, got %d", i, number);
      excluded.add(number);
    }
    return with(specs, excludedNames, excluded, constraints);
  }

  @Override
  public TensorSpecs constraining(int tensor, Constraint constraint, int... shape) {
    optimizer.requireNotInside("constrain");
    return with(constraints.constraining(tensor, constraint, shape));
  }

  /** With one more for the tensors in whose names a pattern is found. */
  TensorSpecs constraining(String pattern, Constraint constraint) {
    optimizer.requireNotInside("constrain");
    checkState(
        specs != null, "constrain with a pattern needs names: call build(TensorSpec...) first");
    NamePatterns one = NamePatterns.of("pattern", Collections.singletonList(pattern));
    checkArgument(
        specs.stream().anyMatch(spec -> one.findIn(NamePatterns.lastPart(spec.name()))),
        "pattern must be found in the name of a tensor, got %s",
        Text.quote(pattern));
    return with(constraints.constraining(pattern, constraint));
  }

  @Override
  protected TensorSpecs with(Constraints constraints) {
    return with(specs, excludedNames, excludedNumbers, constraints);
  }

  /** Asks the patterns now, so that a step need not reject them. */
  private void requireMatchable() {
    for (int tensor = 0; specs != null && tensor < specs.size(); tensor++) {
      decays(tensor);
    }
    if (specs != null) {
      requireLengths(lengths());
    }
    excludedNames.begin();
  }

  /** Asks the optimizer's own patterns, too. */
  void requireAllMatchable() {
    for (int tensor = 0; tensor < count(); tensor++) {
      optimizer.weightDecay(spec(tensor));
    }
  }

  boolean areNamed() {
    return specs != null;
  }

  TensorSpec spec(int tensor) {
    return specs == null ? null : specs.get(tensor);
  }

  int count() {
    return specs == null ? 0 : specs.size();
  }

  private boolean decays(int tensor) {
    return !excludedNumbers.contains(tensor)
        && (excludedNames.isEmpty()
            || !excludedNames.findIn(NamePatterns.lastPart(specs.get(tensor).name())));
  }

  // ---- For a step -----------------------------------------------------------------------------

  @Override
  public String name(int tensor) {
    return specs == null ? null : specs.get(tensor).name();
  }

  @Override
  public int[] shape(int tensor) {
    return specs == null ? null : specs.get(tensor).shape();
  }

  @Override
  public int[] lengths() {
    return specs == null ? null : specs.stream().mapToInt(TensorSpec::length).toArray();
  }

  @Override
  public int rowLength(int tensor) {
    return specs == null ? 0 : specs.get(tensor).rowLength();
  }

  @Override
  public Double weightDecay(int tensor) {
    return decays(tensor) ? optimizer.weightDecay(spec(tensor)) : null;
  }

  @Override
  public void requireFit(int count) {
    if (specs == null && optimizer.isInner()) {
      throw illegalState(
          "%s makes steps in a MultiOptimizer, got one before build has given it tensors",
          optimizer.getClass().getSimpleName());
    }
    if (specs == null && optimizer.needsBuild()) {
      throw illegalState(
          "%s needs names and shapes: call build(TensorSpec...) before the first step",
          optimizer.getClass().getSimpleName());
    }
    if (specs == null && !excludedNames.isEmpty()) {
      throw illegalState(
          "excludeFromWeightDecay with patterns needs names: call build(TensorSpec...) before the"
              + " first step");
    }
    if (!excludedNumbers.isEmpty() && excludedNumbers.last() >= count) {
      throw illegalState(
          "excludeFromWeightDecay must name one of the %d tensors, got number %d",
          count, excludedNumbers.last());
    }
  }

  /** Rejects what does not fit weights that have been set. */
  void requireSameLengths(int... known) {
    checkArgument(
        Arrays.equals(known, lengths()),
        "specs must have lengths %s, as the weights, got %s",
        Arrays.toString(known),
        Arrays.toString(lengths()));
  }

  // ---- Configuration --------------------------------------------------------------------------

  @Override
  protected Map<String, Object> config(Function<Constraint, Object> form) {
    Map<String, Object> config = new LinkedHashMap<>();
    if (specs != null) {
      config.put(SPECS, SpecsConfig.of(specs));
    }
    if (!excludedNames.isEmpty()) {
      config.put(NAMES, excludedNames.strings());
    }
    if (!excludedNumbers.isEmpty()) {
      config.put(NUMBERS, excludedNumbers.stream().map(Integer::longValue).toList());
    }
    config.putAll(super.config(form));
    return config;
  }

  @Override
  public TensorSpecs parsed(Object config) {
    return (TensorSpecs) super.parsed(config);
  }

  @Override
  protected TensorSpecs nothing() {
    return new TensorSpecs(optimizer);
  }

  @Override
  protected List<String> keys() {
    return List.of(SPECS, NAMES, NUMBERS, CONSTRAINTS);
  }

  @Override
  protected Specs with(String key, Object value, Constraints known) {
    switch (key) {
      case SPECS:
        return withSpecs(
            list(key, value).stream().map(SpecsConfig::specOf).toArray(TensorSpec[]::new));
      case NAMES:
        return excluding(
            list(key, value).stream()
                .map(name -> Text.require(NAMES, name, String.class, "a list of strings"))
                .toArray(String[]::new));
      case NUMBERS:
        return excluding(
            list(key, value).stream().mapToInt(number -> wholeNumber(NUMBERS, number)).toArray());
      case TOUCHED:
        SpecsConfig.requireUntouched(list(key, value));
        return this;
      default:
        return super.with(key, value, known);
    }
  }

  @Override
  protected void requireNames() {
    checkArgument(
        specs != null || !constraints.havePatterns(),
        "build_config must hold tensors, whose names the patterns of constraints are for");
  }

  @Override
  protected Specs comparable(Specs told) {
    return specs == null ? ((TensorSpecs) told).withoutSpecs() : told;
  }
}
