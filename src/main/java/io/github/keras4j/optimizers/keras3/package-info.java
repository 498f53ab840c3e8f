/**
 * The optimizers of Keras 3 over plain {@code double[]}: the same names, defaults and
 * configuration, and the numbers that Keras's own update code computes in true float64: bit for bit
 * where no elements are summed, otherwise within a bound. As released, Keras 3 computes partly in
 * float32.
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
 * <table>
 * <caption>Defaults; an epsilon that the table does not name is 1e-7</caption>
 * <tr><th>class</th><th>learning_rate</th><th>others</th></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Adadelta}</td><td>0.001</td><td>rho
 * 0.95</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Adafactor}</td><td>0.001</td><td>beta_2_decay
 * -0.8, epsilon_1 1e-30, epsilon_2 0.001, clip_threshold 1.0, relative_step true</td></tr>
 * <tr><td>{@link
 * io.github.keras4j.optimizers.keras3.Adagrad}</td><td>0.001</td><td>initial_accumulator_value
 * 0.1</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Adam}</td><td>0.001</td><td>beta_1 0.9,
 * beta_2 0.999, amsgrad false</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.AdamW}</td><td>0.001</td><td>weight_decay
 * 0.004, beta_1 0.9, beta_2 0.999, amsgrad false</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Adamax}</td><td>0.001</td><td>beta_1 0.9,
 * beta_2 0.999</td></tr>
 * <tr><td>{@link
 * io.github.keras4j.optimizers.keras3.Ftrl}</td><td>0.001</td><td>learning_rate_power -0.5,
 * initial_accumulator_value 0.1, l1_regularization_strength 0.0, l2_regularization_strength 0.0,
 * l2_shrinkage_regularization_strength 0.0, beta 0.0</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Lamb}</td><td>0.001</td><td>beta_1 0.9,
 * beta_2 0.999</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Lion}</td><td>0.001</td><td>beta_1 0.9,
 * beta_2 0.99</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Muon}</td><td>0.001</td><td>weight_decay
 * 0.004, momentum 0.95, ns_steps 5, nesterov true, rms_rate 0.2, muon_a 3.4445, muon_b -4.775,
 * muon_c 2.0315, exclude_layers [], exclude_embeddings true, adam_beta_1 0.9, adam_beta_2 0.999,
 * adam_lr_ratio 1.0, adam_weight_decay 0.004</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.Nadam}</td><td>0.001</td><td>beta_1 0.9,
 * beta_2 0.999</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.RMSprop}</td><td>0.001</td><td>rho 0.9,
 * momentum 0.0, centered false</td></tr>
 * <tr><td>{@link io.github.keras4j.optimizers.keras3.SGD}</td><td>0.01</td><td>momentum 0.0,
 * nesterov false</td></tr>
 * <tr><td>{@link
 * io.github.keras4j.optimizers.keras3.ScheduleFreeAdamW}</td><td>0.0025</td><td>beta_1 0.9, beta_2
 * 0.999, epsilon 1e-8, warmup_steps 0</td></tr>
 * </table>
 *
 * <p>What all have in common is in {@link io.github.keras4j.optimizers.keras3.BaseOptimizer}.
 * {@link io.github.keras4j.optimizers.keras3.MultiOptimizer} is made of several of them, one for
 * each group of tensors.
 */
package io.github.keras4j.optimizers.keras3;
