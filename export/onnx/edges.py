"""What runtimes take without a word, or crash at: an answer, or an error.

ONNX Runtime ends its process at a recurrent operator without rows, and refuses
one without steps: a graph goes on with one row and one step of padding where
there is none, and cuts its answers to the size that was asked for. A negative
id would be counted from the end of the vocabulary: it becomes one that no
vocabulary has, and so do those of a text with padding between its tokens. A
step would take the states of one row for all: they must have as many rows as
the ids.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from export.onnx.graph import Graph
from export.onnx.padding import broken

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

# What a manifest says of it.
RULES = {
    "ids": "int32 from 0 to the size of the vocabulary - 1; a negative one is "
    "an error, a larger one too, but for OpenVINO, which reads zeros in its "
    "place",
    "padding": "0, behind a text or before it, but in a language model, which "
    "reads it like other ids; in ONNX files a 0 between two tokens is an "
    "error, as an id that is too large is",
    "rows": "any number, also none; in a step, as many of the states as of "
    "the ids, or it is an error",
    "steps": "any number; of none, the answer is that of an empty text",
}
_TOO_LARGE = np.int32(2**31 - 1)
# What looks ids up, and is named in the error of a runtime.
LOOK_UP = "ids_must_be_in_the_vocabulary"


def unbroken(graph: Graph, ids: str, keep: str) -> str:
    """Adds what turns padding between two tokens into an error.

    `LSTM` would forget there what it has put out.

    Args:
        graph: where to.
        ids: name of the ids, int32 of shape `(time, batch)`.
        keep: name of their mask.
    """
    too_large = graph.constant(_TOO_LARGE)
    return graph.add("Where", broken(graph, keep), too_large, ids)


def checked(graph: Graph, token_ids: str) -> str:
    """Adds what turns negative ids into an error.

    Args:
        graph: where to.
        token_ids: name of the ids, int32.
    """
    negative = graph.add("Less", token_ids, graph.constant(np.int32(0)))
    too_large = graph.constant(_TOO_LARGE)
    return graph.add("Where", negative, too_large, token_ids)


def at_least_one(graph: Graph, token_ids: str) -> tuple[str, str]:
    """Adds what makes ids of at least one row and one step.

    Args:
        graph: where to.
        token_ids: name of the ids, int32 of shape `(batch, time)`.

    Returns:
        The name of the ids, which are not negative, and that of the shape
        that they had.
    """
    shape = graph.add("Shape", token_ids)
    missing = graph.add("Sub", graph.constant([1, 1]), shape)
    missing = graph.add("Max", missing, graph.constant([0, 0]))
    pads = graph.add("Concat", graph.constant([0, 0]), missing, axis=0)
    padding = graph.constant(np.int32(0))
    ids = checked(graph, token_ids)
    return graph.add("Pad", ids, pads, padding), shape


def cut(graph: Graph, value: str, shape: str, time: bool) -> str:
    """Adds what cuts a value to the rows, and steps, that were asked for.

    Args:
        graph: where to.
        value: name of a value whose axes are batch, with `time` time, and
            more.
        shape: what `at_least_one` returned, or "": nothing is cut.
        time: whether it has a step for each token.
    """
    if not shape:
        return value
    if time:
        start, axes = graph.constant([0, 0]), graph.constant([0, 1])
        return graph.add("Slice", value, start, shape, axes)
    zero, one = graph.constant([0]), graph.constant([1])
    batch = graph.add("Slice", shape, zero, one, zero)
    return graph.add("Slice", value, zero, batch, zero)


def checked_step(
    step: "ModelProto", token_ids: str, axes: dict[str, list]
) -> "ModelProto":
    """A step that refuses negative ids, and states of other rows than these.

    Args:
        step: from ids and states to what comes next; it stays as it is.
        token_ids: which of its inputs are the ids.
        axes: of each input: numbers, and names of free axes.
    """
    import onnx

    graph = Graph("checked/")
    names = {token_ids: checked(graph, token_ids)}
    rows = graph.add("Shape", token_ids, end=1)
    for name, (_, *others) in axes.items():
        if name == token_ids:
            continue
        sizes = [rows]
        for axis, size in enumerate(others, 1):
            if isinstance(size, str):
                size = graph.add("Shape", name, start=axis, end=axis + 1)
            else:
                size = graph.constant([size])
            sizes.append(size)
        shape = graph.add("Concat", *sizes, axis=0)
        # Of another number of rows, there are too many or too few numbers.
        names[name] = graph.add("Reshape", name, shape, allowzero=1)
    result = onnx.ModelProto()
    result.CopyFrom(step)
    result.graph.ClearField("node")
    result.graph.node.extend([*graph.nodes, *reading(step.graph.node, names)])
    result.graph.initializer.extend(graph.initializers())
    return result


def reading(
    nodes: Sequence["NodeProto"], names: dict[str, str]
) -> list["NodeProto"]:
    """Copies of nodes that read other values.

    Args:
        nodes: of a graph.
        names: of each value that they shall not read, which they read then.
    """
    import onnx

    copies = []
    for node in nodes:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.ClearField("input")
        copy.input.extend(names.get(name, name) for name in node.input)
        copies.append(copy)
    return copies
