package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.github.keras4j.hdf5.LayerClasses.Known;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of layer classes has what the genuine packages print: {@code
 * src/test/python/keras_layer_classes.py}.
 */
class LayerClassesTest {
  private static final Path FOLDER = Path.of("src/test/resources/layer-classes");

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

  private record Expected(String name, String path, boolean isTrained, List<String> paths) {}

  /** The weights of a case, except for arrays of LoRA, which Keras does not save. */
  private static List<Expected> expected(Map<String, Object> of) {
    List<Expected> expected = new ArrayList<>();
    for (Object one : (List<?>) of.get("weights")) {
      Map<?, ?> weight = (Map<?, ?>) one;
      String name = ((String) weight.get("name")).replaceAll(":\\d+$", "");
      if (!name.contains("lora_")) {
        List<String> paths = new ArrayList<>();
        if (weight.get("paths") instanceof List<?> list) {
          list.forEach(path -> paths.add((String) path));
        }
        String leaf = name.substring(name.lastIndexOf('/') + 1).replaceAll("_\\d+$", "");
        expected.add(
            new Expected(
                leaf, (String) weight.get("name"), (Boolean) weight.get("trained"), paths));
      }
    }
    return expected;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasTheWeightsInOrderAndWhatIsTrained(String version, Map<String, Object> of)
      throws IOException {
    List<Known> weights = Layer.of(of).weights(version.startsWith("3."));
    List<Expected> expected = expected(of);
    List<String> ordered = new ArrayList<>();
    for (boolean isTrained : new boolean[] {true, false}) {
      expected.stream()
          .filter(weight -> weight.isTrained == isTrained)
          .forEach(weight -> ordered.add(weight.name + " " + isTrained));
    }
    assertThat(weights.stream().map(weight -> weight.name() + " " + weight.isTrained()).toList())
        .isEqualTo(ordered);
  }

  /** Keras writes a group for a layer's own weights also where it has none. */
  private static void addEmptyVars(Group group) {
    for (Map.Entry<String, Node> child : group.children().entrySet()) {
      if (child.getValue() instanceof Group inner && !child.getKey().equals("vars")) {
        if (!child.getKey().matches("layers|cells")) {
          inner.children().putIfAbsent("vars", Group.empty());
        }
        addEmptyVars(inner);
      }
    }
  }

  static Stream<Arguments> casesInGroups() throws IOException {
    return cases().filter(one -> ((Map<?, ?>) one.get()[1]).containsKey("group"));
  }

  /** A model of one layer, with arrays where Keras has them, is walked in Keras's order. */
  @ParameterizedTest
  @MethodSource("casesInGroups")
  void findsTheWeightsInTheGroupsOfTheFile(String version, Map<String, Object> of)
      throws IOException {
    Group root = Group.empty();
    String prefix = "layers/" + of.get("group") + "/";
    List<Expected> expected = expected(of);
    for (Expected weight : expected) {
      for (String path : weight.paths) {
        root.put(prefix + path, Dataset.of(FloatingPoint.DOUBLE, new int[0], 1));
      }
    }
    for (Object path : of.get("others") instanceof List<?> others ? others : List.of()) {
      root.put(prefix + path, Dataset.of(FloatingPoint.DOUBLE, new int[0], 1));
    }
    addEmptyVars(root.requireGroup("layers"));
    Layer model =
        Layer.of(Map.of("class_name", "Functional", "config", Map.of("layers", List.of(of))));
    WeightsH5 read = WeightsH5.read(root, model, version);
    List<String> paths = new ArrayList<>();
    List<Model.Weight> trained = read.weights().stream().filter(Model.Weight::isTrainable).toList();
    trained.forEach(weight -> paths.add(weight.path().substring(prefix.length())));
    assertThat(paths)
        .isEqualTo(
            expected.stream()
                .filter(Expected::isTrained)
                .map(weight -> weight.paths.get(0))
                .toList());
    if (!version.startsWith("3.")) { // which has names in the file
      assertThat(trained.stream().map(Model.Weight::name).toList())
          .isEqualTo(expected.stream().filter(Expected::isTrained).map(Expected::path).toList());
    }
    List<String> all = new ArrayList<>();
    WeightNotes.arrays(root, "", all);
    List<String> found = new ArrayList<>();
    for (Model.Weight weight : read.weights()) {
      found.add(weight.path());
      found.addAll(weight.copies());
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(all);
  }

  /** As where a layer that Keras does not know has two inside that have one name. */
  @Test
  void namesOfALayersWeightsDiffer() throws IOException {
    Group root = Group.empty();
    for (String group : List.of("layers/mine/first/vars", "layers/mine/second/vars")) {
      root.put(group + "/0", Dataset.of(FloatingPoint.DOUBLE, new int[0], 1));
      Strings name = new Strings(0, true, false, List.of("dense"));
      root.requireGroup(group).attributes().put("name", name);
    }
    addEmptyVars(root.requireGroup("layers"));
    Map<String, Object> mine = Map.of("name", "mine");
    Map<String, Object> layer = Map.of("module", "mine", "class_name", "Mine", "config", mine);
    Map<String, Object> config = Map.of("layers", List.of(layer));
    Layer model = Layer.of(Map.of("class_name", "Functional", "config", config));
    assertThat(WeightsH5.read(root, model, "3.15.1").weights())
        .extracting(Model.Weight::name)
        .containsExactly("mine/dense/kernel", "mine/dense/kernel_1");
  }
}
