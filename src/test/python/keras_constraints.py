"""Runs the constraints of the released Keras 2.2.4 and 3.15.1 next to the golden data.

    python3 src/test/python/keras_constraints.py 3
    python3 src/test/python/keras_constraints.py 2.2.4

Values that Keras's own classes leave of some tensors, what Keras serializes, and whole trainings:
in Keras 3 by Optimizer.apply on variables with a constraint, in Keras 2.2.4 by get_updates. Both in
the environments and with the patches of keras_3.py and keras_2_2_4.py; without them Keras 3 turns
float64 into float32 on its way through clip and maximum. The program fails where a number differs:
in a bit in Keras 3, whose sums are rounded once, by more than 8 ULPs of the tensor's largest
magnitude where TensorFlow adds squares.

    --write    write what Keras computes into the golden data, from the inputs in this script
"""

import argparse
import json
import math
import random

import golden as shared
from golden import Agreement, numbers

GOLDEN = shared.RESOURCES / "golden-constraints"
SUM_ULPS = 8
SHAPES = [[5], [4, 3], [2, 3, 2], [2, 2, 3, 2]]
STEPS = [1, 2, 3, 5, 8, 12]
NAMES = ["dense/kernel", "dense/bias", "conv/kernel", "embedding/embeddings"]
TRAINED = [[4, 3], [3], [2, 2, 3, 2], [5, 2]]
NORMS = [
    ("MaxNorm", {"max_value": 0.75, "axis": 0}),
    ("NonNeg", {}),
    ("UnitNorm", {"axis": [0, 1, 2]}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.8, "rate": 0.5, "axis": 1}),
]
BOUNDS = [("NonNeg", {})] * 4
ALONE = [None, ("NonNeg", {}), None, None]

CONSTRAINTS = [
    ("NonNeg", {}),
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": -1}),
    ("MaxNorm", {"max_value": 0, "axis": 0}),
    ("MaxNorm", {"max_value": 1.5, "axis": [0, 1]}),
    ("MaxNorm", {"max_value": 1.5, "axis": None}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("UnitNorm", {"axis": [0, 2]}),
    ("UnitNorm", {"axis": [-2, 0, 1]}),
    ("UnitNorm", {"axis": None}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.25, "rate": 0.3, "axis": 0}),
    ("MinMaxNorm", {"min_value": 1, "max_value": 1, "rate": 1, "axis": -1}),
    ("MinMaxNorm", {"min_value": 3.0, "max_value": 4.0, "rate": 0.0, "axis": [1, -1]}),
]

