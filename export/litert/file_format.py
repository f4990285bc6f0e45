"""What a .tflite file says of itself: its operators, and an archive behind it.

As LiteRT's own metadata have them, files that belong to a model are a ZIP
archive at its end, which an interpreter does not read: any ZIP reader opens the
.tflite file itself.
"""

import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What the archive holds: facts as JSON, and labels, one a line.
FACTS, LABELS = "metadata.json", "labels.txt"
FUSED_LSTM = "UNIDIRECTIONAL_SEQUENCE_LSTM"
# The field of its options, as the table of a flat buffer counts them.
_CELL_CLIP = 6
# Equal facts shall give equal bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def operators(content: bytes) -> list[str]:
    """Names of the operators of a file; those that are not builtin have
    `CUSTOM` in front of their own.
    """
    return sorted({name for name, _ in _operators(content)})


def without_cell_clip(content: bytes) -> bytes:
    """The same file, whose LSTMs keep memories of any size.

    TensorFlow's converter has every fused LSTM cut its memory off at 10, which
    no layer does: a state beyond that would come back sooner than it should.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    changed = bytearray(content)
    for name, operator in _operators(content):
        if name == FUSED_LSTM:
            found = operator.BuiltinOptions()
            options = schema.UnidirectionalSequenceLSTMOptions()
            options.Init(found.Bytes, found.Pos)
            # Where this field stands, if not left out as 0.
            offset = options._tab.Offset(_CELL_CLIP)
            if offset:
                struct.pack_into("<f", changed, found.Pos + offset, 0.0)
    return bytes(changed)


def _operators(content: bytes) -> Iterator[tuple[str, Any]]:
    """Each operator of all graphs of a file, by its name."""
    from tensorflow.lite.python import schema_py_generated as schema

    names = {
        number: name
        for name, number in vars(schema.BuiltinOperator).items()
        if not name.startswith("_")
    }
    model = schema.Model.GetRootAs(content, 0)
    for place in range(model.SubgraphsLength()):
        graph = model.Subgraphs(place)
        for number in range(graph.OperatorsLength()):
            operator = graph.Operators(number)
            code = model.OperatorCodes(operator.OpcodeIndex())
            # The first of the two fields has room for 127 of them.
            which = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            own = code.CustomCode()
            yield f"CUSTOM {own.decode()}" if own else names[which], operator


def add_facts(path: Path, facts: dict[str, Any]) -> None:
    """Puts facts behind a file, and its labels where it has some.

    Args:
        path: of the .tflite file.
        facts: `export.metadata.described`.
    """
    texts = {FACTS: json.dumps(facts, indent=1) + "\n"}
    labels = facts.get("labels")
    if labels:
        texts[LABELS] = "".join(f"{label}\n" for label in labels)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(
                zipfile.ZipInfo(name, _NO_TIME),
                text.encode("utf-8"),
                zipfile.ZIP_DEFLATED,
            )


def read_facts(path: Path) -> dict[str, Any]:
    """What `add_facts` put behind a file."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(FACTS))
