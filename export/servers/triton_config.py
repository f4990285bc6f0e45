"""config.pbtxt, as Triton Inference Server reads it: one model of several."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from zoo.io.files import write_text

# Rows of a batch that Triton makes of requests.
MAX_BATCH_SIZE = 32
LABELS = "labels.txt"
_VERSION = "1"


@dataclasses.dataclass(frozen=True)
class Value:
    """An input or output, without its axis of rows.

    Attributes:
        name: as the model has it.
        kind: one of Triton's, such as `TYPE_INT32`.
        dims: sizes of the other axes, -1 for any.
        labels: whether its last axis is of the classes.
    """

    name: str
    kind: str
    dims: Sequence[int]
    labels: bool = False


@dataclasses.dataclass(frozen=True)
class Step:
    """A model of an ensemble.

    Attributes:
        model: its name.
        inputs: by name, the value of the ensemble that it reads.
        outputs: by name, the value of the ensemble that it makes.
    """

    model: str
    inputs: dict[str, str]
    outputs: dict[str, str]


def write(
    folder: Path,
    backend: str,
    inputs: Sequence[Value],
    outputs: Sequence[Value],
    steps: Sequence[Step] = (),
) -> Path:
    """Writes the file, and makes the folder of the version.

    Args:
        folder: of the model, by its name.
        backend: `onnxruntime`, `python`, or `ensemble`.
        inputs: of the model.
        outputs: likewise.
        steps: of an ensemble.

    Returns:
        The folder of the version.
    """
    version = folder / _VERSION
    version.mkdir(parents=True)
    lines = [f"name: {_quoted(folder.name)}"]
    if backend == "ensemble":
        lines += ['platform: "ensemble"']
        # A folder without a file gets lost on many ways.
        write_text(version / "ensemble.txt", "An ensemble has no file.\n")
    else:
        lines += [f"backend: {_quoted(backend)}"]
    lines += [f"max_batch_size: {MAX_BATCH_SIZE}"]
    for field, values in (("input", inputs), ("output", outputs)):
        for value in values:
            lines += [f"{field} {{", *_described(value), "}"]
    if backend == "ensemble":
        lines += ["ensemble_scheduling {", *_scheduled(steps), "}"]
    else:
        # No delay: what waits while a batch is computed becomes the next one.
        lines += ["dynamic_batching { }"]
    if backend == "python":
        lines += ["instance_group { kind: KIND_CPU }"]
    write_text(folder / "config.pbtxt", "\n".join([*lines, ""]))
    return version


def _described(value):
    yield f"  name: {_quoted(value.name)}"
    yield f"  data_type: {value.kind}"
    yield f"  dims: [ {', '.join(map(str, value.dims))} ]"
    if value.labels:
        yield f"  label_filename: {_quoted(LABELS)}"


def _scheduled(steps):
    for step in steps:
        yield "  step {"
        yield f"    model_name: {_quoted(step.model)}"
        yield "    model_version: -1"
        for field, names in (
            ("input_map", step.inputs),
            ("output_map", step.outputs),
        ):
            for key, value in names.items():
                pair = f"key: {_quoted(key)} value: {_quoted(value)}"
                yield f"    {field} {{ {pair} }}"
        yield "  }"


def _quoted(text):
    """A string of the text format of protocol buffers."""
    return json.dumps(text)
