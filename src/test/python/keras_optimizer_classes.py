"""Prints the variables of every optimizer class of a Keras, in its order, for OptimizerClassesTest.

    target/keras-3-jax/bin/python src/test/python/keras_optimizer_classes.py
    target/keras-2.15/bin/python  src/test/python/keras_optimizer_classes.py

An older Keras lies in a folder made by pip install --no-deps --target, which PYTHONPATH names; Keras
before 2.11 keeps no names, and is held by the files that it wrote. Each run leaves one file, by the version. The model has four tensors, 0 to 3, of different
shapes; a variable is "slot tensor", or a scalar's name, or, where Keras keeps no name, its shape.
"""

import json
import os
import re
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import tensorflow as tf
except ImportError:
    tf = None
import keras

VERSION = keras.__version__
OF_KERAS_3 = VERSION.startswith("3.")
FOLDER = Path(__file__).resolve().parents[2] / "integrations" / "hdf5" / "src" / "test" / "resources" / "optimizer-classes"
OPTIONS = [
    {},
    {"amsgrad": True},
    {"momentum": 0.5},
    {"centered": True},
    {"momentum": 0.5, "centered": True},
    {"weight_decay": 0.1},
    {"use_ema": True},
    {"gradient_accumulation_steps": 2},
    {"use_ema": True, "gradient_accumulation_steps": 2},
]
SHARED = ("weight_decay", "use_ema", "gradient_accumulation_steps")


def singular(attribute):
    name = attribute.lstrip("_")
    return re.sub(r"ies$", "y", name) if name.endswith("ies") else re.sub(r"s$", "", name)


def named(optimizer, tensors):
    """What an optimizer calls each of its variables."""
    names = {}
    for attribute, value in vars(optimizer).items():
        if isinstance(value, (list, tuple)) or hasattr(value, "_self_tracked_trackables"):
            if attribute in ("_variables", "_trainable_variables", "weights", "_weights", "_tracker", "_trainable_variables_indices"):
                continue
            if len(value) == len(tensors):
                for i, one in enumerate(value):
                    names.setdefault(id(one), f"{singular(attribute)} {i}")
        elif isinstance(value, dict) and attribute in ("adam_momentums", "adam_velocities", "muon_momentums"):
            for key, one in value.items():
                names.setdefault(id(one), f"{singular(attribute)} ?")
        elif hasattr(value, "shape") and tuple(value.shape) == ():
            names.setdefault(id(value), singular(attribute))
    for key, slots in getattr(optimizer, "_slots", {}).items():
        tensor = next(i for i, w in enumerate(tensors) if getattr(w, "_unique_id", getattr(w, "_shared_name", "")) == key)
        for slot, one in slots.items():
            names[id(one)] = f"{slot} {tensor}"
    return names


def variables(cls, options):
    keras.backend.clear_session()
    L = keras.layers
    model = keras.models.Sequential()
    model.add(L.Dense(3, input_shape=(4,)))
    model.add(L.Dense(2))
    tensors = model.trainable_weights
    optimizer = cls(**options)
    if OF_KERAS_3:
        optimizer.build(tensors)
        all_variables = optimizer.variables
    else:
        optimizer.apply_gradients([(tf.ones_like(w), w) for w in tensors])
        own = optimizer.variables
        all_variables = own() if callable(own) else own
    names = named(optimizer, tensors)
    shapes = [tuple(int(n) for n in w.shape) for w in tensors]
    result = []
    for variable in all_variables:
        shape = tuple(int(n) for n in variable.shape)
        name = names.get(id(variable))
        if name is None and shape in shapes:
            name = f"? {shapes.index(shape)}"
        if name is None or name.endswith("?"):
            path = getattr(variable, "path", variable.name)
            name = f"{path.split('/')[-1].split(':')[0]} {list(shape)}"
        result.append(name)
    return result


cases = []
for module, legacy in ((keras.optimizers, False), (getattr(keras.optimizers, "legacy", None), True)):
    for name, cls in sorted(vars(module).items() if module else []):
        known = isinstance(cls, type) and issubclass(cls, module.Optimizer) and cls is not module.Optimizer
        if not known or name != cls.__name__ or name in ("TFOptimizer", "MultiOptimizer", "LossScaleOptimizer"):
            continue
        for options in OPTIONS:
            if name != "Adam" and any(key in options for key in SHARED) and name not in ("Nadam", "RMSprop", "SGD"):
                continue
            try:
                cls(**options)
            except Exception:
                continue
            try:
                case = {"class_name": name, "config": options, "variables": variables(cls, options)}
            except Exception as e:
                print("left out:", name, options, type(e).__name__, str(e)[:100])
                continue
            if legacy:
                case["legacy"] = True
            cases.append(case)
text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / f"{VERSION}.json").write_text(f'{{"version": "{VERSION}", "cases": [\n{text}\n]}}\n')
print(VERSION, len(cases), "cases")
