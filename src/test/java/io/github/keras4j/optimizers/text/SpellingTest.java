package io.github.keras4j.optimizers.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {
  private static final List<String> KNOWN =
      List.of("adadelta", "adam", "adamax", "CosineDecay", "lr", "momentum", "sgd", "beta_1");

  @ParameterizedTest
  @CsvSource({
    "adamm, adam", // one more
    "adm, adam", // one less
    "sdg, sgd", // two swapped
    "Sgd, sgd", // of another case
    "cosinedecay, CosineDecay",
    "adan, adam", // another
    "beta1, beta_1",
    "mometnun, momentum", // two mistakes
    "adamaxx, adamax", // not adam, which is three away
    "adax, adam", // of two that are as near, the first
  })
  void namesTheNearest(String name, String meant) {
    assertThat(Spelling.didYouMean(name, KNOWN)).isEqualTo("; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({
    "l", // every short name is near
    "rl", "sg1x", // two mistakes in four letters
    "mmntm12", // too many
    "nothing", "''",
  })
  void saysNothingOfWhatIsFar(String name) {
    assertThat(Spelling.didYouMean(name, KNOWN)).isEmpty();
  }

  @Test
  void doesNotCompareLongNames() {
    String name = "x".repeat(60);

    assertThat(Spelling.didYouMean(name, List.of(name + "y")))
        .isEqualTo("; did you mean " + name + "y?");
    assertThat(Spelling.didYouMean(name + "y", List.of(name + "z"))).isEmpty();
  }
}
