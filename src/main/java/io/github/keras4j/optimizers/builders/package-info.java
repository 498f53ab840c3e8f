/**
 * Methods that several builders of optimizers share, each written once. For authors of optimizers:
 * users see the methods in each builder.
 *
 * <p>There is an interface for each hyperparameter. A builder extends {@link
 * io.github.keras4j.optimizers.Optimizer.Builder} or {@link
 * io.github.keras4j.optimizers.keras3.BaseOptimizer.Builder}, and implements the interfaces of what
 * else its optimizer has, such as {@code Betas<Builder>, Epsilon<Builder>}.
 */
package io.github.keras4j.optimizers.builders;
