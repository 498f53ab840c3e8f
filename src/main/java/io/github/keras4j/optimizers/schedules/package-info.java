/**
 * {@code keras.optimizers.schedules} of Keras 3 for Java: learning rates that depend on the step,
 * with the same names, defaults, configuration and numbers, bit for bit.
 *
 * <p>A {@link io.github.keras4j.optimizers.schedules.LearningRateSchedule} returns the rate of each
 * step, which any optimizer can be given before the step:
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     CosineDecay.builder().initialLearningRate(0.1).decaySteps(1000).build();
 * Optimizer optimizer = Optimizers.get("adam");
 * double[][] parameters = {{5.0, -3.0}};
 * for (int step = 0; step < 1000; step++) {
 *   double[][] gradients = {{2.0 * parameters[0][0], 2.0 * parameters[0][1]}};
 *   optimizer.setLr(schedule.at(step));
 *   optimizer.applyGradients(gradients, parameters);
 * }
 * }</pre>
 *
 * <p>Each class says its formula and its arguments. All compute in double, also where an argument
 * is an integer: Keras computes in integers where {@code initial_learning_rate} is one, and {@code
 * ExponentialDecay(1, 10, 0.9)} is 0 at step 5 there. A count of steps need not be an integer;
 * where it is, it stands as an integer in the configuration, every other number as a double. All
 * classes are immutable and may be used by any number of threads.
 */
package io.github.keras4j.optimizers.schedules;
