"""What a .tflite file says of itself: its operators, and an archive behind it.

As LiteRT's own metadata have them, files that belong to a model are a ZIP
archive at its end, which an interpreter does not read: any ZIP reader opens the
.tflite file itself.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

# What the archive holds: facts as JSON, and labels, one a line.
FACTS, LABELS = "metadata.json", "labels.txt"
# Equal facts shall give equal bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def operators(content: bytes) -> list[str]:
    """Names of the operators of a file; those that are not builtin have
    `CUSTOM` in front of their own.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    names = {
        number: name
        for name, number in vars(schema.BuiltinOperator).items()
        if not name.startswith("_")
    }
    model = schema.Model.GetRootAs(content, 0)
    found = set()
    for place in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(place)
        # The first of the two fields has room for 127 of them.
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        own = code.CustomCode()
        found.add(f"CUSTOM {own.decode()}" if own else names[number])
    return sorted(found)


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
