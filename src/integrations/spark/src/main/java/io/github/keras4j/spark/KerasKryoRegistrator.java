package io.github.keras4j.spark;

import com.esotericsoftware.kryo.Kryo;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Registers what the trainers of this package send with Kryo, for {@code
 * spark.kryo.registrationRequired}.
 *
 * <pre>{@code
 * SparkConf configuration =
 *     new SparkConf()
 *         .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
 *         .set("spark.kryo.registrationRequired", "true")
 *         .set("spark.kryo.registrator", KerasKryoRegistrator.class.getName());
 * }</pre>
 *
 * <p>The classes of your examples are yours to register: {@code spark.kryo.classesToRegister} names
 * them, or a registrator of yours, in the list of {@code spark.kryo.registrator}.
 */
public final class KerasKryoRegistrator implements KryoRegistrator {
  /** Made by Spark. */
  public KerasKryoRegistrator() {}

  /**
   * Registers the classes.
   *
   * @param kryo where
   */
  @Override
  public void registerClasses(Kryo kryo) {
    kryo.register(int[][].class);
    kryo.register(double[][].class);
    kryo.register(SliceSum.class);
    kryo.register(RowExchange.Rows.class);
    kryo.register(Shard.class);
    kryo.register(ShardedStep.Look.class);
    kryo.register(ShardFiles.Written.class);
  }
}
