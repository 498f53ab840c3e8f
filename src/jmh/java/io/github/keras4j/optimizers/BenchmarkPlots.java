package io.github.keras4j.optimizers;

import io.github.keras4j.examples.Charts;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Ellipse2D;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.Range;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.general.DatasetUtils;
import org.jfree.data.xy.DefaultXYDataset;

/** The plots of docs/benchmarks.md, drawn from its tables. */
final class BenchmarkPlots {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 540;
  private static final DecimalFormatSymbols ROOT = DecimalFormatSymbols.getInstance(Locale.ROOT);

  // Columns of the tables.
  private static final int LIBRARY = 1;
  private static final int CEILING = 3;
  private static final int C = 4;

  private final String page;

  BenchmarkPlots(String page) {
    this.page = page;
  }

  /** Draws them again, without a new measurement. */
  public static void main(String[] args) throws IOException {
    new BenchmarkPlots(Files.readString(Path.of("docs", "benchmarks.md"))).write();
  }

  void write() throws IOException {
    System.setProperty("java.awt.headless", "true");
    Charts.write(sizes(), Path.of("docs", "images", "steps.png"), WIDTH, HEIGHT);
    Charts.write(peers(), Path.of("docs", "images", "peers.png"), WIDTH, HEIGHT);
  }

  private List<List<String>> table(String name) {
    String mark = "<!-- " + name + " -->\n";
    int start = page.indexOf(mark) + mark.length();
    return MarkdownTable.rows(page.substring(start, page.indexOf("<!-- end -->", start)));
  }

  /** A number, or the median before its range in brackets. */
  private static double number(String cell) {
    return Double.parseDouble(cell.split(" ")[0].replace(",", ""));
  }

  private JFreeChart sizes() {
    DefaultXYDataset lines = new DefaultXYDataset();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true); // or each segment starts the dashes again
    renderer.setLegendLine(Charts.LEGEND_LINE);
    addLines(lines, renderer, "Adam", new Color(0x0072B2), table("sizes adam"));
    addLines(lines, renderer, "SGD", new Color(0xD55E00), table("sizes sgd"));
    LogAxis elements = new LogAxis("elements");
    elements.setBase(4.); // the sizes are powers of four
    elements.setTickUnit(new NumberTickUnit(1.));
    elements.setNumberFormatOverride(new DecimalFormat("#,##0", ROOT));
    elements.setRange(1 << 9, 1 << 25);
    NumberAxis nanos = new NumberAxis("ns per element");
    nanos.setTickUnit(new NumberTickUnit(0.1, new DecimalFormat("0.0", ROOT)));
    XYPlot plot = new XYPlot(lines, Charts.styled(elements), Charts.styled(nanos), renderer);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    return Charts.chart("One step on one thread: nanoseconds per element", plot);
  }

  private static void addLines(
      DefaultXYDataset lines,
      XYLineAndShapeRenderer renderer,
      String optimizer,
      Color color,
      List<List<String>> table) {
    addLine(lines, renderer, optimizer + ", library", color, table, LIBRARY);
    renderer.setSeriesShapesVisible(lines.getSeriesCount() - 1, true);
    renderer.setSeriesShape(lines.getSeriesCount() - 1, new Ellipse2D.Double(-4., -4., 8., 8.));
    addLine(lines, renderer, optimizer + ", C", color, table, C, 10f, 5f);
    addLine(lines, renderer, optimizer + ", ceiling", color, table, CEILING, 2f, 4f);
  }

  private static void addLine(
      DefaultXYDataset lines,
      XYLineAndShapeRenderer renderer,
      String name,
      Color color,
      List<List<String>> table,
      int column,
      float... dashes) {
    List<List<String>> measured =
        table.stream().filter(row -> !row.get(column).equals("–")).collect(Collectors.toList());
    int series = lines.getSeriesCount();
    lines.addSeries(
        name,
        new double[][] {
          measured.stream().mapToDouble(row -> number(row.get(0))).toArray(),
          measured.stream().mapToDouble(row -> number(row.get(column))).toArray()
        });
    renderer.setSeriesPaint(series, color);
    renderer.setSeriesStroke(
        series,
        new BasicStroke(
            2f,
            BasicStroke.CAP_BUTT,
            BasicStroke.JOIN_ROUND,
            1f,
            dashes.length == 0 ? null : dashes,
            0f));
  }

  /** Bars grow from 1, which is this library, upwards and, for what is faster, downwards. */
  private JFreeChart peers() {
    DefaultCategoryDataset bars = new DefaultCategoryDataset();
    List<List<String>> others =
        table("peers").stream()
            .skip(1)
            .sorted(Comparator.comparingDouble(row -> number(row.get(2))))
            .collect(Collectors.toList());
    for (List<String> row : others) {
      bars.addValue(number(row.get(2)), "1M elements", row.get(0));
      bars.addValue(number(row.get(4)), "16M elements", row.get(0));
      bars.addValue(number(row.get(6)), "1000 tensors of 1000", row.get(0));
    }
    BarRenderer renderer = new BarRenderer();
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setItemMargin(0.);
    renderer.setBase(1.);
    renderer.setSeriesPaint(0, new Color(0x0072B2));
    renderer.setSeriesPaint(1, new Color(0xE69F00));
    renderer.setSeriesPaint(2, new Color(0x009E73));
    renderer.setDefaultItemLabelGenerator(
        new StandardCategoryItemLabelGenerator("{2}", new DecimalFormat("0.0", ROOT)));
    renderer.setDefaultItemLabelFont(Charts.FONT.deriveFont(12f));
    renderer.setDefaultItemLabelsVisible(true);
    LogAxis times = new LogAxis("times as long, logarithmic: lower is better");
    times.setBase(2.);
    times.setTickUnit(new NumberTickUnit(1.));
    times.setNumberFormatOverride(new DecimalFormat("0.##", ROOT));
    Range ratios = DatasetUtils.findRangeBounds(bars);
    times.setRange(Math.min(0.8, ratios.getLowerBound() / 1.3), 1.5 * ratios.getUpperBound());
    CategoryAxis libraries = new CategoryAxis();
    libraries.setCategoryMargin(0.15);
    libraries.setMaximumCategoryLabelLines(2);
    libraries.setMaximumCategoryLabelWidthRatio(1.2f); // or names are cut
    CategoryPlot plot =
        new CategoryPlot(bars, Charts.styled(libraries), Charts.styled(times), renderer);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    plot.addRangeMarker(new ValueMarker(1., Color.GRAY, new BasicStroke(2f)));
    return Charts.chart("One Adam step: time relative to keras-optimizers, the line at 1", plot);
  }
}
