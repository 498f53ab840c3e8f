"""Writes small models in the shape of what people train, each with the truth next to it, for RealModelsTest.

    python3 src/test/python/real_models.py 3
    python3 src/test/python/real_models.py 2.15
    python3 src/test/python/real_models.py 2.2.4

in the environments of keras_files.py. Each model is trained for seven batches and saved; then five more
batches follow, whose gradients, as Keras computed them, and whose parameters are the truth, with all
weights and the configuration of the optimizer; also the parameters that the model itself has changed
before a step, as SpectralNormalization of tf.keras does. Numbers are packed: f4: or f8:, then base64 of their
bytes, in little endian. Names that end with f64 are of float64, all others of float32.

    --only NAME...    the models of these names alone
"""

import argparse
import base64
import json
import os
import zipfile
from pathlib import Path

import golden

FOLDER = golden.ROOT / "src" / "integrations" / "hdf5" / "src" / "test" / "resources" / "real-models"
BATCHES = 5
LARGEST = 60_000  # bytes
WITHOUT_MODEL = ("conv-bn-nadam.weights.h5", "subclassed.weights.h5", "tf215-subclassed-new.weights.h5")


# ---- The truth ----------------------------------------------------------------------------------


def pack(array):
    import numpy as np

    array = np.asarray(array)
    kind = "f4" if array.dtype == np.float32 or array.dtype.itemsize < 4 else "f8"
    return kind + ":" + base64.b64encode(array.astype("<" + kind).tobytes()).decode()


def tensor(name, array, **more):
    return {"name": name, "shape": list(array.shape), "values": pack(array), **more}


def write(file, keras, floatx, optimizer, iterations, parameters, layers, continued):
    truth = {
        "file": file,
        "written_by": {"keras": keras},
        "floatx": floatx,
        "optimizer": optimizer,
        "iterations": iterations,
        "parameters": parameters,
        "layers": layers,
        "continued": continued,
    }
    path = FOLDER / f"{file}.json"
    path.write_text(json.dumps(truth, separators=(",", ":"), default=str) + "\n")
    if file.endswith(".keras") and (FOLDER / file).stat().st_size > LARGEST:
        compress(FOLDER / file)
    for one in (FOLDER / file, path):
        size = one.stat().st_size
        print(f"{'LARGE ' if size > LARGEST else ''}{one.name:45s} {size:6d} bytes", flush=True)


def compress(archive):
    """Zips an archive again, which Keras does without compression."""
    with zipfile.ZipFile(archive) as before:
        entries = [(entry.filename, before.read(entry)) for entry in before.infolist()]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as after:
        for name, contents in entries:
            after.writestr(name, contents)


def floatx_of(name):
    return "float64" if "f64" in name else "float32"


# ---- Keras 3 ------------------------------------------------------------------------------------


def custom_classes(keras):
    """Classes that Keras needs to know before it loads the files."""
    layers, registered = keras.layers, keras.saving.register_keras_serializable("real")

    @registered
    class Positions(layers.Layer):
        """Tokens and their places."""

        def __init__(self, tokens, length, width, **more):
            super().__init__(**more)
            self.tokens, self.length, self.width = tokens, length, width
            self.token_embedding = layers.Embedding(tokens, width)
            self.position_embedding = layers.Embedding(length, width)

        def build(self, shape):
            self.token_embedding.build(shape)
            self.position_embedding.build(shape)

        def call(self, x):
            return self.token_embedding(x) + self.position_embedding(keras.ops.arange(self.length))

        def get_config(self):
            return {
                **super().get_config(),
                "tokens": self.tokens,
                "length": self.length,
                "width": self.width,
            }

    @registered
    class Subclassed(keras.Model):
        def __init__(self, **more):
            super().__init__(**more)
            self.first = layers.Dense(6, activation="relu")
            self.norm = layers.LayerNormalization()
            self.last = layers.Dense(2)

        def build(self, shape):
            self.first.build(shape)
            self.norm.build((None, 6))
            self.last.build((None, 6))
            self.built = True

        def call(self, x):
            return self.last(self.norm(self.first(x)))

    @registered
    class Gan(keras.Model):
        def __init__(self, **more):
            super().__init__(**more)
            self.generator = keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu"), layers.Dense(2)])
            self.discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(4, "relu"), layers.Dense(1)])
            self.built = True

        def call(self, x):
            return self.discriminator(self.generator(x))

    return Positions, Subclassed, Gan


