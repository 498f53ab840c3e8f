package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.engine.Slots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The parts of a step that may be absent: constructors of optimizers set those that they need. */
abstract class StepParts extends AbstractStep {
  final List<Part> parts = new ArrayList<>();
  final Constraining constraining = new Constraining();
  Clipping clipping = new Clipping.OfKeras2(0., 0.);
  Accumulation accumulation; // null for none
  MovingAverage average; // null for none
  WeightDecay weightDecay = (specs, tensor) -> null;
  double lossScale = 1.;
  Consumer<Slots> makeRoom = made -> {};
  Runnable update; // null for part by part

  StepParts() {
    add(constraining);
  }

  public final void add(Part part) {
    parts.add(part);
  }

  /** Sets how all tensors are updated, and how room is made for it, where it is not in one pass. */
  public void setUpdate(Consumer<Slots> makeRoom, Runnable update) {
    this.makeRoom = makeRoom;
    this.update = update;
  }

  public void setClipping(Clipping clipping) {
    this.clipping = clipping;
  }

  public boolean clips() {
    return !clipping.isOff();
  }

  public void setAccumulation(Accumulation accumulation) {
    this.accumulation = accumulation;
    add(accumulation);
  }

  public void setAverage(MovingAverage average) {
    this.average = average;
    add(average);
  }

  /** The weight decay of a tensor that is not excluded from it, or null for none. */
  @FunctionalInterface
  public interface WeightDecay {
    Double of(Specs specs, int tensor);
  }

  /** Asks an optimizer's own patterns for names, so that a step need not reject them. */
  public void requireMatchable(Specs told) {
    for (int tensor = 0; tensor < told.count(); tensor++) {
      weightDecay.of(told, tensor);
    }
  }

  public void setWeightDecay(WeightDecay weightDecay) {
    this.weightDecay = weightDecay;
  }

  /** Sets what the loss was multiplied by; null for nothing. */
  public void setLossScale(Double lossScale) {
    this.lossScale = lossScale == null ? 1. : lossScale;
    forgetTensors();
  }

  /** The averages of all tensors, once a step has begun them: the arrays themselves. */
  public double[][] averages() {
    return Arrays.stream(memory.slots().arrays()).map(average::of).toArray(double[][]::new);
  }

  public boolean hasAverage() {
    return average != null;
  }

  /** Whether a step has begun the averages. */
  public boolean isAveraging() {
    return average != null && average.isThere(memory);
  }

  /** How many slots average and accumulation have declared, before the slots of the formula. */
  public int slotsOfParts() {
    return (average == null ? 0 : 1) + (accumulation == null ? 0 : 1);
  }

  @Override
  public int accumulationSteps() {
    return accumulation == null ? 1 : accumulation.steps();
  }

  @Override
  public int sums(int tensors) {
    checkState(
        accumulation == null,
        "sumsOfSquares needs an optimizer without gradient_accumulation_steps, got one with it");
    return clipping.norm().count(tensors);
  }
}
