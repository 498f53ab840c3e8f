package io.github.keras4j.tribuo;

import com.fasterxml.jackson.jr.ob.JSON;
import com.oracle.labs.mlrg.olcut.config.Config;
import com.oracle.labs.mlrg.olcut.provenance.ConfiguredObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.impl.ConfiguredObjectProvenanceImpl;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.tribuo.math.Parameters;
import org.tribuo.math.StochasticGradientOptimiser;
import org.tribuo.math.la.Tensor;

/**
 * Any optimizer of Keras 2.2.4 or Keras 3 as a gradient optimiser of Tribuo.
 *
 * <pre>{@code
 * Optimizer adamW = AdamW.builder().learningRate(0.01).weightDecay(0.001).build();
 * Trainer<Label> trainer =
 *     new LinearSGDTrainer(new LogMulticlass(), new KerasOptimiser(adamW), 10, 1L);
 * }</pre>
 *
 * <h2>What a step is</h2>
 *
 * Tribuo's gradients point uphill and it adds what {@link #step step} returns, so that the
 * optimizer's gradient is {@code -(weight * gradient)}, and what it would do to the parameters is
 * returned as a difference. The weight of an example is what {@code sample_weight} is in Keras.
 * Where it does not {@linkplain Optimizer#readsParameters read the parameters}, Tribuo's are
 * afterwards the same as the optimizer's, bit for bit. Where it does (Lamb, Adafactor, Ftrl, Muon,
 * ScheduleFreeAdamW, SGD of Keras 2.2.4 with {@code nesterov}, all with {@code weight_decay}, as
 * AdamW has it, or {@code use_ema}, a MultiOptimizer with one of these, and every other optimizer
 * that does not say otherwise) the difference is that of new and old parameters, and the sum may be
 * off in its last place.
 *
 * <h2>Tensors</h2>
 *
 * A matrix of Tribuo's has outputs for rows and features for columns; here it is laid out as Keras
 * has it, features first. Names are {@code parameters/0}, {@code parameters/1} and so on, for what
 * needs them, such as the patterns of MultiOptimizer.
 *
 * <h2>Sparse gradients</h2>
 *
 * A sparse gradient is by default the dense one with zeros elsewhere: moments shrink and weights
 * move in every step. It costs what its features cost where a gradient of zero changes nothing (as
 * in SGD without momentum and in Adagrad, without weight decay, average and accumulation), and the
 * whole tensor otherwise. With {@code lazyRows} a step changes the weights of the features in its
 * gradient alone, for all outputs, and costs only these: see {@link
 * io.github.keras4j.optimizers.Gradient Gradient}. Optimizers that need whole tensors and those
 * with {@code gradient_accumulation_steps} take no lazy rows; of a MultiOptimizer, those inside are
 * asked in the first step that has a sparse gradient for them.
 *
 * <h2>Configuration</h2>
 *
 * Three fields, from which OLCUT and the provenance of a model make it again: the name, the
 * hyperparameters as a JSON object of Keras's names, in which the defaults are filled in, and
 * {@code lazyRows}.
 *
 * <p>A training has a separate instance, as Tribuo's trainers {@link #copy} it; one instance serves
 * one thread at a time. Copies may be made from any thread.
 */
public final class KerasOptimiser implements StochasticGradientOptimiser {
  /** Null is a value: Muon without a weight decay, say. */
  private static final JSON JSON_WITH_NULLS = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

  @Config(
      mandatory = true,
      description = "Name of the optimizer, such as adam, keras3.adam or adamw.")
  private String optimizer;

  @Config(description = "Hyperparameters by Keras's names, as a JSON object.")
  private String config = "{}";

  @Config(description = "Whether a sparse gradient moves the weights of its features alone.")
  private boolean lazyRows;

  private Training training; // null unless initialised

  /** For OLCUT. */
  private KerasOptimiser() {}

  /**
   * Takes an optimizer with its defaults.
   *
   * @param name that {@link Optimizers#get Optimizers.get} knows, such as {@code adamw}
   * @throws IllegalArgumentException if it knows no such name
   */
  public KerasOptimiser(String name) {
    this(Optimizers.get(name));
  }