def keras_3_models(keras, np):
    """Name, model, input, target, loss and optimizer."""
    from keras import Input, Model, Sequential, constraints, layers, optimizers

    def floatx(name):
        keras.config.set_floatx(name)
        keras.mixed_precision.set_global_policy(name)

    floatx("float32")
    Positions, Subclassed, _ = custom_classes(keras)
    random = np.random.RandomState(3)

    def images(*shape):
        return random.normal(size=(8, *shape)).astype("float32")

    def tokens(length, below):
        return random.randint(0, below, (8, length))

    def conv_bn(name, optimizer):
        model = Sequential(name="conv_bn")
        for layer in (
            Input((6, 6, 2)),
            layers.Conv2D(4, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ):
            model.add(layer)
        return name, model, images(6, 6, 2), tokens(1, 3), "sparse_categorical_crossentropy", optimizer

    yield conv_bn("conv-bn-adam.keras", "adam")
    yield conv_bn("conv-bn-sgd.h5", optimizers.SGD(0.05, momentum=0.9))
    yield conv_bn("conv-bn-nadam.weights.h5", optimizers.Nadam(0.01))

    image = Input((5, 5, 2))
    start = x = layers.Conv2D(3, 3, padding="same")(image)
    for _ in range(2):
        y = layers.BatchNormalization()(x)
        y = layers.Activation("relu")(y)
        y = layers.Conv2D(3, 3, padding="same", kernel_regularizer="l2")(y)
        x = layers.Add()([x, y])
    x = layers.GlobalAveragePooling2D()(layers.Concatenate()([start, x]))
    model = Model(image, layers.Dense(2)(x))
    schedule = optimizers.schedules.CosineDecay(0.1, 20, warmup_target=0.2, warmup_steps=4)
    yield "residual-schedule.keras", model, images(5, 5, 2), images(2), "mse", optimizers.SGD(
        schedule, momentum=0.9, nesterov=True, weight_decay=1e-4
    )

    image = Input((6, 6, 2))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, depthwise_constraint="max_norm")(image)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU(6.0)(x)
    x = layers.Conv2D(4, 1, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9, scale=False)(x)
    x = layers.SeparableConv2D(3, 2)(layers.Dropout(0.2)(x))
    model = Model(image, layers.Dense(2)(layers.GlobalMaxPooling2D()(x)), name="mobile")
    yield "mobilenet-like.keras", model, images(6, 6, 2), images(2), "mse", optimizers.RMSprop(
        0.01, momentum=0.9, centered=True
    )

    text = Input((5,), dtype="int32")
    x = Positions(9, 5, 4)(text)
    y = layers.MultiHeadAttention(2, 2)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(0.1)(y)]))
    y = Sequential([layers.Dense(6, activation="gelu"), layers.Dense(4)])(x)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, y]))
    model = Model(text, layers.Dense(9)(x), name="transformer")
    optimizer = optimizers.AdamW(0.01, weight_decay=0.01, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    yield "transformer-adamw.keras", model, tokens(5, 9), tokens(5, 9), loss, optimizer

    encoder, decoder = Input((4,), name="source"), Input((4,), name="target")
    _, state = layers.GRU(4, return_state=True, name="encoder")(layers.Embedding(7, 3, mask_zero=True)(encoder))
    x = layers.GRU(4, return_sequences=True, name="decoder")(layers.Embedding(8, 3)(decoder), initial_state=state)
    model = Model([encoder, decoder], layers.TimeDistributed(layers.Dense(8, activation="softmax"))(x))
    loss = "sparse_categorical_crossentropy"
    yield "seq2seq.keras", model, [1 + tokens(4, 6), tokens(4, 8)], tokens(4, 8), loss, optimizers.Adamax(0.01)

    encoder = Sequential([Input((6,)), layers.Dense(4, activation="relu"), layers.Dense(2, name="code")], name="encoder")
    decoder = Sequential([Input((2,)), layers.Dense(4, activation="relu"), layers.Dense(6)], name="decoder")
    image = Input((6,))
    model = Model(image, decoder(encoder(image)), name="autoencoder")
    x = images(6)
    yield "autoencoder.keras", model, x, x, "mse", optimizers.Adam(0.01, amsgrad=True)

    yield "subclassed.keras", Subclassed(), images(4), images(2), "mse", optimizers.Adagrad(0.1)
    yield "subclassed.weights.h5", Subclassed(), images(4), images(2), "mse", optimizers.Adam(0.01)

    left, right = Input((4,)), Input((4,))
    shared = Sequential([Input((4,)), layers.Dense(5, activation="tanh"), layers.BatchNormalization()], name="tower")
    once = layers.Dense(3, name="shared")
    x = layers.Dot(1)([once(shared(left)), once(shared(right))])
    yield "shared-layers.keras", Model([left, right], x), [images(4), images(4)], images(1), "mse", "adam"

    model = Sequential(
        [
            Input((4, 6, 2)),
            layers.TimeDistributed(layers.Conv1D(3, 3)),
            layers.TimeDistributed(Sequential([layers.Flatten(), layers.Dense(4), layers.BatchNormalization()])),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
            layers.LSTM(2, recurrent_dropout=0.1),
            layers.Dense(1),
        ]
    )
    yield "time-distributed.keras", model, images(4, 6, 2), images(1), "mse", optimizers.RMSprop(0.01)

    model = Sequential(
        [Input((3, 5, 5, 1)), layers.ConvLSTM2D(2, 3, return_sequences=True), layers.ConvLSTM2D(1, 2), layers.Flatten()]
    )
    yield "conv-lstm.keras", model, images(3, 5, 5, 1), images(4), "mse", "adam"

    model = Sequential(
        [
            Input((5,)),
            layers.SpectralNormalization(layers.Dense(6, activation="relu")),
            layers.SpectralNormalization(layers.Dense(1), power_iterations=2),
        ]
    )
    yield "spectral-normalization.keras", model, images(5), images(1), "mse", optimizers.Adam(0.01, beta_1=0.5)

    model = Sequential([Input((4,)), layers.Normalization(), layers.Rescaling(0.5), layers.Dense(3), layers.PReLU()])
    model.layers[0].adapt(images(4) * 2 + 1)
    yield "preprocessing.keras", model, images(4), images(3), "mse", optimizers.SGD(0.05)

    model = Sequential(
        [
            Input((6, 6, 1)),
            layers.RandomFlip(seed=1),
            layers.RandomContrast(0.2),
            layers.GaussianNoise(0.1),
            layers.Conv2D(2, 3),
            layers.GroupNormalization(2),
            layers.SpatialDropout2D(0.3),
            layers.Flatten(),
            layers.Dropout(0.5, seed=7),
            layers.Dense(2),
        ]
    )
    yield "random-seeds.keras", model, images(6, 6, 1), images(2), "mse", optimizers.Adadelta(1.0)

    model = Sequential([Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(4), layers.Dense(2)])
    model.build((None, 4))
    model.layers[1].enable_lora(2)
    yield "lora.keras", model, images(4), images(2), "mse", "adam"

    keras.mixed_precision.set_global_policy("mixed_float16")
    model = Sequential([Input((4,)), layers.Dense(6, activation="relu"), layers.Dense(2, dtype="float32")])
    keras.mixed_precision.set_global_policy("float32")
    yield "mixed-float16.keras", model, images(4), images(2), "mse", optimizers.Adam(0.01)

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = Sequential([Input((4,)), layers.Dense(6, activation="relu"), layers.Dense(2, dtype="float32")])
    keras.mixed_precision.set_global_policy("float32")
    yield "mixed-bfloat16.keras", model, images(4), images(2), "mse", optimizers.SGD(0.05, momentum=0.9)

    model = Sequential([Input((4,)), layers.Dense(6, activation="relu"), layers.Dense(2)])
    model.quantize("int8")
    yield "quantized-int8.keras", model, images(4), images(2), "mse", optimizers.Adam(0.01)

    base = Sequential([Input((4,)), layers.Dense(5, activation="relu"), layers.BatchNormalization()], name="base")
    base.trainable = False
    image = Input((4,))
    model = Model(image, layers.Dense(2)(layers.Dropout(0.2)(base(image, training=False))), name="transfer")
    yield "transfer-frozen-base.keras", model, images(4), images(2), "mse", optimizers.Adam(0.01)

    floatx("float64")
    model = Sequential([Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(2)])
    yield "averages-accumulation-f64.keras", model, images(4), images(2), "mse", optimizers.Adam(
        0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4, gradient_accumulation_steps=2, clipvalue=0.5
    )

    def constrained(small=False):
        text = Input((5,), dtype="int32")
        x = layers.Embedding(7, 4, embeddings_constraint=constraints.UnitNorm(1))(text)
        x = layers.Conv1D(3, 2, kernel_constraint=constraints.MaxNorm(0.8, [0, 1]), bias_constraint="non_neg")(x)
        if not small:
            x = layers.LayerNormalization(gamma_constraint="non_neg")(x)
            x = layers.MultiHeadAttention(2, 2, kernel_constraint=constraints.MaxNorm(0.7))(x, x)
            x = layers.SeparableConv1D(
                3, 2, depthwise_constraint=constraints.MaxNorm(0.5), pointwise_constraint="non_neg"
            )(x)
        x = layers.BatchNormalization(beta_constraint="non_neg")(x)
        x = layers.Bidirectional(
            layers.GRU(2, recurrent_constraint=constraints.UnitNorm(), kernel_constraint=constraints.MaxNorm(0.9))
        )(x)
        x = layers.PReLU(alpha_constraint="non_neg")(x)
        return Model(text, layers.Dense(2, kernel_constraint=constraints.MinMaxNorm(0.2, 0.6, 0.7))(x))

    x, y = tokens(5, 7), images(2)
    floatx("float32")
    yield "constraints-adam.keras", constrained(), x, y, "mse", optimizers.Adam(0.05)
    yield "constraints-sgd.h5", constrained(small=True), x, y, "mse", optimizers.SGD(0.1, momentum=0.9)
    floatx("float64")
    yield "constraints-accumulation-f64.keras", constrained(), x, y, "mse", optimizers.Nadam(
        0.05, gradient_accumulation_steps=2
    )


def compiled(models, name):
    """The model of a name, for a file that holds its weights and its optimizer alone."""
    for file, model, x, *_, optimizer in models:
        if file == name:
            model(x)
            model.compile(optimizer, "mse")
            model.optimizer.build(model.trainable_variables)
            return model


def write_keras_3(only):
    os.environ["KERAS_BACKEND"] = "jax"
    # To compile takes longer than all else here.
    os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras
    import numpy as np

    models = keras_3_models(keras, np)
    while True:
        keras.utils.set_random_seed(5)
        entry = next(models, None)
        if entry is None:
            break
        file, model, x, y, loss, optimizer = entry
        if only and file not in only:
            continue
        model.compile(optimizer, loss)
        train_keras_3(keras, np, file, model, x, y)
    if not only or "gan.weights.h5" in only:
        write_gan(keras, np)


def layers_of(model):
    return [
        {
            "name": layer.name,
            "weights": [tensor(w.path, np_of(w), trainable=bool(w.trainable)) for w in layer.weights],
        }
        for layer in model.layers
    ]


def np_of(variable):
    import numpy as np

    return np.array(variable)


def train_keras_3(keras, np, file, model, x, y):
    import jax

    apply, seen = model.optimizer.stateless_apply, []

    def recording(variables, gradients, trained):
        jax.debug.callback(lambda *all: seen.append([np.array(g) for g in all]), *gradients)
        return apply(variables, gradients, trained)

    model.optimizer.stateless_apply = recording
    for _ in range(7):
        model.train_on_batch(x, y)
    save = model.save_weights if file.endswith(".weights.h5") else model.save
    save(FOLDER / file)
    optimizer = model.optimizer
    parameters = [tensor(v.path, np_of(v)) for v in model.trainable_variables]
    layers, iterations = layers_of(model), int(optimizer.iterations)
    scale = float(optimizer.dynamic_scale) if hasattr(optimizer, "dynamic_scale") else 1.0
    continued = []
    for _ in range(BATCHES):
        model.train_on_batch(x, y)
        jax.effects_barrier()
        continued.append(
            {
                "gradients": [pack(g / np.array(scale, g.dtype)) for g in seen[-1]],
                "parameters": [pack(np_of(v)) for v in model.trainable_variables],
                "iterations": int(optimizer.iterations),
            }
        )
    config = keras.saving.serialize_keras_object(optimizer)
    optimizer = {"class_name": config["class_name"], "config": config["config"]}
    write(file, keras.__version__, floatx_of(file), optimizer, iterations, parameters, layers, continued)


def write_gan(keras, np):
    """Two optimizers in one file, for which nothing says whose variables are whose."""
    gan = custom_classes(keras)[2]()
    gan.generator_optimizer, gan.discriminator_optimizer = keras.optimizers.Adam(), keras.optimizers.RMSprop()
    for optimizer, part in (
        (gan.generator_optimizer, gan.generator),
        (gan.discriminator_optimizer, gan.discriminator),
    ):
        optimizer.apply([np.ones(v.shape, "float32") for v in part.trainable_variables], part.trainable_variables)
    gan.save_weights(FOLDER / "gan.weights.h5")
    parameters = [tensor(v.path, np_of(v)) for v in gan.trainable_variables]
    optimizer = {"class_name": "two", "config": {}}
    write("gan.weights.h5", keras.__version__, "float32", optimizer, 1, parameters, layers_of(gan), [])


# ---- tf.keras 2.15 ------------------------------------------------------------------------------


def tf_keras_models(keras, np):
    layers, new, legacy = keras.layers, keras.optimizers, keras.optimizers.legacy
    random = np.random.RandomState(4)

    def images(*shape):
        return random.normal(size=(8, *shape)).astype("float32")

    def conv_bn():
        image = keras.Input((6, 6, 2))
        x = layers.Conv2D(3, 3, use_bias=False, kernel_constraint=keras.constraints.MaxNorm(0.8, [0, 1, 2]))(image)
        x = layers.ReLU()(layers.BatchNormalization(gamma_constraint="non_neg")(x))
        x = layers.Add()([x, layers.DepthwiseConv2D(3, padding="same", depthwise_constraint="max_norm")(x)])
        return keras.Model(image, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))

    def sequences():
        text = keras.Input((5,))
        x = layers.Embedding(7, 4, embeddings_constraint=keras.constraints.UnitNorm(1))(text)
        x = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
        x = layers.TimeDistributed(layers.Dense(4))(x)
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 2)(x, x))
        return keras.Model(text, layers.Dense(2)(layers.GRU(3, recurrent_constraint="non_neg")(x)))

    def recurrent():
        text = keras.Input((5,))
        x = layers.Embedding(7, 4)(text)
        x = layers.Bidirectional(layers.LSTM(2, use_bias=False, return_sequences=True))(x)
        x = layers.TimeDistributed(layers.Dense(4, use_bias=False))(x)
        return keras.Model(text, layers.Dense(2)(layers.GRU(3, use_bias=False, kernel_constraint="max_norm")(x)))

    def attention():
        text = keras.Input((5,))
        x = layers.Embedding(7, 4)(text)
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 2, use_bias=False)(x, x))
        return keras.Model(text, layers.Dense(2)(layers.Flatten()(x)))

    def preprocessing():
        words, numbers, values = keras.Input((1,), dtype="string"), keras.Input((1,), dtype="int64"), keras.Input((4,))
        lookup = layers.TextVectorization(output_sequence_length=3, vocabulary=["low", "high", "none"])
        ids = layers.IntegerLookup(vocabulary=[3, 5, 8], output_mode="one_hot")
        normalization, bins = layers.Normalization(), layers.Discretization(num_bins=4, output_mode="multi_hot")
        normalization.adapt(images(4) * 2 + 1)
        bins.adapt(images(4))
        x = layers.Flatten()(layers.Embedding(6, 2)(lookup(words)))
        x = layers.Concatenate()([x, ids(numbers), normalization(values), bins(values)])
        return keras.Model([words, numbers, values], layers.Dense(2)(x))

    def conv_lstm():
        x = image = keras.Input((3, 4, 4, 1))
        x = layers.ConvLSTM2D(2, 2, recurrent_constraint="max_norm")(layers.GaussianNoise(0.1)(x))
        return keras.Model(image, layers.Dense(2)(layers.Dropout(0.2)(layers.Flatten()(x))))

    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(4, activation="relu")
            self.norm = layers.BatchNormalization()
            self.last = layers.Dense(2)

        def call(self, x):
            return self.last(self.norm(self.first(x)))

    def nested():
        inner = keras.Sequential([layers.Dense(4, input_shape=(4,)), layers.BatchNormalization()], name="inner")
        return keras.Sequential([layers.Dense(4, input_shape=(4,)), inner, layers.Dense(2)])

    def binned():
        values = keras.Input((4,))
        bins = layers.Discretization([-1.0, 0.0, 1.0], output_mode="multi_hot")
        return keras.Model(values, layers.Dense(2)(layers.Concatenate()([bins(values), layers.Rescaling(0.5)(values)])))

    def seq2seq():
        encoder, decoder = keras.Input((4,)), keras.Input((4,))
        _, state = layers.GRU(4, return_state=True)(layers.Embedding(7, 3, mask_zero=True)(encoder))
        x = layers.GRU(4, return_sequences=True)(layers.Embedding(8, 3)(decoder), initial_state=state)
        return keras.Model([encoder, decoder], layers.TimeDistributed(layers.Dense(2))(x))

    def autoencoder():
        down = keras.Sequential([layers.Dense(4, "relu", input_shape=(6,)), layers.Dense(2)], name="encoder")
        up = keras.Sequential([layers.Dense(4, "relu", input_shape=(2,)), layers.Dense(6)], name="decoder")
        image = keras.Input((6,))
        return keras.Model(image, up(down(image)))

    def gan():
        """What trains the generator, through a discriminator that is frozen."""
        generator = keras.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dense(2)], name="generator")
        discriminator = keras.Sequential([layers.Dense(4, "relu", input_shape=(2,)), layers.Dense(1)], name="critic")
        discriminator.trainable = False
        noise = keras.Input((3,))
        return keras.Model(noise, discriminator(generator(noise)))

    def spectral():
        x = image = keras.Input((5, 5, 2))
        x = layers.SpectralNormalization(layers.Conv2D(3, 3, activation="relu"))(x)
        x = layers.SpectralNormalization(layers.Dense(2), power_iterations=2)(layers.Flatten()(x))
        return keras.Model(image, x)

    def mixed(policy):
        keras.mixed_precision.set_global_policy(policy)
        x = image = keras.Input((4,))
        x = layers.Dense(6, activation="relu")(x)
        model = keras.Model(image, layers.Dense(2, dtype="float32")(x))
        keras.mixed_precision.set_global_policy("float32")
        return model

    def seeds():
        x = image = keras.Input((6, 6, 1))
        x = layers.RandomContrast(0.2)(layers.RandomFlip(seed=1)(x))
        x = layers.GroupNormalization(2)(layers.Conv2D(2, 3)(layers.GaussianNoise(0.1)(x)))
        x = layers.Dropout(0.5, seed=7)(layers.Flatten()(layers.SpatialDropout2D(0.3)(x)))
        return keras.Model(image, layers.Dense(2)(x))

    text = random.randint(0, 7, (8, 5))
    raw = [random.choice(["low", "high", "other"], (8, 1)), random.choice([3, 5, 9], (8, 1)), images(4)]
    yield "tf215-conv-bn-legacy.h5", conv_bn(), images(6, 6, 2), images(2), legacy.Adam(0.01)
    yield "tf215-conv-bn-new.keras", conv_bn(), images(6, 6, 2), images(2), new.Adam(0.01)
    yield "tf215-recurrent-legacy.h5", recurrent(), text, images(2), legacy.SGD(0.05, momentum=0.9)
    yield "tf215-attention-legacy.h5", attention(), text, images(2), legacy.Adagrad(0.05)
    yield "tf215-sequences-new.keras", sequences(), text, images(2), new.RMSprop(0.01, momentum=0.5)
    yield "tf215-nested-new.keras", nested(), images(4), images(2), new.Adagrad(0.05)
    yield "tf215-preprocessing-new.keras", preprocessing(), raw, images(2), new.SGD(0.05, momentum=0.9)
    yield "tf215-preprocessing-new.h5", preprocessing(), raw, images(2), new.Adam(0.01)
    yield "tf215-conv-lstm-new.h5", conv_lstm(), images(3, 4, 4, 1), images(2), new.Adamax(0.01)
    yield "tf215-subclassed-new.weights.h5", Subclassed(), images(4), images(2), new.Adam(0.01)
    yield "tf215-binned-new.keras", binned(), images(4), images(2), new.Adam(0.01)
    both = [1 + random.randint(0, 6, (8, 4)), random.randint(0, 8, (8, 4))]
    yield "tf215-seq2seq-new.keras", seq2seq(), both, images(4, 2), new.Adamax(0.01)
    yield "tf215-seq2seq-legacy.h5", seq2seq(), both, images(4, 2), legacy.RMSprop(0.01, momentum=0.5)
    x = images(6)
    yield "tf215-autoencoder-new.keras", autoencoder(), x, x, new.AdamW(0.01, weight_decay=0.02)
    yield "tf215-autoencoder-legacy.h5", autoencoder(), x, x, legacy.Adam(0.01, amsgrad=True)
    yield "tf215-gan-new.keras", gan(), images(3), np.ones((8, 1)), new.Adam(0.01, beta_1=0.5)
    yield "tf215-gan-legacy.h5", gan(), images(3), np.ones((8, 1)), legacy.Adam(0.01, beta_1=0.5)
    yield "tf215-spectral-new.keras", spectral(), images(5, 5, 2), images(2), new.Lion(0.01)
    yield "tf215-spectral-legacy.h5", spectral(), images(5, 5, 2), images(2), legacy.SGD(0.05, momentum=0.9)
    yield "tf215-mixed-float16-new.keras", mixed("mixed_float16"), images(4), images(2), new.Adam(0.01)
    yield "tf215-mixed-float16-legacy.h5", mixed("mixed_float16"), images(4), images(2), legacy.Adam(0.01)
    yield "tf215-mixed-bfloat16-new.keras", mixed("mixed_bfloat16"), images(4), images(2), new.SGD(0.05, momentum=0.9)
    yield "tf215-seeds-new.keras", seeds(), images(6, 6, 1), images(2), new.Adadelta(1.0)
    yield "tf215-seeds-legacy.h5", seeds(), images(6, 6, 1), images(2), legacy.Adadelta(1.0)


