package io.github.keras4j.optimizers;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Trajectories of Keras 2.2.4, one file per optimizer, as its README describes them. */
record Golden(
    String source,
    @JsonProperty("class_name") String className,
    @JsonProperty("initial_params") double[][] initialParams,
    double[][][] gradients,
    List<Case> cases) {

  static final List<String> CLASS_NAMES =
      List.of("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam");

  /** Read once: mutation testing asks for each run anew, thousands of times. */
  private static final Map<String, Golden> FILES = new ConcurrentHashMap<>();

  /** What one configuration gives. */
  record Case(
      String name,
      Map<String, Object> arguments,
      Map<String, Object> config,
      List<Moment> expected) {}

  /** What is expected after so many steps. */
  record Moment(
      int step,
      double[][] params,
      List<double[]> weights,
      long iterations,
      @JsonProperty("m_schedule") Double mSchedule) {}

  /** One case with the file it is from. */
  record Run(Golden file, Case trajectory) {
    double[][] initialParameters() {
      return Stream.of(file.initialParams).map(double[]::clone).toArray(double[][]::new);
    }

    Optimizer optimizer() {
      return Optimizers.deserialize(
          Map.of("class_name", file.className, "config", trajectory.arguments));
    }

    /** Whether clipnorm changes a gradient: then the order of the norm's sum counts. */
    boolean clipsByNorm() {
      double clipnorm = ((Number) trajectory.arguments.getOrDefault("clipnorm", 0.)).doubleValue();
      return clipnorm > 0. && Stream.of(file.gradients).anyMatch(step -> norm(step) >= clipnorm);
    }

    private static double norm(double[][] tensors) {
      return Math.sqrt(Stream.of(tensors).flatMapToDouble(Arrays::stream).map(g -> g * g).sum());
    }

    @Override
    public String toString() {
      return file.className + " " + trajectory.name;
    }
  }

  static Golden of(String className) {
    return FILES.computeIfAbsent(className, Golden::read);
  }

  private static Golden read(String className) {
    String path = "/golden/" + className.toLowerCase(Locale.ROOT) + ".json";
    try (InputStream json = Golden.class.getResourceAsStream(path)) {
      return new ObjectMapper()
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .readValue(json, Golden.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<Run> runs() {
    return CLASS_NAMES.stream()
        .map(Golden::of)
        .flatMap(file -> file.cases.stream().map(trajectory -> new Run(file, trajectory)));
  }
}
