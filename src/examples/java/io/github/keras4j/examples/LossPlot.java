package io.github.keras4j.examples;

import java.awt.Color;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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

  /** What a curve is called, and its points. */
  record Curve(String name, List<Double> x, List<Double> losses) {
    private double last() {
      return losses.get(losses.size() - 1);
    }
  }

  /** The legend has the curves in the order in which they end. */
  static JFreeChart of(String title, ValueAxis x, String loss, List<Curve> curves) {
    List<Curve> fromWorst = new ArrayList<>(curves);
    fromWorst.sort(Comparator.comparingDouble(Curve::last).reversed());
    DefaultXYDataset dataset = new DefaultXYDataset();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true); // or each segment starts the dashes anew
    renderer.setLegendLine(Charts.LEGEND_LINE);
    for (int i = 0; i < fromWorst.size(); i++) {
      dataset.addSeries(fromWorst.get(i).name(), points(fromWorst.get(i)));
      renderer.setSeriesPaint(i, Charts.color(i));
      renderer.setSeriesStroke(i, Charts.stroke(i, 2.2f));
    }
    XYPlot plot = new XYPlot(dataset, x, lossAxis(loss, dataset), renderer);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    JFreeChart chart = Charts.chart(title, plot);
    chart.getLegend().setPosition(RectangleEdge.RIGHT);
    return chart;
  }

  private static double[][] points(Curve curve) {
    return new double[][] {
      curve.x().stream().mapToDouble(Double::doubleValue).toArray(),
      curve.losses().stream().mapToDouble(loss -> Math.max(loss, SMALLEST)).toArray()
    };
  }

  /** An axis of whole numbers. */
  static ValueAxis wholeNumbers(String label) {
    NumberAxis axis = new NumberAxis(label);
    axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
    axis.setUpperMargin(0.02);
    return Charts.styled(axis);
  }

  /**
   * From a power of ten below the smallest loss, with each power of ten named; where all losses are
   * of one size, just what they need.
   */
  private static ValueAxis lossAxis(String label, XYDataset dataset) {
    double smallest = DatasetUtils.findMinimumRangeValue(dataset).doubleValue();
    double largest = DatasetUtils.findMaximumRangeValue(dataset).doubleValue();
    if (largest < 10. * smallest) {
      NumberAxis axis = new NumberAxis(label);
      axis.setAutoRangeIncludesZero(false);
      return Charts.styled(axis);
    }
    LogAxis axis = new LogAxis(label);
    axis.setRange(0.99 * Math.pow(10., Math.floor(Math.log10(smallest))), 1.2 * largest);
    axis.setTickUnit(new NumberTickUnit(1.));
    axis.setNumberFormatOverride(TICK_FORMAT);
    return Charts.styled(axis);
  }
}