def write_tf_keras(only):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf

    keras = tf.keras
    keras.utils.set_random_seed(5)
    for file, model, x, y, optimizer in tf_keras_models(keras, np):
        if only and file not in only:
            continue
        model.compile(optimizer, "mse")
        optimizer = model.optimizer  # with mixed precision, one around it
        x = [tf.constant(one) for one in x] if isinstance(x, list) else x
        model(x)
        variables = model.trainable_variables

        def step(file=file, model=model, x=x, y=y, optimizer=optimizer, variables=variables):
            scales = hasattr(optimizer, "get_scaled_loss")
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
                loss = optimizer.get_scaled_loss(loss) if scales else loss
            gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)]
            gradients = optimizer.get_unscaled_gradients(gradients) if scales else gradients
            changed = {"changed": [pack(v.numpy()) for v in variables]} if "spectral" in file else {}
            optimizer.apply_gradients(zip(gradients, variables))
            return {
                **changed,
                "gradients": [pack(g.numpy()) for g in gradients],
                "parameters": [pack(v.numpy()) for v in variables],
                "iterations": int(optimizer.iterations),
            }

        for _ in range(7):
            step()
        (model.save_weights if file.endswith(".weights.h5") else model.save)(FOLDER / file)
        iterations = int(optimizer.iterations)
        parameters = [tensor(v.name, v.numpy()) for v in variables]
        layers = [
            {"name": l.name, "weights": [tensor(w.name, w.numpy(), trainable=w.trainable) for w in l.weights]}
            for l in model.layers
        ]
        config = {"class_name": type(optimizer).__name__, "config": optimizer.get_config()}
        continued = [step() for _ in range(BATCHES)]
        write(file, "2.15.0", "float32", config, iterations, parameters, layers, continued)
    if not only or "tf215-two-optimizers.weights.h5" in only:
        write_tf_gan(tf, np)


