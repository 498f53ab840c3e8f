/**
 * {@code keras.optimizers} of Keras 2.2.4 for Java: the same names, defaults, configuration and
 * numbers, bit for bit, over plain {@code double[]}.
 *
 * <p>A program that computes its own gradients makes an {@link
 * io.github.keras4j.optimizers.Optimizer}, by builder or, through {@link
 * io.github.keras4j.optimizers.Optimizers}, by name, and calls {@link
 * io.github.keras4j.optimizers.Optimizer#applyGradients} once a step:
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
 * <table>
 *   <caption>The optimizers and their defaults</caption>
 *   <thead>
 *     <tr><th>class</th><th>lr</th><th>other hyperparameters</th><th>slots</th></tr>
 *   </thead>
 *   <tbody>
 *     <tr><td>{@link io.github.keras4j.optimizers.SGD}</td><td>0.01</td>
 *       <td>momentum 0, nesterov false, decay 0</td><td>m, unless momentum is 0</td></tr>
 *     <tr><td>{@link io.github.keras4j.optimizers.RMSprop}</td><td>0.001</td>
 *       <td>rho 0.9, epsilon 1e-7, decay 0</td><td>a</td></tr>
 *     <tr><td>{@link io.github.keras4j.optimizers.Adagrad}</td><td>0.01</td>
 *       <td>epsilon 1e-7, decay 0</td><td>a</td></tr>
 *     <tr><td>{@link io.github.keras4j.optimizers.Adadelta}</td><td>1.0</td>
 *       <td>rho 0.95, epsilon 1e-7, decay 0</td><td>a, d</td></tr>
 *     <tr><td>{@link io.github.keras4j.optimizers.Adam}</td><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, decay 0, amsgrad false</td>
 *       <td>m, v, vhat with amsgrad</td></tr>
 *     <tr><td>{@link io.github.keras4j.optimizers.Adamax}</td><td>0.002</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, decay 0</td><td>m, u</td></tr>
 *     <tr><td>{@link io.github.keras4j.optimizers.Nadam}</td><td>0.002</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, schedule_decay 0.004</td><td>m, v</td></tr>
 *   </tbody>
 * </table>
 *
 * <p>All take {@code clipnorm} and {@code clipvalue}. {@link
 * io.github.keras4j.optimizers.Checkpoint} saves and loads an optimizer with its whole state.
 */
package io.github.keras4j.optimizers;
