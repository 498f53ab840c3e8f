package io.github.keras4j.optimizers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the tables of docs/benchmarks.md from the results in target: jmh-result*.json of JDK 17
 * and of JDK 25, c-result.jsonl and peers/*.jsonl. A table stands between {@code <!-- NAME -->} and
 * {@code <!-- end -->}; one whose results are missing stays as it is. The plots are drawn from the
 * tables.
 */
public final class BenchmarkReport {
  private static final Path PAGE = Path.of("docs", "benchmarks.md");
  private static final List<Integer> SIZES =
      List.of(1 << 10, 1 << 14, 1 << 18, 1 << 20, 1 << 22, 1 << 24);
  private static final List<Integer> CACHE_AND_MEMORY = List.of(1 << 14, 1 << 22);
  private static final List<String> BOTH = List.of("adam", "sgd");

  private final JmhResults jmh;
  private final JmhResults jmh25;
  private final OtherResults others;
  private String page = Files.readString(PAGE);

  private BenchmarkReport(Path results) throws IOException {
    jmh = JmhResults.read(results, 17);
    jmh25 = JmhResults.read(results, 25);
    others = OtherResults.read(results);
  }

  public static void main(String[] args) throws IOException {
    new BenchmarkReport(Path.of("target")).write();
  }

  private void write() throws IOException {
    if (!jmh.isEmpty()) {
      put("machine", machine());
      put("summary", summary(jmh));
      if (!jmh25.isEmpty()) {
        put("summary, JDK 25", summary(jmh25));
      }
      for (String optimizer : BOTH) {
        put("sizes " + optimizer, sizes(optimizer));
      }
      put("optimizers", optimizers());
      put("clipping", clipping());
      put("threads", threads());
      put("tensors", tensors());
      put("history", history());
      put("allocation", allocation());
    }
    if (!others.peers(false).isEmpty()) {
      put("peers", peers(false));
      put("peers, one thread", peers(true));
    }
    Files.writeString(PAGE, page);
    new BenchmarkPlots(page).write();
  }

  private void put(String name, Object table) {
    Matcher place =
        Pattern.compile("(<!-- " + name + " -->\n).*?(<!-- end -->)", Pattern.DOTALL).matcher(page);
    if (!place.find()) {
      throw new IllegalStateException(PAGE + " has no place for the table " + name);
    }
    page = place.replaceFirst("$1" + Matcher.quoteReplacement(table.toString()) + "$2");
  }

  private String machine() throws IOException {
    Path information = Path.of("/proc/cpuinfo");
    List<String> lines =
        Files.exists(information) ? Files.readAllLines(information) : List.<String>of();
    String processor =
        List.of("model name", "cpu family", "model\t").stream()
            .flatMap(name -> lines.stream().filter(line -> line.startsWith(name)).limit(1))
            .map(line -> line.replaceFirst("model name\\s*: ", "").replaceFirst("\\s*:", ""))
            .collect(Collectors.joining(", "));
    return String.format(
        "%s; %d processors; %s %s; %s%s.%n",
        processor.isEmpty() ? System.getProperty("os.arch") : processor,
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        jmh.jvm(),
        jmh25.isEmpty() ? "" : "; " + jmh25.jvm());
  }

  // ---- What is claimed, on both JDKs ----------------------------------------------------------

  /** What one run says about one number of elements, or null where it says nothing. */
  @FunctionalInterface
  private interface Measure {
    Double of(JmhResults results, int size);

    static Measure ratio(String key, String base) {
      return (results, size) -> results.ratio(key + " " + size, base + " " + size);
    }
  }

