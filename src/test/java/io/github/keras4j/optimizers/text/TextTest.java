package io.github.keras4j.optimizers.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
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

  @Test
  void saysWhatAnExceptionSaysInOneLineWithoutItsClassAndFile() {
    assertThat(Text.reason(new IOException("No \"space\" left"))).isEqualTo("No \"space\" left");
    assertThat(Text.reason(new FileSystemException("/x", null, "Not a directory")))
        .isEqualTo("Not a directory");
    assertThat(Text.reason(new IllegalArgumentException("a\nb\u001b[31m\\")))
        .isEqualTo("a\\u000ab\\u001b[31m\\");
  }

  @Test
  void saysTheWordsOfAnExceptionThatSaysNothing() {
    assertThat(Text.reason(new AccessDeniedException("/x"))).isEqualTo("access denied");
    assertThat(Text.reason(new NoSuchFileException("/x"))).isEqualTo("no such file");
    assertThat(Text.reason(new ClosedByInterruptException())).isEqualTo("closed by interrupt");
    assertThat(Text.reason(new NullPointerException())).isEqualTo("null pointer");
  }
}
