/**
 * The optimizers of Keras 3, bit for bit, over plain {@code double[]}: the same names, defaults,
 * configuration and numbers.
 *
 * <p>What they have in common is in {@link io.github.keras4j.optimizers.keras3.BaseOptimizer}.
 */
package io.github.keras4j.optimizers.keras3;
