"""Muon's five steps in NumPy, next to what JMH measured for NewtonSchulzBenchmark.

Prints a table in Markdown. Argument: JMH's results in JSON.
"""

import json
import os
import statistics
import subprocess
import sys
import time

SHAPES = ((64, 64), (256, 256), (512, 512), (1024, 256), (1024, 1024))
STEPS = 5


def steps(x):
    import numpy as np

    transposed = x.shape[0] > x.shape[1]
    if transposed:
        x = x.T
    x = x / (np.sqrt(np.sum(x * x)) + 1e-7)
    for _ in range(STEPS):
        a = x @ x.T
        b = -4.775 * a + (2.0315 * a) @ a
        x = 3.4445 * x + b @ x
    return x.T if transposed else x


def measure():
    """Milliseconds of a call, for each shape: the median of two seconds."""
    import numpy as np

    random = np.random.default_rng(1)
    medians = []
    for shape in SHAPES:
        x = random.standard_normal(shape)
        steps(x)
        times = []
        while len(times) < 5 or sum(times) < 2.0:
            start = time.perf_counter()
            steps(x)
            times.append(time.perf_counter() - start)
        medians.append(1e3 * statistics.median(times))
    return medians


def numpy_with(threads):
    """The number of threads is read when NumPy is loaded: in a separate process."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads))
    process = subprocess.run(
        [sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True
    )
    return json.loads(process.stdout)


def jmh(path):
    medians = {}
    with open(path) as file:
        for result in json.load(file):
            if result["benchmark"].endswith("NewtonSchulzBenchmark.steps"):
                raw = result["primaryMetric"]["rawData"]
                median = statistics.median(time for fork in raw for time in fork)
                medians[result["params"]["matrix"], result["params"]["threads"]] = median / 1e6
    return medians


def flops(rows, columns):
    """Of the products, half of a symmetric one."""
    short, long = min(rows, columns), max(rows, columns)
    return STEPS * (3 * short * short * long + 2 * short**3)


def report(path):
    java = jmh(path)
    print("| matrix | threads | Java, ms | NumPy, ms | Java, GFLOP/s | NumPy, GFLOP/s | Java ÷ NumPy |")
    print("|-|-:|-:|-:|-:|-:|-:|")
    for threads in (1, 2):
        for (rows, columns), numpy in zip(SHAPES, numpy_with(threads)):
            ours = java[f"{rows}x{columns}", str(threads)]
            count = flops(rows, columns) / 1e6
            print(
                f"| {rows} × {columns} | {threads} | {ours:.3f} | {numpy:.3f}"
                f" | {count / ours:.1f} | {count / numpy:.1f} | {ours / numpy:.2f} |"
            )


if len(sys.argv) > 1:
    report(sys.argv[1])
else:
    print(json.dumps(measure()))
