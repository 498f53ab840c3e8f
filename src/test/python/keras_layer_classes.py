"""Makes every layer class of a Keras, with the options that change its weights, for LayerClassesTest.

    target/keras-3-jax/bin/python src/test/python/keras_layer_classes.py
    target/keras-2.15/bin/python  src/test/python/keras_layer_classes.py
    target/keras-2.2.4/bin/python src/test/python/keras_layer_classes.py

Each run leaves one file, by the generation. A case is the layer as Keras serializes it (without
what changes no weight), its group in .weights.h5, and its weights in the order of layer.weights: name,
whether it is trained, and where .weights.h5 has it.
"""

import inspect
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import numpy as np

if "keras-2.2.4" in sys.prefix:
    import keras_files

    keras = keras_files.Keras2().keras
    keras.backend.set_floatx("float32")
    GENERATION = "keras2"
elif "keras-2.15" in sys.prefix:
    import tensorflow as tf

    keras = tf.keras
    GENERATION = "tf.keras"
else:
    os.environ.setdefault("KERAS_BACKEND", "numpy")  # compiles nothing, and the weights are the same
    import keras

    GENERATION = "keras3"
L = keras.layers
FOLDER = Path(__file__).resolve().parents[2] / "integrations" / "hdf5" / "src" / "test" / "resources" / "layer-classes"

SHAPES = {  # of the inputs, the first that fits
    "flat": (4,),
    "sequence": (6, 4),
    "image": (6, 6, 4),
    "volume": (6, 6, 6, 2),
    "images": (3, 6, 6, 2),
    "volumes": (2, 4, 4, 4, 2),
}
NO_BIAS = {"use_bias": False}
NORMALIZATION = [{}, {"scale": False}, {"center": False}, {"scale": False, "center": False}]


def cells():
    return [L.LSTMCell(2), L.GRUCell(2)]


def convolution(*sizes):
    return [dict(filters=2, kernel_size=2, **options) for options in sizes or ({}, NO_BIAS)]


