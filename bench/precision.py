"""How far each cell is from float64: outputs and gradients, by precision.

    python bench/precision.py [--json FILE] [--quick] [--units 128]
        [--cells NAME ...]
    KERAS_BACKEND=jax python bench/precision.py

The truth is the cell's float64 NumPy reference (`zoo.cells.reference`), with
the same weights and inputs as the layer, which runs on the device that computes
in float32 and in bfloat16. `outputs` is the largest difference as a share of
the largest output. `gradients` is about the length of what is wrong with a
gradient of bench/training_step.py, as a share of its own length, of the inputs
or of the weight where it is longest: the derivatives of the reference in random
directions are differences of it, and say so. The exit code is 1 where one is
past `LIMITS`, or not finite.
"""

import sys

import measured
import numpy as np
import training_step

# A GPU's products of float32 have 10 bits behind the point (TF32) in JAX, and
# bfloat16 has 7; differences are added up over the steps.
LIMITS = {"float32": 0.02, "mixed_bfloat16": 0.2}
BATCH, LENGTH, DIRECTIONS = 4, 64, 4
# Of a central difference in float64.
STEP = 1e-5


def layer_of(name: str, units: int, precision: str, random):
    """A layer with random weights, and these in float64, by name."""
    import keras
    from keras import ops

    from zoo.cells import get
    from zoo.layers import Recurrent

    keras.config.set_dtype_policy(precision)
    layer = Recurrent(get(name, units), return_sequences=True)
    layer.build((None, None, units))
    for weight in layer.weights:
        start = ops.convert_to_numpy(weight)
        weight.assign(start + 0.1 * random.normal(size=start.shape))
    weights = {
        weight.name: ops.convert_to_numpy(weight).astype("float64")
        for weight in layer.weights
    }
    return layer, weights


def reference_outputs(name: str, x, weights: dict, states: list):
    import zoo.cells
    from zoo.registry import load

    step = load(zoo.cells.registration(name).reference)
    outputs = []
    for t in range(x.shape[1]):
        output, states = step(x[:, t], states, weights)
        outputs.append(output)
    return np.stack(outputs, axis=1)


def differences(name: str, units: int, length: int, precision: str):
    """Of outputs and of gradients."""
    from keras import ops

    random = np.random.default_rng(1)
    layer, weights = layer_of(name, units, precision, random)
    # Values that bfloat16 holds too: what differs is the layer's own.
    x = random.integers(-16, 17, (BATCH, length, units)) / 16
    inputs = ops.convert_to_tensor(x, layer.compute_dtype)
    states = [np.zeros((BATCH, size)) for size in layer.cell.state_size]
    mine, *of_all = (
        ops.convert_to_numpy(ops.cast(value, "float32")).astype("float64")
        for value in (layer(inputs), *training_step.gradients(layer, inputs)())
    )
    right = reference_outputs(name, x, weights, states)
    outputs = np.abs(mine - right).max() / np.abs(right).max()
    point = {"inputs": x, **weights}
    trained = [weight.name for weight in layer.trainable_weights]

    def loss(moved):
        rest = {key: moved[key] for key in weights}
        values = reference_outputs(name, moved["inputs"], rest, states)
        return np.square(values).sum()

    errors = []
    for key, gradient in zip(["inputs", *trained], of_all, strict=True):
        wrong = []
        for _ in range(DIRECTIONS):
            way = random.normal(size=gradient.shape)
            ends = [
                loss({**point, key: point[key] + sign * STEP * way})
                for sign in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * STEP)
            wrong.append((gradient * way).sum() - slope)
        length_of_it = np.sqrt(np.square(gradient).sum())
        errors.append(np.sqrt(np.mean(np.square(wrong))) / length_of_it)
    return float(outputs), float(np.max(errors))


def main() -> int:
    parser = measured.parser(__doc__)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--cells", nargs="+", default=[], metavar="NAME")
    values = parser.parse_args()
    measured.quiet()
    from zoo import cells

    units, length = (8, 8) if values.quick else (values.units, LENGTH)
    lines = [["cell", "precision", "outputs", "gradients"]]
    rows, wrong = [], 0
    measured.show(lines)
    for name in values.cells or cells.names():
        for precision, limit in LIMITS.items():
            both = differences(name, units, length, precision)
            # What is not a number is not below it.
            wrong += not all(one < limit for one in both)
            about = dict(zip(("outputs", "gradients"), both, strict=True))
            rows.append({"cell": name, "precision": precision, **about})
            lines.append([name, precision, *(f"{one:.1e}" for one in both)])
            measured.show(lines[-1:])
            if values.json:
                measured.write(values.json, differences=rows, table=lines)
    print(f"{wrong} of {len(rows)} are too far from float64.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
