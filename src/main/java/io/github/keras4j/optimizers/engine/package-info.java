/**
 * What a step is made of, whatever the formula: powers and sums that are the same everywhere. It
 * knows nothing of Keras, and depends on nothing of the library. Exported to the integration spark
 * alone.
 */
package io.github.keras4j.optimizers.engine;
