package io.github.keras4j.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleBinaryOperator;

/**
 * Paths over the contours of a function, as an SVG file of 960 by 320: the whole on the left, the
 * surroundings of the minimum next to it, names on the right. The file has its own style: it fits
 * light and dark pages, and draws the paths at the pace of their steps, or all at once for readers
 * who want no motion.
 */
final class PathsPicture {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 320;
  private static final int LEGEND = 784;
  private static final double SECONDS = 6.;
  private static final int STOPS = 12;
  private static final int STEPS_PER_MARK = 20;
  private static final int MARKED_STEPS = 100;
  private static final double CELL = 5.; // of the grid in which contours are found
  private static final double SMALLEST_MOVE = 0.7;

  // The colours of Okabe and Ito, which colour-blind readers tell apart, and three more; marks do
  // without colours.
  private static final String[] LIGHT = {
    "#000000", "#e69f00", "#0072b2", "#009e73", "#882255", "#56b4e9", "#d55e00", "#cc79a7",
    "#999933", "#332288"
  };
  private static final String[] DARK = {
    "#ffffff", "#f0b429", "#5aa9e6", "#2dd4a0", "#e07ba5", "#9ad5f5", "#ff8c42", "#f0a6cf",
    "#cccc66", "#a99cf0"
  };
  private static final String[] MARKS = {
    "M-4-4H4V4H-4Z",
    "M0-5L5 4H-5Z",
    "M0-5.5L5.5 0L0 5.5L-5.5 0Z",
    "M-5-4H5L0 5Z",
    "M-4.5 0A4.5 4.5 0 1 1 4.5 0A4.5 4.5 0 1 1-4.5 0Z"
  };

  /** A name, and all points of a way, first the x, then the y. */
  record Way(String name, double[][] points) {}

  /** A part of the plane, and where it is drawn. */
  private record Panel(
      String id,
      double left,
      double bottom,
      double perX,
      double perY,
      int from,
      int width,
      int to) {
    double x(double x) {
      return from + (x - left) * perX;
    }

    double y(double y) {
      return to - (y - bottom) * perY;
    }
  }

  private static final Panel WHOLE = new Panel("whole", -0.1, -0.95, 160., 120., 1, 536, 301);
  private static final Panel INSET = new Panel("inset", 2.72, 0.2, 640., 480., 545, 224, 301);

  private final StringBuilder svg = new StringBuilder();
  private final DoubleBinaryOperator function;

  private PathsPicture(DoubleBinaryOperator function) {
    this.function = function;
  }

  /** The file's text. */
  static String of(
      String title, DoubleBinaryOperator function, double[] minimum, String below, List<Way> ways) {
    PathsPicture picture = new PathsPicture(function);
    picture.head(title, ways);
    for (Panel panel : List.of(WHOLE, INSET)) {
      picture.panel(panel, minimum, ways);
    }
    picture.legend(title, below, ways);
    return picture.svg.append("</svg>\n").toString();
  }

