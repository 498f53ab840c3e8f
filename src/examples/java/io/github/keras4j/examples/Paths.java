package io.github.keras4j.examples;

import static java.util.Map.entry;

import io.github.keras4j.optimizers.LossFunction;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYPointerAnnotation;
import org.jfree.chart.annotations.XYShapeAnnotation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.TextTitle;
import org.jfree.data.xy.DefaultXYDataset;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Draws the paths of optimizers down Beale's function.
 *
 * <pre>
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.examples.Paths
 * mvn -q test-compile exec:java -Dexec.mainClass=io.github.keras4j.examples.Paths \
 *     -Dexec.args="adam keras3.adam lion --steps 100"
 * </pre>
 */
@Command(
    name = "paths",
    sortOptions = false,
    description =
        "Draws the paths of optimizers down Beale's function, and prints where each" + " ended.%n")
public final class Paths implements Callable<Integer> {
  private static final int MARKED_STEPS = 100;
  private static final int STEPS_PER_MARK = 20;
  private static final double[] START = {0.7, 1.4};
  private static final double[] MINIMUM = {3., 0.5};

  private static final NumberFormat NUMBER =
      new DecimalFormat("0.####", DecimalFormatSymbols.getInstance(Locale.ROOT));

  private static final double LEFT = -0.1;
  private static final double RIGHT = 3.6;
  private static final double BOTTOM = -1.;
  private static final double TOP = 1.6;

  /** Beale's function: steep walls, and between them a long and almost level valley. */
  private static final LossFunction BEALE =
      (parameters, gradients) -> {
        double x = parameters[0][0];
        double y = parameters[0][1];
        double a = 1.5 - x + x * y;
        double b = 2.25 - x + x * y * y;
        double c = 2.625 - x + x * y * y * y;
        gradients[0][0] = 2. * (a * (y - 1.) + b * (y * y - 1.) + c * (y * y * y - 1.));
        gradients[0][1] = 2. * x * (a + 2. * b * y + 3. * c * y * y);
        return a * a + b * b + c * c;
      };

  /** Rates with which the way down can be seen; for other optimizers, their defaults. */
  private static final Map<String, Double> LEARNING_RATES =
      Map.ofEntries(
          entry("sgd", 0.01),
          entry("sgd-nesterov", 0.003),
          entry("rmsprop", 0.01),
          entry("adagrad", 0.5),
          entry("adadelta", 10.),
          entry("adam", 0.1),
          entry("adamax", 0.2),
          entry("nadam", 0.1),
          entry("adabelief", 0.1),
          entry("keras3.sgd", 0.01),
          entry("keras3.rmsprop", 0.01),
          entry("keras3.adagrad", 0.5),
          entry("keras3.adadelta", 10.),
          entry("keras3.adam", 0.1),
          entry("keras3.adamax", 0.2),
          entry("keras3.nadam", 0.1),
          entry("adamw", 0.1),
          entry("ftrl", 0.5),
          entry("lion", 0.012),
          entry("lamb", 0.01),
          entry("adafactor", 0.03),
          entry("muon", 0.1),
          entry("schedulefreeadamw", 0.1));

  private static final List<Shape> MARKS =
      List.of(
          polygon(4, 45.),
          polygon(3, 90.),
          polygon(4, 0.),
          polygon(3, -90.),
          new Ellipse2D.Double(-4.5, -4.5, 9., 9.),
          polygon(5, 90.),
          polygon(6, 0.));

