"""Runs the ReduceLROnPlateau of the released Keras 3.15.1 next to its golden data.

    python3 src/test/python/reduce_lr_on_plateau.py

Keras's own callback is called at the end of each epoch with values from the golden data, over a single optimizer or a MultiOptimizer, in float64. What is compared after each epoch: the learning
rates, best, wait and cooldown_counter. Nothing is patched. The first run installs Keras and JAX into a
virtual environment, target/keras-3-jax (0.7 GB); it needs Python 3.11 or later.

The program fails where a number differs in a bit. --write writes what Keras computes instead: the
values are seeded, so that nothing changes unless Keras does.
"""

import json
import math

import random
import sys
import types

import golden
import keras_3

FILE = golden.RESOURCES / "keras3" / "reduce_lr_on_plateau.json"
EPOCHS = 60

# A min_lr that float32 rounds down (7e-4) and one that it rounds up (1e-3): Keras compares in float32.
CONFIGURATIONS = [
    {},
    {"patience": 2},
    {"factor": 0.5, "patience": 1, "min_delta": 0.0},
    {"factor": 0.3, "patience": 0, "min_lr": 7e-4},
    {"factor": 0.3, "patience": 2, "min_lr": 7e-4, "cooldown": 3},
    {"factor": 0.7, "patience": 1, "min_lr": 1e-3, "cooldown": 1},
    {"factor": 0.9, "patience": 3, "mode": "max", "min_delta": 0.05, "cooldown": 2},
    {"factor": 0.25, "patience": 4, "mode": "max", "min_lr": 1e-5},
    {"factor": 0.5, "patience": 2, "min_delta": 0.3, "cooldown": 5, "min_lr": 0.2},
    {"factor": 0.999999, "patience": 1, "min_lr": 0.0099999999},
    {"factor": 0.1, "patience": 1, "min_lr": 0.0},
]
RATES = [[0.01], [0.7], [7e-4], [0.3, 1e-3, 7e-4]]


def sequences():
    """Values of epochs: some fall, some jump, some do not move; NaN and infinities, never first."""
    r = random.Random(26)
    falling = [math.exp(-0.05 * i) + 0.02 * r.gauss(0, 1) for i in range(EPOCHS)]
    noise = [r.gauss(0, 1) for _ in range(EPOCHS)]
    steps = [1 - 0.1 * (i // 6) + (1e-4 if i % 2 else 0.0) for i in range(EPOCHS)]
    broken = [math.nan if i % 7 == 3 else math.inf if i % 11 == 5 else x for i, x in enumerate(falling)]
    bottom = [-math.inf if i == 9 else x for i, x in enumerate(noise)]
    huge = [math.inf if i < 3 else 1e300 * r.random() for i in range(EPOCHS)]
    # Next to best - min_delta and best + min_delta, where rounding decides.
    edge = [0.5]
    for i in range(1, EPOCHS):
        edge.append(math.nextafter(edge[-1] + r.choice([-1e-4, 1e-4]), r.choice([-1, 2])))
    return {
        "falling": falling,
        "noise": noise,
        "steps": steps,
        "broken": broken,
        "bottom": bottom,
        "huge": huge,
        "edge": edge,
    }


def optimizer_of(keras, rates):
    optimizers = [keras.optimizers.SGD(rate, name=f"sgd_{i}") for i, rate in enumerate(rates)]
    if len(optimizers) == 1:
        return optimizers[0], optimizers
    patterns = {f"{chr(97 + i)}/.*": o for i, o in enumerate(optimizers[:-1])}
    inner = keras.optimizers.OptimizerMap(optimizers[-1], patterns)
    return keras.optimizers.MultiOptimizer(inner), optimizers


def replay(keras, arguments, rates, values):
    """After each epoch: the learning rates, best, wait and cooldown_counter."""
    optimizer, optimizers = optimizer_of(keras, rates)
    callback = keras.callbacks.ReduceLROnPlateau("loss", **{"mode": "min", **arguments})
    callback.set_model(types.SimpleNamespace(optimizer=optimizer))
    callback.on_train_begin()
    expected = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"loss": value})
        for o in optimizers:
            assert str(o.learning_rate.dtype) == "float64"
        learning_rates = [float(keras.ops.convert_to_numpy(o.learning_rate)) for o in optimizers]
        expected.append([*learning_rates, callback.best, callback.wait, callback.cooldown_counter])
    return expected


def record(keras):
    series = sequences()
    cases = []
    for i, arguments in enumerate(CONFIGURATIONS):
        for j, name in enumerate(series):
            rates = RATES[(i + j) % len(RATES)]
            cases.append(
                {
                    "arguments": arguments,
                    "learning_rates": rates,
                    "values": name,
                    "expected": replay(keras, arguments, rates, series[name]),
                }
            )
    return {
        "source": f"Keras {keras.__version__}, callbacks.ReduceLROnPlateau, JAX backend, IEEE float64",
        "values": series,
        "cases": cases,
    }


def compare(keras, data):
    failures, equal = [], 0
    for case in data["cases"]:
        actual = replay(keras, case["arguments"], case["learning_rates"], data["values"][case["values"]])
        same = all(golden.bits(a) == golden.bits(e) for a, e in zip(actual, case["expected"]))
        equal += same and len(actual) == len(case["expected"])
        if not same:
            failures.append(f"{case['arguments']} over {case['values']} from {case['learning_rates']}")
    print(f"{len(data['cases'])} cases of {EPOCHS} epochs, {equal} equal in every bit")
    golden.end(failures)


def main():
    keras_3.enter("jax")
    keras = keras_3.load_keras("jax", as_released=True)
    print(f"Keras {keras.__version__} on jax")
    if "--write" in sys.argv[1:]:
        FILE.write_text(json.dumps(record(keras), separators=(",", ":")) + "\n")
    compare(keras, json.loads(FILE.read_text()))


if __name__ == "__main__":
    main()