  private void line(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  private void head(String title, List<Way> ways) {
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " role=\"img\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    line("<title>%s</title>", title);
    line("<style>");
    line("text{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}");
    line(".contour{fill:none;stroke:#59636e;stroke-opacity:.35;stroke-width:.8}");
    line(".frame{fill:none;stroke:#59636e;stroke-opacity:.6}");
    line(".place{fill:#fff;stroke:#1f2328;stroke-width:1.5}");
    line(".way{fill:none;stroke-width:2;stroke-linejoin:round;stroke-dasharray:1}");
    line(".ghost{fill:none;stroke-width:1.2;stroke-opacity:.45;stroke-linejoin:round}");
    line(".mark{stroke:#fff;stroke-width:.8}");
    for (int i = 0; i < ways.size(); i++) {
      line(".s%d{stroke:%s}.f%d{fill:%s}", i, color(LIGHT, i), i, color(LIGHT, i));
      line(".s%d.way{animation:d%d %.0fs linear}", i, i, SECONDS);
      keyframes(i, ways.get(i).points());
    }
    line("@media(prefers-reduced-motion:reduce){.way{animation:none!important}}");
    line("@media(prefers-color-scheme:dark){");
    line("text{fill:#e6edf3}.contour,.frame{stroke:#9198a1}");
    line(".place{fill:#0d1117;stroke:#e6edf3}.mark{stroke:#0d1117}");
    for (int i = 0; i < ways.size(); i++) {
      line(".s%d{stroke:%s}.f%d{fill:%s}", i, color(DARK, i), i, color(DARK, i));
    }
    line("}");
    line("</style>");
  }

  private static String color(String[] colors, int way) {
    return colors[way % colors.length];
  }

  /** How much of a way is drawn when: at each moment the part of as many steps. */
  private void keyframes(int number, double[][] points) {
    int steps = points[0].length - 1;
    double[] length = new double[steps + 1];
    for (int step = 1; step <= steps; step++) {
      length[step] =
          length[step - 1]
              + Math.hypot(
                  WHOLE.perX() * (points[0][step] - points[0][step - 1]),
                  WHOLE.perY() * (points[1][step] - points[1][step - 1]));
    }
    svg.append("@keyframes d").append(number).append('{');
    for (int stop = 0; stop <= STOPS; stop++) {
      double time = Math.pow((double) stop / STOPS, 2.); // the first steps are the longest
      svg.append(
          String.format(
              Locale.ROOT,
              "%.1f%%{stroke-dashoffset:%.4f}",
              100. * time,
              1. - length[(int) Math.round(steps * time)] / length[steps]));
    }
    svg.append("}\n");
  }

  private void panel(Panel panel, double[] minimum, List<Way> ways) {
    line(
        "<clipPath id=\"%s\"><rect x=\"%d\" y=\"1\" width=\"%d\" height=\"300\"/></clipPath>",
        panel.id(), panel.from(), panel.width());
    line("<g clip-path=\"url(#%s)\">", panel.id());
    line("<path class=\"contour\" d=\"%s\"/>", contours(panel));
    for (int i = 0; i < ways.size(); i++) {
      String path = path(panel, ways.get(i).points());
      line("<path class=\"ghost s%d\" d=\"%s\"/>", i, path);
      line("<path class=\"way s%d\" pathLength=\"1\" d=\"%s\"/>", i, path);
    }
    for (int i = 0; i < ways.size(); i++) {
      marks(panel, i, ways.get(i).points());
    }
    line("</g>");
    line(
        "<rect class=\"frame\" x=\"%d\" y=\"1\" width=\"%d\" height=\"300\"/>",
        panel.from(), panel.width());
    place(panel, minimum, "minimum");
    if (panel == WHOLE) {
      double[][] any = ways.get(0).points();
      place(panel, new double[] {any[0][0], any[1][0]}, "start");
      line(
          "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
          panel.x(INSET.left()),
          panel.y(INSET.bottom() + 300. / INSET.perY()),
          INSET.width() / INSET.perX() * panel.perX(),
          300. / INSET.perY() * panel.perY());
    }
  }

  private void place(Panel panel, double[] point, String name) {
    double x = panel.x(point[0]);
    double y = panel.y(point[1]);
    line("<circle class=\"place\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>", x, y);
    double right = panel.from() + panel.width() - 58.; // there is room for the name up to here
    line("<text x=\"%.1f\" y=\"%.1f\">%s</text>", Math.min(x + 9., right), y + 20., name);
  }

  private static String path(Panel panel, double[][] points) {
    StringBuilder path = new StringBuilder();
    double lastX = Double.NaN;
    double lastY = Double.NaN;
    int last = points[0].length - 1;
    for (int step = 0; step <= last; step++) {
      double x = panel.x(points[0][step]);
      double y = panel.y(points[1][step]);
      if (!(Math.hypot(x - lastX, y - lastY) < SMALLEST_MOVE) || step == last) {
        path.append(String.format(Locale.ROOT, "%s%.1f %.1f", step == 0 ? "M" : "L", x, y));
        lastX = x;
        lastY = y;
      }
    }
    return path.toString();
  }

  private void marks(Panel panel, int number, double[][] points) {
    int last = points[0].length - 1;
    for (int step = STEPS_PER_MARK; step <= last; step += STEPS_PER_MARK) {
      if (step <= MARKED_STEPS || step == last) {
        line(
            "<path class=\"mark f%d\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>",
            number, panel.x(points[0][step]), panel.y(points[1][step]), mark(number));
      }
    }
  }

  private static String mark(int way) {
    return MARKS[way % MARKS.length];
  }

  private void legend(String title, String below, List<Way> ways) {
    double distance = Math.min(27., 280. / ways.size());
    for (int i = 0; i < ways.size(); i++) {
      double y = 22. + i * distance;
      line("<path class=\"s%d\" stroke-width=\"2\" d=\"M%d %.1fh26\"/>", i, LEGEND, y);
      line(
          "<path class=\"f%d\" transform=\"translate(%d %.1f)\" d=\"%s\"/>",
          i, LEGEND + 13, y, mark(i));
      line("<text x=\"%d\" y=\"%.1f\">%s</text>", LEGEND + 34, y + 4.5, ways.get(i).name());
    }
    line("<text x=\"1\" y=\"316\">%s: %s</text>", title, below);
  }

  /** Lines where log10 of the function is a multiple of a half, cell by cell of a grid. */
  private String contours(Panel panel) {
    StringBuilder path = new StringBuilder();
    for (double x = 0.; x < panel.width(); x += CELL) {
      for (double y = 0.; y < 300.; y += CELL) {
        double[] corners = {
          level(panel, x, y),
          level(panel, x + CELL, y),
          level(panel, x + CELL, y + CELL),
          level(panel, x, y + CELL)
        };
        double[][] at = {{x, y}, {x + CELL, y}, {x + CELL, y + CELL}, {x, y + CELL}};
        cell(panel, corners, at, path);
      }
    }
    return path.toString();
  }

  private static void cell(Panel panel, double[] corners, double[][] at, StringBuilder path) {
    double lowest = Math.min(Math.min(corners[0], corners[1]), Math.min(corners[2], corners[3]));
    double highest = Math.max(Math.max(corners[0], corners[1]), Math.max(corners[2], corners[3]));
    for (double level = Math.ceil(lowest); level < highest; level++) {
      List<double[]> crossings = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int j = (i + 1) % 4;
        if (corners[i] < level != corners[j] < level) {
          double share = (level - corners[i]) / (corners[j] - corners[i]);
          crossings.add(
              new double[] {
                at[i][0] + share * (at[j][0] - at[i][0]), at[i][1] + share * (at[j][1] - at[i][1])
              });
        }
      }
      for (int i = 0; i + 1 < crossings.size(); i += 2) {
        double[] from = crossings.get(i);
        double[] to = crossings.get(i + 1);
        path.append(
            String.format(
                Locale.ROOT,
                "M%.1f %.1fl%.1f %.1f",
                panel.from() + from[0],
                1. + from[1],
                to[0] - from[0],
                to[1] - from[1]));
      }
    }
  }

  private double level(Panel panel, double column, double row) {
    double x = panel.left() + column / panel.perX();
    double y = panel.bottom() + (300. - row) / panel.perY();
    return 2. * Math.log10(Math.max(function.applyAsDouble(x, y), 2e-4));
  }
}
