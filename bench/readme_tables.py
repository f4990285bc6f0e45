"""Fills the tables of README.md from recorded results.

    python bench/readme_tables.py [--demo runs/demo] [--imdb FILE]
        [--cells FILE] [--onnx FILE]

`--demo` takes in the run folders of `zoo demo` (metrics and pictures), the
others what `bench/imdb_time_to_accuracy.py`, `bench/cells.py` and
`bench/onnx.py` wrote with `--json`; all are kept in docs/. Without them the
tables are made again from what is there.
"""

import argparse
import json
import shutil
from pathlib import Path

from recipes.demo import half_life

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "docs" / "results"
PICTURES = ROOT / "docs" / "pictures"
MODELS = ROOT / "zoo" / "pretrained" / "models"
FILES = ("imdb", "cells", "onnx")
NAMES = {
    "window": "feed-forward window of 5 words",
    "elman": "plain RNN (Elman)",
    "gated": "gated RNN",
    "gru": "GRU",
    "lstm": "LSTM",
}


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def agreement() -> str:
    """Accuracy of the five networks by distance and attractors."""
    metrics = json.loads((RESULTS / "agreement.json").read_text())
    rows = []
    for cell, run in metrics.items():
        by_attractors = run["test_accuracy_by_attractors"]
        accuracies = [
            run["test_accuracy_seen_distances"],
            run["test_accuracy_longer_distances"],
            by_attractors["2"],
            by_attractors["6+"],
        ]
        rows.append(
            [
                NAMES[cell],
                f"{run['parameters']:,}",
                f"{run['train_seconds']:.0f}",
                *map(percent, accuracies),
                half_life(run),
            ]
        )
    head = ["network", "parameters", "training, s", "0-20 words between"]
    head += ["21-40 words", "2 attractors", "6 and more"]
    head += ["half-life, words"]
    return table(head, rows)


def imdb() -> str:
    """Time and accuracy on IMDB beside Keras's own example."""
    rows = json.loads((RESULTS / "imdb.json").read_text())["rows"]
    by_what = {row["what"]: row for row in rows}

    def line(name, preset, side):
        accuracy, seconds = (
            by_what[f"imdb {preset} {key}"][side]
            for key in ("test_accuracy", "train_seconds")
        )
        return [name, percent(accuracy, 2), f"{seconds:.0f}"]

    command = "zoo train imdb_sentiment"
    example = "Keras's `bidirectional_lstm_imdb`, 2 epochs"
    lines = [
        line(f"`{command}`", "default", "ours"),
        line(f"`{command} --preset fast`", "fast", "ours"),
        line(example, "default", "reference"),
    ]
    return table(["", "test accuracy, %", "training, s"], lines)


def cells() -> str:
    """Speed of training, cell by cell."""
    head, *rows = json.loads((RESULTS / "cells.json").read_text())["table"]
    return table(head, rows)


def onnx() -> str:
    """Speed of the exported files, cell by cell."""
    head, *rows = json.loads((RESULTS / "onnx.json").read_text())["table"]
    return table(head, rows)


def pretrained() -> str:
    """The models that ship."""
    rows = []
    for path in sorted(MODELS.glob("*/manifest.json")):
        manifest = json.loads(path.read_text())
        scores = manifest["scores"]
        rows.append(
            [
                f"`{manifest['name']}`",
                manifest["data"]["name"],
                f"{scores['parameters']:,}",
                f"{manifest['bytes'] / 2**20:.1f}",
                percent(scores["test_accuracy"], 2),
                f"`{manifest['command']}`",
            ]
        )
    head = ["name", "data", "parameters", "MiB", "test accuracy, %"]
    return table([*head, "command"], rows)


def filled(readme: str) -> str:
    """The README with every table made anew between its two markers."""
    for make in (agreement, imdb, pretrained, cells, onnx):
        name = make.__name__
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = readme.partition(start)
        _, _, after = rest.partition(end)
        if not after:
            raise SystemExit(f"README.md has no markers {start} and {end}")
        readme = f"{before}{start}\n{make()}\n{end}{after}"
    return readme


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--demo", type=Path, metavar="DIR")
    for name in FILES:
        parser.add_argument(f"--{name}", type=Path, metavar="FILE")
    values = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    if values.demo:
        metrics = {
            cell: json.loads((values.demo / cell / "metrics.json").read_text())
            for cell in NAMES
        }
        text = json.dumps(metrics, indent=1)
        (RESULTS / "agreement.json").write_text(text + "\n")
        shutil.copy(values.demo / "accuracy.png", PICTURES / "agreement.png")
        shutil.copy(values.demo / "gradients.png", PICTURES / "gradients.png")
    for name in FILES:
        if getattr(values, name):
            shutil.copy(getattr(values, name), RESULTS / f"{name}.json")
    README.write_text(filled(README.read_text()))


if __name__ == "__main__":
    main()
