"""Lets Keras load the files that Java wrote, train five batches more, and compares.

    mvn -f src/integrations verify -Dcore.skipTests
    python3 src/test/python/keras_files.py

The build leaves the files in src/integrations/hdf5/target/written, each next to a JSON file: the
parameters in it, gradients of five batches, and the parameters that Java has after those. Each file
is loaded by the Keras that wrote its original: Keras 2.2.4, tf.keras 2.15.0 or Keras 3.15.1 on JAX.
The first run installs them from the package registry into virtual environments under target (3.5 GB);
Keras 2.2.4 and tf.keras need Python 3.9 to 3.11.

The program fails where a file does not load, a parameter in it differs in a bit, or of Keras 3 a slot, or after the five
batches a parameter of float64 differs by more than 1e-12 of its tensor's largest magnitude (of Keras
2.2.4: in a bit, with clipnorm and constraints by 8 ULPs), or one of float32 by more than float32 rounds.

    --keras 3    that Keras alone: 2.2.4, 2.15 or 3
"""

import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import golden
import keras_2_2_4
import keras_3
import real_models

WRITTEN = golden.ROOT / "src" / "integrations" / "hdf5" / "target" / "written"
ORIGINALS = WRITTEN.parents[1]
KERAS = ["2.2.4", "2.15", "3"]
PYTHONS = ["3.11", "3.10", "3.9"]
FLOAT32_ULP = 2.0**-23
FLOAT32_BIAS_CORRECTION = 6.5e-6 + 3.7e-6  # see KerasFileTest.java

# What this Keras does to the original too; each time it is seen again that it does.
OWN_FAULTS = {
    "k224-gan-adam-f64.h5": "starts with a new optimizer, as it does not save what is frozen",
    "k3.6.0-opt-nadam-64.keras": "does not read the order of Nadam before 3.10",
    "k2.0.8-opt-adam-f32.h5": "starts with a new optimizer, as Keras 2.0 had no amsgrad",
    "k2.3.1-adam-dense.h5": "does not know the learning_rate of Keras 2.3",
    "tf2.13.1-opt-adam-f32.keras": "does not read the layout of tf.keras 2.13",
    "constraints-sgd.h5": "does not load a model that was compiled with the loss mse",
    "tf215-new-sgd-loss-scale-f64.h5": "starts with a new optimizer",
    "tf215-preprocessing-new.h5": "does not load a Discretization that was adapted",
    "tf215-preprocessing-new.keras": "does not load a Discretization that was adapted",
}


def enter(keras):
    """Goes on in the environment of a Keras."""
    if keras == "2.2.4":
        golden.enter("keras-2.2.4", PYTHONS, keras_2_2_4.REQUIREMENTS, keras_2_2_4.KERAS)
    elif keras == "2.15":
        golden.enter("keras-2.15", PYTHONS, f"tensorflow{keras_2_2_4.CPU}==2.15.1")
    else:
        keras_3.enter("jax")


# ---- Each Keras ---------------------------------------------------------------------------------


class Keras3:
    def __init__(self):
        os.environ["KERAS_BACKEND"] = "jax"
        # To compile takes longer than all else here.
        os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
        import jax
        import numpy

        self.numpy = numpy
        jax.config.update("jax_enable_x64", True)
        import keras

        self.keras = keras
        self.name = f"Keras {keras.__version__} on JAX {jax.__version__}"
        real_models.custom_classes(keras)

    def load(self, path, truth):
        self.keras.config.set_floatx(truth["floatx"])
        # Without it Keras makes no LossScaleOptimizer, and starts with a new optimizer.
        mixed = path.name.startswith("mixed-float16")
        self.keras.config.set_dtype_policy("mixed_float16" if mixed else truth["floatx"])
        if path.name.startswith("gan"):  # has two optimizers
            model = real_models.custom_classes(self.keras)[2]()
            model.load_weights(path, skip_mismatch=True)
        elif path.name in real_models.WITHOUT_MODEL:
            model = real_models.compiled(real_models.keras_3_models(self.keras, self.numpy), path.name)
            model.load_weights(path)
        elif path.name.endswith(".weights.h5"):  # holds no model
            model = self.keras.Sequential()
            model.add(self.keras.Input((truth["shapes"][0][0],)))
            for shape in truth["shapes"][1::2]:
                model.add(self.keras.layers.Dense(shape[0]))
            model.compile(self.keras.optimizers.get(truth["class_name"].lower()), "mse")
            model.optimizer.build(model.trainable_variables)
            model.load_weights(path)
        else:
            model = self.keras.saving.load_model(path)
        self.model = model
        # From an .h5 Keras 3 restores the weights alone, even where it wrote the file.
        variables = [v for v in model.trainable_variables if "lora_" not in v.path]  # no file has those
        if path.name.startswith("gan"):  # in the order in which the file has them
            variables = model.discriminator.trainable_variables + model.generator.trainable_variables
        return [v.numpy() for v in variables], path.suffix == ".keras" or path.name.endswith(".weights.h5")

    def iterations(self):
        return int(self.inner().iterations)

    def inner(self):
        return getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)

    def slots(self):
        return [v.numpy() for v in self.inner().variables]

    def train(self, gradients):
        variables = self.model.trainable_variables
        arrays = [self.keras.ops.convert_to_tensor(g.astype(v.dtype)) for g, v in zip(gradients, variables)]
        self.inner().apply(arrays, variables)
        return [v.numpy() for v in variables]


