package io.github.keras4j.optimizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What was measured next to this library: C, and other libraries. Empty where there is no file. */
final class OtherResults {
  /** One tensor of a million, one of 16 million, a thousand of a thousand. */
  static final List<String> SHAPES = List.of("1 1048576", "1 16777216", "1000 1000");

  /**
   * What was measured by the names in its results, with the names of the page, in the page's order.
   */
  static final Map<String, String> PEERS = new LinkedHashMap<>();

  /** Ends the name of what was measured with one thread. */
  static final String ONE_THREAD = "-one-thread";

  static {
    PEERS.put("library", "keras-optimizers");
    PEERS.put("tensorflow", "TensorFlow-Java");
    PEERS.put("nd4j", "ND4J");
    PEERS.put("djl-pytorch", "DJL with PyTorch");
    PEERS.put("tribuo", "Tribuo");
    PEERS.put("pytorch-fused", "PyTorch, fused");
    PEERS.put("optax", "Optax");
    PEERS.put("keras3-jax", "Keras 3 on JAX");
    PEERS.put("library-one-thread", "keras-optimizers");
    PEERS.put("ceiling-one-thread", "ceiling");
    PEERS.put("pytorch-fused-one-thread", "PyTorch, fused");
    PEERS.put("optax-one-thread", "Optax");
    PEERS.put("keras3-jax-one-thread", "Keras 3 on JAX");
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Timing> c = new LinkedHashMap<>();
  private final Map<String, JsonNode> peers = new LinkedHashMap<>();

  static OtherResults read(Path directory) throws IOException {
    OtherResults results = new OtherResults();
    for (JsonNode result : lines(directory.resolve("c-result.jsonl"))) {
      results.c.put(key(result, "kernel", "size", "offset"), timing(result, "min", "max"));
    }
    Path peers = directory.resolve("peers");
    if (Files.exists(peers)) {
      try (Stream<Path> files = Files.list(peers)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().collect(Collectors.toList())) {
          for (JsonNode result : lines(file)) {
            results.peers.put(key(result, "peer", "tensors", "length"), result);
          }
        }
      }
    }
    return results;
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    List<JsonNode> nodes = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        nodes.add(JSON.readTree(line));
      }
    }
    return nodes;
  }

  private static String key(JsonNode result, String... names) {
    return Stream.of(names).map(name -> result.get(name).asText()).collect(Collectors.joining(" "));
  }

  private static Timing timing(JsonNode result, String low, String high) {
    return new Timing(
        result.get("median").asDouble(), result.get(low).asDouble(), result.get(high).asDouble());
  }

  /** C, by kernel and size, its arrays at a multiple of 64 bytes. */
  Timing c(String kernel, int size) {
    return c.get(kernel + " " + size + " 0");
  }

  /** C with its arrays 16 bytes after a multiple of 64. */
  Timing unalignedC(String kernel, int size) {
    return c.get(kernel + " " + size + " 16");
  }

  /** The names of {@link #PEERS} that were measured, with one thread or with those they take. */
  List<String> peers(boolean oneThread) {
    return PEERS.keySet().stream()
        .filter(name -> name.endsWith(ONE_THREAD) == oneThread)
        .filter(name -> peers.containsKey(name + " " + SHAPES.get(0)))
        .collect(Collectors.toList());
  }

  /** A library's step over one of {@link #SHAPES}; quartiles for the spread. */
  Timing peer(String name, String shape) {
    JsonNode result = peers.get(name + " " + shape);
    return result == null ? null : timing(result, "lowerQuartile", "upperQuartile");
  }

  /** Bytes a step over one of {@link #SHAPES} allocates on the Java heap; null elsewhere. */
  Long bytes(String name, String shape) {
    JsonNode result = peers.get(name + " " + shape);
    return result == null || !result.has("bytes") ? null : result.get("bytes").asLong();
  }
}
