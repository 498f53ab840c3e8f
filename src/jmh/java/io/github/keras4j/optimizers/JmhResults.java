package io.github.keras4j.optimizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * What runs of the benchmarks on one JDK measured, by benchmark and parameters: {@code
 * StepBenchmark.step none adam 1024}. Empty where there is no file.
 */
final class JmhResults {
  private final Map<String, Timing> timings = new LinkedHashMap<>();
  private final Map<String, Double> allocated = new LinkedHashMap<>();
  private String jvm;

  static JmhResults read(Path folder, int jdk) throws IOException {
    JmhResults results = new JmhResults();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "jmh-result*.json")) {
      for (Path file : files) {
        for (JsonNode result : new ObjectMapper().readTree(file.toFile())) {
          if (result.get("jdkVersion").asText().startsWith(jdk + ".")) {
            results.add(result);
          }
        }
      }
    }
    return results;
  }

  private void add(JsonNode result) {
    jvm = result.get("vmName").asText() + " " + result.get("vmVersion").asText();
    String packageName = JmhResults.class.getPackageName() + ".";
    String key = result.get("benchmark").asText().substring(packageName.length());
    long elements = 1;
    for (Map.Entry<String, JsonNode> parameter : result.path("params").properties()) {
      String value = parameter.getValue().asText();
      key += " " + value;
      if (parameter.getKey().equals("size")) {
        elements = Long.parseLong(value);
      } else if (parameter.getKey().equals("shape")) {
        elements = Arrays.stream(Workload.lengths(value)).asLongStream().sum();
      }
    }
    double divisor = elements;
    timings.put(
        key,
        Timing.of(
            StreamSupport.stream(result.get("primaryMetric").get("rawData").spliterator(), false)
                .flatMap(fork -> StreamSupport.stream(fork.spliterator(), false))
                .mapToDouble(iteration -> iteration.asDouble() / divisor)
                .toArray()));
    allocated.put(
        key, result.at("/secondaryMetrics/gc.alloc.rate.norm/score").asDouble(Double.NaN));
  }

  boolean isEmpty() {
    return timings.isEmpty();
  }

  /** The virtual machine, its name and version. */
  String jvm() {
    return jvm;
  }

  /** Nanoseconds per element, or null where that was not measured. */
  Timing get(String key) {
    return timings.get(key);
  }

  /** How many times as long the one takes as the other, or null where one was not measured. */
  Double ratio(String key, String base) {
    return Timing.ratio(get(key), get(base));
  }

  /** Bytes allocated by one call, or null where that was not measured. */
  Double bytes(String key) {
    return allocated.get(key);
  }
}
