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
 *   <caption>The optimizers and their defaults</caption>
 *   <thead>
 *     <tr><th scope="col">class</th><th scope="col">learning_rate</th>
 *       <th scope="col">other hyperparameters of the class</th></tr>
 *   </thead>
 *   <tbody>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.SGD}</th><td>0.01</td>
 *       <td>momentum 0, nesterov false</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.RMSprop}</th><td>0.001</td>
 *       <td>rho 0.9, momentum 0, epsilon 1e-7, centered false</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adagrad}</th><td>0.001</td>
 *       <td>initial_accumulator_value 0.1, epsilon 1e-7</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adadelta}</th><td>0.001</td>
 *       <td>rho 0.95, epsilon 1e-7</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adam}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7, amsgrad false</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.AdamW}</th><td>0.001</td>
 *       <td>weight_decay 0.004, others as Adam</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adamax}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Nadam}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Ftrl}</th><td>0.001</td>
 *       <td>learning_rate_power -0.5, initial_accumulator_value 0.1, l1_regularization_strength 0,
 *         l2_regularization_strength 0, l2_shrinkage_regularization_strength 0, beta 0</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Lion}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.99</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Lamb}</th><td>0.001</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-7</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Adafactor}</th><td>0.001</td>
 *       <td>beta_2_decay -0.8, epsilon_1 1e-30, epsilon_2 0.001, clip_threshold 1, relative_step
 *         true</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.Muon}</th><td>0.001</td>
 *       <td>weight_decay 0.004, adam_beta_1 0.9, adam_beta_2 0.999, epsilon 1e-7, exclude_layers [],
 *         muon_a 3.4445, muon_b -4.775, muon_c 2.0315, adam_lr_ratio 1, momentum 0.95, ns_steps 5,
 *         nesterov true, exclude_embeddings true, adam_weight_decay 0.004, rms_rate 0.2</td></tr>
 *     <tr><th scope="row">{@link io.github.keras4j.optimizers.keras3.ScheduleFreeAdamW}</th>
 *       <td>0.0025</td>
 *       <td>beta_1 0.9, beta_2 0.999, epsilon 1e-8, warmup_steps 0</td></tr>
 *   </tbody>
 * </table>
 *
 * <p>What they have in common is in {@link io.github.keras4j.optimizers.keras3.BaseOptimizer}.
 * {@link io.github.keras4j.optimizers.keras3.MultiOptimizer} is made of several of them, one for
 * each group of tensors.
 */
package io.github.keras4j.optimizers.keras3;
