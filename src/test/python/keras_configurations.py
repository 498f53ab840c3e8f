"""Prints the configurations that a Keras makes of its optimizers, for EarlierConfigurationsTest.

    target/keras-2.15/bin/python src/test/python/keras_configurations.py
    target/keras-2.2.4/bin/python src/test/python/keras_configurations.py

It shares the environments of keras_files.py. Another tf.keras comes with its TensorFlow; another Keras
of 2.0 to 2.3 lies in a folder made by pip install --no-deps --target, which PYTHONPATH names. Each run
leaves one file, by the version: for each class and set of options what optimizers.serialize returns,
and, where that is another form, what an .h5 holds.
"""

import collections
import collections.abc
import inspect
import json
import os
import sys
from importlib import metadata
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for name in ("Iterable", "Mapping", "Sequence"):  # where later Pythons no longer have them
    setattr(collections, name, getattr(collections.abc, name))
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = lambda function: inspect.getfullargspec(function)[:4]

try:
    version = metadata.version("keras")
except metadata.PackageNotFoundError:
    version = ""  # tf.keras to 2.5
if version.startswith("2.3."):  # needs TensorFlow to 2.5
    import keras
elif version.startswith(("2.0.", "2.1.", "2.2.")):
    sys.modules["keras"] = None  # TensorFlow looks for a Keras of the same version
    import tensorflow.compat.v1 as tf

    del sys.modules["keras"]
    tf.disable_v2_behavior()
    tf.enable_resource_variables()
    sys.modules["tensorflow"] = tf
    import keras
else:
    from tensorflow import keras

VERSION = (getattr(keras, "__version__", None) or __import__("keras").__version__).replace("-tf", "")
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "configurations"
OPTIONS = [
    {},
    {"lr": 0.02, "decay": 0.01},
    {"learning_rate": 0.02, "decay": 0.01},
    {"amsgrad": True},
    {"momentum": 0.5, "nesterov": True},
    {"momentum": 0.5},
    {"centered": True},
    {"momentum": 0.5, "centered": True},
    {"schedule_decay": 0.01},
    {"clipvalue": 0.5},
    {"clipnorm": 0.5},
    {"global_clipnorm": 0.5},
    {"clipnorm": 0.5, "clipvalue": 0.25},
    {"initial_accumulator_value": 0.0},
    {"weight_decay": 0.01},
    {"use_ema": True},
    {"schedule": True},
]


def subclasses(cls):
    for one in cls.__subclasses__():
        yield one
        yield from subclasses(one)


def classes():
    bases = []
    for module in (
        "keras.src.optimizers.optimizer",
        "keras.src.optimizers.legacy.optimizer_v2",
        "keras.optimizers.optimizer",
        "keras.optimizers.legacy.optimizer_v2",
        "keras.optimizers.optimizer_experimental.optimizer",
        "keras.optimizer_v2.optimizer_v2",
        "keras.optimizers.optimizer_v2.optimizer_v2",
        "keras.optimizer_experimental.optimizer",
        "tensorflow.python.keras.optimizer_v2.optimizer_v2",
        "keras.optimizers",
    ):
        try:
            loaded = __import__(module, fromlist=["x"])
        except ImportError:
            continue
        bases += [getattr(loaded, name) for name in ("Optimizer", "OptimizerV2") if hasattr(loaded, name)]
    found = {}
    for base in bases:
        for cls in subclasses(base):
            own = keras.__name__ != "keras" or cls.__module__.startswith("keras.")
            if own and "keras." in cls.__module__ and "optimizer" in cls.__module__ and "_v1" not in cls.__module__:
                found[cls.__module__ + cls.__name__] = cls
    names = "SGD RMSprop Adagrad Adadelta Adam Adamax Nadam Ftrl AdamW Lion Adafactor".split()
    return [found[key] for key in sorted(found) if found[key].__name__ in names]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value.item() if hasattr(value, "item") else value


def forms(optimizer):
    """What serialize returns, and what it returns for an .h5."""
    for legacy in (False, True):
        try:
            yield plain(keras.optimizers.serialize(optimizer, **({"use_legacy_format": True} if legacy else {})))
        except TypeError:
            return


lines = {}
for cls in classes():
    for options in OPTIONS:
        given = dict(options)
        try:
            if given.pop("schedule", False):
                given["learning_rate"] = keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.5)
            optimizer = cls(**given)
            if "lr" in given and "lr" not in optimizer.get_config():
                continue  # another name for the rate, which is not printed
        except Exception:
            continue
        for form in forms(optimizer):
            lines[json.dumps(form)] = None
FOLDER.mkdir(parents=True, exist_ok=True)
text = ",\n".join(lines)
(FOLDER / f"{VERSION}.json").write_text(f'{{"version": "{VERSION}", "configurations": [\n{text}\n]}}\n')
print(VERSION, len(lines), "configurations")
