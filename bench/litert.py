"""Inference: LiteRT files of every cell, float32 and int8, and ONNX Runtime.

    python bench/litert.py [--cells CELL ...] [--json FILE] [--quick]

A masked sequence of 128 features, one layer of 128 units, its last state and
two logits, as in bench/inference.py; one row, one thread. The files of a cell
take turns within one run; what counts is the median. `int8, size` is the size
of a file with int8 weights, as a share of that in float32.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import inference
import measured

LENGTHS = (50, 250, 1000)
# What takes the time, besides the products.
OPERATORS = {
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "fused operator",
    "WHILE": "`WHILE`",
}


def litert(content: bytes) -> Callable:
    """A LiteRT file as a function of ids, on one thread."""
    from ai_edge_litert.interpreter import Interpreter

    opened = Interpreter(model_content=content, num_threads=1)
    run = opened.get_signature_runner()
    return lambda ids: run(token_ids=ids)["logits"]


def rows_of(cell: str, rounds: int) -> list[dict]:
    """The float32 file beside ONNX Runtime and the int8 file beside it."""
    import numpy as np
    import onnx

    from export.litert import convert, file_format, forms
    from export.onnx import convert as onnx_convert

    model = inference.model_of(cell)
    whole = forms.whole(model, 1, None)
    float32, int8 = (convert.converted(whole, w) for w in (None, "int8"))
    inside = set(file_format.operators(float32))
    runs = {"float32": litert(float32), "int8": litert(int8)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save(onnx_convert.native(model), path)
        runs["onnx"] = inference.session(path, threads=1)
    rows = []
    for length in LENGTHS:
        ids = np.random.default_rng(0).integers(1, inference.WORDS, (1, length))
        ids = ids.astype("int32")
        found = inference.times(runs, ids, rounds)
        gap = np.abs(runs["float32"](ids) - runs["onnx"](ids)).max()
        for ours, reference, name in (
            ("float32", "onnx", "ONNX Runtime"),
            ("int8", "float32", "LiteRT, float32"),
        ):
            rows.append(
                measured.row(
                    f"{cell} LiteRT {ours}, B 1 T {length}",
                    found[ours],
                    found[reference],
                    name,
                    cell=cell,
                    length=length,
                    how=next(n for o, n in OPERATORS.items() if o in inside),
                    int8_size=round(len(int8) / len(float32), 2),
                    difference=float(f"{gap:.1g}"),
                )
            )
    return rows


def table(rows: list[dict]) -> list[list[str]]:
    """A head and a line for each cell."""
    head = ["cell", "over time"]
    for length in LENGTHS:
        head += [f"{length} steps, ms", "int8, ms", "ONNX Runtime, ms"]
    lines = {}
    for float32, int8 in zip(rows[::2], rows[1::2], strict=True):
        cell = float32["cell"]
        line = lines.setdefault(cell, [cell, float32["how"]])
        milliseconds = float32["ours"], int8["ours"], float32["reference"]
        line += [f"{value:.2f}" for value in milliseconds]
        if float32["length"] == LENGTHS[-1]:
            line.append(f"{float32['int8_size']:.2f}")
    return [[*head, "int8, size"], *lines.values()]


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--cells", nargs="+", default=[], metavar="CELL")
    values = parser.parse_args()
    measured.quiet()
    from zoo import cells

    rows = []
    for cell in values.cells or cells.names():
        print(f"{cell} ...", file=sys.stderr, flush=True)
        rows += rows_of(cell, 9 if values.quick else 30)
    lines = table(rows)
    measured.show(lines)
    if values.json:
        measured.write(values.json, rows=rows, table=lines)


if __name__ == "__main__":
    main()
