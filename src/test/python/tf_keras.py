"""Writes more files of tf.keras 2.15, each with the truth next to it, for KerasFileTest.

    target/keras-2.15/bin/python src/test/python/tf_keras.py

target/keras-2.15 is the environment of keras_files.py. The truth has the form of that in
src/integrations/hdf5/src/test/resources/keras-files, as far as the test reads it.
"""

import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

FOLDER = Path(__file__).resolve().parents[2] / "integrations" / "hdf5" / "src" / "test" / "resources" / "tf-keras"
NEW, LEGACY = tf.keras.optimizers, tf.keras.optimizers.legacy
CASES = {
    "tf215-new-adam-f32.h5": NEW.Adam(0.002),
    "tf215-new-adam-f32.keras": NEW.Adam(0.002, amsgrad=True),
    "tf215-new-nadam-f32.h5": NEW.Nadam(),
    "tf215-new-nadam-clipped-f32.keras": NEW.Nadam(global_clipnorm=0.1),
    "tf215-new-rmsprop-centered-momentum-f64.h5": NEW.RMSprop(momentum=0.5, centered=True),
    "tf215-new-sgd-nesterov-f64.keras": NEW.SGD(0.05, momentum=0.9, nesterov=True),
    "tf215-new-adagrad-clipvalue-f64.keras": NEW.Adagrad(clipvalue=0.05),
    "tf215-new-adam-schedule-f32.keras": NEW.Adam(NEW.schedules.ExponentialDecay(0.01, 5, 0.5)),
    "tf215-legacy-nadam-f32.h5": LEGACY.Nadam(),
    "tf215-legacy-adam-f64.h5": LEGACY.Adam(decay=0.02, clipvalue=0.05),
    "tf215-legacy-rmsprop-clipped-f64.h5": LEGACY.RMSprop(global_clipnorm=0.1),
    "tf215-legacy-adagrad-decay-f64.h5": LEGACY.Adagrad(0.05, decay=0.02),
    "tf215-legacy-adadelta-decay-f64.h5": LEGACY.Adadelta(1.0, decay=0.02, clipnorm=0.1),
    "tf215-legacy-adamax-decay-f64.h5": LEGACY.Adamax(decay=0.02),
    "tf215-legacy-rmsprop-momentum-f64.h5": LEGACY.RMSprop(momentum=0.5, decay=0.02),
    "tf215-legacy-sgd-momentum-f64.h5": LEGACY.SGD(0.05, momentum=0.9),
    "tf215-legacy-adagrad-untrained-f64.h5": LEGACY.Adagrad(0.05),
}


def tensor(variable):
    values = variable.numpy()
    return {"name": variable.name, "shape": list(values.shape), "values": [float(x) for x in values.ravel()]}


for file, optimizer in CASES.items():
    keras.backend.clear_session()
    floatx = "float32" if "-f32" in file else "float64"
    tf.keras.backend.set_floatx(floatx)
    random = np.random.RandomState(7)
    model = tf.keras.Sequential(
        [tf.keras.layers.Dense(5, activation="tanh", input_shape=(4,)), tf.keras.layers.Dense(3)]
    )
    model.compile(optimizer, "mse")
    for weight in model.trainable_variables:
        weight.assign(random.normal(size=weight.shape).astype(floatx))

    def step():
        gradients = [random.normal(size=w.shape).astype(floatx) * 0.1 for w in model.trainable_variables]
        model.optimizer.apply_gradients(zip(map(tf.constant, gradients), model.trainable_variables))
        return [[float(x) for x in g.ravel()] for g in gradients]

    for _ in range(0 if "untrained" in file else 7):
        step()
    config = {k: v.item() if hasattr(v, "item") else v for k, v in model.optimizer.get_config().items()}
    if isinstance(config["learning_rate"], dict):
        config["learning_rate"] = None
    truth = {
        "file": file,
        "written_by": {"keras": keras.__version__, "tensorflow": tf.__version__},
        "floatx": floatx,
        "optimizer": {"class_name": type(optimizer).__name__, "config": config},
        "iterations": int(model.optimizer.iterations.numpy()),
        "parameters": [tensor(w) for w in model.trainable_variables],
        "layers": [
            {"name": layer.name, "weights": [{**tensor(w), "trainable": True} for w in layer.weights]}
            for layer in model.layers
        ],
        "continued": [],
    }
    FOLDER.mkdir(exist_ok=True)
    model.save(FOLDER / file)
    for _ in range(5):
        gradients = step()
        truth["continued"].append(
            {
                "gradients": gradients,
                "parameters": [tensor(w)["values"] for w in model.trainable_variables],
                "iterations": int(model.optimizer.iterations.numpy()),
            }
        )
    (FOLDER / f"{file}.json").write_text(json.dumps(truth, separators=(",", ":")))
