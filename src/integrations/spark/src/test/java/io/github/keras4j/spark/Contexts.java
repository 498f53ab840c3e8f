package io.github.keras4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark on this machine: in this process, or as a cluster of processes. */
public final class Contexts {
  private static final List<Path> CLASS_PATH =
      Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .map(Path::of)
          .toList();

  private Contexts() {}

  /** Tasks are threads of this process. */
  static JavaSparkContext local(int cores) {
    return new JavaSparkContext(configuration("local[" + cores + "]"));
  }

  /**
   * Executors are separate processes, with one core each.
   *
   * @param executors how many
   * @return a new context
   */
  public static JavaSparkContext cluster(int executors) {
    return new JavaSparkContext(clusterConfiguration(executors));
  }

  static SparkConf clusterConfiguration(int executors) {
    linkJars();
    return configuration("local-cluster[" + executors + ",1,1024]")
        .set("spark.executor.memory", "512m")
        .set("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .set(
            "spark.executor.extraClassPath",
            CLASS_PATH.stream()
                .filter(Files::isDirectory)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator)));
  }

  static SparkConf configuration(String master) {
    return new SparkConf()
        .setMaster(master)
        .setAppName("tests")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.local.dir", "target/spark-local")
        .set("spark.sql.warehouse.dir", "target/warehouse");
  }

  /** Executors look for their jars in {@code SPARK_HOME/jars}. */
  private static void linkJars() {
    Path jars = Path.of(System.getenv("SPARK_HOME"), "jars");
    try {
      Files.createDirectories(jars);
      try (DirectoryStream<Path> links = Files.newDirectoryStream(jars)) {
        for (Path link : links) {
          Files.delete(link); // of another version
        }
      }
      for (Path jar : CLASS_PATH) {
        if (Files.isRegularFile(jar)) {
          Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
