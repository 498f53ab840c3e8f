"""Times one step of PyTorch's SparseAdam over few rows of a large table, as RowsHarness times the JVM's.

    mvn -q -f src/jmh/peers verify -Dpeers.what=Rows -pl harness,library,tribuo
    python3 src/jmh/peers/python/rows.py --seconds 3

It is measured in the virtual environment of peers.py, which the first run installs, with the threads it
takes by itself. At the end all results are printed as one table.
"""

import argparse
import json
from pathlib import Path

import peers

TABLE, WIDTH = 100_000, 100
COUNTS = [64, 10_000]


def measure(count, seconds):
    import numpy
    import torch

    sets = TABLE // 2 // count
    gradients = []
    for s in range(sets):
        rows = numpy.sort(numpy.arange(s * count, (s + 1) * count, dtype=numpy.int64) * 7_919 % TABLE)
        values = peers.numbers(3 + s, count, WIDTH)
        sparse = torch.sparse_coo_tensor(
            rows[None], torch.from_numpy(numpy.array(values)), (TABLE, WIDTH), check_invariants=True
        )
        gradients.append(sparse.coalesce())
    table = torch.from_numpy(numpy.array(peers.numbers(1, TABLE, WIDTH))).requires_grad_()
    adam = torch.optim.SparseAdam([table], lr=0.001, betas=(0.9, 0.999), eps=1e-7)
    steps = [0]

    def step():
        table.grad = gradients[steps[0] % sets]
        steps[0] += 1
        adam.step()

    for _ in range(peers.CHECKED_STEPS):
        step()
    total = float(table.detach().sum())
    peers.timed(step, seconds)
    nanos = peers.timed(step, seconds)
    result = {"peer": "pytorch-sparse", "rows": count, "steps": len(nanos)}
    for key, quarter in (("medianMicros", 2), ("lowerQuartile", 1), ("upperQuartile", 3)):
        result[key] = round(nanos[len(nanos) * quarter // 4] / 1e3, 3)
    return json.dumps(result | {"sumAfterTenSteps": round(total, 6)})


def table(results):
    measured = {}
    for file in sorted(results.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            result = json.loads(line)
            measured[result["peer"], result["rows"]] = result["medianMicros"]
    print("\nmicroseconds a step, and how many times as long as this library")
    print(f"{'':26s}" + "".join(f"{f'{count} rows':>22s}" for count in COUNTS))
    for peer in sorted({peer for peer, _ in measured}):
        times = [(measured.get((peer, count)), measured.get(("library", count))) for count in COUNTS]
        print(f"{peer:26s}" + "".join(peers.cell(*pair) for pair in times))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="to warm up, and to measure")
    parser.add_argument("--results", type=Path, default=peers.ROOT / "target" / "peers" / "rows")
    options = parser.parse_args()
    peers.enter()
    options.results.mkdir(parents=True, exist_ok=True)
    lines = [measure(count, options.seconds) for count in COUNTS]
    print("\n".join(lines))
    (options.results / "pytorch-sparse.jsonl").write_text("\n".join(lines) + "\n")
    table(options.results)


if __name__ == "__main__":
    main()
