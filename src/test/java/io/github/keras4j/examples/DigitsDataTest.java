package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.examples.DigitsData.Digit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DigitsDataTest {
  private static final DigitsData DATA = DigitsData.load();

  private static List<Digit> all() {
    List<Digit> all = new ArrayList<>(DATA.train());
    all.addAll(DATA.test());
    return all;
  }

  @Test
  void fourFifthsAreForTraining() {
    assertThat(DATA.train()).hasSize(1437);
    assertThat(DATA.test()).hasSize(360);
  }

  @Test
  void everyDigitIsThereAsOftenAsTheSourceSays() {
    int[] counts = new int[DigitsData.CLASSES];
    all().forEach(digit -> counts[digit.label()]++);
    assertThat(counts).containsExactly(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
  }

  @Test
  void pixelsAreSixteenthsFromZeroToOne() {
    Set<Double> values =
        all().stream()
            .flatMap(digit -> IntStream.range(0, 64).mapToObj(i -> digit.pixels()[i]))
            .collect(Collectors.toSet());
    assertThat(values)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(0, 16).mapToObj(value -> value / 16.).toList());
    assertThat(all()).allMatch(digit -> digit.pixels().length == 64);
  }

  @Test
  void isSplitTheSameWayEachTime() {
    assertThat(labels(DigitsData.load().test())).isEqualTo(labels(DATA.test()));
  }

  private static List<Integer> labels(List<Digit> digits) {
    return digits.stream().map(Digit::label).toList();
  }
}