def tf_gan(keras, np):
    class Gan(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(2)])
            self.discriminator = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])
            self.generator_optimizer = keras.optimizers.Adam()
            self.discriminator_optimizer = keras.optimizers.RMSprop()

        def call(self, x):
            return self.discriminator(self.generator(x))

    gan = Gan()
    gan(np.zeros((1, 3)))
    gan.generator_optimizer.build(gan.generator.trainable_variables)
    gan.discriminator_optimizer.build(gan.discriminator.trainable_variables)
    return gan


def write_tf_gan(tf, np):
    """Two optimizers in one file, as of Keras 3."""
    gan = tf_gan(tf.keras, np)
    for optimizer, part in (
        (gan.generator_optimizer, gan.generator),
        (gan.discriminator_optimizer, gan.discriminator),
    ):
        variables = part.trainable_variables
        optimizer.apply_gradients([(tf.ones(v.shape), v) for v in variables])
    file = "tf215-two-optimizers.weights.h5"
    gan.save_weights(FOLDER / file)
    parameters = [tensor(v.name, v.numpy()) for v in gan.trainable_variables]
    optimizer = {"class_name": "two", "config": {}}
    layers = [
        {"name": l.name, "weights": [tensor(w.name, w.numpy(), trainable=w.trainable) for w in l.weights]}
        for l in gan.layers
    ]
    write(file, "2.15.0", "float32", optimizer, 1, parameters, layers, [])


