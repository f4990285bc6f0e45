"""One step of every cell from given states, against the Keras cells."""

import numpy as np
import onnx
import onnxruntime
import pytest

from export.onnx import stack_step
from export.onnx.graph import Graph
from export.onnx.values import Unknown
from zoo import cells
from zoo.layers import Recurrent

FLOAT, FEATURES, UNITS = 1, 3, 4


def built(cell, layers=2):
    """Layers on top of each other, with random weights."""
    random = np.random.default_rng(3)
    found = []
    for depth in range(layers):
        layer = Recurrent(
            cells.get(cell, UNITS), return_sequences=True, return_state=True
        )
        layer.build((None, None, UNITS if depth else FEATURES))
        for weight in layer.weights:
            weight.assign(random.normal(0, 0.7, weight.shape))
        found.append(layer)
    return found


def exported(layers):
    """Their step as a session, and the sizes of the states."""
    graph = Graph()
    sizes = [size for layer in layers for size in layer.cell.state_size]
    states = [f"state_{n}" for n in range(len(sizes))]
    y, following = stack_step.add(graph, layers, "x", states)
    graph.rename(y, "y")
    for state, value in zip(states, following, strict=True):
        graph.rename(value, f"next_{state}")
    widths = dict(zip(states, sizes, strict=True))
    proto = graph.model(
        [("x", (FLOAT, ["batch", FEATURES]))]
        + [(name, (FLOAT, ["batch", n])) for name, n in widths.items()],
        [("y", (FLOAT, ["batch", UNITS]))]
        + [
            (f"next_{name}", (FLOAT, ["batch", n]))
            for name, n in widths.items()
        ],
        18,
    )
    onnx.checker.check_model(proto, full_check=True)
    return proto, sizes


@pytest.mark.parametrize("cell", cells.names())
def test_a_step_from_given_states(cell):
    layers = built(cell)
    if cells.registration(cell).onnx is None:
        with pytest.raises(Unknown):
            exported(layers)
        return
    proto, sizes = exported(layers)
    assert not {"Scan", "Loop"} & {node.op_type for node in proto.graph.node}
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    random = np.random.default_rng(5)
    for rows in (1, 3):
        x = random.normal(size=(rows, FEATURES)).astype("float32")
        states = [
            random.normal(size=(rows, size)).astype("float32") for size in sizes
        ]
        inputs = {f"state_{n}": state for n, state in enumerate(states)}
        found = session.run(None, {"x": x, **inputs})
        y, expected = x, []
        for layer in layers:
            own = [states.pop(0) for _ in layer.cell.state_size]
            y, new = layer.cell.call(y, own)
            expected += new
        for ours, theirs in zip(found, [y, *expected], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-6)
