package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class SchedulesTest extends ProgramTest {
  @Override
  int run(PrintStream out, PrintStream err, String... args) {
    return Schedules.run(out, err, args);
  }

  @Test
  void drawsSixCharts() throws IOException {
    Path picture = directory.resolve("schedules.png");
    assertThat(run("--output", picture.toString())).isZero();
    assertThat(errLines()).isEmpty();
    assertThat(outLines()).containsExactly("Learning rates: " + picture);
    BufferedImage image = ImageIO.read(picture.toFile());
    assertThat(image.getWidth()).isEqualTo(2240);
    assertThat(image.getHeight()).isEqualTo(1980);
    BufferedImage dark = ImageIO.read(directory.resolve("schedules-dark.png").toFile());
    assertThat(dark.getRGB(0, 0)).isEqualTo(0xFF0D1117);
  }

  @Test
  void helpDrawsNothing() {
    assertThat(run("--help")).isZero();
    assertThat(String.join("\n", outLines()))
        .contains("target/schedules.png")
        .doesNotContain("optimizer");
    assertThat(Path.of("--help")).doesNotExist();
    assertThat(run("picture.png")).isEqualTo(2);
    assertThat(errLines())
        .containsExactly("schedules: Unmatched argument at index 0: 'picture.png'");
  }
}
