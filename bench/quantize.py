"""Smaller weights: bytes, milliseconds and scores before and after.

    python bench/quantize.py [--data-dir DIR] [--json FILE] [--quick]

The ONNX files of `bench/inference.py`, one masked layer of 128 units, and those
of the models that ship: in float32, float16 and int8, on two threads, taking
turns; what counts is the median. Shipped models are scored on a part of their
validation data as `zoo export --quantize` does it; `--data-dir` says where
those are that are not made here. `--quick` leaves them out.
"""

import functools
import tempfile
from pathlib import Path

import inference
import measured

# Batch and length of each file that a shipped model is exported to.
SHIPPED = {
    "imdb_gru_base": {"model": [(1, 250), (32, 250)]},
    "shakespeare_lstm_base": {
        "model": [(1, 250), (32, 250)],
        "step": [(1, 1), (32, 1)],
    },
    "dates_gru_base": {"translate": [(1, 23), (32, 23)]},
}
# Of random ids a translation has no end but the limit.
DATES = ["mercredi 3 octobre 1990", "3. Oktober 1990", "1990. okt. 3."]
DATES += ["October 3, 1990"]


def smaller_files(cell: str, folder: Path) -> dict[str, Path]:
    """The file of one layer by its weights."""
    import onnx

    from export import WEIGHTS
    from export.onnx import convert
    from export.onnx.quantize import smaller

    proto = convert.native(inference.model_of(cell))
    files = {"float32": proto}
    files.update({weights: smaller(proto, weights)[0] for weights in WEIGHTS})
    for weights, one in files.items():
        onnx.save(one, folder / f"{weights}.onnx")
    return {weights: folder / f"{weights}.onnx" for weights in files}


def exports(name: str, folder: Path, data_dir: Path | None) -> tuple:
    """Exports of a shipped model by their weights, and the scores."""
    import export
    import zoo
    from recipes.evaluation.sources import validation

    trained = zoo.load(name)
    scored = validation(trained, None, data_dir)
    export.export(trained, folder / "float32", ("onnx",))
    scores = {}
    for weights in export.WEIGHTS:
        manifest = export.export(
            trained, folder / weights, None, weights, scored
        )
        score = manifest["quantization"]["score"]
        scores["float32"] = f"{score['name']} {score['before']:.4f}"
        scores[weights] = f"{score['after']:.4f}"
    return trained.tokenizer, scores


def known_ids(tokenizer, batch: int, length: int):
    """Random ids that a tokenizer knows; of a translator's, dates."""
    from zoo.text import WordTokenizer

    if hasattr(tokenizer, "source"):
        rows = tokenizer.source.encode_batch(DATES * 8)
        return WordTokenizer.pad(rows[:batch])
    return inference.token_ids(batch, length, tokenizer.size)


def quantized(quick: bool, data_dir: Path | None) -> tuple[list, list]:
    """Rows and table of the files with smaller weights."""
    kinds = ("float32", "float16", "int8")
    head = ["file", "batch", "length"]
    for what in ("MiB", "ms", "score"):
        head += [f"{what}: {kinds[0]}", *kinds[1:]]
    rows, lines = [], [head]

    def measure(what, paths, sizes, ids_of=inference.token_ids, scores=None):
        runs = {
            weights: inference.session(path) for weights, path in paths.items()
        }
        mib = {
            weights: p.stat().st_size / 2**20 for weights, p in paths.items()
        }
        for batch, length in sizes:
            ids = ids_of(batch, length)
            length = ids.shape[1]
            found = inference.times(runs, ids, 9 if quick else 20)
            for weights in kinds[1:]:
                row = measured.row(
                    f"{what} {weights}, B {batch} T {length}",
                    found[weights],
                    found["float32"],
                    "float32",
                    mib=round(mib[weights], 3),
                    float32_mib=round(mib["float32"], 3),
                )
                rows.append(row)
            line = [what, str(batch), str(length)]
            line += [f"{mib[weights]:.2f}" for weights in kinds]
            line += [f"{1e3 * found['float32'].median:.3f}"]
            line += [f"{row['ratio']:.2f}x" for row in rows[-2:]]
            lines.append(line + [(scores or {}).get(w, "") for w in kinds])

    for cell in ["gru", "lstm", "mingru"]:
        with tempfile.TemporaryDirectory() as folder:
            paths = smaller_files(cell, Path(folder))
            measure(cell, paths, [(1, 50)] if quick else inference.SIZES)
    for name, files in {} if quick else SHIPPED.items():
        with tempfile.TemporaryDirectory() as folder:
            tokenizer, scores = exports(name, Path(folder), data_dir)
            ids_of = functools.partial(known_ids, tokenizer)
            for file, sizes in files.items():
                paths = {w: Path(folder, w, f"{file}.onnx") for w in kinds}
                what = f"{name}, {file}.onnx"
                measure(what, paths, sizes, ids_of, scores)
    return rows, lines


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--data-dir", type=Path, metavar="DIR")
    values = parser.parse_args()
    measured.quiet()
    rows, lines = quantized(values.quick, values.data_dir)
    measured.show(lines)
    if values.json:
        measured.write(values.json, rows=rows, table=lines)


if __name__ == "__main__":
    main()
