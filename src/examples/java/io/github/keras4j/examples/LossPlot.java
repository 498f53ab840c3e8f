package io.github.keras4j.examples;

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
      renderer.setSeriesPaint(i, Charts.color(i));
      renderer.setSeriesStroke(i, Charts.stroke(i, 2.2f));
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
