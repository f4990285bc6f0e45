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

import importlib.util
import os

import measured
import training_step

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
        return training_step.of_torch(name.split()[1], batch, length, units)
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
    x = keras.random.normal((batch, length, units), seed=1)
    return training_step.of_layer(layer, x, unknown_sizes=True)


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


def times(
    cell: str, batch: int, length: int, units: int, rounds: int
) -> dict[str, measured.Times]:
    names = contestants(cell)
    steps = {name: step(name, cell, batch, length, units) for name in names}
    return measured.turns(steps, rounds)


def rows_of(found: dict, cell: str, batch: int, length: int, units: int):
    """Ours against each of the others, and what all of them took."""
    for name, reference in found.items():
        if name != CHOSEN:
            yield measured.row(
                f"{cell} forward and backward, B {batch} T {length}, "
                f"{units} units",
                found[CHOSEN],
                reference,
                name,
                cell=cell,
                batch=batch,
                length=length,
                units=units,
            )


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=[*CELLS])
    for name, default in (
        ("--batches", [8, 16, 64, 128]),
        ("--lengths", [50, 200, 1000]),
        ("--units", [128]),
    ):
        parser.add_argument(name, type=int, nargs="+", default=default)
    parser.add_argument("--rounds", type=int, default=9)
    values = parser.parse_args()
    measured.quiet()
    if values.quick:
        values.batches, values.lengths, values.units = [16], [100], [128]
    sizes = [
        (cell, batch, length, units)
        for units in values.units
        for batch in values.batches
        for length in values.lengths
        for cell in values.cells
    ]
    rows = []
    for cell, batch, length, units in sizes:
        found = times(cell, batch, length, units, values.rounds)
        rows += rows_of(found, cell, batch, length, units)
        line = [f"{cell:5} B {batch:3} T {length:4} H {units:3}"]
        for name, one in found.items():
            low, high = (1e3 * seconds for seconds in one.spread)
            line.append(f"{name} {1e3 * one.median:.1f} ({low:.1f}-{high:.1f})")
        print(" | ".join(line), flush=True)
    if values.json:
        measured.write(values.json, rows=rows)


if __name__ == "__main__":
    main()
