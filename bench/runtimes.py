"""Every model that ships, in every runtime: what differs from the Keras model.

    python bench/runtimes.py [MODEL ...] [--data-dir DIR ...] [--json FILE]
        [--browser FILE] [--count N] [--only RUNTIME ...]

Each model is exported, also with int8 weights, and answers validation data in
ONNX Runtime, OpenVINO, ONNX's reference evaluator, LiteRT and TensorFlow. Of a
classifier count labels, of a language model the most probable token behind
each, of a translator greedy translations; and of all the largest difference of
a logit. `--data-dir` says where the data are that are not made here, one folder
or several; a model whose data are in none is asked about random ids.
`--browser` takes in what bench/browser.py wrote. Models that are named replace
their rows in an existing FILE.
"""

import argparse
import functools
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

COLUMNS = {
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "onnx_reference": "ONNX reference",
    "litert": "LiteRT",
    "saved_model": "TensorFlow",
    "browser": "browser",
}


def openings(
    trained: Any, folder: Path, axes: dict, weights: str
) -> Iterator[tuple[str, str, Callable[[], dict]]]:
    """Name, version and what opens the files, of each runtime.

    What is opened is a dict of functions, as `export.tasks` has them: of ids,
    or pairs of ids, to logits; `translate` of source ids to target ids.
    """
    from export.litert import runs
    from export.runtimes import registry
    from export.tasks import classifier, language_model, translator_checks
    from zoo.tasks import LanguageModel, TextClassifier

    opened: Callable = translator_checks.opened
    if isinstance(trained, TextClassifier):
        opened = classifier.opened
    elif isinstance(trained, LanguageModel):
        opened = language_model.opened
    for runtime in registry.installed(".onnx"):
        how = functools.partial(opened, folder, runtime, axes)
        yield runtime.name, runtime.version(), how
    if weights != "float32":
        return
    for runtime in registry.installed(".tflite"):
        how = functools.partial(runs.opened, trained, folder, runtime, axes)
        yield runtime.name, runtime.version(), how
    import tensorflow as tf

    def saved():
        return saved_model(trained, folder / "saved_model", axes)

    yield "saved_model", tf.__version__, saved


def saved_model(trained: Any, folder: Path, axes: dict) -> dict:
    """The signatures of a SavedModel, as functions."""
    from export.saved_model import classifier, language_model, translator
    from export.tasks.language_model import stepped
    from zoo.tasks import LanguageModel, TextClassifier

    if isinstance(trained, TextClassifier):
        return {"saved_model": classifier.read(folder)[1]}
    if isinstance(trained, LanguageModel):
        whole, step, _ = language_model.read(folder)
        return {
            "saved_model": whole,
            "saved_model_step": lambda ids: stepped(step, axes, ids),
        }
    logits, greedy, _ = translator.read_back(folder)
    return {
        "saved_model": lambda pair: logits(*pair),
        "saved_model_texts": greedy,
    }


def exported(trained: Any, folder: Path, weights: str) -> dict:
    """The manifest of an export, verified in ONNX Runtime and LiteRT alone."""
    import export
    from zoo.evaluation import Validation

    if weights == "float32":
        return export.export(trained, folder, ("saved_model", "onnx", "litert"))
    # What it costs is in bench/quantize.py; here every loss will do.
    free = Validation("score", lambda run: 1.0, True, 1.0, 1, "texts", "none")
    return export.export(trained, folder, ("onnx",), weights, free)


def rows_of(
    name: str, dirs: list[Path], count: int, only: list[str]
) -> list[dict]:
    """What each runtime, or `only` some, makes of a model."""
    from runtimes_compared import compare, inputs_of

    import zoo
    from export.errors import ExportError
    from export.runtimes import registry

    trained = zoo.load(name)
    inputs, real = inputs_of(trained, dirs, count)
    # All are compared below, where a wrong one is not the end.
    installed = registry.installed
    rows = []
    for weights in ("float32", "int8"):
        with tempfile.TemporaryDirectory() as folder:
            about = {"model": name, "weights": weights, "real": real}
            registry.installed = lambda suffix: []
            try:
                manifest = exported(trained, Path(folder) / "out", weights)
            except ExportError as error:
                rows.append({**about, "runtime": "all", "reason": str(error)})
                continue
            finally:
                registry.installed = installed
            axes = manifest.get("step", {})
            found = openings(trained, Path(folder) / "out", axes, weights)
            for runtime, version, opened in found:
                if only and runtime not in only:
                    continue
                row = {**about, "runtime": runtime, "version": version}
                try:
                    row.update(compare(trained, opened(), inputs))
                except ExportError as error:
                    row["reason"] = " ".join(str(error).split())[:600]
                rows.append(row)
                print(row, flush=True)
    return rows


def table(rows: list[dict]) -> list[list[str]]:
    """A line for each model and its weights, a column for each runtime."""
    cells: dict[tuple, dict[str, str]] = {}
    compared: dict[tuple, str] = {}
    for row in rows:
        key = (row["model"], row["weights"])
        line = cells.setdefault(key, {})
        if "reason" in row:
            line[row["runtime"]] = "does not run"
            continue
        compared.setdefault(key, f"{row['of']:,} {row['unit']}")
        difference = row["largest_difference"]
        line[row["runtime"]] = f"{difference:.0e}, {row['differ']:,}"
    lines = [["model", "weights", "compared", *COLUMNS.values()]]
    for key in sorted(cells):
        name, weights = key
        found = [cells[key].get(column, "") for column in COLUMNS]
        lines.append([f"`{name}`", weights, compared.get(key, ""), *found])
    return lines


def of_browser(file: Path) -> list[dict]:
    """What `bench/browser.py` wrote, as rows: answers of the pages."""
    content = json.loads(file.read_text())
    units = {"classifier": "texts", "translator": "sentences"}
    return [
        {
            "model": name,
            # The files of a page hold the same numbers in 8 bits, or float32.
            "weights": "float32",
            "runtime": "browser",
            "version": content["runtime"]["onnxruntime-web"],
            "largest_difference": found["largest_difference"],
            "differ": found["different_answers"],
            "of": found["answers"],
            "unit": units.get(found["task"], "texts"),
        }
        for name, found in content["models"].items()
    ]


def kept(rows: list[dict], file: Path | None) -> list[list[str]]:
    """The table of rows, those that a file has among them; it has all then."""
    if file and file.exists():
        rows = json.loads(file.read_text())["rows"] + rows
    # What is known anew takes the place of what was known.
    found = {(r["model"], r["weights"], r["runtime"]): r for r in rows}
    lines = table(list(found.values()))
    if file:
        content = {"rows": list(found.values()), "table": lines}
        file.write_text(json.dumps(content, indent=1) + "\n")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--data-dir", type=Path, nargs="+", default=[])
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--browser", type=Path, metavar="FILE")
    parser.add_argument("--only", nargs="+", default=[], choices=list(COLUMNS))
    parser.add_argument("--count", type=int, default=400, metavar="N")
    values = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from zoo.pretrained.registry import names

    rows = of_browser(values.browser) if values.browser else []
    lines = kept(rows, values.json)
    for name in values.models or ([] if values.browser else names()):
        rows += rows_of(name, values.data_dir, values.count, values.only)
        # After each, as all of them take an hour.
        lines = kept(rows, values.json)
    for line in lines:
        print(" | ".join(line))


if __name__ == "__main__":
    main()
