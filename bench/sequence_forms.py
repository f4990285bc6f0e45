"""Every form in which a classical cell is trained, against other libraries.

    python bench/sequence_forms.py [--json FILE] [--quick] [--units 128 ...]
        [--batches 8 16 64 128] [--lengths 50 200 1000]

One layer of as many features as units, no mask: the outputs of all steps, and
the gradients of their sum of squares with respect to the inputs and all
weights. For each cell: the framework's loop, our backward pass without and
with XLA (`zoo.layers.recurrence_form`), the form that the sizes choose, Keras's
layer, PyTorch's where it is installed, and the products alone, one by one in a
loop of TensorFlow where a step needs the one before. All take turns within one
run; what counts is the median. Behind it stands the spread: the middle half of
all turns.
"""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

CELLS = {
    "elman": (1, "SimpleRNN", "RNN"),
    "gated": (2, "LSTM", None),
    "gru": (3, "GRU", "GRU"),
    "lstm": (4, "LSTM", "LSTM"),
}
CHOSEN, PRODUCTS = "ours", "products alone"
FORMS = ("loop", "sequence", "xla")


def contestants(cell: str) -> list[str]:
    _, by_keras, by_torch = CELLS[cell]
    names = [PRODUCTS, CHOSEN, *FORMS, f"keras {by_keras}"]
    if by_torch and importlib.util.find_spec("torch"):
        names.append(f"torch {by_torch}")
    return names


def step(name: str, cell: str, batch: int, length: int, units: int):
    """A function of nothing that runs one training step to its end."""
    import keras

    if name == PRODUCTS:
        return _products(CELLS[cell][0], batch, length, units)
    if name.startswith("torch "):
        return _torch_step(name.split()[1], batch, length, units)
    if name.startswith("keras "):
        layer_class = getattr(keras.layers, name.split()[1])
        layer = layer_class(units, return_sequences=True)
    else:
        from zoo.cells import get
        from zoo.layers import Recurrent
        from zoo.layers.recurrence_form import VARIABLE

        os.environ[VARIABLE] = "" if name == CHOSEN else name
        layer = Recurrent(get(cell, units), return_sequences=True)
    layer.build((None, None, units))
    return _tensorflow_step(layer, batch, length, units)


def _tensorflow_step(layer, batch, length, units):
    import tensorflow as tf

    x = tf.random.normal((batch, length, units), seed=1)

    # Sizes are not known when the graph is made, as in a training.
    @tf.function(input_signature=[tf.TensorSpec([None, None, units])])
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(layer(x, training=True)))
        return tape.gradient(loss, [x, *layer.trainable_variables])

    # Traced now, while the environment says which form it is.
    run.get_concrete_function()
    return lambda: run(x)[-1].numpy()


def _products(blocks, batch, length, units):
    """Those of the inputs, one each; of the states, one for each step."""
    import tensorflow as tf

    x, h = (tf.random.normal((length, batch, units)) for _ in range(2))
    d_z = tf.random.normal((length, batch, blocks * units))
    weights = tf.random.normal((units, blocks * units))
    transposed = tf.transpose(weights)
    rows = length * batch

    def each(steps, weights):
        def body(t, _):
            return t + 1, steps[t] @ weights

        start = (0, steps[0] @ weights)
        return tf.while_loop(lambda t, _: t < length, body, start)[1]

    @tf.function
    def run(x, h, d_z, weights, transposed):
        all_x, all_h = (tf.reshape(v, (rows, units)) for v in (x, h))
        all_d = tf.reshape(d_z, (rows, blocks * units))
        return [
            all_x @ weights,
            all_d @ transposed,
            tf.matmul(all_x, all_d, transpose_a=True),
            tf.matmul(all_h, all_d, transpose_a=True),
            each(h, weights),
            each(d_z, transposed),
        ]

    return lambda: run(x, h, d_z, weights, transposed)[-1].numpy()


def _torch_step(name, batch, length, units):
    import torch

    layer = getattr(torch.nn, name)(units, units, batch_first=True)
    x = torch.randn(batch, length, units, requires_grad=True)

    def run():
        layer.zero_grad()
        x.grad = None
        layer(x)[0].square().sum().backward()
        return x.grad

    return run


def turns(cell: str, batch: int, length: int, units: int, rounds: int) -> dict:
    """Milliseconds of each turn by name; the contestants alternate."""
    names = contestants(cell)
    steps = {name: step(name, cell, batch, length, units) for name in names}
    found = {name: [] for name in names}
    for turn in range(rounds + 1):
        for name, run in steps.items():
            started = time.perf_counter()
            run()
            # The first turn compiles.
            if turn:
                found[name].append(1e3 * (time.perf_counter() - started))
    return found


def summary(milliseconds: list[float]) -> dict:
    low, median, high = statistics.quantiles(milliseconds, n=4)
    return {
        "median": round(median, 2),
        "spread": [round(low, 2), round(high, 2)],
    }


def rows_of(found: dict, cell: str, batch: int, length: int, units: int):
    """Ours against each of the others, and what all of them took."""
    by_name = {name: summary(times) for name, times in found.items()}
    ours = by_name[CHOSEN]["median"]
    for name, reference in by_name.items():
        if name != CHOSEN:
            yield {
                "what": f"{cell} forward and backward, B {batch} T {length}, "
                f"{units} units",
                "cell": cell,
                "batch": batch,
                "length": length,
                "units": units,
                "ours": ours,
                "ours_spread": by_name[CHOSEN]["spread"],
                "reference": reference["median"],
                "reference_spread": reference["spread"],
                "reference_name": name,
                "unit": "ms",
                "ratio": round(reference["median"] / ours, 2),
            }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=[*CELLS])
    for name, default in (
        ("--batches", [8, 16, 64, 128]),
        ("--lengths", [50, 200, 1000]),
        ("--units", [128]),
    ):
        parser.add_argument(name, type=int, nargs="+", default=default)
    parser.add_argument("--rounds", type=int, default=9)
    values = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if values.quick:
        values.batches, values.lengths, values.units = [4], [40], [16]
        values.rounds = 3
    sizes = [
        (cell, batch, length, units)
        for units in values.units
        for batch in values.batches
        for length in values.lengths
        for cell in values.cells
    ]
    rows = []
    for cell, batch, length, units in sizes:
        found = turns(cell, batch, length, units, values.rounds)
        rows += rows_of(found, cell, batch, length, units)
        line = [f"{cell:5} B {batch:3} T {length:4} H {units:3}"]
        for name, times in found.items():
            about = summary(times)
            low, high = about["spread"]
            line.append(f"{name} {about['median']:.1f} ({low:.1f}-{high:.1f})")
        print(" | ".join(line), flush=True)
    if values.json:
        import keras

        result = {
            "rows": rows,
            "machine": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "keras": keras.__version__,
            "tensorflow": sys.modules["tensorflow"].__version__,
        }
        values.json.parent.mkdir(parents=True, exist_ok=True)
        values.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