SGD = ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True})
TRAININGS_3 = [
    ("bounds", "SGD", {"learning_rate": 0.3}, BOUNDS),
    ("bounds", "Adam", {"learning_rate": 0.3}, BOUNDS),
    ("bounds, accumulation", "Adam", {"learning_rate": 0.3, "gradient_accumulation_steps": 2}, BOUNDS),
    ("bounds, averages", "Lion", {"learning_rate": 0.3, "use_ema": True, "ema_momentum": 0.75}, BOUNDS),
    ("norms", *SGD, NORMS),
    ("norms", "RMSprop", {"learning_rate": 0.1, "centered": True, "weight_decay": 0.1}, NORMS),
    ("norms", "Adam", {"learning_rate": 0.1, "amsgrad": True, "clipvalue": 0.5}, NORMS),
    ("norms", "AdamW", {"learning_rate": 0.1, "weight_decay": 0.2, "global_clipnorm": 1.0}, NORMS),
    ("norms", "Adagrad", {"learning_rate": 0.3}, NORMS),
    ("norms", "Adadelta", {"learning_rate": 1.0}, NORMS),
    ("norms", "Adamax", {"learning_rate": 0.1, "loss_scale_factor": 3.0}, NORMS),
    ("norms", "Nadam", {"learning_rate": 0.1}, NORMS),
    ("norms", "Ftrl", {"learning_rate": 0.3}, NORMS),
    ("norms", "Lion", {"learning_rate": 0.1}, NORMS),
    ("norms", "Lamb", {"learning_rate": 0.1}, NORMS),
    ("norms", "Adafactor", {"learning_rate": 0.1}, NORMS),
    ("norms", "Muon", {"learning_rate": 0.1}, NORMS),
    ("norms", "ScheduleFreeAdamW", {"learning_rate": 0.1}, NORMS),
    ("one tensor", "Adam", {"learning_rate": 0.3}, ALONE),
    ("missing gradients", "Adam", {"learning_rate": 0.1}, NORMS),
    ("accumulation", "Adam", {"learning_rate": 0.1, "gradient_accumulation_steps": 3}, NORMS),
    (
        "accumulation, missing gradients",
        "SGD",
        {"learning_rate": 0.1, "gradient_accumulation_steps": 2},
        NORMS,
    ),
    (
        "averages, overwriting",
        "SGD",
        {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 3},
        NORMS,
    ),
    (
        "accumulation, averages, overwriting",
        "Adam",
        {
            "learning_rate": 0.1,
            "gradient_accumulation_steps": 2,
            "use_ema": True,
            "ema_momentum": 0.75,
            "ema_overwrite_frequency": 2,
        },
        NORMS,
    ),
    ("groups", "MultiOptimizer", {}, NORMS),
    ("groups, missing gradients", "MultiOptimizer", {}, NORMS),
]
TRAININGS_2 = [
    ("bounds", "SGD", {"lr": 0.3, "momentum": 0.9, "nesterov": True}, BOUNDS),
    ("bounds", "Adam", {"lr": 0.3}, BOUNDS),
    ("norms", "SGD", {"lr": 0.1}, NORMS),
    ("norms", "SGD", {"lr": 0.1, "momentum": 0.9, "decay": 0.1}, NORMS),
    ("norms", "RMSprop", {"lr": 0.1}, NORMS),
    ("norms", "Adagrad", {"lr": 0.3, "clipvalue": 0.5}, NORMS),
    ("norms", "Adadelta", {"lr": 1.0}, NORMS),
    ("norms", "Adam", {"lr": 0.1, "amsgrad": True}, NORMS),
    ("norms", "Adamax", {"lr": 0.1}, NORMS),
    ("norms", "Nadam", {"lr": 0.1}, NORMS),
    ("one tensor", "Adam", {"lr": 0.3}, ALONE),
]


# ---- What goes in -------------------------------------------------------------------------------


def normal(rng, shape):
    return [rng.gauss(0, 1) for _ in range(math.prod(shape))]


def inputs(trainings):
    rng = random.Random(26)
    tensors = [{"shape": shape, "values": normal(rng, shape)} for shape in SHAPES]
    zeros = [0.0, 1.5, -0.0, 0.0, -2.5, 0.0, -0.0, 1e-9, 0.0, 0.0, 3.5, -0.0]
    extreme = [math.nan, 1e200, 5e-324, 1.0, -1e200, 1e-310, -3.0, 2.0, math.inf, 2.0, -4.0, -math.inf]
    tensors += [{"shape": [4, 3], "values": zeros}, {"shape": [4, 3], "values": extreme}]
    constraints = [{"class_name": name, "arguments": arguments} for name, arguments in CONSTRAINTS]
    initial = [normal(rng, shape) for shape in TRAINED]
    gradients = [[normal(rng, shape) for shape in TRAINED] for _ in range(max(STEPS))]
    cases = []
    for name, class_name, arguments, told in trainings:
        case = {"name": name, "class_name": class_name, "arguments": arguments}
        case["constraints"] = [told and {"class_name": told[0], "config": told[1]} for told in told]
        if "missing" in name:
            case["missing_gradients"] = [[1, 1], [2, 0], [2, 1], [3, 3], [4, 3], [6, 0], [7, 2], [12, 1]]
        cases.append(case)
    return {
        "tensors": tensors,
        "constraints": constraints,
        "names": NAMES,
        "shapes": TRAINED,
        "initial_params": initial,
        "gradients": gradients,
        "trainings": cases,
    }