# ---- Keras 2.2.4 --------------------------------------------------------------------------------


def keras_2_models(keras, np):
    from keras import constraints, layers, models, optimizers

    random = np.random.RandomState(4)

    def images(*shape):
        return random.normal(size=(8, *shape))

    def residual():
        image = layers.Input((6, 6, 2))
        x = layers.Conv2D(3, 3, use_bias=False, kernel_constraint=constraints.MaxNorm(0.8, [0, 1, 2]))(image)
        x = layers.Activation("relu")(layers.BatchNormalization(gamma_constraint="non_neg")(x))
        x = layers.add([x, layers.SeparableConv2D(3, 3, padding="same", depthwise_constraint="max_norm")(x)])
        return models.Model(image, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))

    def sequences():
        text = layers.Input((5,))
        x = layers.Embedding(7, 4, embeddings_constraint=constraints.UnitNorm(1))(text)
        x = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
        x = layers.TimeDistributed(layers.Dense(3, kernel_constraint=constraints.MinMaxNorm(0.2, 0.7, 0.5)))(x)
        x = layers.GRU(3, recurrent_constraint="non_neg", bias_constraint="max_norm")(x)
        return models.Model(text, layers.Dense(2)(x))

    def conv_lstm():
        return models.Sequential(
            [layers.ConvLSTM2D(2, 2, input_shape=(3, 4, 4, 1), kernel_constraint="max_norm"), layers.Flatten()]
        )

    def shared():
        left, right = layers.Input((4,)), layers.Input((4,))
        tower = models.Sequential([layers.Dense(5, activation="tanh", input_shape=(4,)), layers.BatchNormalization()])
        once = layers.Dense(3, bias_constraint="non_neg")
        x = layers.dot([once(tower(left)), once(tower(right))], 1)
        return models.Model([left, right], x)

    def seq2seq():
        encoder, decoder = layers.Input((4,)), layers.Input((4,))
        _, state = layers.GRU(4, return_state=True)(layers.Embedding(7, 3, mask_zero=True)(encoder))
        x = layers.GRU(4, return_sequences=True)(layers.Embedding(8, 3)(decoder), initial_state=state)
        return models.Model([encoder, decoder], layers.TimeDistributed(layers.Dense(2))(x))

    def autoencoder():
        down = models.Sequential([layers.Dense(4, activation="relu", input_shape=(6,)), layers.Dense(2)])
        up = models.Sequential([layers.Dense(4, activation="relu", input_shape=(2,)), layers.Dropout(0.2), layers.Dense(6)])
        image = layers.Input((6,))
        return models.Model(image, up(down(image)))

    def gan():
        """What trains the generator, through a discriminator that is frozen."""
        generator = models.Sequential([layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dense(2)])
        discriminator = models.Sequential([layers.Dense(4, activation="relu", input_shape=(2,)), layers.Dense(1)])
        discriminator.trainable = False
        noise = layers.Input((3,))
        return models.Model(noise, discriminator(generator(noise)))

    text = random.randint(0, 7, (8, 5))
    adam = {"lr": 0.01, "beta_1": 0.5}
    sgd = {"lr": 0.1, "momentum": 0.9, "nesterov": True}
    made = [
        ("k224-residual-adam.h5", residual, images(6, 6, 2), images(2), optimizers.Adam, {"lr": 0.01}),
        ("k224-sequences-rmsprop-f64.h5", sequences, text, images(2), optimizers.RMSprop, {"lr": 0.01}),
        ("k224-sequences-sgd.h5", sequences, text, images(2), optimizers.SGD, sgd),
        ("k224-conv-lstm-nadam-f64.h5", conv_lstm, images(3, 4, 4, 1), images(18), optimizers.Nadam, {"lr": 0.01}),
        ("k224-shared-adamax-f64.h5", shared, [images(4), images(4)], images(1), optimizers.Adamax, {"lr": 0.01}),
    ]
    both = [1 + random.randint(0, 6, (8, 4)), random.randint(0, 8, (8, 4))]
    code = images(6)
    return made + [
        ("k224-seq2seq-adam-f64.h5", seq2seq, both, images(4, 2), optimizers.Adam, {"lr": 0.01, "amsgrad": True}),
        ("k224-autoencoder-adadelta-f64.h5", autoencoder, code, code, optimizers.Adadelta, {"lr": 1.0}),
        ("k224-gan-adam-f64.h5", gan, images(3), np.ones((8, 1)), optimizers.Adam, adam),
    ]


