/** Text for messages. Exported to the integration hdf5 alone. */
package io.github.keras4j.optimizers.text;
