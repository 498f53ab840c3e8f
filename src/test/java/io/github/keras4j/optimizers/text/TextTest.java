package io.github.keras4j.optimizers.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void keepsWhatPrintsInEveryScript() {
    assertThat(Text.quote("Adam 최적화 \ud83d\ude00 é")).isEqualTo("\"Adam 최적화 \ud83d\ude00 é\"");
  }

  @Test
  void escapesWhatWouldForgeALineOrEndTheQuotes() {
    assertThat(Text.quote("a\nb\u001b[31m\u2028\u202e\0\ud800\"\\\ue000"))
        .isEqualTo("\"a\\u000ab\\u001b[31m\\u2028\\u202e\\u0000\\ud800\\\"\\\\\\ue000\"");
  }

  @Test
  void cutsAfterEightyCharacters() {
    assertThat(Text.quote("\ud83d\ude00".repeat(80)))
        .isEqualTo('"' + "\ud83d\ude00".repeat(80) + '"');
    assertThat(Text.quote("x".repeat(81))).isEqualTo('"' + "x".repeat(80) + "\"...");
  }
}
