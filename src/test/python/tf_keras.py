"""Writes more files of tf.keras 2.15, each with the truth next to it, for KerasFileTest.

    target/keras-2.15/bin/python src/test/python/tf_keras.py [FILE ...]

Without names it writes all. target/keras-2.15 is the environment of keras_files.py. The truth has the form of that in
src/integrations/hdf5/src/test/resources/keras-files, as far as the test reads it.
"""

import json
import os
import sys
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
    "tf215-new-adamw-f32.h5": NEW.AdamW(0.002),
    "tf215-new-adamw-clipped-f32.keras": NEW.AdamW(0.002, weight_decay=0.1, amsgrad=True, clipnorm=0.2),
    "tf215-new-lion-f64.h5": NEW.Lion(0.01),
    "tf215-new-lion-decay-f64.keras": NEW.Lion(0.01, beta_1=0.8, weight_decay=0.1),
    "tf215-new-ftrl-f64.h5": NEW.Ftrl(0.05),
    "tf215-new-ftrl-f64.keras": NEW.Ftrl(
        0.05,
        learning_rate_power=-0.7,
        l1_regularization_strength=0.001,
        l2_regularization_strength=0.01,
        l2_shrinkage_regularization_strength=0.02,
        beta=0.3,
    ),
    "tf215-new-ftrl-untrained-f64.h5": NEW.Ftrl(0.05),
    "tf215-new-adafactor-f64.h5": NEW.Adafactor(0.01),
    "tf215-new-adafactor-f64.keras": NEW.Adafactor(0.3, epsilon_2=0.03, clip_threshold=0.5),
    "tf215-new-sgd-decay-f64.h5": NEW.SGD(0.05, weight_decay=0.01),
    "tf215-new-rmsprop-decay-f64.keras": NEW.RMSprop(0.01, weight_decay=0.03, centered=True),
    "tf215-new-adagrad-average-f64.h5": NEW.Adagrad(0.05, use_ema=True, ema_momentum=0.9),
    "tf215-new-sgd-overwritten-f64.keras": NEW.SGD(0.05, momentum=0.9, use_ema=True, ema_overwrite_frequency=3),
    "tf215-new-adam-average-f32.keras": NEW.Adam(0.01, use_ema=True, weight_decay=0.01),
    "tf215-new-sgd-two-clips-f64.h5": NEW.SGD(0.05, clipnorm=0.1, clipvalue=0.01),
    "tf215-new-sgd-loss-scale-f64.h5": tf.keras.mixed_precision.LossScaleOptimizer(NEW.SGD(0.05, momentum=0.9)),
    "tf215-legacy-sgd-loss-scale-f64.h5": tf.keras.mixed_precision.LossScaleOptimizer(LEGACY.SGD(0.05)),
    "tf215-legacy-ftrl-f64.h5": LEGACY.Ftrl(0.05, decay=0.02, l1_regularization_strength=0.001),
    "tf215-legacy-ftrl-untrained-f64.h5": LEGACY.Ftrl(0.05, initial_accumulator_value=0.3),
    "tf215-legacy-ftrl-beta-f64.h5": LEGACY.Ftrl(
        0.05,
        learning_rate_power=-0.7,
        l2_regularization_strength=0.01,
        l2_shrinkage_regularization_strength=0.02,
        beta=0.3,
    ),
    "tf215-legacy-adam-schedule-f32.h5": LEGACY.Adam(NEW.schedules.CosineDecayRestarts(0.01, 5)),
    "tf215-legacy-sgd-schedule-f32.h5": LEGACY.SGD(
        NEW.schedules.PiecewiseConstantDecay([5, 9], [0.1, 0.05, 0.02]), momentum=0.9
    ),
    "tf215-new-rmsprop-by-name-f32.keras": "rmsprop",
    "tf215-new-adagrad-by-name-f64.keras": "Adagrad",
}


def tensor(variable):
    values = variable.numpy()
    return {"name": variable.name, "shape": list(values.shape), "values": [float(x) for x in values.ravel()]}


for file in sys.argv[1:] or CASES:
    optimizer = CASES[file]
    keras.backend.clear_session()
    floatx = "float32" if "-f32" in file else "float64"
    tf.keras.backend.set_floatx(floatx)
    random = np.random.RandomState(7)
    model = tf.keras.Sequential(
        [tf.keras.layers.Dense(5, activation="tanh", input_shape=(4,)), tf.keras.layers.Dense(3)]
    )
    model.compile(optimizer, "mse", metrics=["mae"] if "by-name" in file else None)
    if "by-name" in file:  # as in most scripts; the metrics then have values
        model.fit(random.normal(size=(8, 4)), random.normal(size=(8, 3)), verbose=0)
    for weight in model.trainable_variables:
        weight.assign(random.normal(size=weight.shape).astype(floatx))

    def step():
        gradients = [random.normal(size=w.shape).astype(floatx) * 0.1 for w in model.trainable_variables]
        model.optimizer.apply_gradients(zip(map(tf.constant, gradients), model.trainable_variables))
        return [[float(x) for x in g.ravel()] for g in gradients]

    for _ in range(0 if "untrained" in file else 7):
        step()
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    config = {k: v.item() if hasattr(v, "item") else v for k, v in inner.get_config().items()}
    if isinstance(config["learning_rate"], dict):
        config["learning_rate"] = None
    truth = {
        "file": file,
        "written_by": {"keras": keras.__version__, "tensorflow": tf.__version__},
        "floatx": floatx,
        "optimizer": {"class_name": type(inner).__name__, "config": config},
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
