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
import org.jfree.chart.annotations.XYTextAnnotation;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.general.DatasetUtils;
import org.jfree.data.xy.DefaultXYDataset;
import org.jfree.data.xy.XYDataset;

/** The loss curves of several trainings in one picture. */
final class LossPlot {
  private static final NumberFormat TICK_FORMAT =
      new DecimalFormat("0.############", DecimalFormatSymbols.getInstance(Locale.ROOT));

  /** What a loss of 0 is drawn as, for which a logarithmic axis has no place. */
  private static final double SMALLEST = 1e-12;

  /** Between two names, as a share of the axis. */
  private static final double LEAST_DISTANCE = 0.034;

  /** Right of the curves, as a share of them. */
  private static final double ROOM_FOR_A_LETTER = 0.0125;

  private LossPlot() {}

  /** What a curve is called, its points, and the numbers of its colour and its dashes. */
  record Curve(String name, List<Double> x, List<Double> losses, int color, int dashes) {
    private double last() {
      return losses.get(losses.size() - 1);
    }
  }

  /** Curves with their names where they end, sorted by it. */
  static JFreeChart of(String title, ValueAxis x, String loss, List<Curve> curves) {
    List<Curve> fromWorst = new ArrayList<>(curves);
    fromWorst.sort(Comparator.comparingDouble(Curve::last).reversed());
    DefaultXYDataset dataset = new DefaultXYDataset();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true); // or each segment starts the dashes again
    for (int i = 0; i < fromWorst.size(); i++) {
      dataset.addSeries(fromWorst.get(i).name(), points(fromWorst.get(i)));
      renderer.setSeriesPaint(i, Charts.color(fromWorst.get(i).color()));
      renderer.setSeriesStroke(i, Charts.stroke(fromWorst.get(i).dashes(), 2.2f));
    }
    int longest = curves.stream().mapToInt(curve -> curve.name().length()).max().orElse(0);
    x.setUpperMargin(0.03 + ROOM_FOR_A_LETTER * longest);
    ValueAxis y = lossAxis(loss, dataset);
    XYPlot plot = new XYPlot(dataset, x, y, renderer);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    addNames(plot, fromWorst);
    JFreeChart chart = Charts.chart(title, plot);
    chart.removeLegend();
    return chart;
  }

  /** Each name next to the end of its curve, moved down where it would cover the one above. */
  private static void addNames(XYPlot plot, List<Curve> fromWorst) {
    ValueAxis x = plot.getDomainAxis();
    ValueAxis y = plot.getRangeAxis();
    boolean logarithmic = y instanceof LogAxis;
    double bottom = scaled(y.getLowerBound(), logarithmic);
    double least = LEAST_DISTANCE * (scaled(y.getUpperBound(), logarithmic) - bottom);
    double[] places = new double[fromWorst.size()];
    for (int i = 0; i < places.length; i++) {
      double end = scaled(Math.max(fromWorst.get(i).last(), SMALLEST), logarithmic);
      places[i] = i == 0 ? end : Math.min(end, places[i - 1] - least);
    }
    double lowest = bottom + least / 2.;
    for (int i = places.length - 1; i >= 0 && places[i] < lowest; i--, lowest += least) {
      places[i] = lowest; // where names have run out of the picture, up again
    }
    double width = x.getUpperBound() - x.getLowerBound();
    for (int i = 0; i < places.length; i++) {
      Curve curve = fromWorst.get(i);
      double last = curve.x().get(curve.x().size() - 1);
      XYTextAnnotation name =
          new XYTextAnnotation(
              curve.name(),
              last + 0.012 * width,
              logarithmic ? Math.pow(10., places[i]) : places[i]);
      name.setFont(Charts.FONT);
      name.setPaint(Charts.color(curve.color()));
      name.setTextAnchor(TextAnchor.CENTER_LEFT);
      plot.addAnnotation(name);
    }
  }

  private static double scaled(double value, boolean logarithmic) {
    return logarithmic ? Math.log10(value) : value;
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