LORA = {"lora_rank": 2}
TF_IDF = {"output_mode": "tf_idf", "idf_weights": [0.5, 0.7]}
CASES = {
    "Dense": [{"units": 3}, {"units": 3, **NO_BIAS}, {"units": 3, **LORA}],
    "EinsumDense": [
        {"equation": "ab,bc->ac", "output_shape": 3},
        {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"},
        {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c", **LORA},
    ],
    "Embedding": [{"input_dim": 5, "output_dim": 2}, {"input_dim": 5, "output_dim": 2, **LORA}],
    "ReversibleEmbedding": [
        {"input_dim": 5, "output_dim": 2},
        {"input_dim": 5, "output_dim": 2, "tie_weights": False},
    ],
    "Conv1D": convolution({}, NO_BIAS, LORA),
    "Conv2D": convolution({}, NO_BIAS, LORA),
    "Conv3D": convolution({}, NO_BIAS, LORA),
    "Conv1DTranspose": convolution(),
    "Conv2DTranspose": convolution(),
    "Conv3DTranspose": convolution(),
    "SeparableConv1D": convolution(),
    "SeparableConv2D": convolution(),
    "LocallyConnected1D": convolution(),
    "LocallyConnected2D": convolution(),
    "DepthwiseConv1D": [{"kernel_size": 2}, {"kernel_size": 2, **NO_BIAS}],
    "DepthwiseConv2D": [{"kernel_size": 2}, {"kernel_size": 2, **NO_BIAS}],
    "ConvLSTM1D": convolution(),
    "ConvLSTM2D": convolution(),
    "ConvLSTM3D": convolution(),
    "BatchNormalization": NORMALIZATION + [{"renorm": True}, {"synchronized": True}],
    "SyncBatchNormalization": NORMALIZATION,
    "LayerNormalization": NORMALIZATION + [{"rms_scaling": True}],
    "GroupNormalization": [{"groups": 2, **options} for options in NORMALIZATION],
    "RMSNormalization": [{}],
    "Normalization": [{}, {"mean": 1.0, "variance": 2.0}],
    "PReLU": [{}],
    "Attention": [{}, {"use_scale": True}, {"score_mode": "concat"}, {"use_scale": True, "score_mode": "concat"}],
    "AdditiveAttention": [{}, {"use_scale": False}],
    "MultiHeadAttention": [{"num_heads": 2, "key_dim": 2}, {"num_heads": 2, "key_dim": 2, **NO_BIAS}],
    "GroupQueryAttention": [
        {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1},
        {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1, **NO_BIAS},
    ],
    "LSTM": [{"units": 2}, {"units": 2, **NO_BIAS}],
    "GRU": [{"units": 2}, {"units": 2, **NO_BIAS}, {"units": 2, "reset_after": True}],
    "SimpleRNN": [{"units": 2}, {"units": 2, **NO_BIAS}],
    "CuDNNLSTM": [{"units": 2}],
    "CuDNNGRU": [{"units": 2}],
    "RNN": [
        {"cell": lambda: L.LSTMCell(2)},
        {"cell": lambda: L.GRUCell(2)},
        {"cell": lambda: L.SimpleRNNCell(2, use_bias=False)},
        {"cell": cells},
        {"cell": lambda: L.StackedRNNCells(cells())},
    ],
    "Bidirectional": [
        {"layer": lambda: L.LSTM(2)},
        {"layer": lambda: L.GRU(2, use_bias=False)},
        {"layer": lambda: L.RNN(cells())},
    ],
    "TimeDistributed": [
        {"layer": lambda: L.Dense(2)},
        {"layer": lambda: L.BatchNormalization()},
        {"layer": lambda: keras.Sequential([L.Dense(2), L.BatchNormalization(scale=False)])},
    ],
    "SpectralNormalization": [
        {"layer": lambda: L.Dense(2)},
        {"layer": lambda: L.Dense(2, use_bias=False)},
        {"layer": lambda: L.Conv2D(2, 2)},
        {"layer": lambda: L.Embedding(5, 2)},
    ],
    "Dropout": [{"rate": 0.5}],
    "GaussianDropout": [{"rate": 0.5}],
    "AlphaDropout": [{"rate": 0.5}],
    "SpatialDropout1D": [{"rate": 0.5}],
    "SpatialDropout2D": [{"rate": 0.5}],
    "SpatialDropout3D": [{"rate": 0.5}],
    "GaussianNoise": [{"stddev": 0.5}],
    "StringLookup": [{"vocabulary": ["a", "b"]}, {"vocabulary": ["a", "b"], **TF_IDF}],
    "IntegerLookup": [{"vocabulary": [3, 4]}, {"vocabulary": [3, 4], **TF_IDF}],
    "TextVectorization": [{"vocabulary": ["a", "b"]}, {"vocabulary": ["a", "b"], **TF_IDF}],
    "Discretization": [{"bin_boundaries": [0.0, 1.0]}, {"num_bins": 3}],
    "CategoryEncoding": [{"num_tokens": 4}],
    "Hashing": [{"num_bins": 3}],
    "HashedCrossing": [{"num_bins": 3}],
    "Dot": [{"axes": 1}],
    "MaxoutDense": [{"output_dim": 3}],
    "Reshape": [{"target_shape": (-1,)}],
    "Permute": [{"dims": (2, 1)}],
    "RepeatVector": [{"n": 2}],
    "Lambda": [{"function": lambda: (lambda x: x)}],
    "Activation": [{"activation": "tanh"}],
    **{f"Random{name}": [{"factor": 0.5}] for name in ("Brightness", "Contrast", "Height", "Rotation", "Width")},
    "RandomTranslation": [{"height_factor": 0.5, "width_factor": 0.5}],
    "RandomZoom": [{"height_factor": 0.5}],
    "CenterCrop": [{"height": 2, "width": 2}],
    "RandomCrop": [{"height": 2, "width": 2}],
    "Resizing": [{"height": 2, "width": 2}],
    "Rescaling": [{"scale": 2.0}],
    "ActivityRegularization": [{}],
}
QUANTIZED = {
    "Dense": [{"units": 4}, {"units": 4, **NO_BIAS}],
    "EinsumDense": [{"equation": "ab,bc->ac", "output_shape": 4, "bias_axes": "c"}],
    "Embedding": [{"input_dim": 6, "output_dim": 4}],
    "ReversibleEmbedding": [{"input_dim": 6, "output_dim": 4}],
}
INTEGERS = ("Embedding", "ReversibleEmbedding", "IntegerLookup", "Hashing", "HashedCrossing")
ABSTRACT = ("Layer", "Wrapper", "InputLayer", "DenseFeatures", "ConvRNN2D", "Recurrent", "ConvRecurrent2D")
UNCHANGED = (  # parts of the names of what changes no weight
    *("initializer", "regularizer", "activation", "dropout", "shape", "seed", "constraint", "dtype", "build_config"),
    *("data_format", "padding", "strides", "dilation_rate", "return_", "go_backwards", "stateful", "unroll"),
    *("zero_output_for_mask", "value_range", "keepdims"),
)


def slim(value):
    if isinstance(value, dict):
        return {
            key: slim(one)
            for key, one in value.items()
            if one is not None
            and key not in ("module", "registered_name", "inbound_nodes", "function")
            and not (any(word in key for word in UNCHANGED) and not (key == "dtype" and "mode" in json.dumps(one)))
        }
    if isinstance(value, (list, tuple)):
        return [slim(one) for one in value]
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def classes():
    found = {name: one for name, one in vars(L).items() if inspect.isclass(one) and issubclass(one, L.Layer)}
    for name in ("CuDNNLSTM", "CuDNNGRU"):
        if GENERATION == "tf.keras":
            found[name] = getattr(tf.compat.v1.keras.layers, name)
    once = {one: name for name, one in sorted(found.items(), reverse=True)}  # without aliases
    return {name: one for one, name in reversed(once.items())}


def called(make, name):
    """The layer, called on what it takes, in a model."""
    reasons = []
    for shape in SHAPES.values():
        keras.backend.clear_session()
        try:
            layer = make()
        except Exception as e:
            raise ValueError(f"{type(e).__name__}: {str(e)[:90]}")
        if name.startswith("CuDNN"):  # needs a GPU to be called
            layer.build((None, 6, 4))
            return layer, None
        texts = name in ("StringLookup", "TextVectorization")
        integers = name in INTEGERS or "Embedding" in str(getattr(layer, "layer", ""))
        dtype = "string" if texts else "int32" if integers else "float32"
        x = L.Input((1,) if texts else shape[:1] if integers else shape, dtype=dtype)
        for arguments in ((x,), ([x, x],), (x, x)):
            try:
                return layer, keras.models.Model(x, layer(*arguments))
            except Exception as e:
                reasons.append(f"{type(e).__name__}: {str(e)[:90]}")
                layer = make()
    raise ValueError(reasons[-1])


def stored(model):
    """Where each weight is, by its numbers: in the group of the layer."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "x.weights.h5")
        model.save_weights(file)
        arrays = {}
        with h5py.File(file, "r") as h5:

            def visit(path, node):
                if isinstance(node, h5py.Dataset) and path.startswith("layers/"):
                    arrays[path] = np.asarray(node)

            h5.visititems(visit)
        return arrays


def shape_of(weight):
    return [int(n) for n in (weight.numpy() if GENERATION == "tf.keras" else weight).shape]


def case(layer, model):
    weights = layer.weights
    for i, weight in enumerate(weights):
        try:
            value = np.full(shape_of(weight), 11 + i)
            keras.backend.set_value(weight, value) if GENERATION == "keras2" else weight.assign(value)
        except Exception:
            pass
    arrays = stored(model) if model is not None and GENERATION != "keras2" else {}
    trained = {id(w) for w in layer.trainable_weights}
    result = {"class_name": type(layer).__name__, "config": slim(layer.get_config())}
    groups = sorted({path.split("/")[1] for path in arrays})
    if groups:
        result["group"] = groups[0]
    result["weights"] = []
    for i, weight in enumerate(weights):
        entry = {"name": getattr(weight, "path", weight.name), "trained": id(weight) in trained}
        paths = [
            path.split("/", 2)[2]
            for path, values in arrays.items()
            if values.size and list(values.shape) == shape_of(weight) and np.all(values == 11 + i)
        ]
        if paths:
            entry["paths"] = sorted(paths)
        result["weights"].append(entry)
    others = [
        path.split("/", 2)[2]
        for path in arrays
        if not any(path.split("/", 2)[2] in entry.get("paths", []) for entry in result["weights"])
    ]
    if others:
        result["others"] = others
    return result


def made(options):
    return {key: value() if callable(value) else value for key, value in options.items()}


results, skipped = [], []


def add(name, cls, options, after=None):
    try:
        layer, model = called(lambda: cls(**made(options)), name)
        if after:
            after(layer)
        results.append(case(layer, model))
    except Exception as e:
        skipped.append(f"{name} {options}: {type(e).__name__} {str(e)[:200]}")


for name, cls in classes().items():
    if name in ABSTRACT or "Cell" in name:  # cells are in the layers that have them
        continue
    for options in CASES.get(name, [{}]):
        add(name, cls, options)
if GENERATION == "keras3":
    for name, cases in QUANTIZED.items():
        for options in cases:
            for mode in ("int8", "int4", "float8"):
                add(name, getattr(L, name), options, lambda layer: layer.quantize(mode))
text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in results)
FOLDER.mkdir(parents=True, exist_ok=True)
version = "2.15.0" if GENERATION == "tf.keras" else keras.__version__
(FOLDER / f"{GENERATION.replace('.', '_')}.json").write_text(f'{{"version": "{version}", "cases": [\n{text}\n]}}\n')
print(GENERATION, version, len(results), "cases")
print("\n".join("left out: " + one for one in skipped))
