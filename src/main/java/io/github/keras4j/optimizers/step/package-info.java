/**
 * The step of both generations of Keras: its order, and the parts that may be absent, over the
 * engine. Not exported.
 */
package io.github.keras4j.optimizers.step;
