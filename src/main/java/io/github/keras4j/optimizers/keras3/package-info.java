/**
 * The optimizers of Keras 3 over plain {@code double[]}: the same names, defaults and
 * configuration, and bit for bit the numbers that Keras's own update code computes in true float64.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.AdamW;
 *
 * AdamW optimizer =
 *     AdamW.builder().learningRate(0.001).weightDecay(0.01).globalClipnorm(1.0).build();
 * double[][] parameters = {{5.0, -3.0}};
 * for (int step = 0; step < 1000; step++) {
 *   double[][] gradients = {{2.0 * parameters[0][0], 2.0 * parameters[0][1]}};
 *   optimizer.applyGradients(gradients, parameters);
 * }
 * }</pre>
 *
 * <p>Each class says its formula, its hyperparameters with their defaults, its slots, and what to
 * use it for. What all have in common is in {@link
 * io.github.keras4j.optimizers.keras3.BaseOptimizer}. {@link
 * io.github.keras4j.optimizers.keras3.MultiOptimizer} is made of several of them, one for each
 * group of tensors.
 */
package io.github.keras4j.optimizers.keras3;
