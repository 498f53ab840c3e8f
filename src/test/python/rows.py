"""What PyTorch and Keras 3 on TensorFlow make of gradients by rows.

    python3 -m venv target/rows
    target/rows/bin/pip install torch==2.15.0 keras==3.15.1 tensorflow==2.21.0
    target/rows/bin/python src/test/python/rows.py

Prints the parameters of docs/differences.md as PyTorch's SparseAdam has them, and how far Keras's
optimizers are with tf.IndexedSlices from themselves with the dense gradient, over rows that differ
and with one row twice.
"""

import os

STEPS = 10
KERAS = ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "AdamW", "Adamax", "Nadam", "Ftrl", "Lion"]


def pytorch():
    import torch

    p = torch.ones(2, 1, dtype=torch.float64).requires_grad_()
    adam = torch.optim.SparseAdam([p], lr=1e-3, eps=1e-7)
    for step in range(STEPS):
        rows = [0, 1] if step == 0 else [0]
        values = torch.ones(len(rows), 1, dtype=torch.float64)
        p.grad = torch.sparse_coo_tensor([rows], values, (2, 1), check_invariants=True)
        adam.step()
    return p.detach().flatten().tolist()


def keras3(name, rows, sparse):
    import keras
    import tensorflow as tf

    keras.config.set_floatx("float64")
    optimizer = getattr(keras.optimizers, name)(learning_rate=0.1)
    p = keras.Variable([[1.0, 1.0]] * 3, dtype="float64")
    values = tf.constant([[1.0, 2.0], [3.0, 4.0]], tf.float64)
    for _ in range(STEPS):
        gradient = tf.IndexedSlices(values, tf.constant(rows, tf.int64), tf.constant([3, 2], tf.int64))
        optimizer.apply([gradient if sparse else tf.convert_to_tensor(gradient)], [p])
    return keras.ops.convert_to_numpy(p)


def main():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    print("SparseAdam of PyTorch:", pytorch())
    for name in KERAS:
        apart = [abs(keras3(name, rows, True) - keras3(name, rows, False)).max() for rows in ([2, 0], [1, 1])]
        print(f"{name} of Keras 3: {apart[0]:.1e} apart, with a row twice {apart[1]:.1e}")


if __name__ == "__main__":
    main()
