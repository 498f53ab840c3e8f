"""Checks docs/differences.md: runs Keras 3, PyTorch and Optax next to Keras 2.2.4's formulas.

    python -m venv venv && venv/bin/pip install keras tensorflow-cpu optax torch
    venv/bin/python src/test/python/differences.py keras optax torch

Each line is one configuration carried over as docs/differences.md says. The number is the largest
difference between the two trajectories in 40 steps, relative to the parameters' movement: 1e-14 or
so where the two are the same formula, 1e-7 where one takes a number through float32, far more where
the formulas differ.
"""

import math
import os
import sys

import numpy as np

SHAPES = [7, 3]
STEPS = 40
# Exact in float32, through which Keras 3 takes some hyperparameters even of a float64 model.
MU = 0.875
B = (0.875, 1 - 2.0**-10)
K = dict(zip(("b1", "b2"), B))


def gradients():
    rng = np.random.default_rng(1)
    return [[rng.normal(size=n) * 10.0 ** rng.integers(-7, 1, n) for n in SHAPES] for _ in range(STEPS)]


def start():
    rng = np.random.default_rng(2)
    return [rng.normal(size=n) for n in SHAPES]


class Reference:
    """Keras 2.2.4's keras/optimizers.py, formula by formula."""

    def __init__(self, name, lr, eps=1e-7, decay=0.0, clipnorm=0.0, clipvalue=0.0, **more):
        self.name, self.lr, self.eps, self.decay, self.more = name, lr, eps, decay, more
        self.clipnorm, self.clipvalue, self.t, self.schedule = clipnorm, clipvalue, 0, 1.0
        self.slots = [[np.zeros(n) for _ in range(3)] for n in SHAPES]

    def step(self, grads, params):
        lr = self.lr * (1 / (1 + self.decay * self.t)) if self.decay else self.lr
        self.t += 1
        norm = math.sqrt(sum((g * g).sum() for g in grads))
        if 0 < self.clipnorm <= norm:
            grads = [self.clipnorm / norm * g for g in grads]
        if self.clipvalue:
            grads = [np.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.name == "nadam":
            cache = [K["b1"] * (1 - 0.5 * 0.96 ** (t * self.more["sd"])) for t in (self.t, self.t + 1)]
            self.schedule *= cache[0]
        for p, g, s in zip(params, grads, self.slots):
            getattr(self, self.name)(p, g, s, lr, *([cache] if self.name == "nadam" else []))

    def sgd(self, p, g, s, lr):
        mu = self.more.get("momentum", 0.0)
        v = s[0][:] = mu * s[0] - lr * g
        p += mu * v - lr * g if self.more.get("nesterov") else v

    def rmsprop(self, p, g, s, lr):
        s[0][:] = self.more["rho"] * s[0] + (1 - self.more["rho"]) * g * g
        p -= lr * g / (np.sqrt(s[0]) + self.eps)

    def adagrad(self, p, g, s, lr):
        s[0] += g * g
        p -= lr * g / (np.sqrt(s[0]) + self.eps)

    def adadelta(self, p, g, s, lr):
        rho = self.more["rho"]
        s[0][:] = rho * s[0] + (1 - rho) * g * g
        u = g * np.sqrt(s[1] + self.eps) / np.sqrt(s[0] + self.eps)
        p -= lr * u
        s[1][:] = rho * s[1] + (1 - rho) * u * u

    def moments(self, g, s):
        s[0][:] = K["b1"] * s[0] + (1 - K["b1"]) * g
        s[1][:] = K["b2"] * s[1] + (1 - K["b2"]) * g * g

    def adam(self, p, g, s, lr):
        self.moments(g, s)
        v = s[1]
        if self.more.get("amsgrad"):
            v = s[2][:] = np.maximum(s[2], v)
        p -= lr * math.sqrt(1 - K["b2"] ** self.t) / (1 - K["b1"] ** self.t) * s[0] / (np.sqrt(v) + self.eps)

    def adamax(self, p, g, s, lr):
        s[0][:] = K["b1"] * s[0] + (1 - K["b1"]) * g
        s[1][:] = np.maximum(K["b2"] * s[1], abs(g))
        p -= lr / (1 - K["b1"] ** self.t) * s[0] / (s[1] + self.eps)

    def nadam(self, p, g, s, lr, cache):
        self.moments(g, s)
        mbar = (1 - cache[0]) * g / (1 - self.schedule) + cache[1] * s[0] / (1 - self.schedule * cache[1])
        p -= lr * mbar / (np.sqrt(s[1] / (1 - K["b2"] ** self.t)) + self.eps)


def compare(label, reference, run):
    mine = start()
    theirs = run(start(), gradients())
    for grads in gradients():
        reference.step(grads, mine)
    worst = max(
        np.max(abs(m - t) / np.maximum(abs(m - s), 1e-300)) for m, t, s in zip(mine, theirs, start())
    )
    print(f"{label:64s} {worst:.1e}", flush=True)


def with_keras():
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.config.set_floatx("float64")
    o = keras.optimizers

    def runner(optimizer):
        def run(params, steps):
            variables = [keras.Variable(p, dtype="float64") for p in params]
            for grads in steps:
                optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64") for g in grads], variables)
            return [keras.ops.convert_to_numpy(v) for v in variables]

        return run

    def check(label, reference, optimizer):
        compare(f"keras {keras.__version__} {label}", reference, runner(optimizer))

    R = Reference
    check("SGD momentum", R("sgd", 0.01, momentum=MU), o.SGD(0.01, MU))
    check("SGD nesterov", R("sgd", 0.01, momentum=MU, nesterov=True), o.SGD(0.01, MU, True))
    decayed = lambda lr, decay: o.schedules.InverseTimeDecay(lr, 1, decay)
    check("SGD decay=0.1 as InverseTimeDecay", R("sgd", 0.01, decay=0.1), o.SGD(decayed(0.01, 0.1)))
    check("RMSprop", R("rmsprop", 0.001, rho=0.9), o.RMSprop(0.001))
    check("RMSprop epsilon=0", R("rmsprop", 0.001, 0.0, rho=0.9), o.RMSprop(0.001, epsilon=0.0))
    check("Adagrad as it comes", R("adagrad", 0.01), o.Adagrad(0.01))
    check("Adagrad initial_accumulator_value=0", R("adagrad", 0.01), o.Adagrad(0.01, 0.0))
    check("Adagrad the same, epsilon=0", R("adagrad", 0.01, 0.0), o.Adagrad(0.01, 0.0, 0.0))
    check("Adadelta learning_rate=1", R("adadelta", 1.0, rho=0.95), o.Adadelta(1.0))
    check("Adam", R("adam", 0.001), o.Adam(0.001, *B))
    check("Adam amsgrad", R("adam", 0.001, amsgrad=True), o.Adam(0.001, *B, amsgrad=True))
    check("Adamax", R("adamax", 0.002), o.Adamax(0.002, *B))
    check("Nadam, schedule_decay=0.004 in ours", R("nadam", 0.002, sd=0.004), o.Nadam(0.002, *B))
    check("Nadam, schedule_decay=1 in ours", R("nadam", 0.002, sd=1.0), o.Nadam(0.002, *B))
    check("SGD clipnorm=0.5 as clipnorm", R("sgd", 0.01, clipnorm=0.5), o.SGD(0.01, clipnorm=0.5))
    check("SGD clipnorm=0.5 as global_clipnorm", R("sgd", 0.01, clipnorm=0.5), o.SGD(0.01, global_clipnorm=0.5))
    check("SGD clipvalue=0.1", R("sgd", 0.01, clipvalue=0.1), o.SGD(0.01, clipvalue=0.1))
    for kwargs in (dict(clipnorm=1.0, clipvalue=0.5), dict(decay=0.1), dict(lr=0.1)):
        try:
            o.SGD(**kwargs)
            print(f"keras {keras.__version__} SGD {kwargs} accepted")
        except Exception as e:
            print(f"keras {keras.__version__} SGD {kwargs}: {type(e).__name__}: {str(e)[:90]}")


def with_torch():
    import torch

    o = torch.optim

    def check(label, reference, make, clip=None):
        def run(params, steps):
            variables = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in params]
            made = make(variables)
            optimizer, schedule = made if isinstance(made, tuple) else (made, None)
            for grads in steps:
                for v, g in zip(variables, grads):
                    v.grad = torch.tensor(g)
                if clip:
                    clip(variables)
                optimizer.step()
                if schedule:
                    schedule.step()
            return [v.detach().numpy() for v in variables]

        compare(f"torch {torch.__version__} {label}", reference, run)

    def decayed(optimizer, decay):
        return optimizer, o.lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (1 + decay * t))

    R = Reference
    e = dict(eps=1e-7)
    check("SGD momentum", R("sgd", 0.01, momentum=MU), lambda v: o.SGD(v, 0.01, MU))
    check("SGD nesterov", R("sgd", 0.01, momentum=MU, nesterov=True), lambda v: o.SGD(v, 0.01, MU, nesterov=True))
    check("SGD decay=0.1", R("sgd", 0.01, decay=0.1), lambda v: decayed(o.SGD(v, 0.01), 0.1))
    check("SGD momentum, decay=0.1", R("sgd", 0.01, decay=0.1, momentum=MU), lambda v: decayed(o.SGD(v, 0.01, MU), 0.1))
    check("RMSprop", R("rmsprop", 0.001, rho=0.9), lambda v: o.RMSprop(v, 0.001, 0.9, **e))
    check("Adagrad", R("adagrad", 0.01), lambda v: o.Adagrad(v, 0.01, **e))
    check("Adagrad decay=0.1 as lr_decay", R("adagrad", 0.01, decay=0.1), lambda v: o.Adagrad(v, 0.01, 0.1, **e))
    check("Adadelta", R("adadelta", 1.0, rho=0.95), lambda v: o.Adadelta(v, 1.0, 0.95, **e))
    check("Adam", R("adam", 0.001), lambda v: o.Adam(v, 0.001, B, **e))
    check("Adam epsilon=0", R("adam", 0.001, 0.0), lambda v: o.Adam(v, 0.001, B, eps=0.0))
    check("Adam amsgrad", R("adam", 0.001, amsgrad=True), lambda v: o.Adam(v, 0.001, B, amsgrad=True, **e))
    check("Adam amsgrad, epsilon=0", R("adam", 0.001, 0.0, amsgrad=True), lambda v: o.Adam(v, 0.001, B, amsgrad=True, eps=0.0))
    check("Adamax", R("adamax", 0.002), lambda v: o.Adamax(v, 0.002, B, **e))
    check("Adamax epsilon=0", R("adamax", 0.002, 0.0), lambda v: o.Adamax(v, 0.002, B, eps=0.0))
    check("NAdam", R("nadam", 0.002, sd=0.004), lambda v: o.NAdam(v, 0.002, B, momentum_decay=0.004, **e))
    norm = lambda v: torch.nn.utils.clip_grad_norm_(v, 0.5)
    check("SGD clipnorm=0.5", R("sgd", 0.01, clipnorm=0.5), lambda v: o.SGD(v, 0.01), norm)
    value = lambda v: torch.nn.utils.clip_grad_value_(v, 0.1)
    check("SGD clipvalue=0.1", R("sgd", 0.01, clipvalue=0.1), lambda v: o.SGD(v, 0.01), value)


