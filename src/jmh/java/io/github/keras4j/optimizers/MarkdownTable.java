package io.github.keras4j.optimizers;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A table in Markdown; what was not measured is a dash. */
final class MarkdownTable {
  private final StringBuilder text = new StringBuilder();

  MarkdownTable(String... heads) {
    text.append("| ").append(String.join(" | ", heads)).append(" |\n|-|");
    text.append("-:|".repeat(heads.length - 1)).append('\n');
  }

  void row(Object... cells) {
    text.append(
        Arrays.stream(cells)
            .map(MarkdownTable::cell)
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  /** Ratios and the like with two digits, counts with all. */
  static String cell(Object cell) {
    if (cell == null) {
      return "–";
    }
    if (cell instanceof Double) {
      return String.format(Locale.ROOT, "%.2f", cell);
    }
    return cell instanceof Number
        ? String.format(Locale.ROOT, "%,d", ((Number) cell).longValue())
        : cell.toString();
  }

  /** The cells of a table, row by row, without its head. */
  static List<List<String>> rows(String table) {
    return table
        .lines()
        .skip(2)
        .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ")))
        .collect(Collectors.toList());
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
