"""Lets the released Keras 3.15.1 load configurations with a WarmUp, and checks its golden data.

    python3 src/test/python/warm_up.py

Keras has no such class: this runs the lines of Python in docs/schedules.md that register it. Each
configuration, as Java writes it, is loaded as the learning rate of an optimizer, in float64, which is
saved with a model and loaded again; the rates of 40 steps are compared. As in keras_3.py, type
promotion does not demote float64. The first run installs Keras and JAX into target/keras-3-jax.

The program fails where a number differs in a bit. --write writes what Keras computes instead.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

import golden
import keras_3

FILE = golden.RESOURCES / "keras3" / "warm_up.json"
STEPS = 40


def register():
    """Runs the lines of the docs."""
    page = (golden.ROOT / "docs" / "schedules.md").read_text()
    exec(re.search(r"```python\n(import keras\n.*?)```", page, re.DOTALL).group(1), {})


def rates(keras, serialized):
    config = {"learning_rate": serialized}
    adam = keras.optimizers.deserialize({"module": "keras.optimizers", "class_name": "Adam", "config": config})
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(adam, "mse")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path).optimizer
    values = []
    for step in range(STEPS):
        for optimizer in (adam, loaded):
            optimizer.iterations.assign(step)
        values.append([step, float(keras.ops.convert_to_numpy(loaded.learning_rate))])
        assert values[-1][1] == float(keras.ops.convert_to_numpy(adam.learning_rate))
    return values


def main():
    keras_3.enter("jax")
    keras = keras_3.load_keras("jax", as_released=False)
    keras_3.keep_64_bits()
    register()
    data = json.loads(FILE.read_text())
    actual = [rates(keras, table["serialized"]) for table in data["tables"]]
    if "--write" in sys.argv[1:]:
        for table, values in zip(data["tables"], actual):
            table["values"] = values
        data = {"source": f"Keras {keras.__version__}, the WarmUp of docs/schedules.md, JAX, IEEE float64", **data}
        FILE.write_text(json.dumps(data, separators=(",", ":")) + "\n")
    failures = [
        f"{table['serialized']['config']}: {a} instead of {e}"
        for table, values in zip(data["tables"], actual)
        for a, e in zip(values, table["values"])
        if golden.bits(a) != golden.bits(e)
    ]
    print(f"Keras {keras.__version__} on jax: {len(actual)} configurations, rates of {STEPS} steps each")
    golden.end(failures)


if __name__ == "__main__":
    main()
