"""The Keras side of DigitsFromKeras.java: trains a network on handwritten digits, and goes on with it.

    digits.py train                trains three epochs, and writes digits.keras of the resources
    digits.py goon FILE.keras      loads what Java wrote, and trains one epoch more

Needs Keras 3; `python3 src/test/python/keras_files.py` installs one, as target/keras-3-jax/bin/python.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "resources"
DIGITS = Path(__file__).resolve().parents[5] / "examples" / "resources" / "digits" / "digits.csv.gz"

data = np.loadtxt(DIGITS, delimiter=",", dtype="float32")
images, labels = data[:, :64] / 16, data[:, 64].astype("int32")
train = len(images) * 4 // 5  # the others are to test with


def accuracy(model):
    return float(np.mean(model.predict(images[train:], verbose=0).argmax(1) == labels[train:]))


def fit(model, epochs):
    model.fit(images[:train], labels[:train], batch_size=32, epochs=epochs, verbose=2)
    print(f"accuracy on the others: {accuracy(model):.4f}")


if sys.argv[1:] == ["train"]:
    keras.utils.set_random_seed(1)
    layers = [keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy")
    fit(model, 3)
    model.save(FOLDER / "digits.keras")
else:
    model = keras.saving.load_model(sys.argv[2])
    print(f"loaded after {int(model.optimizer.iterations)} steps: accuracy {accuracy(model):.4f}")
    fit(model, 1)
