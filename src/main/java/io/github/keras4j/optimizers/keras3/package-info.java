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
 * <table class="striped">
 *   <caption>The optimizers, their main defaults, and when to use them</caption>
 *   <thead>
 *     <tr><th scope="col">class</th><th scope="col">learning_rate</th>
 *       <th scope="col">other hyperparameters</th><th scope="col">use it for</th></tr>
 *   </thead>
 *   <tbody>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.SGD}</th><td>0.01</td>
 *       <td>momentum 0, nesterov false</td>
 *       <td>when there is time to tune, or memory is short</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.RMSprop}</th><td>0.001</td>
 *       <td>rho 0.9, momentum 0, epsilon 1e-7, centered false</td>
 *       <td>recurrent networks</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adagrad}</th><td>0.001</td>
 *       <td>initial_accumulator_value 0.1, epsilon 1e-7</td>
 *       <td>sparse features, mostly with a larger learning rate</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adadelta}</th><td>0.001</td>
 *       <td>rho 0.95, epsilon 1e-7</td>
 *       <td>without a learning rate to choose: set it to 1</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adam}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, amsgrad false</td>
 *       <td>most models</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.AdamW}</th><td>0.001</td>
 *       <td>as Adam, weight_decay 0.004</td>
 *       <td>first, when nothing is known of the model</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adamax}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7</td>
 *       <td>rare gradients that are far larger than the rest</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Nadam}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7</td>
 *       <td>where Adam works, with Nesterov momentum</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Ftrl}</th><td>0.001</td>
 *       <td>learning_rate_power -0.5, initial_accumulator_value 0.1</td>
 *       <td>linear models over sparse features</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Lion}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.99</td>
 *       <td>large models, with less memory</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Lamb}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7</td>
 *       <td>very large batches</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adafactor}</th><td>0.001</td>
 *       <td>beta_2_decay -0.8, epsilon_1 1e-30, epsilon_2 1e-3, clip_threshold 1</td>
 *       <td>large matrices, with little memory</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Muon}</th><td>0.001</td>
 *       <td>momentum 0.95, nesterov true, ns_steps 5</td>
 *       <td>hidden matrices of deep networks</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.ScheduleFreeAdamW}</th><td>0.0025</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-8, warmup_steps 0</td>
 *       <td>a training whose length is not known</td></tr>
 *   </tbody>
 * </table>
 *
 * <p>Each class says its formula, its hyperparameters with their defaults, and its slots. What all
 * have in common is in {@link io.github.keras4j.optimizers.keras3.BaseOptimizer}. {@link
 * io.github.keras4j.optimizers.keras3.MultiOptimizer} is made of several of them, one for each
 * group of tensors.
 */
package io.github.keras4j.optimizers.keras3;
