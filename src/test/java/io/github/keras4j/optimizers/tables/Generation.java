package io.github.keras4j.optimizers.tables;

import java.util.List;

/** What differs between the generations of Keras. */
public enum Generation {
  KERAS_2(
      "lr",
      List.of("clipnorm", "clipvalue"),
      Hyperparameter.OF_KERAS_2,
      Hyperparameter.OF_SOME_OF_KERAS_2),
  KERAS_3(
      "learning_rate",
      List.of("clipnorm", "global_clipnorm", "clipvalue"),
      Hyperparameter.OF_KERAS_3,
      Hyperparameter.OF_SOME_OF_KERAS_3);

  /** What the learning rate is called in a configuration. */
  public final String rate;

  /** What clips gradients; the first but last takes the norm of all together. */
  public final List<String> clips;

  /** What every optimizer has. */
  final List<Hyperparameter> common;

  /** What several have. */
  final List<Hyperparameter> shared;

  Generation(
      String rate, List<String> clips, List<Hyperparameter> common, List<Hyperparameter> shared) {
    this.rate = rate;
    this.clips = clips;
    this.common = common;
    this.shared = shared;
  }

  public String normOfAll() {
    return clips.get(clips.size() - 2);
  }
}
