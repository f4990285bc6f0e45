"""Fills the tables of README.md and docs/ from recorded results.

    python bench/readme_tables.py [--demo runs/demo] [--imdb FILE]
        [--cells FILE] [--onnx FILE] [--char-lm DIR ...]
        [--char-lm-cells FILE] [--generate FILE] [--translation DIR ...]
        [--translate FILE] [--scaling FILE] [--quantize FILE]
        [--agreement-sets FILE] [--runtimes FILE] [--litert FILE]

`--demo` takes in the run folders of `zoo demo` (metrics and pictures), the
others what the scripts of bench/ wrote with `--json`; `--char-lm` takes in
finished runs of `zoo train char_lm`, and `--translation` those of `zoo train
translation`, beside those that are known. All are kept in docs/. Without them
the tables are made again from what is there.
"""

import argparse
import functools
import json
import runpy
import shutil
from pathlib import Path

import recipes
from recipes.config.fields import current_names
from recipes.demo import half_life
from zoo.pretrained.scores import known_for

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
RESULTS = ROOT / "docs" / "results"
PICTURES = ROOT / "docs" / "pictures"
TREE = ROOT / "bench" / "readme_tree.py"
MODELS = ROOT / "zoo" / "pretrained" / "models"
FILES = ("imdb", "cells", "onnx", "char_lm_cells", "generate", "translate")
FILES += ("scaling", "quantize", "agreement_sets", "own_texts", "runtimes")
FILES += ("litert",)
RUNS = ("char_lm", "translation")
# Nats per character on the same split, from the project's own page.
NANOGPT = [
    ["nanoGPT, 10.65 M parameters, on a GPU", "", "", "", "1.470", ""],
    ["nanoGPT, small, on a CPU", "", "", "", "1.88", ""],
]
# BLEU on Multi30k's test_2016_flickr, German to English, of a well-known set of
# tutorials (bentrevett/pytorch-seq2seq).
TUTORIALS = [
    ["tutorial: LSTM without attention, de-en", "13.8"],
    ["tutorial: GRU with attention, de-en", "28.3"],
    ["tutorial: Transformer, de-en", "36.5"],
]
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


def recorded(name: str, key: str = "table") -> str:
    """A table as its script wrote it."""
    head, *rows = json.loads((RESULTS / f"{name}.json").read_text())[key]
    return table(head, rows)


def agreement_sets() -> str:
    """Whether verbs agree; of Marvin and Linzen's cases the mean by kind."""
    content = json.loads((RESULTS / "agreement_sets.json").read_text())
    head, *rows = content["table"]
    rows = [row for row in rows if row[0] != "Marvin and Linzen"]
    kinds: dict[str, list[dict]] = {}
    for case, scores in content["sets"]["Marvin and Linzen"].items():
        kind = "agreement"
        if "npi" in case or "reflexive" in case:
            kind = "polarity items" if "npi" in case else "reflexives"
        kinds.setdefault(kind, []).append(scores)
    for kind, cases in kinds.items():
        right = [scores["right"] for scores in cases]
        rows.append(
            [
                "Marvin and Linzen",
                f"{kind}, mean of {len(cases)} cases",
                f"{sum(s['known'] for s in cases):,} of "
                f"{sum(s['pairs'] for s in cases):,}",
                f"{sum(right) / len(right):.1f}",
                f"({min(right)} to {max(right)})",
                "",
            ]
        )
    return table(head, rows)


def char_lm() -> str:
    """Character models of Tiny Shakespeare beside nanoGPT."""
    rows = [
        [
            f"`{run['command']}`",
            f"{run['parameters']:,}",
            f"{run['train_seconds']:.0f}",
            f"{run['tokens_per_second']:,}",
            f"{run['validation_nats_per_character']:.3f}",
            f"{run['tfds_validation_nats_per_character']:.3f}",
        ]
        for run in json.loads((RESULTS / "char_lm.json").read_text())
    ]
    head = ["", "parameters", "training, s", "tokens/s"]
    head += ["nats/character, last 10 %", "tfds's `validation`"]
    return table(head, rows + NANOGPT)


def translation() -> str:
    """Translators beside published ones."""
    rows = []
    for run in json.loads((RESULTS / "translation.json").read_text()):
        dates = run["pair"] == "any-iso"
        rows.append(
            [
                f"`{run['command']}`",
                f"{run['parameters']:,}",
                f"{run['train_seconds']:,.0f}",
                "" if dates else f"{run['greedy_bleu']:.2f}",
                "" if dates else f"{run['bleu']:.2f}",
                f"{run['chrf']:.2f}",
                percent(run["exact_match"], 2),
            ]
        )
    rows += [[name, "", "", "", bleu, "", ""] for name, bleu in TUTORIALS]
    head = ["", "parameters", "training, s", "BLEU, greedy", "BLEU"]
    return table([*head, "chrF", "exact, %"], rows)


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
                known_for(scores),
                f"`{from_nothing(manifest)}`",
            ]
        )
    head = ["name", "data", "parameters", "MiB", "score"]
    return table([*head, "command"], rows)


def command(run: dict) -> str:
    """The command of a run, by its preset if it has one."""
    module = recipes.get(run["recipe"])
    # A field that is newer than the run has its default.
    config = module.Config(**current_names(run["config"], module.Config))
    # The default's own command is shorter than its name.
    if config != module.Config():
        for name, preset in module.PRESETS.items():
            if preset == config:
                return f"zoo train {run['recipe']} --preset {name}"
    return run["command"]


def from_nothing(manifest: dict) -> str:
    """The command of a model, with what it has to begin with."""
    words = command(manifest)
    *_, recipe, flag, preset = words.split()
    if flag == "--preset" and len(recipes.needed(recipe, preset)) > 1:
        return f"python bench/reproduce.py {recipe} {preset}"
    return words


def filled(page: str) -> str:
    """A page with each of its tables made anew between its two markers."""
    makes = {make.__name__: make for make in (agreement, imdb, pretrained)}
    makes.update(char_lm=char_lm, translation=translation)
    for name in FILES[1:]:
        makes[name] = functools.partial(recorded, name)
    makes["messages"] = functools.partial(recorded, "scaling", "messages")
    makes["agreement_sets"] = agreement_sets
    makes["tree"] = runpy.run_path(str(TREE))["tree"]
    for name, make in makes.items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if start in page:
            before, _, rest = page.partition(start)
            _, _, after = rest.partition(end)
            page = f"{before}{start}\n{make()}\n{end}{after}"
    return page


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--demo", type=Path, metavar="DIR")
    for name in FILES:
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=Path, metavar="FILE")
    for name in RUNS:
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=Path, nargs="+", metavar="DIR")
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
    for name in RUNS:
        if not getattr(values, name):
            continue
        runs = [
            {
                "command": command(
                    json.loads((run / "config.json").read_text())
                ),
                **json.loads((run / "metrics.json").read_text()),
            }
            for run in getattr(values, name)
        ]
        path = RESULTS / f"{name}.json"
        known = json.loads(path.read_text()) if path.exists() else []
        # A command that ran again has its new figures, in its old place.
        rows = {run["command"]: run for run in [*known, *runs]}
        text = json.dumps(list(rows.values()), indent=1)
        path.write_text(text + "\n")
    for name in FILES:
        if getattr(values, name):
            shutil.copy(getattr(values, name), RESULTS / f"{name}.json")
    for page in PAGES:
        page.write_text(filled(page.read_text()))


if __name__ == "__main__":
    main()
