package io.github.keras4j.optimizers.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the tables of defaults, in both READMEs and in Javadoc, to the optimizers. */
class DefaultsTest {
  private static final Path JAVADOC =
      Path.of("src/main/java/io/github/keras4j/optimizers/keras3/package-info.java");
  private static final Pattern JAVADOC_ROW =
      Pattern.compile("<tr><td>\\{@link \\S+\\.(\\w+)}</td><td>(.*?)</td><td>(.*?)</td></tr>");
  private static final Pattern VALUE =
      Pattern.compile("(\\w+) (-?\\d[\\d.]*(?:e-?\\d+)?|true|false|\\[])");

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/ko/README.md"})
  void readmeHasTheDefaults(String page) {
    List<String> classes = new ArrayList<>();
    for (String line : Pages.read(Path.of(page)).replace("`", "").lines().toList()) {
      String[] cells = line.split("\\|");
      if (cells.length == 4 && Optimizers.names().contains(lower(cells[1].strip()))) {
        String name = cells[1].strip();
        classes.add(name);
        if (!cells[2].isBlank()) {
          check(lower(name), "lr", cells[2]);
        }
        check(keras3(name), "learning_rate", cells[3]);
      }
    }
    assertThat(classes)
        .startsWith("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam", "AdamW");
  }

  /** And every hyperparameter that not all have, except an epsilon of 1e-7. */
  @Test
  void javadocHasAllDefaults() {
    Map<String, Set<String>> named = new LinkedHashMap<>();
    Matcher row = JAVADOC_ROW.matcher(Pages.read(JAVADOC).replaceAll("\\s+\\* ", " "));
    while (row.find()) {
      String name = keras3(row.group(1));
      named.put(name, check(name, "learning_rate", row.group(2) + "; " + row.group(3)));
    }
    assertThat(named.keySet())
        .containsExactlyInAnyOrderElementsOf(OptimizerTable.ofKeras3().map(Entry::name).toList());
    Set<String> common = new HashSet<>(config("lion").keySet());
    common.retainAll(config("ftrl").keySet());
    named.forEach(
        (name, hyperparameters) -> {
          Map<String, Object> others = config(name);
          others.keySet().removeAll(common);
          others.remove("epsilon", 1e-7);
          hyperparameters.removeAll(common);
          assertThat(hyperparameters).as(name).isEqualTo(others.keySet());
        });
  }

  /** Compares the values of a cell, and returns what they are values of. */
  private static Set<String> check(String name, String rate, String cell) {
    Map<String, Object> config = config(name);
    String[] parts = cell.split(";", 2);
    assertThat(config.get(rate)).as(name).isEqualTo(Double.valueOf(parts[0]));
    Set<String> named = new HashSet<>();
    Matcher value = VALUE.matcher(parts.length == 1 ? "" : parts[1]);
    while (value.find()) {
      named.add(value.group(1));
      Object expected = config.get(value.group(1));
      assertThat(expected).as(name + ", " + value.group(1)).isNotNull();
      String written = value.group(2);
      if (expected instanceof Number number) {
        assertThat(Double.valueOf(written)).as(name).isEqualTo(number.doubleValue());
      } else {
        assertThat(written).as(name).isEqualTo(expected.toString());
      }
    }
    return named;
  }

  private static Map<String, Object> config(String name) {
    return new LinkedHashMap<>(Optimizers.get(name).getConfig());
  }

  private static String keras3(String name) {
    String inKeras3 = "keras3." + lower(name);
    return Optimizers.names().contains(inKeras3) ? inKeras3 : lower(name);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
