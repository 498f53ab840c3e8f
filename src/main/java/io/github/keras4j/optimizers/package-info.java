/**
 * {@code keras.optimizers} for Java, over plain {@code double[]}: the same names, defaults,
 * configuration, and the numbers that Keras's own update code computes in true float64. Here are
 * the optimizers of Keras 2.2.4, and what all generations share.
 *
 * <p>A program that computes its own gradients makes an {@link
 * io.github.keras4j.optimizers.Optimizer}, by a builder or, with {@link
 * io.github.keras4j.optimizers.Optimizers}, by name, and calls {@link
 * io.github.keras4j.optimizers.Optimizer#applyGradients applyGradients} once a step:
 *
 * <pre>{@code
 * Optimizer optimizer = Optimizers.get("adam");
 * double[][] parameters = {{5.0, -3.0}};
 * for (int step = 0; step < 1000; step++) {
 *   double[][] gradients = {{2.0 * parameters[0][0], 2.0 * parameters[0][1]}};
 *   optimizer.applyGradients(gradients, parameters);
 * }
 * }</pre>
 *
 * <p>The optimizers of Keras 3 are in {@link io.github.keras4j.optimizers.keras3}, learning rate
 * schedules in {@link io.github.keras4j.optimizers.schedules}; {@code Optimizers} knows all of them
 * by name. A {@link io.github.keras4j.optimizers.Gradient} may consist of the few rows of a large
 * table that a step touches.
 *
 * <p>Each class says its formula, its hyperparameters with their defaults, its slots, and what to
 * use it for. All seven take {@code clipnorm} and {@code clipvalue}. {@link
 * io.github.keras4j.optimizers.Checkpoint} saves and loads an optimizer with its whole state.
 */
package io.github.keras4j.optimizers;