  /**
   * Takes the class and the configuration of an optimizer, not its state: every training begins
   * with a new one. What has been excluded from weight decay is part of it.
   *
   * @param optimizer of this library, or a custom one known to {@link Optimizers#register
   *     Optimizers.register}
   * @throws IllegalArgumentException if it is null or of a class that is not known
   * @throws IllegalStateException if its learning rate is a schedule without a configuration, which
   *     a provenance cannot hold
   */
  public KerasOptimiser(Optimizer optimizer) {
    this(optimizer, false);
  }

  /**
   * Takes the class and the configuration of an optimizer, and says what a sparse gradient does.
   *
   * @param optimizer as for {@link #KerasOptimiser(Optimizer) the other constructor}
   * @param lazyRows whether a sparse gradient moves the weights of its features alone
   * @throws IllegalArgumentException as there, and if rows are to be lazy and the optimizer needs
   *     whole tensors, as Lamb, Adafactor and Muon do, or has {@code gradient_accumulation_steps}
   * @throws IllegalStateException as there
   */
  public KerasOptimiser(Optimizer optimizer, boolean lazyRows) {
    this.lazyRows = lazyRows;
    if (optimizer == null) {
      throw new IllegalArgumentException("optimizer must be an optimizer, got null");
    }
    configure(optimizer);
    make(); // rejects now what cannot be made again
  }

  private void configure(Optimizer optimizer) {
    OptimizerState state = optimizer.getState();
    this.optimizer = state.className();
    try {
      config = JSON_WITH_NULLS.asString(state.config());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Completes and checks the fields, once OLCUT has set them. */
  @Override
  public void postConfig() {
    configure(make());
  }

  private Optimizer make() {
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("class_name", optimizer);
    serialized.put("config", hyperparameters());
    Optimizer made = Optimizers.deserialize(serialized);
    if (lazyRows && !made.takesRows()) {
      throw lazyRowsOf("that needs whole tensors");
    }
    if (lazyRows && Training.accumulates(made)) {
      throw lazyRowsOf("with gradient_accumulation_steps");
    }
    return made;
  }

  private IllegalArgumentException lazyRowsOf(String which) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "lazyRows must be false for an optimizer %s, got true for %s",
            which,
            optimizer));
  }

  private Map<String, Object> hyperparameters() {
    try {
      return JSON_WITH_NULLS.mapFrom(config);
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "config must be a JSON object: %s", e.getMessage()), e);
    }
  }

  /**
   * Begins a training.
   *
   * @param parameters to be trained; their tensors are vectors and matrices
   * @throws IllegalArgumentException if they are null or hold another kind of tensor, or one of
   *     more than 2<sup>31</sup> - 1 elements
   */
  @Override
  public void initialise(Parameters parameters) {
    training = new Training(make(), lazyRows, parameters);
  }

  /**
   * Makes a step of the optimizer.
   *
   * @param updates gradients, uphill; dense ones are overwritten by the differences
   * @param weight the weight of the example
   * @return what to add to the parameters; valid until the next step
   * @throws IllegalArgumentException if the gradients do not have the number and the shapes of the
   *     parameters, one of them or the weight is NaN or infinite, or lazy rows are for an optimizer
   *     in a MultiOptimizer that does not take them; nothing is changed then
   * @throws IllegalStateException if {@link #initialise} has not been called
   */
  @Override
  public Tensor[] step(Tensor[] updates, double weight) {
    if (training == null) {
      throw new IllegalStateException("initialise(Parameters) must be called before step");
    }
    return training.step(updates, weight);
  }

  /** Ends a training: with {@code use_ema} the parameters become their moving averages. */
  @Override
  public void finalise() {
    if (training != null) {
      training.finalise();
    }
  }

  /** Forgets the training. */
  @Override
  public void reset() {
    training = null;
  }

  /** An instance of the same configuration that has not been initialised. */
  @Override
  public KerasOptimiser copy() {
    KerasOptimiser copy = new KerasOptimiser();
    copy.optimizer = optimizer;
    copy.config = config;
    copy.lazyRows = lazyRows;
    return copy;
  }

  @Override
  public ConfiguredObjectProvenance getProvenance() {
    return new ConfiguredObjectProvenanceImpl(this, "StochasticGradientOptimiser");
  }

  /** The name and the hyperparameters, for a log. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "KerasOptimiser(optimizer=%s,config=%s,lazyRows=%s)",
        optimizer,
        config,
        lazyRows);
  }
}
