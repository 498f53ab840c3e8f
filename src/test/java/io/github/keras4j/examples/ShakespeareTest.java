package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ShakespeareTest {
  private static final Shakespeare CORPUS = Shakespeare.load();

  @Test
  void beginsAsTheTextDoes() {
    assertThat(Arrays.stream(CORPUS.text()).limit(10).mapToObj(CORPUS.words()::get))
        .containsExactly(
            "first", "citizen", "before", "we", "proceed", "any", "further", "hear", "me", "speak");
  }

  @Test
  void countsEachWordAndHasTheMostFrequentFirst() {
    assertThat(CORPUS.words()).doesNotHaveDuplicates().hasSize(12_373).startsWith("the", "and");
    assertThat(CORPUS.counts()).hasSize(12_373).startsWith(6_287, 5_690);
    assertThat(CORPUS.counts()[CORPUS.words().indexOf("romeo")]).isEqualTo(278);
    assertThat(Arrays.stream(CORPUS.counts()).sum()).isEqualTo(CORPUS.text().length);
    assertThat(Shakespeare.of("Ah, 'tis so; so o'er it! 'Tis AH.").words())
        .containsExactly("ah", "so", "tis", "it", "o'er");
  }
}
