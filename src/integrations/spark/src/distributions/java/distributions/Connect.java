package distributions;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.spark.SparkTrainer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;

/** A client of Spark Connect, which is told that there it cannot train. */
public final class Connect {
  private Connect() {}

  /** Takes the address of the server. */
  public static void main(String[] arguments) throws Exception {
    SparkSession session = SparkSession.builder().remote(arguments[0]).getOrCreate();
    Dataset<Long> data = session.range(10);
    SparkTrainer<Long> trainer =
        SparkTrainer.<Long>builder(new Adam())
            .exampleLoss((x, parameters, gradients) -> parameters[0][0])
            .build();
    try {
      trainer.train(data, new double[][] {{0.}}, 1);
    } catch (IllegalArgumentException e) {
      System.out.printf("%s: %s, for %s%n", session.version(), e.getMessage(), e.getCause());
    }
    session.close();
  }
}
