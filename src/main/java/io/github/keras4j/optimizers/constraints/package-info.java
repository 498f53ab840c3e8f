/**
 * {@code keras.constraints} for Java: what parameters are made to keep to after every step, with
 * Keras's names, defaults, configuration and numbers.
 *
 * <p>A {@link io.github.keras4j.optimizers.constraints.Constraint} is given to an optimizer for one
 * of its tensors, before the first step:
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.Adam;
 * import io.github.keras4j.optimizers.Optimizer;
 * import io.github.keras4j.optimizers.constraints.NonNeg;
 *
 * double[][] parameters = {{0.05, 2.0}};
 * Optimizer optimizer = Adam.builder().lr(0.1).build();
 * optimizer.constrain(0, NonNeg.of());
 * optimizer.applyGradients(new double[][] {{1.0, -1.0}}, parameters);
 * System.out.printf("%.2f %.2f%n", parameters[0][0], parameters[0][1]); // 0.00 2.10
 * }</pre>
 *
 * <p>Each class says its arguments and their defaults. {@code axis} is a number or a list of
 * numbers, negative ones counted from the end; null stands for all axes. All classes are immutable
 * and may be used by any number of threads.
 */
package io.github.keras4j.optimizers.constraints;
