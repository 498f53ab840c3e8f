"""Runs the released Keras 3.15.1 next to the golden data of Keras 3 and prints a table of agreement.

    python3 src/test/python/keras_3.py

The first run installs Keras and its NumPy backend from the package registry into a virtual
environment, target/keras-3-numpy (0.7 GB); it needs Python 3.11 or later. Keras's own optimizers,
schedules, apply, finalize_variable_values and get_config run, in float64; only the gradients are
given instead of computed. No update formula is touched, but three things around them are patched:

    type promotion   Keras demotes float64 to float32 on every backend but TensorFlow
                     (keras issue 23223); here it does not
    powers           those that NumPy computes in vectors are computed by the C library
    sums             NumPy's norms, sums, means and matrix products become correctly rounded sums,
                     so that they depend on no order

The program fails where a number then differs in a bit, or where a configuration or the order of its
keys differs. What the patches do shows when they are left out; a number that differs is no failure
then:

    --own-sums        sums as NumPy adds them
    --as-released     nothing patched
    --backend NAME    jax, tensorflow or torch in the place of numpy, each in a separate environment, with its own sums and powers
"""

import argparse
import contextlib
import json
import math
import os
import platform
import subprocess
import sys
import warnings

import golden as shared
from golden import Agreement, numbers

GOLDEN = shared.RESOURCES / "golden-keras3"
CPU = "-cpu" if platform.machine().lower() in ("x86_64", "amd64") else ""
# The NumPy backend imports JAX.
BACKENDS = {
    "numpy": "jax==0.10.2",
    "jax": "jax==0.10.2",
    "tensorflow": f"tensorflow{CPU}",
    "torch": "torch==2.15.0",
}


# ---- Keras 3 ------------------------------------------------------------------------------------


def load_keras(backend, as_released):
    os.environ["KERAS_BACKEND"] = backend
    os.environ["JAX_ENABLE_X64"] = "1"  # JAX has no float64 otherwise
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if backend == "numpy" and not as_released:
        # Read by NumPy when it is imported: it then has no vectors but those it always has.
        code = "from numpy._core._multiarray_umath import __cpu_dispatch__ as d; print(*d)"
        features = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        os.environ["NPY_DISABLE_CPU_FEATURES"] = features.stdout.strip()
    warnings.simplefilter("ignore")  # of NaN and missing gradients, which are meant
    import keras

    assert keras.__version__ == "3.15.1", keras.__version__
    keras.config.set_floatx("float64")
    return keras


def keep_64_bits():
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE.clear()


