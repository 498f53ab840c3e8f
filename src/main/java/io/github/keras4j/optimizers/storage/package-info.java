/** Files and archives: knows nothing of optimizers, and is not exported. */
package io.github.keras4j.optimizers.storage;
