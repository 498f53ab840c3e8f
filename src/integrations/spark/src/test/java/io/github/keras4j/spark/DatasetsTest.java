package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A data set without RDDs is rejected with the reason. */
class DatasetsTest {
  @Test
  void saysThatSparkConnectHasNoRdds() {
    for (Throwable cause :
        List.of(new UnsupportedOperationException("rdd"), new NoSuchMethodError("javaRDD"))) {
      assertThatThrownBy(
              () ->
                  Datasets.inOwnProcess(
                      () -> {
                        if (cause instanceof Error error) {
                          throw error;
                        }
                        throw (RuntimeException) cause;
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "data must be of a session in the driver's own process, got a Dataset of Spark"
                  + " Connect, which has no RDDs")
          .hasCause(cause);
    }
  }
}
