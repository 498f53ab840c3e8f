package io.github.keras4j.examples;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Paint;
import java.awt.Shape;
import java.awt.Stroke;
import java.awt.geom.Line2D;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYTextAnnotation;
import org.jfree.chart.axis.Axis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.AbstractRenderer;
import org.jfree.chart.ui.RectangleInsets;

/** What all pictures have in common. */
public final class Charts {
  /** Of everything but the title. */
  public static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 15);

  /** Long enough to show how a line is dashed. */
  public static final Shape LEGEND_LINE = new Line2D.Double(-25., 0., 25., 0.);

  // The colours of Okabe and Ito, which colour-blind readers tell apart; except their yellow,
  // which is hard to see on white: wine red in its place; then olive, indigo and grey. Dashes tell
  // neighbours
  // apart without them.
  private static final int[] COLORS = {
    0x000000, 0xE69F00, 0x56B4E9, 0x009E73, 0x882255, 0x0072B2, 0xD55E00, 0xCC79A7, 0x999933,
    0x332288, 0x777777
  };
  private static final float[][] DASHES = {null, {9f, 4f}, {3f, 3f}, {12f, 4f, 2f, 4f}};

  private static final Color DARK = new Color(0x0D1117);
  private static final Color TEXT_ON_DARK = new Color(0xE6EDF3);
  private static final Color GRID_ON_DARK = new Color(0x3D444D);

  private Charts() {}

  /** The colour of a curve, by its number. */
  static Color color(int curve) {
    return new Color(COLORS[curve % COLORS.length]);
  }

  /** How a curve is dashed, by its number: of 44, no two have the same colour and dashes. */
  static Stroke stroke(int curve, float width) {
    float[] dashes = DASHES[curve % DASHES.length];
    return new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, dashes, 0f);
  }

  /** A chart on white, with a legend. */
  public static JFreeChart chart(String title, Plot plot) {
    plot.setBackgroundPaint(Color.WHITE);
    JFreeChart chart = new JFreeChart(title, FONT.deriveFont(Font.BOLD, 18f), plot, true);
    chart.setBackgroundPaint(Color.WHITE);
    chart.setPadding(new RectangleInsets(12., 12., 12., 12.));
    chart.getLegend().setItemFont(FONT);
    chart.getLegend().setFrame(BlockBorder.NONE);
    return chart;
  }

  /** An axis in the font of the rest. */
  public static <A extends Axis> A styled(A axis) {
    axis.setLabelFont(FONT);
    axis.setTickLabelFont(FONT);
    return axis;
  }

  /**
   * Writes a PNG file of twice the width and height, for screens with small pixels; and next to it
   * one for dark pages, whose name ends in {@code -dark.png}.
   */
  public static void write(JFreeChart chart, Path file, int width, int height) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      ChartUtils.writeScaledChartAsPNG(out, chart, width, height, 2, 2);
    }
    darken(chart);
    try (OutputStream out = Files.newOutputStream(dark(file))) {
      ChartUtils.writeScaledChartAsPNG(out, chart, width, height, 2, 2);
    }
  }

  /** The file of the same picture for dark pages. */
  static Path dark(Path file) {
    return Path.of(file.toString().replaceFirst("\\.png$", "-dark.png"));
  }

  /** Gives a chart the colours of a dark page. */
  static void darken(JFreeChart chart) {
    chart.setBackgroundPaint(DARK);
    chart.getTitle().setPaint(TEXT_ON_DARK);
    Plot plot = chart.getPlot();
    plot.setBackgroundPaint(DARK);
    plot.setOutlinePaint(GRID_ON_DARK);
    if (chart.getLegend() != null) {
      chart.getLegend().setItemPaint(TEXT_ON_DARK);
      chart.getLegend().setBackgroundPaint(DARK);
    }
    if (plot instanceof XYPlot xy) {
      xy.setDomainGridlinePaint(GRID_ON_DARK);
      xy.setRangeGridlinePaint(GRID_ON_DARK);
      darken(xy.getDomainAxis());
      darken(xy.getRangeAxis());
      darken((AbstractRenderer) xy.getRenderer(), xy.getSeriesCount());
      for (Object annotation : xy.getAnnotations()) {
        if (annotation instanceof XYTextAnnotation text) {
          text.setPaint(onDark(text.getPaint()));
        }
      }
    } else if (plot instanceof CategoryPlot bars) {
      bars.setRangeGridlinePaint(GRID_ON_DARK);
      darken(bars.getDomainAxis());
      darken(bars.getRangeAxis());
      darken((AbstractRenderer) bars.getRenderer(), bars.getDataset().getRowCount());
    }
  }

  private static void darken(Axis axis) {
    axis.setLabelPaint(TEXT_ON_DARK);
    axis.setTickLabelPaint(TEXT_ON_DARK);
    axis.setAxisLinePaint(GRID_ON_DARK);
    axis.setTickMarkPaint(GRID_ON_DARK);
  }

  private static void darken(AbstractRenderer renderer, int series) {
    renderer.setDefaultItemLabelPaint(TEXT_ON_DARK);
    for (int i = 0; i < series; i++) {
      renderer.setSeriesPaint(i, onDark(renderer.getSeriesPaint(i)));
    }
  }

  /** A lighter colour of the same kind; white for black. */
  private static Color onDark(Paint paint) {
    Color color = (Color) paint;
    return color.equals(Color.BLACK)
        ? TEXT_ON_DARK
        : new Color(lighter(color.getRed()), lighter(color.getGreen()), lighter(color.getBlue()));
  }

  private static int lighter(int part) {
    return part + (255 - part) * 2 / 5;
  }
}
