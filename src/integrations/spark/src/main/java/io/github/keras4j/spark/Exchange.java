package io.github.keras4j.spark;

import java.util.Iterator;
import java.util.Objects;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Sends what partitions have for each other. What arrives is in the order of the senders' numbers,
 * whoever finished first.
 */
final class Exchange {
  private Exchange() {}

  /**
   * Sends values by the receiver's number, at most one from each partition to each receiver.
   * Returns a partition for each receiver, with what it was sent in the order of the senders.
   */
  static <V> JavaRDD<V> inOrder(JavaRDD<Tuple2<Integer, V>> outgoing, int receivers) {
    long senders = outgoing.getNumPartitions();
    return outgoing
        .<Tuple2<Long, V>>mapPartitionsWithIndex(
            (sender, values) -> keyed(sender, senders, values), false)
        .mapToPair(keyed -> keyed)
        .repartitionAndSortWithinPartitions(new Receivers(receivers, senders))
        .values();
  }

  private static <V> Iterator<Tuple2<Long, V>> keyed(
      int sender, long senders, Iterator<Tuple2<Integer, V>> values) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return values.hasNext();
      }

      @Override
      public Tuple2<Long, V> next() {
        Tuple2<Integer, V> value = values.next();
        return new Tuple2<>(value._1 * senders + sender, value._2);
      }
    };
  }

  /** Keys are the receiver's number times the number of senders, plus the sender's number. */
  private static final class Receivers extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int receivers;
    private final long senders;

    Receivers(int receivers, long senders) {
      this.receivers = receivers;
      this.senders = senders;
    }

    @Override
    public int numPartitions() {
      return receivers;
    }

    @Override
    public int getPartition(Object key) {
      return (int) ((Long) key / senders);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Receivers that
          && receivers == that.receivers
          && senders == that.senders;
    }

    @Override
    public int hashCode() {
      return Objects.hash(receivers, senders);
    }
  }
}