def applies(constraint, shape):
    """Whether a tensor has all axes."""
    axis = constraint["arguments"].get("axis", None if constraint["class_name"] == "NonNeg" else 0)
    axes = [] if axis is None else axis if isinstance(axis, list) else [axis]
    inside = all(-len(shape) <= a < len(shape) for a in axes)
    return inside and len({a % len(shape) for a in axes}) == len(axes)


def arguments_of(constraint):
    """A list of axes as the tuple that NumPy wants."""
    arguments = dict(constraint.get("arguments", constraint.get("config")))
    if isinstance(arguments.get("axis"), list):
        arguments["axis"] = tuple(arguments["axis"])
    return arguments


# ---- Keras 3 ------------------------------------------------------------------------------------


class Keras3:
    file = "keras3.json"
    trainings = TRAININGS_3
    ulps = 0

    def __init__(self):
        import keras_3

        keras_3.enter("numpy")
        self.keras = keras_3.load_keras("numpy", False)
        keras_3.keep_64_bits()
        keras_3.round_sums_once()
        self.values = keras_3.values

    def constraint(self, told):
        return told and getattr(self.keras.constraints, told["class_name"])(**arguments_of(told))

    def tensor(self, shape, values):
        return self.keras.ops.reshape(self.keras.ops.convert_to_tensor(values, "float64"), shape)

    def apply(self, constraint, shape, values):
        return self.values(self.keras, [self.constraint(constraint)(self.tensor(shape, values))])[0]

    def optimizer(self, case):
        optimizers = self.keras.optimizers
        if case["class_name"] != "MultiOptimizer":
            return getattr(optimizers, case["class_name"])(**case["arguments"])
        kernels = optimizers.SGD(0.1, momentum=0.9)
        others = optimizers.Adam(0.1, use_ema=True, ema_momentum=0.75, ema_overwrite_frequency=2)
        return optimizers.MultiOptimizer(optimizers.OptimizerMap(others, {".+/kernel": kernels}))

    def train(self, golden, case):
        import contextlib

        keras = self.keras
        keras.utils.clear_session()
        optimizer = self.optimizer(case)
        variables = []
        for name, shape, initial, told in zip(
            golden["names"], golden["shapes"], golden["initial_params"], case["constraints"]
        ):
            scope, name = name.split("/")
            with keras.name_scope(scope) if scope else contextlib.nullcontext():
                variables.append(keras.Variable(self.tensor(shape, initial), dtype="float64", name=name))
            variables[-1].constraint = self.constraint(told)
        optimizer.build(variables)
        missing = {tuple(pair) for pair in case.get("missing_gradients", [])}
        moments = []
        for step, gradients in enumerate(golden["gradients"], 1):
            given = [
                None if (step, i) in missing else self.tensor(golden["shapes"][i], gradient)
                for i, gradient in enumerate(gradients)
            ]
            optimizer.apply(given, variables)
            if step in STEPS:
                moments.append(
                    {
                        "step": step,
                        "params": self.values(keras, variables),
                        "weights": self.values(keras, optimizer.variables),
                    }
                )
        return moments

    def config(self, case):
        return self.optimizer(case).get_config()

    def serialize(self, constraint):
        return self.keras.constraints.serialize(self.constraint(constraint))


# ---- Keras 2.2.4 --------------------------------------------------------------------------------


