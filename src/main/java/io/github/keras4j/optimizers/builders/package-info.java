/**
 * Methods that several builders of optimizers share, each written once: an interface for each
 * hyperparameter, which a builder implements next to extending {@link
 * io.github.keras4j.optimizers.Optimizer.Builder} or {@link
 * io.github.keras4j.optimizers.keras3.BaseOptimizer.Builder}.
 *
 * <pre>{@code
 * public static final class Builder extends Optimizer.Builder<Builder>
 *     implements Betas<Builder>, Epsilon<Builder> {
 *   public AdaBelief build() {
 *     return fromConfig(config());
 *   }
 * }
 * }</pre>
 *
 * <p>Only authors of optimizers need to look in here: users see the methods in each builder.
 */
package io.github.keras4j.optimizers.builders;
