package io.github.keras4j.examples;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Line2D;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.general.DatasetUtils;
import org.jfree.data.xy.DefaultXYDataset;
import org.jfree.data.xy.XYDataset;

/** The loss curves of several trainings in one picture. */
final class LossPlot {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 640;
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 15);

  // The colours of Okabe and Ito, which colour-blind readers tell apart; but for their yellow,
  // which is hard to see on white, wine red.
  private static final int[] COLORS = {
    0x000000, 0xE69F00, 0x56B4E9, 0x009E73, 0x882255, 0x0072B2, 0xD55E00, 0xCC79A7
  };
  private static final float[][] DASHES = {null, {9f, 4f}, {3f, 3f}, {12f, 4f, 2f, 4f}};

  private static final NumberFormat TICK_FORMAT =
      new DecimalFormat("0.############", DecimalFormatSymbols.getInstance(Locale.ROOT));

  /** What a loss of 0 is drawn as, for which a logarithmic axis has no place. */
  private static final double SMALLEST = 1e-12;

  private LossPlot() {}

  /** Writes the picture as a PNG file; the legend has the curves in the order in which they end. */
  static void write(List<Training> trainings, Path file) throws IOException {
    List<Training> fromWorst = new ArrayList<>(trainings);
    fromWorst.sort(Comparator.comparingDouble(Training::finalLoss).reversed());
    try (OutputStream out = Files.newOutputStream(file)) {
      ChartUtils.writeScaledChartAsPNG(out, chart(fromWorst), WIDTH, HEIGHT, 2, 2);
    }
  }

  private static JFreeChart chart(List<Training> trainings) {
    DefaultXYDataset dataset = new DefaultXYDataset();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true); // or each segment starts the dashes anew
    renderer.setLegendLine(new Line2D.Double(-25., 0., 25., 0.));
    for (int i = 0; i < trainings.size(); i++) {
      dataset.addSeries(trainings.get(i).name(), curve(trainings.get(i).losses()));
      renderer.setSeriesPaint(i, new Color(COLORS[i % COLORS.length]));
      renderer.setSeriesStroke(i, stroke(DASHES[i % DASHES.length]));
    }
    XYPlot plot = new XYPlot(dataset, epochAxis(), lossAxis(dataset), renderer);
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    JFreeChart chart =
        new JFreeChart(
            "Training loss on handwritten digits", FONT.deriveFont(Font.BOLD, 18f), plot, true);
    chart.setBackgroundPaint(Color.WHITE);
    chart.setPadding(new RectangleInsets(12., 12., 12., 12.));
    LegendTitle legend = chart.getLegend();
    legend.setPosition(RectangleEdge.RIGHT);
    legend.setItemFont(FONT);
    legend.setFrame(BlockBorder.NONE);
    return chart;
  }

  private static double[][] curve(List<Double> losses) {
    return new double[][] {
      IntStream.range(0, losses.size()).asDoubleStream().toArray(),
      losses.stream().mapToDouble(loss -> Math.max(loss, SMALLEST)).toArray()
    };
  }

  private static BasicStroke stroke(float[] dashes) {
    return new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, dashes, 0f);
  }

  private static ValueAxis epochAxis() {
    NumberAxis axis = new NumberAxis("epoch");
    axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
    axis.setUpperMargin(0.02);
    return styled(axis);
  }

  /** From a power of ten below the smallest loss, with each power of ten named. */
  private static ValueAxis lossAxis(XYDataset dataset) {
    double smallest = DatasetUtils.findMinimumRangeValue(dataset).doubleValue();
    double largest = DatasetUtils.findMaximumRangeValue(dataset).doubleValue();
    LogAxis axis = new LogAxis("cross-entropy over the training digits");
    axis.setRange(0.99 * Math.pow(10., Math.floor(Math.log10(smallest))), 1.2 * largest);
    axis.setTickUnit(new NumberTickUnit(1.));
    axis.setNumberFormatOverride(TICK_FORMAT);
    return styled(axis);
  }

  private static ValueAxis styled(ValueAxis axis) {
    axis.setLabelFont(FONT);
    axis.setTickLabelFont(FONT);
    return axis;
  }
}