def round_sums_once():
    """Gives Keras's NumPy backend, and Muon's matrices, sums that are rounded once."""
    import numpy
    from keras.src.backend.numpy import linalg
    from keras.src.backend.numpy import numpy as backend
    from keras.src.optimizers.muon import Muon

    def total(values):
        values = values.tolist()
        try:
            return math.fsum(values)
        except (OverflowError, ValueError):  # infinities, of which fsum wants no two signs
            return sum(values)

    def sum_(x, axis=None, keepdims=False):
        x = numpy.asarray(x)
        if axis is None:
            result = numpy.array(total(x.ravel()), x.dtype)
            return result.reshape((1,) * x.ndim) if keepdims else result
        axes = (axis,) if isinstance(axis, int) else tuple(axis)
        x = numpy.moveaxis(x, axes, range(-len(axes), 0))
        outer = x.shape[: x.ndim - len(axes)]
        rows = x.reshape((-1, math.prod(x.shape[len(outer) :])))
        result = numpy.array([total(row) for row in rows], x.dtype).reshape(outer)
        return numpy.expand_dims(result, axes) if keepdims else result

    def mean(x, axis=None, keepdims=False):
        result = sum_(x, axis, keepdims)
        return result / (numpy.asarray(x).size // result.size)

    class Matrix(numpy.ndarray):
        """Whose products are sums rounded once."""

        def __matmul__(self, other):
            a, b = numpy.asarray(self), numpy.asarray(other)
            products = [[total(row * column) for column in b.T] for row in a]
            return numpy.array(products, self.dtype).view(Matrix)

    orthogonalize = Muon.zeropower_via_newtonschulz5

    def zeropower(self, x, steps):
        return numpy.asarray(orthogonalize(self, numpy.asarray(x).view(Matrix), steps))

    backend.sum, backend.mean = sum_, mean
    linalg.norm = lambda x, ord=None, axis=None, keepdims=False: numpy.sqrt(sum_(x * x, axis, keepdims))
    Muon.zeropower_via_newtonschulz5 = zeropower


def tensor_of(keras, golden, tensor, values):
    return keras.ops.reshape(keras.ops.convert_to_tensor(values, "float64"), golden["shapes"][tensor])


def variable_of(keras, golden, tensor):
    *scopes, name = golden["names"][tensor].split("/")
    values = tensor_of(keras, golden, tensor, golden["initial_params"][tensor])
    with keras.name_scope("/".join(scopes)) if scopes else contextlib.nullcontext():
        return keras.Variable(values, dtype="float64", name=name)


def replay(keras, golden, case):
    """What get_config returns, and the numbers of one trajectory, in the order of expected."""
    keras.utils.clear_session()  # names are counted from the start again
    optimizer = getattr(keras.optimizers, golden["class_name"]).from_config(dict(case["arguments"]))
    config = optimizer.get_config()
    tensors = range(len(golden["names"]))
    variables = [variable_of(keras, golden, i) for i in tensors]
    optimizer.build(variables)
    excluded = case.get("exclude_from_weight_decay", {})
    if excluded:
        optimizer.exclude_from_weight_decay(
            var_list=[variables[i] for i in excluded.get("var_list", [])],
            var_names=excluded.get("var_names", []),
        )
    missing = {tuple(pair) for pair in case.get("missing_gradients", [])}
    learning_rates = dict(case.get("set_learning_rate", []))
    steps = [m["step"] for m in case["expected"]]
    actual = moment(keras, optimizer, variables) if 0 in steps else []
    for step, gradients in enumerate(golden["gradients"], 1):
        given = [
            None if (step, i) in missing else tensor_of(keras, golden, i, gradients[i]) for i in tensors
        ]
        optimizer.apply(given, variables)
        if step in learning_rates:
            optimizer.learning_rate = learning_rates[step]
        if step in steps:
            actual += moment(keras, optimizer, variables)
    if "finalized" in case:
        optimizer.finalize_variable_values(variables)
        actual += values(keras, variables)
    return config, actual


def moment(keras, optimizer, variables):
    scalars = values(keras, [optimizer.iterations, optimizer.learning_rate])
    return [*scalars, *values(keras, variables), *values(keras, optimizer.variables)]


def values(keras, tensors):
    return [numbers(keras.ops.convert_to_numpy(tensor)) for tensor in tensors]


def rates(keras, table):
    """The learning rates that a schedule returns."""
    schedule = keras.optimizers.schedules.deserialize(dict(table["serialized"]))
    return values(keras, [keras.ops.convert_to_tensor(schedule(float(step))) for step, _ in table["values"]])


# ---- Comparison ---------------------------------------------------------------------------------


def expected(case):
    tensors = []
    for m in case["expected"]:
        tensors += [[m["iterations"]], [m["learning_rate"]], *m["params"], *m["variables"]]
    return tensors + case.get("finalized", [])


def enter(backend):
    """Goes on in the environment of a backend."""
    pythons = ["3.11", "3.12", "3.13", "3.14"]
    shared.enter(f"keras-3-{backend}", pythons, f"keras==3.15.1 numpy==2.4.6 {BACKENDS[backend]}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("--own-sums", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--as-released", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--backend", choices=BACKENDS, default="numpy", help=argparse.SUPPRESS)
    options = parser.parse_args()
    backend = options.backend
    enter(backend)

    keras = load_keras(backend, options.as_released)
    import numpy

    if not options.as_released:
        keep_64_bits()
        if backend == "numpy" and not options.own_sums:
            round_sums_once()
    settled = backend == "numpy" and not options.own_sums and not options.as_released

    print(
        f"Keras {keras.__version__} on {backend}, NumPy {numpy.__version__},"
        f" Python {platform.python_version()}, {platform.machine()}"
    )
    print("patched:", patched(backend, options))
    print(shared.EXPLANATION)
    print(f"\n{'':18s}{'no sum over elements':>26s}{'sums':>26s}{'special values':>26s}")
    print(f"{'optimizer':18s}{shared.HEAD * 3}")
    failures = []
    special = json.loads((GOLDEN / "special.json").read_text())["groups"]
    for file in sorted(GOLDEN.glob("*.json")):
        if file.stem in ("special", "schedules"):
            continue
        golden = json.loads(file.read_text())
        plain, summed, extreme = agreements = Agreement(), Agreement(), Agreement()
        groups = [(golden, None)] + [(g, extreme) for g in special if g["class_name"] == golden["class_name"]]
        for group, agreement in groups:
            for case in group["cases"]:
                try:
                    config, actual = replay(keras, group, case)
                except Exception as e:  # what another backend, or nothing patched, may end in
                    failures.append(f"{file.stem}, {case['name']}: fails, {str(e).splitlines()[0]}")
                    continue
                if list(config.items()) != list(case["config"].items()):
                    failures.append(f"{file.stem}, {case['name']}: configuration {config}")
                (agreement or (plain if case["bitwise"] else summed)).add(actual, expected(case))
        print(f"{file.stem:18s}" + "".join(a.row() for a in agreements), flush=True)
        if settled and any(a.same < a.cases for a in agreements):
            failures.append(f"{file.stem}: numbers")
    schedules = Agreement()
    for table in json.loads((GOLDEN / "schedules.json").read_text())["tables"]:
        for actual, (_, value) in zip(rates(keras, table), table["values"]):
            schedules.add([actual], [[value]])
    print(f"{'schedules, values':18s}{schedules.row()}")
    if settled and schedules.same < schedules.cases:
        failures.append("schedules: numbers")
    shared.end(failures)


def patched(backend, options):
    if options.as_released:
        return "nothing"
    if backend != "numpy":
        return "type promotion"
    return "type promotion, powers" + ("" if options.own_sums else ", sums")


if __name__ == "__main__":
    main()
