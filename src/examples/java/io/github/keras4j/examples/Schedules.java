package io.github.keras4j.examples;

import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.CosineDecayRestarts;
import io.github.keras4j.optimizers.schedules.ExponentialDecay;
import io.github.keras4j.optimizers.schedules.InverseTimeDecay;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.schedules.PiecewiseConstantDecay;
import io.github.keras4j.optimizers.schedules.PolynomialDecay;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.xy.DefaultXYDataset;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Draws the learning rates of six schedules.
 *
 * <pre>
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.examples.Schedules
 * </pre>
 */
@Command(
    name = "schedules",
    sortOptions = false,
    description = "Draws the learning rates of six schedules.%n")
public final class Schedules implements Callable<Integer> {
  private static final int STEPS = 1000;
  private static final int COLUMNS = 2;
  private static final int WIDTH = 560;
  private static final int HEIGHT = 330;
  private static final int SCALE = 2;
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 14);

  // Of the colours of Okabe and Ito, which colour-blind readers tell apart; dashes do without them.
  private static final Color[] COLORS = {
    new Color(0x0072B2), new Color(0xD55E00), new Color(0x009E73)
  };
  private static final float[][] DASHES = {null, {9f, 4f}, {3f, 3f}};

  /** One schedule with a few arguments. */
  private record Panel(String title, Map<String, LearningRateSchedule> curves) {}

  private static final List<Panel> PANELS =
      List.of(
          new Panel(
              "ExponentialDecay",
              Map.of(
                  "decay_rate 0.5",
                  exponential(0.5, false),
                  "with staircase",
                  exponential(0.5, true),
                  "decay_rate 0.8",
                  exponential(0.8, false))),
          new Panel(
              "PiecewiseConstantDecay",
              Map.of(
                  "boundaries 300, 700",
                  PiecewiseConstantDecay.builder()
                      .boundaries(300, 700)
                      .values(0.1, 0.03, 0.01)
                      .build())),
          new Panel(
              "PolynomialDecay",
              Map.of(
                  "power 1",
                  polynomial(700., 1., false),
                  "power 2",
                  polynomial(700., 2., false),
                  "power 2, cycle",
                  polynomial(250., 2., true))),
          new Panel(
              "InverseTimeDecay",
              Map.of(
                  "decay_rate 1",
                  inverseTime(1., false),
                  "with staircase",
                  inverseTime(1., true),
                  "decay_rate 4",
                  inverseTime(4., false))),
          new Panel(
              "CosineDecay",
              Map.of(
                  "alpha 0",
                  cosine(800., 0.1, 0.).build(),
                  "alpha 0.2",
                  cosine(800., 0.1, 0.2).build(),
                  "with warm-up",
                  cosine(800., 0., 0.).warmupTarget(0.1).warmupSteps(200.).build())),
          new Panel(
              "CosineDecayRestarts",
              Map.of(
                  "t_mul 1",
                  restarts(250., 1., 1.),
                  "t_mul 2",
                  restarts(143., 2., 1.),
                  "t_mul 2, m_mul 0.6",
                  restarts(143., 2., 0.6))));

  @Mixin private final Picture picture = new Picture(Path.of("target", "schedules.png"));

  private final PrintStream out;

  private Schedules(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs the program; ends the virtual machine with an exit code where it fails.
   *
   * @param args as {@code --help} shows them
   */
  public static void main(String[] args) {
    Picture.exit(run(System.out, System.err, args));
  }

  /** Runs the program; returns its exit code. */
  static int run(PrintStream out, PrintStream err, String... args) {
    return Picture.run(new Schedules(out), out, err, args);
  }

  @Override
  public Integer call() throws IOException {
    picture.prepare();
    List<JFreeChart> charts = PANELS.stream().map(Schedules::chart).toList();
    write(charts, picture.file());
    charts.forEach(Charts::darken);
    write(charts, Charts.dark(picture.file()));
    out.printf("Learning rates: %s%n", picture.file());
    return 0;
  }

  private static void write(List<JFreeChart> charts, Path file) throws IOException {
    int rows = charts.size() / COLUMNS;
    BufferedImage image =
        new BufferedImage(
            SCALE * COLUMNS * WIDTH, SCALE * rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.scale(SCALE, SCALE);
    for (int i = 0; i < charts.size(); i++) {
      charts
          .get(i)
          .draw(
              graphics,
              new Rectangle2D.Double(i % COLUMNS * WIDTH, i / COLUMNS * HEIGHT, WIDTH, HEIGHT));
    }
    graphics.dispose();
    try (OutputStream out = Files.newOutputStream(file)) {
      ChartUtils.writeBufferedImageAsPNG(out, image);
    }
  }

  private static LearningRateSchedule exponential(double decayRate, boolean staircase) {
    return ExponentialDecay.builder()
        .initialLearningRate(0.1)
        .decaySteps(200)
        .decayRate(decayRate)
        .staircase(staircase)
        .build();
  }

  private static LearningRateSchedule inverseTime(double decayRate, boolean staircase) {
    return InverseTimeDecay.builder()
        .initialLearningRate(0.1)
        .decaySteps(200)
        .decayRate(decayRate)
        .staircase(staircase)
        .build();
  }

  private static LearningRateSchedule polynomial(double decaySteps, double power, boolean cycle) {
    return PolynomialDecay.builder()
        .initialLearningRate(0.1)
        .decaySteps(decaySteps)
        .endLearningRate(0.01)
        .power(power)
        .cycle(cycle)
        .build();
  }

  private static CosineDecay.Builder cosine(double decaySteps, double initial, double alpha) {
    return CosineDecay.builder().initialLearningRate(initial).decaySteps(decaySteps).alpha(alpha);
  }

  private static LearningRateSchedule restarts(double first, double tMul, double mMul) {
    return CosineDecayRestarts.builder()
        .initialLearningRate(0.1)
        .firstDecaySteps(first)
        .tMul(tMul)
        .mMul(mMul)
        .build();
  }

  private static JFreeChart chart(Panel panel) {
    DefaultXYDataset curves = new DefaultXYDataset();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true); // or each segment starts the dashes again
    renderer.setLegendLine(new Line2D.Double(-22., 0., 22., 0.));
    new TreeMap<>(panel.curves())
        .forEach(
            (label, schedule) -> {
              int series = curves.getSeriesCount();
              curves.addSeries(label, curve(schedule));
              renderer.setSeriesPaint(series, COLORS[series]);
              renderer.setSeriesStroke(series, stroke(DASHES[series]));
            });
    XYPlot plot =
        new XYPlot(
            curves,
            axis("step", 0., STEPS, 200.),
            axis("learning rate", 0., 0.105, 0.02),
            renderer);
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    JFreeChart chart = new JFreeChart(panel.title(), FONT.deriveFont(Font.BOLD, 16f), plot, true);
    chart.setBackgroundPaint(Color.WHITE);
    chart.setPadding(new RectangleInsets(8., 8., 8., 16.));
    LegendTitle legend = chart.getLegend();
    legend.setItemFont(FONT);
    legend.setFrame(BlockBorder.NONE);
    return chart;
  }

  private static double[][] curve(LearningRateSchedule schedule) {
    double[][] curve = new double[2][STEPS];
    for (int step = 0; step < STEPS; step++) {
      curve[0][step] = step;
      curve[1][step] = schedule.at(step);
    }
    return curve;
  }

  private static BasicStroke stroke(float[] dashes) {
    return new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, dashes, 0f);
  }

  private static NumberAxis axis(String label, double from, double to, double unit) {
    NumberAxis axis = new NumberAxis(label);
    axis.setRange(from, to);
    axis.setTickUnit(new NumberTickUnit(unit));
    axis.setLabelFont(FONT);
    axis.setTickLabelFont(FONT);
    return axis;
  }
}
