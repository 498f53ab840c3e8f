"""Lets h5py read files of 200 MB, all arrays as float64, by turns with ReadingBenchmark, which starts it.

    mvn -q -f src/integrations -pl hdf5 -am -Preading -Dcore.skipTests process-test-classes

It runs in the environment of keras_files.py, target/keras-3-jax, and makes the files in target/reading,
0.8 GB, where there are none. For each file it prints the path, and for each line `read` on its input the
milliseconds. Of a .keras h5py reads the same arrays in the .h5 next to it.
"""

import gc
import os
import sys
import time

import golden
import keras_3

FOLDER = golden.ROOT / "target" / "reading"
WIDTH = 2048


def make(floatx, layers):
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_ENABLE_X64"] = "1"
    import keras

    keras.config.set_floatx(floatx)
    model = keras.Sequential([keras.Input((WIDTH,))] + [keras.layers.Dense(WIDTH) for _ in range(layers)])
    for suffix in ("h5", "keras"):
        model.save(FOLDER / f"{floatx}.{suffix}")


def read(path):
    import h5py

    arrays = []

    def add(_, node):
        if isinstance(node, h5py.Dataset):
            arrays.append(node[...].astype("float64", copy=False))

    with h5py.File(path, "r") as file:
        file.visititems(add)
    return arrays


def main():
    keras_3.enter("jax")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for floatx, layers in (("float32", 12), ("float64", 6)):
        if not (FOLDER / f"{floatx}.keras").exists():
            make(floatx, layers)
        for suffix in ("h5", "keras"):
            print(FOLDER / f"{floatx}.{suffix}", flush=True)
            while sys.stdin.readline().strip() == "read":
                gc.collect()
                start = time.perf_counter()
                arrays = read(FOLDER / f"{floatx}.h5")
                print((time.perf_counter() - start) * 1000, flush=True)
                del arrays
    print(flush=True)


if __name__ == "__main__":
    main()