  @Parameters(
      paramLabel = "OPTIMIZER",
      description = "which optimizers to draw, by name; default ${DEFAULT-VALUE}")
  private List<String> names =
      List.of(
          "sgd-nesterov",
          "rmsprop",
          "adagrad",
          "adadelta",
          "adam",
          "adamax",
          "nadam",
          "lion",
          "muon",
          "schedulefreeadamw");

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "steps of each optimizer; default ${DEFAULT-VALUE}")
  private int steps = 300;

  @Mixin private final Picture picture = new Picture(Path.of("target", "paths.png"));

  @Spec private CommandSpec spec;

  private final PrintStream out;

  private Paths(PrintStream out) {
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

  /** Runs the program; answers its exit code. */
  static int run(PrintStream out, PrintStream err, String... args) {
    return Picture.run(new Paths(out), out, err, args);
  }

  @Override
  public Integer call() throws IOException {
    List<Runner> runners =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .distinct()
            .map(this::runner)
            .toList();
    if (steps < 1) {
      throw new ParameterException(spec.commandLine(), "--steps must be at least 1, got " + steps);
    }
    picture.prepare();
    picture.write(chart(runners), 1000, 760);
    out.printf("%nPaths: %s%n", picture.file());
    return 0;
  }

  /** An optimizer, and what its path is called. */
  private record Runner(String label, Optimizer optimizer) {}

  private Runner runner(String name) {
    Optimizer optimizer = picture.optimizer(name);
    optimizer.setLr(LEARNING_RATES.getOrDefault(name, optimizer.getLr()));
    if (optimizer instanceof BaseOptimizer ofKeras3) {
      ofKeras3.build(TensorSpec.of("point", 1, 2)); // a row, which Muon takes for a matrix
    }
    return new Runner(name + ", lr " + NUMBER.format(optimizer.getLr()), optimizer);
  }

  /** All points of an optimizer's way, first the x, then the y. */
  private double[][] path(Optimizer optimizer) {
    double[][] parameters = {START.clone()};
    double[][] path = new double[2][steps + 1];
    for (int step = 0; step <= steps; step++) {
      path[0][step] = parameters[0][0];
      path[1][step] = parameters[0][1];
      optimizer.minimize(BEALE, parameters);
    }
    return path;
  }

  private JFreeChart chart(List<Runner> runners) {
    DefaultXYDataset paths = new DefaultXYDataset();
    XYLineAndShapeRenderer renderer = new MarkedLines(steps);
    for (Runner runner : runners) {
      int series = paths.getSeriesCount();
      double[][] path = path(runner.optimizer());
      paths.addSeries(runner.label(), path);
      renderer.setSeriesPaint(series, Charts.color(series));
      renderer.setSeriesStroke(series, Charts.stroke(series, 2.4f));
      renderer.setSeriesShape(series, MARKS.get(series % MARKS.size()));
      out.printf(
          Locale.ROOT,
          "%-38s after %d steps at (%.4f, %.4f)%n",
          runner.label(),
          steps,
          path[0][steps],
          path[1][steps]);
    }
    renderer.addAnnotation(dot(START));
    renderer.addAnnotation(pointer("start (0.7, 1.4)", START, -20.));
    renderer.addAnnotation(dot(MINIMUM));
    renderer.addAnnotation(pointer("minimum (3, 0.5)", MINIMUM, 60.));
    XYPlot plot = new XYPlot(paths, axis("x", LEFT, RIGHT), axis("y", BOTTOM, TOP), renderer);
    plot.setBackgroundImage(contours());
    plot.setBackgroundImageAlpha(1f);
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinesVisible(false);
    JFreeChart chart = Charts.chart("Optimizers on Beale's function", plot);
    chart.addSubtitle(
        0,
        new TextTitle("f = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²", Charts.FONT));
    chart.addSubtitle(
        1,
        new TextTitle(
            String.format(
                Locale.ROOT,
                "%d steps, marks every %d up to %d and at the end; contours at half powers of ten",
                steps,
                STEPS_PER_MARK,
                MARKED_STEPS),
            Charts.FONT));
    return chart;
  }

  private static NumberAxis axis(String label, double from, double to) {
    NumberAxis axis = new NumberAxis(label);
    axis.setRange(from, to);
    axis.setTickUnit(new NumberTickUnit(0.5));
    return Charts.styled(axis);
  }

  private static XYShapeAnnotation dot(double[] point) {
    return new XYShapeAnnotation(
        new Ellipse2D.Double(point[0] - 0.015, point[1] - 0.0175, 0.03, 0.035),
        new BasicStroke(1.5f),
        Color.WHITE,
        Color.BLACK);
  }

  private static XYPointerAnnotation pointer(String text, double[] point, double degrees) {
    XYPointerAnnotation pointer =
        new XYPointerAnnotation(text, point[0], point[1], Math.toRadians(degrees));
    pointer.setFont(Charts.FONT.deriveFont(Font.BOLD));
    pointer.setBackgroundPaint(Color.WHITE);
    pointer.setBaseRadius(70.);
    pointer.setTipRadius(9.);
    pointer.setLabelOffset(14.);
    pointer.setArrowPaint(Color.BLACK);
    pointer.setArrowStroke(new BasicStroke(1.6f));
    return pointer;
  }

  /**
   * Grey lines where log10 of the function crosses a multiple of a half, the bands between them
   * darker where it is higher.
   */
  private static BufferedImage contours() {
    BufferedImage image = new BufferedImage(1800, 1200, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < image.getHeight(); row++) {
      for (int column = 0; column < image.getWidth(); column++) {
        double level = level(image, column, row);
        double perPixel =
            Math.hypot(
                level(image, column + 1, row) - level, level(image, column, row + 1) - level);
        double pixelsToLine = Math.abs(level - Math.rint(level)) / perPixel;
        double band = Math.max(0., Math.min(1., (Math.floor(level) + 4.) / 8.));
        double grey = 255. - 27. * band;
        double line = Math.max(0., Math.min(1., 2. - pixelsToLine));
        int value = (int) Math.round(grey - 60. * line);
        image.setRGB(column, row, new Color(value, value, value).getRGB());
      }
    }
    return image;
  }

  private static double level(BufferedImage image, int column, int row) {
    double x = LEFT + (RIGHT - LEFT) * (column + 0.5) / image.getWidth();
    double y = TOP - (TOP - BOTTOM) * (row + 0.5) / image.getHeight();
    double[][] scratch = new double[1][2];
    return 2. * Math.log10(BEALE.evaluate(new double[][] {{x, y}}, scratch));
  }

  private static Shape polygon(int corners, double degrees) {
    Path2D shape = new Path2D.Double();
    for (int corner = 0; corner < corners; corner++) {
      double angle = Math.toRadians(degrees + 360. * corner / corners);
      double x = 6. * Math.cos(angle);
      double y = -6. * Math.sin(angle);
      if (corner == 0) {
        shape.moveTo(x, y);
      } else {
        shape.lineTo(x, y);
      }
    }
    shape.closePath();
    return shape;
  }

  /** Lines with a white-rimmed mark on some of their points. */
  private static final class MarkedLines extends XYLineAndShapeRenderer {
    private static final long serialVersionUID = 1L;

    private final int steps;

    MarkedLines(int steps) {
      super(true, true);
      this.steps = steps;
      setDrawSeriesLineAsPath(true); // or each segment starts the dashes anew
      setLegendLine(Charts.LEGEND_LINE);
      setUseOutlinePaint(true);
      setDefaultOutlinePaint(Color.WHITE);
      setDefaultOutlineStroke(new BasicStroke(1f));
    }

    @Override
    public boolean getItemShapeVisible(int series, int step) {
      return step == steps || step <= MARKED_STEPS && step % STEPS_PER_MARK == 0;
    }

    /**
     * The legend asks for the first point's mark; at the start itself they would hide each other.
     */
    @Override
    public Shape getItemShape(int series, int step) {
      return step == 0 ? new Path2D.Double() : super.getItemShape(series, step);
    }
  }
}
