"""Writes a checkpoint of Adam to numpy_adam.npz, and compressed to numpy_compressed.npz.

Run it in this directory: python3 numpy_adam.py
"""

import json

import numpy as np

config = {
    "lr": 0.01,
    "amsgrad": False,
    "decay": 0.0,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
}
m = [np.array([[0.5, -0.25, 0.125], [1.0, 2.0, 3.0]]), np.array([-0.0])]
v = [np.array([[0.5, 0.25, 0.125], [1.0, 2.0, 3.0]]) / 3, np.array([1e-300])]
parameters = [np.arange(6.0).reshape(2, 3), np.array([np.pi])]

entries = {
    "format_version": np.int64(3),
    "entries": np.int64(11),
    "class_name": "Adam",
    "config": json.dumps(config),
    "iterations": np.int64(2),
}
for name, tensors in {"slots/m": m, "slots/v": v, "parameters": parameters}.items():
    entries[name + "/lengths"] = np.array([t.size for t in tensors], np.int64)
    entries[name] = np.concatenate([t.ravel() for t in tensors])

np.savez("numpy_adam.npz", **entries)
np.savez_compressed("numpy_compressed.npz", **entries)
