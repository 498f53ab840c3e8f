package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.spark.Problem.Example;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.feature.LabeledPoint;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.Serializer;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** Whatever Spark is told to serialize with, the numbers are the same. */
class SerializersTest {
  private static final int STEPS = 4;

  @TempDir Path folder;

  @Test
  void makesTheSameStepsWithKryo() throws IOException {
    double[][] expected = Problem.parameters();
    try (JavaSparkContext context =
        new JavaSparkContext(kryo().set("spark.kryo.classesToRegister", Example.class.getName()))) {
      JavaRDD<Example> data = context.parallelize(Problem.examples(80), 5);
      List<Example> all = Problem.examples(80);
      List<List<Example>> partitions = new ArrayList<>(); // not by glom, whose lists are not ours
      for (int i = 0; i < 80; i += 16) {
        partitions.add(all.subList(i, i + 16));
      }
      Problem.train(new Adam(), partitions, expected, STEPS);
      double[][] parameters = Problem.parameters();
      SparkTrainer.<Example>builder(new Adam())
          .exampleLoss(Problem.byRows())
          .rows(0, Problem.WIDTH)
          .fanIn(1)
          .build()
          .train(data, parameters, STEPS);
      assertThat(parameters).isDeepEqualTo(expected);

      ShardedTrainer<Example> sharded =
          ShardedTrainer.<Example>builder(new Adam(), ShardedTrainerTest.SPECS)
              .loss(new ShardedTrainerTest.ByRows())
              .rows(0, Problem.WIDTH)
              .initial(ShardedTrainerTest.initial())
              .shards(3)
              .checkpoints(folder.toString(), 3)
              .build();
      sharded.train(data, STEPS);
      assertThat(sharded.parameters()).isDeepEqualTo(expected);
    }
  }

  private static SparkConf kryo() {
    return Contexts.configuration("local[2]")
        .set("spark.serializer", KryoSerializer.class.getName())
        .set("spark.kryo.registrationRequired", "true")
        .set("spark.kryo.registrator", KerasKryoRegistrator.class.getName());
  }

  /** Sends labels with vectors, dense and sparse, and rows. */
  @Test
  void trainsOnDataFramesWithKryo() {
    try (JavaSparkContext context = new JavaSparkContext(kryo())) {
      SparkSession session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
      List<double[]> histories = new ArrayList<>();
      for (boolean sparse : new boolean[] {false, true}) {
        List<LabeledPoint> points = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          Vector dense = Vectors.dense(i / 20., 0., 1. - i / 20.);
          points.add(new LabeledPoint(i % 2, sparse ? dense.toSparse() : dense));
        }
        Dataset<Row> data =
            session.createDataFrame(context.parallelize(points, 3), LabeledPoint.class);
        KerasModel model =
            new KerasEstimator()
                .setModel(FactorizationMachine.classification(2))
                .setSteps(STEPS)
                .fit(data);
        assertThat(model.transform(data).collectAsList()).hasSize(20);
        histories.add(model.objectiveHistory());
      }
      assertThat(histories.get(1)).isEqualTo(histories.get(0));
    }
  }

  @Test
  void writesShardsAndReadsThem() {
    Adam adam = new Adam();
    double[][] parameters = {{1., -0.5}};
    adam.applyGradients(new double[][] {{0.1, 0.2}}, parameters);
    Shard shard = new Shard(adam, parameters);
    SparkConf configuration = new SparkConf();
    for (Serializer serializer :
        List.of(new JavaSerializer(configuration), new KryoSerializer(configuration))) {
      SerializerInstance instance = serializer.newInstance();
      ClassTag<Shard> type = ClassTag$.MODULE$.apply(Shard.class);
      ByteBuffer bytes = instance.serialize(shard, type);
      Shard read = instance.deserialize(bytes, type);
      assertThat(read.parameters()).isDeepEqualTo(parameters);
      assertThat(read.optimizer().getState()).isEqualTo(adam.getState());
    }
  }
}
