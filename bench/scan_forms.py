"""The forms of a linear recurrence, forward and backward, beside each other.

    python bench/scan_forms.py [--json FILE] [--quick]
        [--sizes 16x1024 64x1024] [--units 512]
    KERAS_BACKEND=jax python bench/scan_forms.py

`zoo.layers.linear_scan` in each of its forms: the gradients, with respect to
what is kept and what is added, of the sum of squares of all states. They take
turns within one run; what counts is the median.
"""

import measured
import training_step
from cells import size

# On a GPU these are of the size of a small model.
SIZES, UNITS = [(16, 1024), (64, 1024)], 512
FORMS = {"tensorflow": ("sequential", "compiled", "associative")}
# JAX compiles every loop.
OTHERS = ("sequential", "associative")


def layer_of(form: str, units: int):
    """A layer that splits its input into what is kept and what is added."""
    import keras
    from keras import ops

    from zoo.layers import linear_scan

    class Scan(keras.layers.Layer):
        def call(self, inputs):
            kept, added = ops.split(inputs, 2, axis=-1)
            return linear_scan(ops.sigmoid(kept), added, form=form)

    layer = Scan()
    layer.build((None, None, 2 * units))
    return layer


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--sizes", nargs="+", type=size, default=SIZES)
    parser.add_argument("--units", type=int, default=UNITS)
    values = parser.parse_args()
    measured.quiet()
    import keras

    sizes, units = values.sizes, values.units
    if values.quick:
        sizes, units = [(4, 20)], 16
    forms = FORMS.get(keras.backend.backend(), OTHERS)
    rows = []
    for batch, length in sizes:
        x = keras.random.normal((batch, length, 2 * units), seed=1)
        runs = {
            form: training_step.of_layer(layer_of(form, units), x)
            for form in forms
        }
        found = measured.turns(runs, 9)
        for form, one in found.items():
            low, high = (1e3 * seconds for seconds in one.spread)
            print(
                f"B {batch} T {length} H {units} | {form} | "
                f"{1e3 * one.median:.2f} ms ({low:.2f}-{high:.2f})",
                flush=True,
            )
        rows += [
            measured.row(
                f"{form} scan, B {batch} T {length}, {units} units",
                found[form],
                found["sequential"],
                "sequential",
            )
            for form in forms
            if form != "sequential"
        ]
        if values.json:
            measured.write(values.json, rows=rows)


if __name__ == "__main__":
    main()
