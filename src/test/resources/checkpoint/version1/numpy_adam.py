"""Writes a checkpoint of Adam to numpy_adam.npz, with flat tensors to numpy_flat.npz,
and compressed to numpy_compressed.npz.

Run it in this directory: python3 numpy_adam.py
"""

import numpy as np

names = {
    "format_version": np.int64(1),
    "entries": np.int64(16),
    "class_name": np.array("Adam"),
    "config/lr": np.float64(0.01),
    "config/amsgrad": np.bool_(False),
    "config/decay": np.float64(0.0),
    "config/beta_1": np.float64(0.9),
    "config/beta_2": np.float64(0.999),
    "config/epsilon": np.float64(1e-7),
    "iterations": np.int64(2),
    "slots/m/0": np.array([[0.5, -0.25, 0.125], [1.0, 2.0, 3.0]]),
    "slots/m/1": np.array([-0.0]),
    "slots/v/0": np.array([[0.5, 0.25, 0.125], [1.0, 2.0, 3.0]]) / 3,
    "slots/v/1": np.array([1e-300]),
}
names["parameters/0"] = np.arange(6.0).reshape(2, 3)
names["parameters/1"] = np.array([np.pi])
np.savez("numpy_adam.npz", **names)
flat = {name: array.reshape(-1) if array.ndim else array for name, array in names.items()}
np.savez("numpy_flat.npz", **flat)
np.savez_compressed("numpy_compressed.npz", **names)
