/** Files and archives: knows nothing of optimizers, and is exported to the integrations only. */
package io.github.keras4j.optimizers.storage;
