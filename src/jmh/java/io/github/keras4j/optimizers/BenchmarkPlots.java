package io.github.keras4j.optimizers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of docs/benchmarks.md. */
final class BenchmarkPlots {
  private static final BasicStroke DASHES = stroke(14f, 6f);
  private static final BasicStroke DOTS = stroke(2f, 4f);

  private final JmhResults jmh;
  private final OtherResults others;

  BenchmarkPlots(JmhResults jmh, OtherResults others) {
    this.jmh = jmh;
    this.others = others;
  }

  void sizes(List<Integer> sizes) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(540)
            .title("One step on one thread: nanoseconds per element")
            .xAxisTitle("elements")
            .yAxisTitle("ns per element")
            .theme(Styler.ChartTheme.Matlab)
            .build();
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisMin(0.);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    for (String optimizer : List.of("adam", "sgd")) {
      String name = optimizer.equals("adam") ? "Adam" : "SGD";
      Color color = optimizer.equals("adam") ? new Color(0x0072B2) : new Color(0xD55E00);
      String step = "StepBenchmark.step " + optimizer + " ";
      String ceiling = "StepBenchmark.ceiling " + optimizer + " ";
      line(chart, name + ", library", color, SeriesLines.SOLID, sizes, n -> jmh.get(step + n));
      line(chart, name + ", C", color, DASHES, sizes, n -> others.c(optimizer, n));
      line(chart, name + ", ceiling", color, DOTS, sizes, n -> jmh.get(ceiling + n));
    }
    BitmapEncoder.saveBitmap(chart, "docs/images/steps.png", BitmapEncoder.BitmapFormat.PNG);
  }

  private static void line(
      XYChart chart,
      String name,
      Color color,
      BasicStroke stroke,
      List<Integer> sizes,
      IntFunction<Timing> timings) {
    List<Integer> measured =
        sizes.stream().filter(size -> timings.apply(size) != null).collect(Collectors.toList());
    if (!measured.isEmpty()) {
      chart
          .addSeries(
              name,
              measured,
              measured.stream()
                  .map(size -> timings.apply(size).median())
                  .collect(Collectors.toList()))
          .setMarker(stroke == SeriesLines.SOLID ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE)
          .setMarkerColor(color)
          .setLineColor(color)
          .setLineStyle(stroke);
    }
  }

  private static BasicStroke stroke(float... dash) {
    return new BasicStroke(2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, dash, 0f);
  }

  void peers() throws IOException {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(900)
            .height(540)
            .title("One Adam step: time relative to this library")
            .yAxisTitle("times as long")
            .theme(Styler.ChartTheme.Matlab)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    chart.getStyler().setLabelsVisible(true);
    chart
        .getStyler()
        .setSeriesColors(
            new Color[] {new Color(0x56B4E9), new Color(0xF0C05A), new Color(0x8FD3B6)});
    chart.getStyler().setLabelsFontColor(Color.BLACK);
    chart.getStyler().setLabelsFontColorAutomaticEnabled(false);
    chart.getStyler().setYAxisMin(0.);
    chart.getStyler().setYAxisDecimalPattern("0.0");
    for (String shape : OtherResults.SHAPES) {
      List<String> names =
          others.peers().stream()
              .filter(name -> !name.startsWith("library"))
              .collect(Collectors.toList());
      List<Double> ratios =
          names.stream()
              .map(name -> Timing.ratio(others.peer(name, shape), others.peer("library", shape)))
              .collect(Collectors.toList());
      if (ratios.stream().allMatch(Objects::nonNull)) {
        chart.addSeries(title(shape), names, ratios);
      }
    }
    BitmapEncoder.saveBitmap(chart, "docs/images/peers.png", BitmapEncoder.BitmapFormat.PNG);
  }

  private static String title(String shape) {
    String[] parts = shape.split(" ");
    return parts[0].equals("1")
        ? String.format("%,d elements", Integer.parseInt(parts[1]))
        : parts[0] + " tensors of " + parts[1];
  }
}