class TfKeras:
    def __init__(self):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import keras
        import numpy
        import tensorflow as tf

        self.numpy = numpy
        tf.get_logger().setLevel("ERROR")
        self.tf = tf
        self.name = f"tf.keras {keras.__version__} on TensorFlow {tf.__version__}"

    def load(self, path, truth):
        self.tf.keras.backend.set_floatx(truth["floatx"])
        if "two-optimizers" in path.name:
            self.model = real_models.tf_gan(self.tf.keras, self.numpy)
            self.model.load_weights(path)
            return [v.numpy() for v in self.model.trainable_variables], False
        if path.name in real_models.WITHOUT_MODEL:
            models = real_models.tf_keras_models(self.tf.keras, self.numpy)
            self.model = real_models.compiled(models, path.name)
            self.model.load_weights(path)
        else:
            unknown = {"SpectralNormalization": self.tf.keras.layers.SpectralNormalization}  # to load_model
            self.model = self.tf.keras.models.load_model(path, custom_objects=unknown)
        optimizer = self.model.optimizer
        if hasattr(optimizer, "_u_product") and "product" in truth:  # of Nadam, which tf.keras has lost
            optimizer._u_product.assign(truth["product"][0])
            optimizer._u_product_counter = self.iterations() + 1
        return [v.numpy() for v in self.model.trainable_variables], truth["class_name"] is not None

    def iterations(self):
        return int(self.model.optimizer.iterations.numpy())

    def train(self, gradients):
        variables = self.model.trainable_variables
        tensors = [self.tf.constant(g, v.dtype) for g, v in zip(gradients, variables)]
        self.model.optimizer.apply_gradients(zip(tensors, variables))
        return [v.numpy() for v in variables]


class Keras2:
    def __init__(self):
        self.keras, self.tf, version = keras_2_2_4.load_keras()
        self.name = f"Keras {self.keras.__version__} on TensorFlow {version}"
        self.let_h5py_give_bytes()
        self.let_tensorflow_know_old_names()

    @staticmethod
    def let_h5py_give_bytes():
        """Keras 2.2.4 decodes texts, of which h5py 2 gave the bytes, and h5py 3 gives none."""
        import h5py

        get = h5py.AttributeManager.__getitem__

        def get_bytes(attributes, name):
            value = get(attributes, name)
            if isinstance(value, str):
                return value.encode()
            if getattr(value, "dtype", None) == object:
                return [text.encode() for text in value]
            return value

        h5py.AttributeManager.__getitem__ = get_bytes

    def let_tensorflow_know_old_names(self):
        """Keras 2.2.4 asks by names that TensorFlow 2.15 no longer has."""
        from tensorflow.python.framework import ops
        from tensorflow.python.ops import control_flow_ops

        control_flow_ops.while_loop = self.tf.while_loop
        ops._TensorLike = self.tf.Tensor
        ops.is_dense_tensor_like = lambda x: isinstance(x, (self.tf.Tensor, self.tf.Variable))

    def load(self, path, truth):
        K = self.keras.backend
        K.clear_session()
        K.set_floatx(truth["floatx"])
        K.set_session(keras_2_2_4.settled_session(self.tf))
        self.feeds = []

        def feeds(loss, parameters):
            self.feeds = [K.placeholder(shape=K.int_shape(p)) for p in parameters]
            return self.feeds

        K.gradients = feeds
        if truth["class_name"] is None:
            import h5py

            with h5py.File(path, "r") as file:
                whole = "model_config" in file.attrs
            if not whole:  # weights alone, for a model that another file holds
                K.set_floatx("float64")
                self.model = self.keras.models.load_model(str(WRITTEN / "adagrad-bn-f64.h5"))
                self.model.load_weights(str(path))
                return K.batch_get_value(self.model.trainable_weights), False
        self.model = self.keras.models.load_model(str(path))
        for product in truth.get("product") or []:  # of Nadam, which Keras 2.2.4 has lost
            K.set_value(self.model.optimizer.m_schedule, product)
        return K.batch_get_value(self.model.trainable_weights), truth["class_name"] is not None

    def iterations(self):
        return int(self.keras.backend.get_value(self.model.optimizer.iterations))

    def train(self, gradients):
        optimizer = self.model.optimizer
        if not hasattr(self, "runs") or self.runs[0] is not optimizer:
            updates = [self.tf.assign(*u) if isinstance(u, tuple) else u for u in optimizer.updates]
            scalars = 2 if hasattr(optimizer, "m_schedule") else 1
            ops = [updates[scalars:]] + [[u] for u in reversed(updates[:scalars])]
            self.runs = optimizer, [[u.op if hasattr(u, "op") else u for u in some] for some in ops]
        session = self.keras.backend.get_session()
        for some in self.runs[1]:
            session.run(some, dict(zip(self.feeds, gradients)))
        return session.run(self.model.trainable_weights)


