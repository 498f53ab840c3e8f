package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of optimizer classes has what the genuine packages print: {@code
 * src/test/python/keras_optimizer_classes.py}.
 */
class OptimizerClassesTest {
  private static final Path FOLDER = Path.of("src/test/resources/optimizer-classes");

  /** As in the script. */
  private static final List<TensorSpec> TENSORS =
      List.of(
          TensorSpec.of("0", 4, 3),
          TensorSpec.of("1", 3),
          TensorSpec.of("2", 3, 2),
          TensorSpec.of("3", 2));

  /** What packages call what Keras 3 calls otherwise. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("model_variables_moving_average", "average"),
          Map.entry("accumulated_gradient", "gradient_accumulator"),
          Map.entry("u_product", "product"),
          Map.entry("m_cache", "product"),
          Map.entry("u", "norm"),
          Map.entry("vhat", "velocity_hat"),
          Map.entry("accum_grad", "accumulated_grad"),
          Map.entry("accum_var", "accumulated_delta_var"),
          Map.entry("rms", "velocity"),
          Map.entry("mg", "average_gradient"));

  static Stream<Arguments> cases() throws IOException {
    List<Arguments> cases = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.sorted().toList()) {
        Map<String, Object> json = Json.read(file.toString(), Files.readString(file));
        for (Object one : (List<?>) json.get("cases")) {
          cases.add(Arguments.of(json.get("version"), one));
        }
      }
    }
    return cases.stream();
  }

  @Test
  void hasAllCases() throws IOException {
    assertThat(cases()).hasSize(276);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasTheVariablesThatKerasPrints(String version, Map<String, Object> of) throws IOException {
    String className = (String) of.get("class_name");
    boolean isLegacy = of.containsKey("legacy");
    boolean isOfKeras3 = version.startsWith("3.");
    Map<String, Object> config = new LinkedHashMap<>(Json.map(of, "config"));
    if (isOfKeras3) {
      config.put("learning_rate", 0.1);
    }
    Generation writer = isOfKeras3 ? new Keras3() : isLegacy ? new TfKerasLegacy() : new TfKeras();
    Stored stored = new Stored(className, config, null, TENSORS, false, version);
    List<?> printed = (List<?>) of.get("variables");
    List<String> names =
        OptimizerClasses.names(writer.writer(stored), className, config, TENSORS, printed.size());
    if (className.equals("Muon")) { // whose order here is the later ones' own
      assertThat(OptimizerClasses.isKnown(OptimizerClasses.KERAS_3, className)).isFalse();
      assertThat(names).hasSameSizeAs(printed).startsWith("iteration", "learning_rate");
      return;
    }
    assertThat(names)
        .isEqualTo(printed.stream().map(name -> name((String) name, className, isLegacy)).toList());
  }

  private static String name(String printed, String className, boolean isLegacy) {
    String[] parts = printed.split(" ");
    String slot = NAMES.getOrDefault(parts[0], parts[0]);
    if (slot.equals("m")) {
      slot = "momentum";
    } else if (slot.equals("v")) {
      slot = className.equals("Adamax") && isLegacy ? "norm" : "velocity";
    }
    return parts.length == 1 ? slot : slot + " " + parts[1];
  }
}
