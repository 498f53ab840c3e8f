"""Writes models of many layers, each with the names of its trainable weights, for KerasLayersTest.

    target/keras-3-jax/bin/python src/test/python/keras_layers.py

target/keras-3-jax is the environment of keras_files.py. The i-th trainable weight is full of i + 1; those
that are not trained hold what Keras begins with.
The two that are larger than 60 kB, convolutions.keras and sequences.keras, were zipped again with compression.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import Input, Model, Sequential, layers

FOLDER = Path(__file__).resolve().parents[2] / "integrations" / "hdf5" / "src" / "test" / "resources" / "layers"


def save(name, model):
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    for i, weight in enumerate(model.trainable_variables):
        weight.assign(np.full(weight.shape, i + 1))
    file = FOLDER / name
    (model.save_weights if name.endswith(".weights.h5") else model.save)(file)
    names = [weight.path for weight in model.trainable_variables]
    Path(f"{file}.json").write_text(json.dumps({"names": names}, indent=1) + "\n")


def convolutions():
    image = Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(image)
    x = layers.BatchNormalization()(x)
    x = layers.PReLU()(x)
    x = layers.SeparableConv2D(4, 3)(x)
    x = layers.DepthwiseConv2D(2)(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Conv2D(2, 1, use_bias=False)(x)
    x = layers.BatchNormalization(scale=False)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.LayerNormalization()(x)
    return Model(image, layers.Dense(2)(x))


def sequences():
    tokens = Input((6,))
    x = layers.Embedding(10, 4)(tokens)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="mine"))(x)
    x = layers.Bidirectional(layers.GRU(2, return_sequences=True), name="both")(x)
    x = layers.TimeDistributed(layers.Dense(4))(x)
    x = layers.MultiHeadAttention(2, 2)(x, x)
    x = layers.SimpleRNN(3)(x)
    return Model(tokens, layers.Dense(1)(x))


def cells():
    return Sequential([Input((5, 2)), layers.RNN([layers.LSTMCell(2), layers.GRUCell(2)]), layers.Dense(1)])


def models_in_models():
    inner = Sequential(
        [Input((4,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(4)], name="inner"
    )
    inner.layers[0].trainable = False
    image = Input((4,))
    deep = Model(image, layers.Dense(3)(layers.Dense(4, name="deep")(image)), name="inner2")
    return Sequential([Input((4,)), layers.Dense(4), inner, deep, layers.Dense(1)])


def order():
    return Sequential(
        [
            Input((8, 8, 3)),
            layers.BatchNormalization(),
            layers.Conv2D(2, 3),
            layers.Activation("relu"),
            layers.Flatten(),
            layers.Dense(3),
            layers.Dense(3),
            layers.BatchNormalization(),
            layers.Dense(2),
        ]
    )


def compiled_in_compiled():
    inner = Sequential([Input((4,)), layers.Dense(4), layers.BatchNormalization()], name="inner")
    inner.compile("adam", "mse")
    inner.optimizer.build(inner.trainable_variables)
    return Sequential([Input((4,)), layers.Dense(4), inner, layers.Dense(1)])


class 층(layers.Layer):  # as Python allows, with an option that is named as a model's layers
    def build(self, shape):
        self.variable = self.add_weight(shape=(shape[-1],), name="variable")

    def call(self, x):
        return x * self.variable

    def get_config(self):
        return {**super().get_config(), "layers": [3, 4]}


def custom():
    return Sequential([Input((4,)), 층(), layers.Dense(3), 층(), layers.Dense(1, name="밀집층")])


FOLDER.mkdir(exist_ok=True)
for model in (convolutions, sequences, cells, models_in_models, order, compiled_in_compiled, custom):
    keras.utils.clear_session()
    save(f"{model.__name__}.keras", model())
keras.utils.clear_session()
save("order.weights.h5", order())
