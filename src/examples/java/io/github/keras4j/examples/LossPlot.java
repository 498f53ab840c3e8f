package io.github.keras4j.examples;

import java.awt.BasicStroke;
import java.awt.Color;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.data.general.DatasetUtils;
import org.jfree.data.xy.DefaultXYDataset;
import org.jfree.data.xy.XYDataset;

/** The loss curves of several trainings in one picture. */
final class LossPlot {
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

  /** The legend has the curves in the order in which they end. */
  static JFreeChart of(List<Training> trainings) {
    List<Training> fromWorst = new ArrayList<>(trainings);
    fromWorst.sort(Comparator.comparingDouble(Training::finalLoss).reversed());
    return chart(fromWorst);
  }

  private static JFreeChart chart(List<Training> trainings) {
    DefaultXYDataset dataset = new DefaultXYDataset();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true); // or each segment starts the dashes anew
    renderer.setLegendLine(Charts.LEGEND_LINE);
    for (int i = 0; i < trainings.size(); i++) {
      dataset.addSeries(trainings.get(i).name(), curve(trainings.get(i).losses()));
      renderer.setSeriesPaint(i, new Color(COLORS[i % COLORS.length]));
      renderer.setSeriesStroke(i, stroke(DASHES[i % DASHES.length]));
    }
    XYPlot plot = new XYPlot(dataset, epochAxis(), lossAxis(dataset), renderer);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    JFreeChart chart = Charts.chart("Training loss on handwritten digits", plot);
    chart.getLegend().setPosition(RectangleEdge.RIGHT);
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
    return Charts.styled(axis);
  }

  /** From a power of ten below the smallest loss, with each power of ten named. */
  private static ValueAxis lossAxis(XYDataset dataset) {
    double smallest = DatasetUtils.findMinimumRangeValue(dataset).doubleValue();
    double largest = DatasetUtils.findMaximumRangeValue(dataset).doubleValue();
    LogAxis axis = new LogAxis("cross-entropy over the training digits");
    axis.setRange(0.99 * Math.pow(10., Math.floor(Math.log10(smallest))), 1.2 * largest);
    axis.setTickUnit(new NumberTickUnit(1.));
    axis.setNumberFormatOverride(TICK_FORMAT);
    return Charts.styled(axis);
  }
}
