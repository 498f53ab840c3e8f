"""What the scripts in this folder share: the environment of a genuine Keras, and how numbers compare."""

import math
import os
import platform
import shutil
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RESOURCES = ROOT / "src" / "test" / "resources"


# ---- The virtual environment --------------------------------------------------------------------


def enter(name, pythons, *installs):
    """Goes on in the environment target/NAME, which it makes where there is none.

    pythons are the versions that will do, the best first; each of installs is what one call of pip
    is given.
    """
    directory = ROOT / "target" / name
    if Path(sys.prefix).resolve() == directory.resolve():
        return
    python = directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = directory / "complete"
    if not complete.exists():
        print(f"installing {'; '.join(installs)} into {directory}", file=sys.stderr)
        run(suitable_python(pythons), "-m", "venv", "--clear", directory)
        for install in installs:
            run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *install.split())
        complete.touch()
    sys.exit(subprocess.call([str(python), *sys.argv]))


def suitable_python(versions):
    if ".".join(map(str, sys.version_info[:2])) in versions:
        return sys.executable
    for version in versions:
        name = f"python{version}"
        # What is on the path may be a stand-in that reports no version at all.
        if shutil.which(name) and subprocess.run([name, "-c", ""], capture_output=True).returncode == 0:
            return name
    sys.exit(f"Python {', '.join(versions)} is needed, this is {platform.python_version()}")


def run(*command):
    try:
        subprocess.run(list(map(str, command)), check=True)
    except (OSError, subprocess.CalledProcessError) as e:
        sys.exit(f"{e}\n(Debian and Ubuntu have venv in a separate package, python3-venv)")


# ---- Comparison ---------------------------------------------------------------------------------


def numbers(array):
    return [float(x) for x in array.ravel()]


def bits(tensor):
    """The bits of each number; all NaN are one."""
    return struct.pack(f"{len(tensor)}d", *(math.nan if x != x else x for x in tensor))


def ulps(actual, expected):
    """The largest difference in ULPs of the tensor's largest magnitude."""
    if len(actual) != len(expected):
        return math.inf
    ulp = math.ulp(max((abs(x) for x in expected if math.isfinite(x)), default=0.0))
    return max((difference(a, e) / ulp for a, e in zip(actual, expected)), default=0.0)


def difference(actual, expected):
    if actual == expected or actual != actual and expected != expected:
        return 0.0
    return abs(actual - expected) if math.isfinite(actual - expected) else math.inf


class Agreement:
    """How far some trajectories agree."""

    def __init__(self):
        self.cases = self.same = 0
        self.ulps = 0.0

    def add(self, actual, expected):
        """Adds a case: its tensors, and those that the golden data hold."""
        self.cases += 1
        self.same += len(actual) == len(expected) and all(map(self.equal, actual, expected))
        self.ulps = max([self.ulps, *map(ulps, actual, expected)])

    @staticmethod
    def equal(actual, expected):
        return bits(actual) == bits(expected)

    def row(self):
        if not self.cases:
            return f"{'–':>8s}" * 2 + f"{'–':>10s}"
        return f"{self.cases:8d}{self.same:8d}{self.ulps:10.3g}"


HEAD = f"{'cases':>8s}{'equal':>8s}{'ULPs':>10s}"
EXPLANATION = "equal: cases equal in every bit; ULPs: the largest difference, in the tensor's largest magnitude"


def end(failures):
    for failure in failures:
        print("differs:", failure)
    sys.exit(1 if failures else 0)
