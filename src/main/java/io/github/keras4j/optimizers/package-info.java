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
 * <table class="striped">
 *   <caption>The optimizers and their defaults</caption>
 *   <thead>
 *     <tr><th scope="col">class</th><th scope="col">lr</th>
 *       <th scope="col">other hyperparameters</th><th scope="col">slots</th></tr>
 *   </thead>
 *   <tbody>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.SGD}</th><td>0.01</td>
 *       <td>momentum 0, nesterov false, decay 0</td><td>m, unless momentum is 0</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.RMSprop}</th><td>0.001</td>
 *       <td>rho 0.9, epsilon 1e-7, decay 0</td><td>a</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.Adagrad}</th><td>0.01</td>
 *       <td>epsilon 1e-7, decay 0</td><td>a</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.Adadelta}</th><td>1.0</td>
 *       <td>rho 0.95, epsilon 1e-7, decay 0</td><td>a, d</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.Adam}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, decay 0, amsgrad false</td>
 *       <td>m, v, vhat with amsgrad</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.Adamax}</th><td>0.002</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, decay 0</td><td>m, u</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.Nadam}</th><td>0.002</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, schedule_decay 0.004</td><td>m, v</td></tr>
 *   </tbody>
 * </table>
 *
 * <p>The optimizers of Keras 3 are in {@link io.github.keras4j.optimizers.keras3}, learning rate
 * schedules in {@link io.github.keras4j.optimizers.schedules}; {@code Optimizers} knows all of them
 * by name. A {@link io.github.keras4j.optimizers.Gradient} may consist of the few rows of a large
 * table that a step touches.
 *
 * <p>All seven take {@code clipnorm} and {@code clipvalue}. {@link
 * io.github.keras4j.optimizers.Checkpoint} saves and loads an optimizer with its whole state.
 */
package io.github.keras4j.optimizers;
