"""A text beside a SavedModel: its signatures, and what it needs to be loaded.

It lies in `assets.extra/`, the folder that TensorFlow leaves to others.
"""

from pathlib import Path
from typing import Any

import tensorflow as tf

from zoo.io.files import write_text

PLACE = Path("assets.extra") / "README.txt"
_PLAIN = "It needs TensorFlow alone, and none of the code that wrote it."
_OF_TEXT = """\
It needs TensorFlow, and operations of tensorflow-text:
{operations}
TensorFlow knows them once that package is imported, before this folder is
loaded:

    import tensorflow as tf
    import tensorflow_text
    loaded = tf.saved_model.load(folder)

TensorFlow Serving's own build of tensorflow_model_server links the operations
of tensorflow-text (SUPPORTED_TENSORFLOW_OPS in
tensorflow_serving/model_servers/BUILD); a server built without them refuses
this file."""


def write(folder: Path) -> None:
    """Writes it, from what the SavedModel itself says.

    Args:
        folder: of a SavedModel.
    """
    graph = _graph(folder)
    lines = ["A SavedModel of recurrent-zoo.", "", "Signatures:"]
    for name in sorted(graph.signature_def):
        signature = graph.signature_def[name]
        # What TensorFlow itself runs, to begin with.
        if name.startswith("__"):
            continue
        lines += ["", f"  {name}"]
        lines += [f"    in   {one}" for one in _described(signature.inputs)]
        lines += [f"    out  {one}" for one in _described(signature.outputs)]
    operations = text_operations(graph)
    listed = "\n".join(f"    {one}" for one in operations)
    said = _OF_TEXT.format(operations=listed)
    lines += ["", said if operations else _PLAIN, ""]
    path = folder / PLACE
    path.parent.mkdir()
    write_text(path, "\n".join(lines))


def text_operations(graph: Any) -> list[str]:
    """The operations of tensorflow-text in a graph, by name.

    Args:
        graph: a `MetaGraphDef`.
    """
    functions = graph.graph_def.library.function
    nodes = [node for one in functions for node in one.node_def]
    kinds = {node.op for node in [*nodes, *graph.graph_def.node]}
    return sorted(kind for kind in kinds if kind.startswith("Sentencepiece"))


def _graph(folder):
    from tensorflow.core.protobuf import saved_model_pb2

    content = (folder / "saved_model.pb").read_bytes()
    return saved_model_pb2.SavedModel.FromString(content).meta_graphs[0]


def _described(values):
    """Name, type and shape of each; `?` is any size."""
    width = max(map(len, values), default=0)
    for name in sorted(values):
        kind = tf.dtypes.as_dtype(values[name].dtype).name
        sizes = [axis.size for axis in values[name].tensor_shape.dim]
        shape = ", ".join("?" if size < 0 else str(size) for size in sizes)
        yield f"{name:<{width}}  {kind:<7}  ({shape})"