def with_optax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import optax as o

    def check(label, reference, optimizer):
        def run(params, steps):
            params = [jnp.array(p) for p in params]
            state = optimizer.init(params)
            for grads in steps:
                updates, state = optimizer.update([jnp.array(g) for g in grads], state, params)
                params = o.apply_updates(params, updates)
            return [np.array(p) for p in params]

        compare(f"optax {o.__version__} {label}", reference, run)

    R = Reference
    e = dict(eps=1e-7)
    check("sgd momentum", R("sgd", 0.01, momentum=MU), o.sgd(0.01, MU))
    check("sgd nesterov", R("sgd", 0.01, momentum=MU, nesterov=True), o.sgd(0.01, MU, True))
    decayed = lambda lr, decay: lambda t: lr / (1 + decay * t)
    check("sgd decay=0.1", R("sgd", 0.01, decay=0.1), o.sgd(decayed(0.01, 0.1)))
    check("sgd momentum, decay=0.1", R("sgd", 0.01, decay=0.1, momentum=MU), o.sgd(decayed(0.01, 0.1), MU))
    check("rmsprop as it comes", R("rmsprop", 0.001, rho=0.9), o.rmsprop(0.001, **e))
    check("rmsprop eps_in_sqrt=False", R("rmsprop", 0.001, rho=0.9), o.rmsprop(0.001, eps_in_sqrt=False, **e))
    check("adagrad as it comes", R("adagrad", 0.01), o.adagrad(0.01))
    check("adagrad initial_accumulator_value=0", R("adagrad", 0.01), o.adagrad(0.01, 0.0))
    check("adagrad the same, eps=0", R("adagrad", 0.01, 0.0), o.adagrad(0.01, 0.0, 0.0))
    check("adadelta", R("adadelta", 1.0, rho=0.95), o.adadelta(1.0, 0.95, 1e-7))
    check("adam", R("adam", 0.001), o.adam(0.001, *B, **e))
    check("adam eps=0", R("adam", 0.001, 0.0), o.adam(0.001, *B, eps=0.0))
    check("amsgrad", R("adam", 0.001, amsgrad=True), o.amsgrad(0.001, *B, **e))
    check("amsgrad eps=0", R("adam", 0.001, 0.0, amsgrad=True), o.amsgrad(0.001, *B, eps=0.0))
    check("adamax", R("adamax", 0.002), o.adamax(0.002, *B, **e))
    check("adamax eps=0", R("adamax", 0.002, 0.0), o.adamax(0.002, *B, eps=0.0))
    check("nadam, schedule_decay=0.004 in ours", R("nadam", 0.002, sd=0.004), o.nadam(0.002, *B, **e))
    check("nadam, schedule_decay=1e6 in ours", R("nadam", 0.002, sd=1e6), o.nadam(0.002, *B, **e))
    clip = o.chain(o.clip_by_global_norm(0.5), o.sgd(0.01))
    check("sgd clipnorm=0.5 as clip_by_global_norm", R("sgd", 0.01, clipnorm=0.5), clip)
    clip = o.chain(o.clip_by_global_norm(0.5), o.clip(0.1), o.sgd(0.01))
    check("sgd clipnorm=0.5, clipvalue=0.1", R("sgd", 0.01, clipnorm=0.5, clipvalue=0.1), clip)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        {"keras": with_keras, "torch": with_torch, "optax": with_optax}[name]()