  private MarkdownTable summary(JmhResults results) {
    MarkdownTable table =
        new MarkdownTable(
            Stream.concat(Stream.of(""), SIZES.stream().map(MarkdownTable::cell))
                .toArray(String[]::new));
    Summary summary = new Summary(results, table);
    Integer[] all = SIZES.toArray(Integer[]::new);
    for (String name : BOTH) {
      String of = " " + name;
      String step = "StepBenchmark.step none" + of;
      String two = "TwoThreadsBenchmark.step" + of;
      String many = "ManyTensorsBenchmark.";
      Measure c = (run, n) -> Timing.ratio(run.get(step + " " + n), others.c(name, n));
      Measure unalignedC =
          (run, n) -> Timing.ratio(run.get(step + " " + n), others.unalignedC(name, n));
      Measure ceiling = Measure.ratio(step, "StepBenchmark.ceiling none" + of);
      Measure twoCeiling = Measure.ratio(two, "TwoThreadsBenchmark.ceiling" + of);
      Measure twoLoop = Measure.ratio(two, "TwoThreadsBenchmark.loop" + of);
      Measure thousand = (run, n) -> run.ratio(many + "step" + of + " 1000x1000 1", step + " " + n);
      Measure tiny =
          Measure.ratio("HistoryBenchmark.step tiny" + of, "HistoryBenchmark.step fresh" + of);
      summary.row(name + " ÷ ceiling", ceiling, 1 << 22, 1 << 24);
      summary.row(name + " ÷ C", c, all);
      summary.row(name + " ÷ C, unaligned", unalignedC, all);
      for (String clip : List.of("clipvalue", "clipnorm")) {
        Measure clipped = Measure.ratio("StepBenchmark.step " + clip + of, step);
        summary.row(name + ", " + clip + " ÷ none", clipped, 1 << 22);
      }
      summary.row(name + ", two threads ÷ one", Measure.ratio(two, step), 1 << 14, 1 << 20);
      summary.row(name + ", two threads ÷ their plain loop", twoLoop, 1 << 22, 1 << 24);
      summary.row(name + ", two threads ÷ their ceiling", twoCeiling, 1 << 22, 1 << 24);
      summary.row(name + ", 1,000 × 1,000 ÷ one tensor", thousand, 1 << 20);
      summary.row(name + ", warmed up on tiny tensors ÷ fresh", tiny, 1 << 20);
    }
    summary.row("slowest optimizer ÷ Adam", BenchmarkReport::slowest, 1 << 14);
    summary.row(
        "norm, naive ÷ blockwise",
        Measure.ratio("NormBenchmark.naive", "NormBenchmark.blockwise"),
        1 << 14);
    return table;
  }

  private static Double slowest(JmhResults results, int size) {
    String key = "StepBenchmark.step none ";
    return Workload.OPTIMIZERS.stream()
        .map(name -> results.ratio(key + name + " " + size, key + "adam " + size))
        .filter(Objects::nonNull)
        .max(Double::compare)
        .orElse(null);
  }

  /** Ratios of one run, in a column for each number of elements. */
  private record Summary(JmhResults results, MarkdownTable table) {
    void row(String name, Measure measure, Integer... sizes) {
      List<Object> row = new ArrayList<>(List.of(name));
      for (int size : SIZES) {
        row.add(List.of(sizes).contains(size) ? measure.of(results, size) : null);
      }
      table.row(row.toArray());
    }
  }

  // ---- All that was measured ------------------------------------------------------------------

  private MarkdownTable sizes(String optimizer) {
    MarkdownTable table =
        new MarkdownTable(
            "elements",
            "library",
            "plain loop",
            "ceiling",
            "C",
            "C, unaligned",
            "÷ ceiling",
            "÷ C",
            "÷ C, unaligned");
    for (int size : SIZES) {
      Timing step = jmh.get("StepBenchmark.step none " + optimizer + " " + size);
      Timing ceiling = jmh.get("StepBenchmark.ceiling none " + optimizer + " " + size);
      Timing aligned = others.c(optimizer, size);
      Timing unaligned = others.unalignedC(optimizer, size);
      table.row(
          size,
          step,
          jmh.get("StepBenchmark.loop none " + optimizer + " " + size),
          ceiling,
          aligned,
          unaligned,
          Timing.ratio(step, ceiling),
          Timing.ratio(step, aligned),
          Timing.ratio(step, unaligned));
    }
    return table;
  }

  private MarkdownTable optimizers() {
    MarkdownTable table =
        new MarkdownTable("optimizer", "16,384 elements", "÷ Adam", "4,194,304 elements", "÷ Adam");
    for (String optimizer : Workload.OPTIMIZERS) {
      compare(
          table, optimizer, "StepBenchmark.step none " + optimizer, "StepBenchmark.step none adam");
    }
    return table;
  }

  private MarkdownTable clipping() {
    MarkdownTable table =
        new MarkdownTable("step", "16,384 elements", "÷ none", "4,194,304 elements", "÷ none");
    for (String optimizer : BOTH) {
      for (String clipping : List.of("none", "clipvalue", "clipnorm", "both")) {
        compare(
            table,
            optimizer + ", " + clipping,
            "StepBenchmark.step " + clipping + " " + optimizer,
            "StepBenchmark.step none " + optimizer);
      }
    }
    for (String norm : List.of("blockwise", "naive")) {
      compare(table, "norm alone, " + norm, "NormBenchmark." + norm, "");
    }
    return table;
  }

  private void compare(MarkdownTable table, String name, String key, String base) {
    List<Object> row = new ArrayList<>(List.of(name));
    for (int size : CACHE_AND_MEMORY) {
      row.add(jmh.get(key + " " + size));
      row.add(jmh.ratio(key + " " + size, base + " " + size));
    }
    table.row(row.toArray());
  }

