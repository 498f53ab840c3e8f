"""Runs the released Keras 2.2.4 next to the golden data and prints a table of agreement.

    python3 src/test/python/keras_2_2_4.py

The first run installs Keras and TensorFlow from the package registry into a virtual environment,
target/keras-2.2.4 (1.4 GB); it needs Python 3.9 to 3.11. Keras's own constructors, clipping,
get_updates, get_weights and get_config run; only the gradients are fed instead of computed. The
program fails where a number differs in a bit, with an active clipnorm by more than 8 ULPs of the
tensor's largest magnitude, or where a configuration or the order of its keys differs.

    --default-session   TensorFlow as it comes: what then differs is Keras from itself
    --write             write what Keras returns into the golden data; of a new case, the file
                        need hold only name and arguments
"""

import argparse
import json
import math
import os
import platform
import sys

import golden as shared
from golden import Agreement, numbers

GOLDEN = shared.RESOURCES / "golden"
NAMES = ["sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamax", "nadam"]
CPU = "-cpu" if platform.machine().lower() in ("x86_64", "amd64") else ""
REQUIREMENTS = f"tensorflow{CPU}==2.15.1 keras_applications==1.0.6 keras_preprocessing==1.0.5 pyyaml scipy"
KERAS = "--no-deps keras==2.2.4"  # in the place of TensorFlow's own Keras
CLIPNORM_ULPS = 8
STEPS = [1, 2, 3, 10, 40]


# ---- Keras 2.2.4 --------------------------------------------------------------------------------


def load_keras():
    """TensorFlow 2.15.1 and Keras 2.2.4 on its version 1 graph API."""
    import collections.abc
    import inspect

    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.modules["keras"] = None  # TensorFlow looks for a Keras of the same version
    import tensorflow
    import tensorflow.compat.v1 as tf

    del sys.modules["keras"]
    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    tf.enable_resource_variables()
    sys.modules["tensorflow"] = tf

    # What Keras 2.2.4 imports from where later Pythons no longer have it.
    for name in ("Iterable", "Mapping", "Sequence"):
        setattr(collections, name, getattr(collections.abc, name))
    inspect.getargspec = lambda function: inspect.getfullargspec(function)[:4]
    import keras

    assert keras.__version__ == "2.2.4", keras.__version__
    keras.backend.set_floatx("float64")
    return keras, tf, tensorflow.__version__


def settled_session(tf):
    """A session whose results do not depend on chance, nor on TensorFlow's rewriting."""
    config = tf.ConfigProto()
    # In the calling thread, which does not flush subnormal numbers to zero as worker threads do.
    config.inter_op_parallelism_threads = -1
    config.intra_op_parallelism_threads = 1
    # Rewriting, Grappler by name, moves Adadelta by a few ULPs.
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return tf.Session(config=config)


def replay(keras, tf, golden, case, default_session):
    """What get_config returns, and the moments of one trajectory."""
    K = keras.backend
    with tf.Graph().as_default(), tf.Session() if default_session else settled_session(tf) as session:
        optimizer = getattr(keras.optimizers, golden["class_name"])(**case["arguments"])
        parameters = [K.variable(tensor) for tensor in golden["initial_params"]]
        feeds = [K.placeholder(shape=K.int_shape(p)) for p in parameters]
        K.gradients = lambda loss, params: feeds
        updates = optimizer.get_updates(loss=None, params=parameters)
        updates = [tf.assign(*u) if isinstance(u, tuple) else u for u in updates]
        if default_session:
            runs = [updates]
        else:
            # Keras leaves open whether a step reads the count, and Nadam's product, before or after
            # they change. The formulas mean before: so these change last, the count at the very end.
            scalars = 2 if hasattr(optimizer, "m_schedule") else 1
            runs = [updates[scalars:]] + [[u] for u in reversed(updates[:scalars])]
        config = optimizer.get_config()
        K.get_session()  # sets the variables to their first values
        moments = []
        for step, gradients in enumerate(golden["gradients"], 1):
            fed = dict(zip(feeds, gradients))
            for some in runs:
                session.run([u.op if hasattr(u, "op") else u for u in some], fed)
            if step in STEPS:
                moment = {
                    "step": step,
                    "params": [numbers(v) for v in session.run(parameters)],
                    "weights": [numbers(w) for w in optimizer.get_weights()],
                    "iterations": int(K.get_value(optimizer.iterations)),
                }
                if hasattr(optimizer, "m_schedule"):
                    moment["m_schedule"] = float(K.get_value(optimizer.m_schedule))
                moments.append(moment)
    return config, moments


# ---- Comparison ---------------------------------------------------------------------------------


def clips_by_norm(golden, case):
    clipnorm = case["arguments"].get("clipnorm", 0)
    norms = (math.sqrt(sum(x * x for g in step for x in g)) for step in golden["gradients"])
    return clipnorm > 0 and any(norm >= clipnorm for norm in norms)


def tensors(moments):
    return [
        tensor
        for moment in moments
        for tensor in moment["params"]
        + moment["weights"]
        + [[moment["iterations"]], [moment.get("m_schedule", 0)]]
    ]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("--default-session", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    shared.enter("keras-2.2.4", ["3.11", "3.10", "3.9"], REQUIREMENTS, KERAS)

    keras, tf, version = load_keras()
    import numpy

    print(
        f"Keras {keras.__version__} on TensorFlow {version}, NumPy {numpy.__version__},"
        f" Python {platform.python_version()}, {platform.machine()}; {max(STEPS)} steps a case"
    )
    print(shared.EXPLANATION)
    print(f"\n{'':9s}{'without active clipnorm':>26s}{'with':>26s}\noptimizer{shared.HEAD}{shared.HEAD}")
    failures = []
    for name in NAMES:
        file = GOLDEN / f"{name}.json"
        golden = json.loads(file.read_text())
        plain, clipped = Agreement(), Agreement()
        for case in golden["cases"]:
            config, moments = replay(keras, tf, golden, case, options.default_session)
            if options.write:
                case["config"], case["expected"] = config, moments
            if list(config.items()) != list(case["config"].items()):
                failures.append(f"{case['name']}: configuration {config}")
            agreement = clipped if clips_by_norm(golden, case) else plain
            agreement.add(tensors(moments), tensors(case["expected"]))
        print(f"{name:9s}{plain.row()}{clipped.row()}", flush=True)
        if plain.same < plain.cases or clipped.ulps > CLIPNORM_ULPS:
            failures.append(f"{name}: numbers")
        if options.write:
            file.write_text(json.dumps(golden, separators=(",", ":")))
    shared.end(failures)


if __name__ == "__main__":
    main()
