/**
 * Training on Apache Spark with the same bits in every run: {@link
 * io.github.keras4j.spark.SparkTrainer}.
 */
package io.github.keras4j.spark;
