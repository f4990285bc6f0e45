"""The gradient's way back through networks that were never trained.

    python bench/gradient_picture.py [--to docs/pictures/untrained.png]

A plain network with its recurrent weights (orthogonal) made smaller or larger,
and gated ones with the bias of the gate that keeps set: sixteen random texts of
60 words, one layer of 64 units. Prints the half-lives, draws the norms.
"""

import argparse
import os
from pathlib import Path

UNITS, WORDS, TEXTS, LENGTH = 64, 1000, 16, 60


def network(cell: str):
    """An untrained classifier, and its cell."""
    import keras

    from zoo.models import classifier

    keras.utils.set_random_seed(1)
    model = classifier(
        WORDS, 2, cell=cell, units=UNITS, bidirectional=False, pooling="last"
    )
    return model, model.get_layer("recurrent").recurrent_layers[0].cell


def plain(factor: float):
    """An Elman network whose recurrent weights are `factor` times as large."""
    model, cell = network("elman")
    cell.recurrent_kernel.assign(factor * cell.recurrent_kernel.value)
    return model


def gated(kind: str, block: int, value: float):
    """A gated network with one gate's bias set; gates come block by block."""
    import keras

    model, cell = network(kind)
    bias = keras.ops.convert_to_numpy(cell.bias).copy()
    # GRU's second row belongs to the recurrent product; one of them will do.
    row = bias[0] if bias.ndim == 2 else bias
    row[block * UNITS : (block + 1) * UNITS] = value
    cell.bias.assign(bias)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--to", type=Path, default=Path("docs/pictures/untrained.png")
    )
    values = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import numpy as np

    from zoo.inspect import plots
    from zoo.inspect.gradient_flow import gradient_flow

    models = {
        "plain, weights x 0.5": plain(0.5),
        "plain, weights x 1": plain(1.0),
        "plain, weights x 2": plain(2.0),
        "gated, gate bias 0": gated("gated", 0, 0.0),
        # Here the gate says how much to overwrite, in the others what to keep.
        "gated, gate bias -4": gated("gated", 0, -4.0),
        "LSTM, forget bias 1": gated("lstm", 1, 1.0),
        "LSTM, forget bias 3": gated("lstm", 1, 3.0),
        "GRU, update bias 2": gated("gru", 0, 2.0),
    }
    ids = np.random.default_rng(0).integers(1, WORDS, (TEXTS, LENGTH))
    flows = {name: gradient_flow(model, ids) for name, model in models.items()}
    for name, (flow,) in flows.items():
        end = flow.by_distance[-1]
        print(
            f"{name:22} half-life {flow.half_life:8.1f}, at the end {end:.1e}"
        )
    plots.by_distance(flows, values.to)


if __name__ == "__main__":
    main()
