package io.github.keras4j.optimizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Writes the tables and plots of docs/benchmarks.md from the results in target: jmh-result.json,
 * c-result.jsonl and peers/*.jsonl. A table stands between {@code <!-- NAME -->} and {@code <!--
 * end -->}; one whose results are missing stays as it is.
 */
public final class BenchmarkReport {
  private static final Path PAGE = Path.of("docs", "benchmarks.md");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<Integer> SIZES =
      List.of(1 << 10, 1 << 14, 1 << 18, 1 << 20, 1 << 22, 1 << 24);

  private final Map<String, Timing> jmh = new LinkedHashMap<>();
  private final Map<String, Double> allocated = new LinkedHashMap<>();
  private final Map<String, Timing> c = new LinkedHashMap<>();
  private final Map<String, JsonNode> peers = new LinkedHashMap<>();

  private String jvm;

  /** Nanoseconds per element: the median over all iterations of all processes, and the spread. */
  private static final class Timing {
    final double median;
    final double min;
    final double max;

    Timing(double median, double min, double max) {
      this.median = median;
      this.min = min;
      this.max = max;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.3f (%.3f to %.3f)", median, min, max);
    }
  }

  public static void main(String[] args) throws IOException {
    BenchmarkReport report = new BenchmarkReport();
    report.readJmh(Path.of("target", "jmh-result.json"));
    report.readC(Path.of("target", "c-result.jsonl"));
    report.readPeers(Path.of("target", "peers"));
    report.write();
  }

  // ---- Reading --------------------------------------------------------------------------------

  private void readJmh(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    for (JsonNode result : JSON.readTree(file.toFile())) {
      jvm = result.get("vmName").asText() + " " + result.get("vmVersion").asText();
      String method = result.get("benchmark").asText();
      StringBuilder key = new StringBuilder(method.substring(packageLength()));
      long elements = 1;
      for (Map.Entry<String, JsonNode> parameter : result.path("params").properties()) {
        String value = parameter.getValue().asText();
        key.append(' ').append(value);
        if (parameter.getKey().equals("size")) {
          elements = Long.parseLong(value);
        } else if (parameter.getKey().equals("shape")) {
          elements =
              Arrays.stream(value.split("\\+"))
                  .map(part -> part.split("x"))
                  .mapToLong(part -> Long.parseLong(part[0]) * Long.parseLong(part[1]))
                  .sum();
        }
      }
      List<Double> samples = new ArrayList<>();
      for (JsonNode fork : result.get("primaryMetric").get("rawData")) {
        for (JsonNode iteration : fork) {
          samples.add(iteration.asDouble() / elements);
        }
      }
      jmh.put(key.toString(), timing(samples.stream().mapToDouble(Double::doubleValue)));
      JsonNode bytes = result.path("secondaryMetrics").path("gc.alloc.rate.norm");
      if (bytes.isMissingNode()) {
        bytes = result.path("secondaryMetrics").path("·gc.alloc.rate.norm");
      }
      allocated.put(key.toString(), bytes.path("score").asDouble(Double.NaN));
    }
  }

  private static int packageLength() {
    return BenchmarkReport.class.getPackageName().length() + 1;
  }