  private MarkdownTable threads() {
    MarkdownTable table =
        new MarkdownTable(
            "step",
            "one thread",
            "two threads",
            "two ÷ one",
            "plain loop on two",
            "ceiling of two",
            "two ÷ plain",
            "two ÷ ceiling");
    for (String optimizer : BOTH) {
      for (int size : List.of(1 << 14, 1 << 20, 1 << 22, 1 << 24)) {
        String of = " " + optimizer + " " + size;
        String one = "StepBenchmark.step none" + of;
        String two = "TwoThreadsBenchmark.step" + of;
        String loop = "TwoThreadsBenchmark.loop" + of;
        String ceiling = "TwoThreadsBenchmark.ceiling" + of;
        table.row(
            optimizer + ", " + MarkdownTable.cell(size),
            jmh.get(one),
            jmh.get(two),
            jmh.ratio(two, one),
            jmh.get(loop),
            jmh.get(ceiling),
            jmh.ratio(two, loop),
            jmh.ratio(two, ceiling));
      }
    }
    return table;
  }

  private MarkdownTable tensors() {
    MarkdownTable table =
        new MarkdownTable(
            "model",
            "plain loop",
            "library, one thread",
            "÷ loop",
            "ns a tensor more",
            "library, two threads");
    for (String optimizer : BOTH) {
      for (String shape : List.of("10000x16", "1000x1000", "1x4194304+400x1000")) {
        String model = optimizer + " " + shape;
        String loop = "ManyTensorsBenchmark.loop " + model;
        String step = "ManyTensorsBenchmark.step " + model;
        table.row(
            optimizer + ", " + shape.replace("x", " × ").replace("+", " + "),
            jmh.get(loop),
            jmh.get(step + " 1"),
            jmh.ratio(step + " 1", loop),
            nanosMore(jmh.get(step + " 1"), jmh.get(loop), shape),
            jmh.get(step + " 2"));
      }
    }
    return table;
  }

  /** How much longer one tensor takes, where all are of one length. */
  private static Object nanosMore(Timing a, Timing b, String shape) {
    if (a == null || b == null || shape.contains("+")) {
      return null;
    }
    double more = (a.median() - b.median()) * Workload.lengths(shape)[0];
    return more > 0. ? more : "none";
  }

  private MarkdownTable history() {
    MarkdownTable table =
        new MarkdownTable(
            "step", "fresh process", "after tiny tensors", "÷ fresh", "after all", "÷ fresh");
    for (String optimizer : BOTH) {
      for (int size : List.of(1 << 14, 1 << 20)) {
        String of = " " + optimizer + " " + size;
        String fresh = "HistoryBenchmark.step fresh" + of;
        String tiny = "HistoryBenchmark.step tiny" + of;
        String all = "HistoryBenchmark.step all" + of;
        table.row(
            optimizer + ", " + MarkdownTable.cell(size),
            jmh.get(fresh),
            jmh.get(tiny),
            jmh.ratio(tiny, fresh),
            jmh.get(all),
            jmh.ratio(all, fresh));
      }
    }
    return table;
  }

  private MarkdownTable allocation() {
    MarkdownTable table = new MarkdownTable("step", "JDK 17, bytes", "JDK 25, bytes");
    for (String key :
        List.of(
            "StepBenchmark.step none adam 1024",
            "StepBenchmark.step none adam 16384",
            "StepBenchmark.step both adam 16384",
            "ManyTensorsBenchmark.step adam 10000x16 1",
            "StepBenchmark.step none adam 1048576",
            "TwoThreadsBenchmark.step adam 1048576")) {
      table.row("`" + key + "`", jmh.bytes(key), jmh25.bytes(key));
    }
    return table;
  }

  private MarkdownTable peers(boolean oneThread) {
    MarkdownTable table =
        new MarkdownTable(
            "",
            "1,048,576",
            "÷ ours",
            "16,777,216",
            "÷ ours",
            "1000 × 1000",
            "÷ ours",
            "bytes a step, 1000 × 1000");
    String ours = oneThread ? "library" + OtherResults.ONE_THREAD : "library";
    for (String name : others.peers(oneThread)) {
      List<Object> row = new ArrayList<>(List.of(OtherResults.PEERS.get(name)));
      for (String shape : OtherResults.SHAPES) {
        Timing time = others.peer(name, shape);
        row.add(time);
        row.add(Timing.ratio(time, others.peer(ours, shape)));
      }
      row.add(others.bytes(name, "1000 1000"));
      table.row(row.toArray());
    }
    return table;
  }
}
