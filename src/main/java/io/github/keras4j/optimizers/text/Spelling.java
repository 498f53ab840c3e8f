package io.github.keras4j.optimizers.text;

import java.util.Collection;
import java.util.Locale;

/** What somebody may have meant by a name that is not known. */
public final class Spelling {
  private static final int LONGEST_NAME = 60; // the time grows with the square of the length

  private Spelling() {}

  /** The end of a message, {@code "; did you mean adam?"}; empty where no known name is near. */
  public static String didYouMean(String name, Collection<String> known) {
    int limit = name.length() > LONGEST_NAME ? -1 : Math.min(2, name.length() / 3);
    String nearest = null;
    for (String candidate : known) {
      if (Math.abs(candidate.length() - name.length()) <= limit) {
        int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
        if (distance <= limit) {
          nearest = candidate;
          limit = distance - 1; // only a nearer one replaces it
        }
      }
    }
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  /** Damerau-Levenshtein distance, by optimal string alignment. */
  private static int distance(String a, String b) {
    int[][] distances = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        distances[i][j] = i == 0 || j == 0 ? i + j : step(distances, a, b, i, j);
      }
    }
    return distances[a.length()][b.length()];
  }

  private static int step(int[][] distances, String a, String b, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int least = distances[i - 1][j - 1] + (same ? 0 : 1);
    least = Math.min(least, 1 + Math.min(distances[i - 1][j], distances[i][j - 1]));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, 1 + distances[i - 2][j - 2]) : least;
  }
}