  private static Timing timing(DoubleStream samples) {
    double[] sorted = samples.sorted().toArray();
    return new Timing(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
  }

  private void readC(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    for (String line : Files.readAllLines(file)) {
      JsonNode result = JSON.readTree(line);
      c.put(
          String.join(
              " ",
              result.get("kernel").asText(),
              result.get("size").asText(),
              result.get("offset").asText()),
          new Timing(
              result.get("median").asDouble(),
              result.get("min").asDouble(),
              result.get("max").asDouble()));
    }
  }

  private void readPeers(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().collect(Collectors.toList())) {
        for (String line : Files.readAllLines(file)) {
          JsonNode result = JSON.readTree(line);
          peers.put(
              String.join(
                  " ",
                  result.get("peer").asText(),
                  result.get("tensors").asText(),
                  result.get("length").asText()),
              result);
        }
      }
    }
  }

  // ---- Tables ---------------------------------------------------------------------------------

  private void write() throws IOException {
    String page = Files.readString(PAGE);
    if (!jmh.isEmpty()) {
      page = replace(page, "machine", machine());
      page = replace(page, "sizes adam", sizes("adam"));
      page = replace(page, "sizes sgd", sizes("sgd"));
      page = replace(page, "optimizers", optimizers());
      page = replace(page, "clipping", clipping());
      page = replace(page, "threads", threads());
      page = replace(page, "tensors", tensors());
      page = replace(page, "history", history());
      page = replace(page, "allocation", allocation());
      plotSizes();
      page = replace(page, "plot sizes", "![ns per element by size](images/steps.png)\n");
    }
    if (!peers.isEmpty()) {
      page = replace(page, "peers", peerTable());
      plotPeers();
      page = replace(page, "plot peers", "![time by library](images/peers.png)\n");
    }
    Files.writeString(PAGE, page);
  }

  private static String replace(String page, String name, String table) {
    Matcher place =
        Pattern.compile("(<!-- " + name + " -->\n).*?(<!-- end -->)", Pattern.DOTALL).matcher(page);
    if (!place.find()) {
      throw new IllegalStateException("docs/benchmarks.md has no place for the table " + name);
    }
    return place.replaceFirst("$1" + Matcher.quoteReplacement(table) + "$2");
  }

  private String machine() throws IOException {
    Path information = Path.of("/proc/cpuinfo");
    String processor =
        Files.exists(information)
            ? Files.readAllLines(information).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.replaceFirst(".*: ", ""))
                .findFirst()
                .orElse("unknown")
            : System.getProperty("os.arch");
    return String.format(
        "%s, %d processors; %s %s; %s.%n",
        processor,
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        jvm);
  }

  private String sizes(String optimizer) {
    Table table =
        new Table(
            "elements",
            "library",
            "plain loop",
            "ceiling",
            "C",
            "C, unaligned",
            "÷ ceiling",
            "÷ C");
    for (int size : SIZES) {
      Timing step = jmh.get("StepBenchmark.step " + optimizer + " " + size);
      Timing loop = jmh.get("StepBenchmark.loop " + optimizer + " " + size);
      Timing ceiling = jmh.get("StepBenchmark.ceiling " + optimizer + " " + size);
      Timing kernel = c.get(optimizer + " " + size + " 0");
      table.row(
          count(size),
          step,
          loop,
          ceiling,
          kernel,
          c.get(optimizer + " " + size + " 16"),
          ratio(step, ceiling),
          ratio(step, kernel));
    }
    return table.toString();
  }

  private String optimizers() {
    Table table =
        new Table("optimizer", "16,384 elements", "÷ Adam", "4,194,304 elements", "÷ Adam");
    for (String optimizer :
        List.of(
            "sgd",
            "momentum",
            "nesterov",
            "rmsprop",
            "adagrad",
            "adadelta",
            "adam",
            "amsgrad",
            "adamax",
            "nadam")) {
      Timing small = jmh.get("OptimizersBenchmark.step " + optimizer + " 16384");
      Timing large = jmh.get("OptimizersBenchmark.step " + optimizer + " 4194304");
      table.row(
          optimizer,
          small,
          ratio(small, jmh.get("OptimizersBenchmark.step adam 16384")),
          large,
          ratio(large, jmh.get("OptimizersBenchmark.step adam 4194304")));
    }
    return table.toString();
  }

  private String clipping() {
    Table table = new Table("step", "16,384 elements", "÷ none", "4,194,304 elements", "÷ none");
    for (String optimizer : List.of("adam", "sgd")) {
      for (String clipping : List.of("none", "clipvalue", "clipnorm", "both")) {
        String key = "ClippingBenchmark.step " + clipping + " " + optimizer + " ";
        String none = "ClippingBenchmark.step none " + optimizer + " ";
        table.row(
            optimizer + ", " + clipping,
            jmh.get(key + 16384),
            ratio(jmh.get(key + 16384), jmh.get(none + 16384)),
            jmh.get(key + 4194304),
            ratio(jmh.get(key + 4194304), jmh.get(none + 4194304)));
      }
    }
    String naive = "NormBenchmark.naive ";
    String pairwise = "NormBenchmark.pairwise ";
    table.row(
        "norm alone, pairwise", jmh.get(pairwise + 16384), "", jmh.get(pairwise + 4194304), "");
    table.row("norm alone, naive", jmh.get(naive + 16384), "", jmh.get(naive + 4194304), "");
    return table.toString();
  }

  private String threads() {
    Table table =
        new Table(
            "step", "one thread", "two threads", "two ÷ one", "ceiling of two", "two ÷ ceiling");
    for (String optimizer : List.of("adam", "sgd")) {
      for (int size : List.of(1 << 14, 1 << 20, 1 << 22, 1 << 24)) {
        Timing one = jmh.get("StepBenchmark.step " + optimizer + " " + size);
        Timing two = jmh.get("TwoThreadsBenchmark.step " + optimizer + " " + size);
        Timing ceiling = jmh.get("TwoThreadsBenchmark.ceiling " + optimizer + " " + size);
        table.row(
            optimizer + ", " + count(size),
            one,
            two,
            ratio(two, one),
            ceiling,
            ratio(two, ceiling));
      }
    }
    return table.toString();
  }

  private String tensors() {
    Table table =
        new Table("model", "plain loop", "library, one thread", "÷ loop", "library, two threads");
    for (String optimizer : List.of("adam", "sgd")) {
      for (String shape : List.of("10000x16", "1000x1000", "1x4194304+400x1000")) {
        String model = optimizer + " " + shape;
        Timing loop = jmh.get("ManyTensorsBenchmark.loop " + model);
        Timing one = jmh.get("ManyTensorsBenchmark.step " + model + " 1");
        table.row(
            optimizer + ", " + shape.replace("x", " × ").replace("+", " + "),
            loop,
            one,
            ratio(one, loop),
            jmh.get("ManyTensorsBenchmark.step " + model + " 2"));
      }
    }
    return table.toString();
  }

  private String history() {
    Table table =
        new Table("step", "fresh process", "after tiny tensors", "÷ fresh", "after all", "÷ fresh");
    for (String optimizer : List.of("adam", "sgd")) {
      for (int size : List.of(1 << 14, 1 << 20)) {
        Timing fresh = jmh.get("HistoryBenchmark.step fresh " + optimizer + " " + size);
        Timing tiny = jmh.get("HistoryBenchmark.step tiny " + optimizer + " " + size);
        Timing all = jmh.get("HistoryBenchmark.step all " + optimizer + " " + size);
        table.row(
            optimizer + ", " + count(size),
            fresh,
            tiny,
            ratio(tiny, fresh),
            all,
            ratio(all, fresh));
      }
    }
    return table.toString();
  }

  private String allocation() {
    Table table = new Table("step", "bytes");
    for (String key :
        List.of(
            "StepBenchmark.step adam 1024",
            "StepBenchmark.step adam 16384",
            "ClippingBenchmark.step both adam 16384",
            "ManyTensorsBenchmark.step adam 10000x16 1",
            "StepBenchmark.step adam 1048576",
            "TwoThreadsBenchmark.step adam 1048576")) {
      Double bytes = allocated.get(key);
      table.row("`" + key + "`", bytes == null ? null : String.format(Locale.ROOT, "%.1f", bytes));
    }
    return table.toString();
  }

  private static final List<int[]> SHAPES =
      List.of(new int[] {1, 1 << 20}, new int[] {1, 1 << 24}, new int[] {1000, 1000});

  private List<String> peerNames() {
    List<String> first = List.of("library", "library-one-thread", "ceiling");
    return Stream.concat(
            first.stream(),
            peers.values().stream()
                .map(result -> result.get("peer").asText())
                .filter(name -> !first.contains(name)))
        .distinct()
        .collect(Collectors.toList());
  }

  private String peerTable() {
    Table table =
        new Table(
            "",
            "1,048,576",
            "÷ library",
            "16,777,216",
            "÷ library",
            "1000 × 1000",
            "÷ library",
            "bytes a step, 1000 × 1000");
    for (String name : peerNames()) {
      List<Object> row = new ArrayList<>(List.of(name));
      for (int[] shape : SHAPES) {
        Timing time = peer(name, shape);
        row.add(time);
        row.add(ratio(time, peer("library", shape)));
      }
      JsonNode small = peers.get(name + " 1000 1000");
      row.add(
          small == null ? null : String.format(Locale.ROOT, "%,d", small.get("bytes").asLong()));
      table.row(row.toArray());
    }
    return table.toString();
  }

  private Timing peer(String name, int[] shape) {
    JsonNode result = peers.get(name + " " + shape[0] + " " + shape[1]);
    return result == null
        ? null
        : new Timing(
            result.get("median").asDouble(),
            result.get("lowerQuartile").asDouble(),
            result.get("upperQuartile").asDouble());
  }

  private static String ratio(Timing a, Timing b) {
    return a == null || b == null ? null : String.format(Locale.ROOT, "%.2f", a.median / b.median);
  }

  private static String count(int elements) {
    return String.format(Locale.ROOT, "%,d", elements);
  }

  /** A table in Markdown; what was not measured is a dash. */
  private static final class Table {
    private final StringBuilder text = new StringBuilder();

    Table(String... heads) {
      text.append("| ").append(String.join(" | ", heads)).append(" |\n|-|");
      text.append("-:|".repeat(heads.length - 1)).append('\n');
    }

    void row(Object... cells) {
      text.append(
          Arrays.stream(cells)
              .map(cell -> cell == null ? "–" : cell.toString())
              .collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  // ---- Plots ----------------------------------------------------------------------------------

  private void plotSizes() throws IOException {
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
      line(chart, name + ", library", color, SeriesLines.SOLID, size -> jmh.get(step + size));
      line(
          chart,
          name + ", C",
          color,
          SeriesLines.DASH_DASH,
          size -> c.get(optimizer + " " + size + " 0"));
      line(chart, name + ", ceiling", color, SeriesLines.DOT_DOT, size -> jmh.get(ceiling + size));
    }
    BitmapEncoder.saveBitmap(chart, "docs/images/steps.png", BitmapEncoder.BitmapFormat.PNG);
  }

  private static void line(
      XYChart chart, String name, Color color, BasicStroke stroke, IntFunction<Timing> timings) {
    List<Integer> sizes =
        SIZES.stream().filter(size -> timings.apply(size) != null).collect(Collectors.toList());
    if (!sizes.isEmpty()) {
      chart
          .addSeries(
              name,
              sizes,
              sizes.stream().map(size -> timings.apply(size).median).collect(Collectors.toList()))
          .setMarker(SeriesMarkers.CIRCLE)
          .setMarkerColor(color)
          .setLineColor(color)
          .setLineStyle(stroke);
    }
  }

  private void plotPeers() throws IOException {
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
    List<String> names =
        peerNames().stream()
            .filter(name -> !name.startsWith("library"))
            .collect(Collectors.toList());
    for (int[] shape : SHAPES) {
      String title =
          shape[0] == 1 ? count(shape[1]) + " elements" : shape[0] + " tensors of " + shape[1];
      List<Double> ratios = new ArrayList<>();
      for (String name : names) {
        Timing time = peer(name, shape);
        Timing library = peer("library", shape);
        ratios.add(time == null || library == null ? 1. : time.median / library.median);
      }
      chart.addSeries(title, names, ratios);
    }
    BitmapEncoder.saveBitmap(chart, "docs/images/peers.png", BitmapEncoder.BitmapFormat.PNG);
  }
}
