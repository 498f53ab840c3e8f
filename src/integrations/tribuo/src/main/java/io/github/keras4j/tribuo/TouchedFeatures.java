package io.github.keras4j.tribuo;

import java.util.Arrays;
import org.tribuo.math.la.SGDVector;
import org.tribuo.math.la.VectorTuple;

/** The features that one sparse gradient has, at a cost that does not depend on all there are. */
final class TouchedFeatures {
  private static final int NONE = -1;

  private final int[] places; // by feature, while a gradient is being read
  private int[] found = {};

  TouchedFeatures(int features) {
    places = new int[features];
    Arrays.fill(places, NONE);
  }

  /** Looks for the features of all rows. */
  void find(SGDVector... rows) {
    int most = Arrays.stream(rows).mapToInt(SGDVector::numActiveElements).sum();
    int[] features = new int[most];
    int count = 0;
    for (SGDVector row : rows) {
      for (VectorTuple element : row) {
        if (places[element.index] == NONE) {
          places[element.index] = count;
          features[count++] = element.index;
        }
      }
    }
    found = Arrays.copyOf(features, count);
    Arrays.sort(found);
    for (int place = 0; place < count; place++) {
      places[found[place]] = place;
    }
  }

  /** The features that were found, in order. */
  int[] inOrder() {
    return found;
  }

  /** The place of a feature among them. */
  int placeOf(int feature) {
    return places[feature];
  }

  /** Makes ready for the next gradient. */
  void forget() {
    for (int feature : found) {
      places[feature] = NONE;
    }
  }
}
