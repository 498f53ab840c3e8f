/**
 * What optimizers and schedules share in reading untrusted configurations. Depends on {@code text}
 * alone. Not exported.
 */
package io.github.keras4j.optimizers.configuration;
