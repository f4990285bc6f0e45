"""Cells that one ONNX operator runs over time: GRU, LSTM.

Each function takes the weights of a cell by name, biases of zeros where it has
none, and gives what the operator needs: its kernel `W`, its recurrent kernel
`R` and its bias `B`, in its own order of blocks, blocks in rows.
"""

import numpy as np

# sigmoid(30) is 1 in float32: a gate that is always open.
_OPEN = 30.0


def gru(w: dict) -> dict:
    """`GRU`: its blocks z, r, h are ours, biases of input before state."""
    return {
        "operator": "GRU",
        "W": w["kernel"].T,
        "R": w["recurrent_kernel"].T,
        "B": w["bias"].reshape(-1),
        "linear_before_reset": 1,
    }


def gated(w: dict) -> dict:
    """`GRU` too: its reset gate open, its update gate the reverse of ours.

    `sigmoid(-x) = 1 - sigmoid(x)`, hence the sign.
    """

    def blocks(packed, between):
        gate, candidate = np.split(packed, 2, axis=-1)
        return np.concatenate(
            [-gate, np.full_like(gate, between), candidate], axis=-1
        )

    bias = blocks(w["bias"], _OPEN)
    return {
        "operator": "GRU",
        "W": blocks(w["kernel"], 0).T,
        "R": blocks(w["recurrent_kernel"], 0).T,
        "B": np.concatenate([bias, np.zeros_like(bias)]),
        "linear_before_reset": 1,
    }


def lstm(w: dict) -> dict:
    """`LSTM`: ours is in the order i, f, g, o; ONNX's is i, o, f, g."""

    def blocks(packed):
        i, f, g, o = np.split(packed, 4, axis=-1)
        return np.concatenate([i, o, f, g], axis=-1)

    bias = blocks(w["bias"])
    return {
        "operator": "LSTM",
        "W": blocks(w["kernel"]).T,
        "R": blocks(w["recurrent_kernel"]).T,
        "B": np.concatenate([bias, np.zeros_like(bias)]),
    }


def add(graph, packed: list[dict], units: int, x: str, lengths: str) -> tuple:
    """One node for all directions of one layer.

    Args:
        graph: the `Graph` to add to.
        packed: what one of the functions above gave, for each direction.
        units: size of the state.
        x: name of the inputs, of shape `(time, batch, features)`.
        lengths: name of the int32 lengths of the rows, or "".

    Returns:
        Name of the outputs, of shape `(time, batch, directions * units)`,
        zeros behind the length of a row; and names of the final states, of
        shape `(batch, units)`, of one direction after the other.
    """
    first, *others = packed
    weights = [
        graph.constant(np.stack([way[name] for way in packed]))
        for name in ("W", "R", "B")
    ]
    attributes = {
        name: value
        for name, value in first.items()
        if name not in ("operator", "W", "R", "B")
    }
    kinds = 2 if first["operator"] == "LSTM" else 1
    y, *final = graph.add(
        first["operator"],
        x,
        *weights,
        lengths,
        outputs=1 + kinds,
        hidden_size=units,
        direction="bidirectional" if others else "forward",
        **attributes,
    )
    # From (time, directions, batch, units).
    y = graph.add("Transpose", y, perm=[0, 2, 1, 3])
    y = graph.add("Reshape", y, graph.constant([0, 0, -1]))
    # From (directions, batch, units) of each kind of state.
    places = [graph.constant(np.int64(place)) for place in range(len(packed))]
    states = [
        graph.add("Gather", state, place, axis=0)
        for place in places
        for state in final
    ]
    return y, states


CELLS = {"gated": gated, "gru": gru, "lstm": lstm}
