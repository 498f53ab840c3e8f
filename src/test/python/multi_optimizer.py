"""Writes files of Keras 3 whose optimizer is a MultiOptimizer, each with the truth next to it.

    target/keras-3-jax/bin/python src/test/python/multi_optimizer.py

target/keras-3-jax is the environment of keras_files.py. The truth has the form of that in
src/integrations/hdf5/src/test/resources/keras-files, as far as the tests read it.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import jax

jax.config.update("jax_enable_x64", True)

import keras
import numpy as np
from keras import optimizers as O

FOLDER = Path(__file__).resolve().parents[2] / "integrations" / "hdf5" / "src" / "test" / "resources" / "groups"
CASES = {
    "sgd-and-adam-f64.keras": lambda: ({".*one/.*": O.SGD(0.05, momentum=0.9)}, O.Adam(0.01)),
    "untrained-f64.keras": lambda: ({".*one/.*": O.Adam(0.01)}, O.SGD(0.05, momentum=0.9)),
}
keras.config.set_floatx("float64")
FOLDER.mkdir(exist_ok=True)


def tensor(variable):
    values = np.asarray(variable)
    return {"name": variable.path, "shape": list(values.shape), "values": [float(x) for x in values.ravel()]}


for file, groups in CASES.items():
    keras.backend.clear_session()
    random = np.random.RandomState(7)
    patterns, otherwise = groups()
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, name="one"), keras.layers.Dense(2, name="two")]
    )
    model.compile(O.MultiOptimizer(O.OptimizerMap(otherwise, patterns)), "mse")
    variables = model.trainable_variables
    for variable in variables:
        variable.assign(random.normal(size=variable.shape))

    def step():
        gradients = [random.normal(size=v.shape) * 0.1 for v in variables]
        model.optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)
        return [[float(x) for x in g.ravel()] for g in gradients]

    for _ in range(0 if "untrained" in file else 7):
        step()
    truth = {
        "file": file,
        "written_by": {"keras": keras.__version__},
        "floatx": "float64",
        "optimizer": {"class_name": "MultiOptimizer", "config": {}},
        "iterations": int(model.optimizer.iterations),
        "parameters": [tensor(v) for v in variables],
        "optimizer_weights": [tensor(v) for v in model.optimizer.variables],
        "continued": [],
    }
    model.save(FOLDER / file)
    for _ in range(5):
        gradients = step()
        truth["continued"].append(
            {
                "gradients": gradients,
                "parameters": [tensor(v)["values"] for v in variables],
                "iterations": int(model.optimizer.iterations),
            }
        )
    (FOLDER / f"{file}.json").write_text(json.dumps(truth, separators=(",", ":")))