class Keras2:
    file = "keras2.json"
    trainings = TRAININGS_2
    ulps = SUM_ULPS

    def __init__(self):
        import keras_2_2_4

        shared.enter("keras-2.2.4", ["3.11", "3.10", "3.9"], keras_2_2_4.REQUIREMENTS, keras_2_2_4.KERAS)
        self.session = keras_2_2_4.settled_session
        self.keras, self.tf, _ = keras_2_2_4.load_keras()

    def constraint(self, told):
        return told and getattr(self.keras.constraints, told["class_name"])(**arguments_of(told))

    def apply(self, constraint, shape, values):
        import numpy

        K = self.keras.backend
        with self.tf.Graph().as_default(), self.session(self.tf) as session:
            fed = K.placeholder(shape=shape)
            tensor = numpy.array(values).reshape(shape)
            return numbers(session.run(self.constraint(constraint)(fed), {fed: tensor}))

    def train(self, golden, case):
        import numpy

        K, tf = self.keras.backend, self.tf
        with tf.Graph().as_default(), self.session(tf) as session:
            optimizer = getattr(self.keras.optimizers, case["class_name"])(**case["arguments"])
            parameters = [
                K.variable(numpy.array(initial).reshape(shape), constraint=self.constraint(told))
                for initial, shape, told in zip(
                    golden["initial_params"], golden["shapes"], case["constraints"]
                )
            ]
            feeds = [K.placeholder(shape=K.int_shape(p)) for p in parameters]
            K.gradients = lambda loss, params: feeds
            updates = optimizer.get_updates(loss=None, params=parameters)
            updates = [tf.assign(*u) if isinstance(u, tuple) else u for u in updates]
            # The count, and Nadam's product, change last: see keras_2_2_4.py.
            scalars = 2 if hasattr(optimizer, "m_schedule") else 1
            runs = [updates[scalars:]] + [[u] for u in reversed(updates[:scalars])]
            K.get_session()
            moments = []
            for step, gradients in enumerate(golden["gradients"], 1):
                fed = {
                    feed: numpy.array(gradient).reshape(shape)
                    for feed, gradient, shape in zip(feeds, gradients, golden["shapes"])
                }
                for some in runs:
                    session.run([u.op if hasattr(u, "op") else u for u in some], fed)
                if step in STEPS:
                    moments.append(
                        {
                            "step": step,
                            "params": [numbers(v) for v in session.run(parameters)],
                            "weights": [numbers(w) for w in optimizer.get_weights()],
                        }
                    )
        return moments

    def config(self, case):
        with self.tf.Graph().as_default(), self.session(self.tf):
            return getattr(self.keras.optimizers, case["class_name"])(**case["arguments"]).get_config()

    def serialize(self, constraint):
        return self.keras.constraints.serialize(self.constraint(constraint))


# ---- Both ---------------------------------------------------------------------------------------


def record(genuine, golden):
    """Adds to the inputs what Keras makes of them."""
    for constraint in golden["constraints"]:
        constraint["serialized"] = genuine.serialize(constraint)
        constraint["expected"] = [
            genuine.apply(constraint, t["shape"], t["values"]) if applies(constraint, t["shape"]) else None
            for t in golden["tensors"]
        ]
    for case in golden["trainings"]:
        case["config"] = genuine.config(case)
        case["expected"] = genuine.train(golden, case)
    return json.loads(json.dumps(golden))  # in which a tuple is a list


def tensors(case):
    return [tensor for m in case["expected"] for tensor in m["params"] + m["weights"]]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("keras", choices=["2.2.4", "3"], help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    genuine = Keras2() if options.keras == "2.2.4" else Keras3()
    file = GOLDEN / genuine.file
    actual = record(genuine, inputs(genuine.trainings))
    if options.write:
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(actual, separators=(",", ":")))
    expected = json.loads(file.read_text())
    failures = []
    print(f"Keras {genuine.keras.__version__}; {shared.EXPLANATION}\n\n{'':28s}{shared.HEAD}")
    for what, of in (("constraints", lambda c: [t for t in c["expected"] if t]), ("trainings", tensors)):
        names = sorted({case["class_name"] for case in expected[what]})
        for name in names:
            agreement = Agreement()
            for a, e in zip(actual[what], expected[what]):
                if e["class_name"] == name:
                    agreement.add(of(a), of(e))
                    if a.get("serialized", a.get("config")) != e.get("serialized", e.get("config")):
                        failures.append(f"{name}: configuration {a}")
            print(f"{what + ', ' + name:28s}{agreement.row()}")
            if agreement.ulps > genuine.ulps or genuine.ulps == 0 and agreement.same < agreement.cases:
                failures.append(f"{what}, {name}: numbers")
    shared.end(failures)


if __name__ == "__main__":
    main()