# ---- Comparison ---------------------------------------------------------------------------------


def arrays(numpy, lists, shapes):
    return [numpy.array(numbers).reshape(shape) for numbers, shape in zip(lists, shapes)]


def check(numpy, keras, path, truth):
    """A row of the table: what was seen, and whether it is as it has to be."""
    written = arrays(numpy, truth["parameters"], truth["shapes"])
    loaded, has_optimizer = keras.load(path, truth)
    same = all(numpy.array_equal(a, b) for a, b in zip(loaded, written)) and len(loaded) == len(written)
    if truth["class_name"] is None or not has_optimizer:
        return ("weights the same" if same else "WEIGHTS DIFFER"), same
    if keras.iterations() != truth["iterations"]:
        return f"ITERATIONS {keras.iterations()} for {truth['iterations']}", False
    if hasattr(keras, "slots"):
        slots = [numpy.asarray(slot, "float64").ravel() for slot in keras.slots()]
        if len(slots) != len(truth["slots"]) or not all(map(numpy.array_equal, slots, truth["slots"])):
            return "SLOTS DIFFER", False
    if not truth["gradients"]:
        return ("weights and state the same" if same else "WEIGHTS DIFFER"), same
    for gradients in truth["gradients"]:
        trained = keras.train(arrays(numpy, gradients, truth["shapes"]))
    worst, good = 0.0, same
    for actual, expected, start in zip(trained, arrays(numpy, truth["trained"], truth["shapes"]), written):
        difference = abs(actual.astype("float64") - expected).max()
        largest = abs(expected).max()
        worst = max(worst, difference / largest)
        if truth["floatx"] == "float32":
            corrects = truth["class_name"] in ("Adam", "AdamW", "Nadam", "LossScaleOptimizer", "LossScaleOptimizerV3")
            way = abs(expected - start).max()
            bound = 4 * FLOAT32_ULP * largest + (FLOAT32_BIAS_CORRECTION * way if corrects else 0)
        elif isinstance(keras, Keras2):
            bound = 8 * math.ulp(largest) if truth["adds_squares"] else 0.0
        else:
            bound = 1e-12 * largest
        good = good and difference <= bound
    return f"{'weights the same' if same else 'WEIGHTS DIFFER'}, after five batches {worst:.2g}", good


def is_fault_of_keras(keras, truth):
    """Whether Keras fails on the original too, or forgets the steps of its optimizer."""
    try:
        keras.load(ORIGINALS / truth["original"], truth)
        return keras.iterations() == 0 and truth["iterations"] > 0
    except Exception:
        return True


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("--keras", choices=KERAS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not WRITTEN.is_dir():
        sys.exit("first: mvn -f src/integrations verify -Dcore.skipTests")
    if not options.keras:
        sys.exit(max(subprocess.call([sys.executable, __file__, "--keras", keras]) for keras in KERAS))
    enter(options.keras)

    keras = {"2.2.4": Keras2, "2.15": TfKeras, "3": Keras3}[options.keras]()
    import numpy

    print(f"\n{keras.name}\ndifferences in the tensor's largest magnitude", flush=True)
    failures = 0
    for file in sorted(WRITTEN.glob("*.json")):
        truth = json.loads(file.read_text())
        if truth["keras"].startswith(options.keras):
            path = WRITTEN / truth["file"]
            try:
                row, good = check(numpy, keras, path, truth)
            except Exception as e:
                row, good = f"FAILED: {type(e).__name__}: {e}", False
            if not good and path.name in OWN_FAULTS and is_fault_of_keras(keras, truth):
                row, good = f"as of the original, Keras {OWN_FAULTS[path.name]}", True
            failures += not good
            print(f"{'' if good else 'NO  '}{path.name:55s} {row}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
