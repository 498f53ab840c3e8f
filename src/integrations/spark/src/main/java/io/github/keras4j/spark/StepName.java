package io.github.keras4j.spark;

import org.apache.spark.api.java.JavaSparkContext;

/** What Spark's pages call the jobs and stages of a step. */
final class StepName {
  private static final String DESCRIPTION = "spark.job.description";
  private static final String STAGE = "callSite.short";

  private StepName() {}

  /** What is to be run. */
  interface Jobs<R, E extends Exception> {
    R run() throws E;
  }

  /**
   * Runs something whose jobs and stages are named, after the caller's own description if there is
   * one.
   */
  static <R, E extends Exception> R during(
      JavaSparkContext context, String trainer, String name, Jobs<R, E> jobs) throws E {
    String description = context.getLocalProperty(DESCRIPTION);
    String stage = context.getLocalProperty(STAGE);
    context.setLocalProperty(
        DESCRIPTION, (description == null ? trainer : description) + ", " + name);
    context.setLocalProperty(STAGE, name);
    try {
      return jobs.run();
    } finally {
      context.setLocalProperty(DESCRIPTION, description);
      context.setLocalProperty(STAGE, stage);
    }
  }
}