def write_keras_2(only):
    import keras_2_2_4
    import keras_files

    keras_files.Keras2()  # which lets TensorFlow 2.15 take what Keras 2.2.4 asks it for
    import keras
    import numpy as np
    import tensorflow as tf

    K, gradients_of = keras.backend, keras.backend.gradients
    for file, make, x, y, optimizer, options in keras_2_models(keras, np):
        if only and file not in only:
            continue
        K.clear_session()
        K.set_session(keras_2_2_4.settled_session(tf))
        tf.set_random_seed(5)
        np.random.seed(5)
        K.set_floatx(floatx_of(file))
        model, optimizer = make(), optimizer(**options)
        model.compile(optimizer, "mse")
        parameters = model.trainable_weights
        wanted = gradients_of(model.total_loss, parameters)
        wanted = [tf.convert_to_tensor(g) for g in wanted]
        inputs = {model.targets[0]: y, model.sample_weights[0]: np.ones(len(y)), K.learning_phase(): 1}
        inputs.update(zip(model.inputs, x if isinstance(x, list) else [x]))
        feeds = [K.placeholder(shape=K.int_shape(p)) for p in parameters]
        K.gradients = lambda loss, params, feeds=feeds: feeds
        model._make_train_function()
        K.gradients = gradients_of
        updates = optimizer.updates
        updates = [tf.assign(*u) if isinstance(u, tuple) else u for u in updates]
        scalars = 2 if hasattr(optimizer, "m_schedule") else 1
        runs = [updates[scalars:]] + [[u] for u in reversed(updates[:scalars])]
        session = K.get_session()

        def step():
            gradients = session.run(wanted, inputs)
            for some in runs:
                session.run([u.op if hasattr(u, "op") else u for u in some], dict(zip(feeds, gradients)))
            return {
                "gradients": [pack(g) for g in gradients],
                "parameters": [pack(v) for v in session.run(parameters)],
                "iterations": int(K.get_value(optimizer.iterations)),
            }

        for _ in range(7):
            step()
        model.save(str(FOLDER / file))
        iterations = int(K.get_value(optimizer.iterations))
        trained = [tensor(v.name, a) for v, a in zip(parameters, session.run(parameters))]
        layers = []
        for layer in model.layers:
            weights = zip(layer.weights, session.run(layer.weights))
            own = [tensor(v.name, a, trainable=v in layer.trainable_weights) for v, a in weights]
            layers.append({"name": layer.name, "weights": own})
        config = {"class_name": type(optimizer).__name__, "config": optimizer.get_config()}
        continued = [step() for _ in range(BATCHES)]
        write(file, "2.2.4", floatx_of(file), config, iterations, trained, layers, continued)


def main():
    import keras_files

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("keras", choices=keras_files.KERAS, help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="+", default=[], help=argparse.SUPPRESS)
    options = parser.parse_args()
    keras_files.enter(options.keras)
    FOLDER.mkdir(exist_ok=True)
    writers = {"3": write_keras_3, "2.15": write_tf_keras, "2.2.4": write_keras_2}
    writers[options.keras](options.only)


if __name__ == "__main__":
    main()
