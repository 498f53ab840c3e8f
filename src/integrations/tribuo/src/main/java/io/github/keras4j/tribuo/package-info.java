/** Keras's optimizers as gradient optimisers of <a href="https://tribuo.org">Tribuo</a>. */
package io.github.keras4j.tribuo;
