"""Times one Adam step of PyTorch, Optax and Keras 3, as the harness next to it times the JVM's libraries.

    mvn -q -f src/jmh/peers verify                       # these and the JVM's, in one run
    python3 src/jmh/peers/python/peers.py --seconds 3    # these alone

The first run installs them from the package registry into a virtual environment,
target/peers-python; PyTorch's wheel for Linux on x86-64 brings CUDA with it, 6 GB in all. It needs
Python 3.11 or later. Each is measured in separate processes, with the threads it takes by itself
and with one, over the numbers that the harness makes, in double, by one compiled or fused step that
changes parameters and state in place. The results stand next to the harness's; at the end all
that are there are printed as one table.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "src" / "test" / "python"))
import golden

REQUIREMENTS = "torch==2.15.0 jax==0.10.2 optax==0.2.8 keras==3.15.1 numpy==2.4.6"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SHAPES = [(1, 1 << 20), (1, 1 << 24), (1000, 1000)]
CHECKED_STEPS = 10
ONE_THREAD = "-one-thread"


# ---- The libraries ------------------------------------------------------------------------------
# Each is given parameters and gradients, and returns what makes a step, what ends when it is made,
# and what returns the parameters.


def pytorch(parameters, gradients, threads):
    import torch

    if threads:
        torch.set_num_threads(threads)
    tensors = [torch.from_numpy(p).requires_grad_() for p in parameters]
    for tensor, gradient in zip(tensors, gradients):
        tensor.grad = torch.from_numpy(gradient)
    adam = torch.optim.Adam(tensors, lr=0.001, betas=(0.9, 0.999), eps=1e-7, fused=True)
    return adam.step, lambda: [t.detach().numpy() for t in tensors]


def optax(parameters, gradients, threads):
    jax = import_jax(threads)
    import optax

    adam = optax.adam(0.001, b1=0.9, b2=0.999, eps=1e-7)

    def change(parameters, state, gradients):
        updates, state = adam.update(gradients, state, parameters)
        return optax.apply_updates(parameters, updates), state

    return stepper(jax, change, parameters, adam.init, gradients)


def keras3_jax(parameters, gradients, threads):
    jax = import_jax(threads)
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from keras.src.backend.common import dtypes

    keras.config.set_floatx("float64")
    dtypes.BIT64_TO_BIT32_DTYPE.clear()  # or it goes on in float32: keras issue 23223
    adam = keras.optimizers.Adam(0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
    adam.build([keras.Variable(p, dtype="float64") for p in parameters])

    def change(parameters, state, gradients):
        return adam.stateless_apply(state, gradients, parameters)

    return stepper(jax, change, parameters, lambda _: [v.value for v in adam.variables], gradients)


def import_jax(threads):
    if threads == 1:
        # JAX takes as many threads as there are processors to run on.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ["JAX_ENABLE_X64"] = "1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax

    return jax


def stepper(jax, change, parameters, init, gradients):
    """A compiled step that may reuse the memory of the parameters and of the state."""
    compiled = jax.jit(change, donate_argnums=(0, 1))
    gradients = [jax.numpy.asarray(g) for g in gradients]
    now = [jax.numpy.array(p) for p in parameters]
    now = [now, init(now)]

    def step():
        now[:] = compiled(*now, gradients)
        jax.block_until_ready(now)

    return step, lambda: now[0]


LIBRARIES = {"pytorch-fused": pytorch, "optax": optax, "keras3-jax": keras3_jax}


# ---- One process --------------------------------------------------------------------------------


def measure(name, seconds, results):
    """Measures a library in all shapes; the results go to a file of its name."""
    library = LIBRARIES[name.removesuffix(ONE_THREAD)]
    threads = 1 if name.endswith(ONE_THREAD) else None
    lines = []
    for tensors, length in SHAPES:
        step, parameters = library(numbers(1, tensors, length), numbers(2, tensors, length), threads)
        for _ in range(CHECKED_STEPS):
            step()
        total = sum(float(tensor.sum()) for tensor in parameters())
        timed(step, seconds)
        nanos = [t / (tensors * length) for t in timed(step, seconds)]
        result = {"peer": name, "tensors": tensors, "length": length, "steps": len(nanos)}
        for key, quarter in (("median", 2), ("lowerQuartile", 1), ("upperQuartile", 3)):
            result[key] = round(nanos[len(nanos) * quarter // 4], 4)
        result["sumAfterTenSteps"] = round(total, 6)
        lines.append(json.dumps(result))
        print(lines[-1], flush=True)
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


def timed(step, seconds):
    """Nanoseconds of each step, in ascending order; at least nine steps."""
    nanos = []
    end = time.perf_counter() + seconds
    while len(nanos) < 9 or time.perf_counter() < end:
        start = time.perf_counter_ns()
        step()
        nanos.append(time.perf_counter_ns() - start)
    return sorted(nanos)


def numbers(seed, count, length):
    """The harness's numbers: drawn as by java.util.Random, three draws for each."""
    import numpy

    draws = numpy.empty(3 * count * length, numpy.uint64)
    mask = numpy.uint64((1 << 48) - 1)
    factor, term = 0x5DEECE66D, 0xB
    draws[0] = ((seed ^ factor) * factor + term) % (1 << 48)
    known = 1
    while known < len(draws):  # after so many draws, a draw is the first times factor plus term
        more = min(known, len(draws) - known)
        draws[known : known + more] = draws[:more] * numpy.uint64(factor) + numpy.uint64(term) & mask
        factor, term = factor * factor % (1 << 48), (factor + 1) * term % (1 << 48)
        known += more
    high, low, sign = draws.reshape((-1, 3)).T
    size = 0.5 + ((high >> 22 << 27) + (low >> 21)).astype(numpy.float64) * 2.0**-53
    values = numpy.where(sign >> 47, size, -size)
    return [numpy.array(tensor) for tensor in values.reshape((count, length))]


def enter():
    """Goes on in the environment of the libraries."""
    golden.enter("peers-python", PYTHONS, REQUIREMENTS)


# ---- All processes ------------------------------------------------------------------------------


def table(results):
    """What all that was measured takes, and how many times as long as this library."""
    measured = {}
    for file in sorted(results.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            result = json.loads(line)
            measured.setdefault(result["peer"], {})[(result["tensors"], result["length"])] = result["median"]
    heads = [f"{tensors} x {length}" for tensors, length in SHAPES]
    print("\nns an element, and how many times as long as this library with as many threads")
    print(f"{'':26s}" + "".join(f"{head:>22s}" for head in heads))
    for one_thread in (False, True):
        ours = measured.get("library" + ONE_THREAD * one_thread, {})
        for peer, times in sorted(measured.items()):
            if peer.endswith(ONE_THREAD) == one_thread:
                print(f"{peer:26s}" + "".join(cell(times.get(s), ours.get(s)) for s in SHAPES))


def cell(nanos, ours):
    ratio = f"{nanos / ours:9.2f}" if nanos and ours else f"{'–':>9s}"
    return (f"{nanos:13.3f}" if nanos else f"{'–':>13s}") + ratio


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="to warm up, and to measure, each shape")
    parser.add_argument("--results", type=Path, default=ROOT / "target" / "peers", help="where they go")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    enter()
    if options.only:
        measure(options.only, options.seconds, options.results)
        return
    for library in LIBRARIES:
        for threads in ("", ONE_THREAD):
            arguments = ["--seconds", options.seconds, "--results", options.results]
            golden.run(sys.executable, __file__, *arguments, "--only", library + threads)
    table(options.results)


if __name__ == "__main__":
    main()
