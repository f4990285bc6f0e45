"""What a run on a user's own texts found, in lines for the terminal."""

from collections.abc import Sequence
from pathlib import Path

from recipes import report, run_files
from zoo.io import json_reader
from zoo.printable import printable

# Unknown words in the test from which it is said, and classes that are shown.
_MANY_UNKNOWN, _SHOWN = 0.1, 5
# Recall below which a class counts as not found.
_WEAK = 0.5
# Rows of the table of classes, and characters of a name there.
_ROWS, _WIDEST = 15, 40
OURS = "this model"


def show(run_dir: Path, metrics: dict) -> None:
    """Prints the lines, and writes the page of the run.

    Args:
        run_dir: a finished run.
        metrics: what its `metrics.json` holds.
    """
    with json_reader.damage(run_dir / run_files.METRICS):
        said = lines(metrics, metrics.get("notes", ()))
    for line in said:
        print(printable(line))
    report.answer([run_dir], None, False)


def lines(metrics: dict, notes: Sequence[str] = ()) -> list[str]:
    """The score with its interval, the baselines, and whether to trust it.

    Args:
        metrics: what `metrics.json` holds of a run with baselines.
        notes: what was guessed or changed in the data.
    """
    count = metrics["test_examples"]
    low, high = metrics["accuracy_interval"]
    right = metrics["test_accuracy"]
    said = [f"Note: {note}" for note in notes]
    said += [
        f"Right on {_percent(right)} of {count:,} test texts (95 % interval "
        f"{_percent(low)} to {_percent(high)}).",
        f"  {'':<24}accuracy  macro F1",
    ]
    ours = {"accuracy": right, "macro_f1": metrics["macro_f1"]}
    for name, scores in {OURS: ours, **metrics["baselines"]}.items():
        said.append(
            f"  {name:<24}{_percent(scores['accuracy']):>8}  "
            f"{_percent(scores['macro_f1']):>8}"
        )
    said += [metrics["verdict"], *class_lines(metrics)]
    return [*said, *_weak(metrics), *_unknown(metrics)]


def class_lines(metrics: dict) -> list[str]:
    """A line for each class, the worst first; of many only these.

    Args:
        metrics: with `classes`, as of `recipes.evaluation.measures`.
    """
    classes = metrics["classes"]
    worst = sorted(classes, key=lambda name: classes[name]["f1"])
    worst = [name for name in worst if classes[name]["support"]]
    # One line each, whatever is in a name.
    shown = {name: " ".join(name.split())[:_WIDEST] for name in worst[:_ROWS]}
    width = max(map(len, shown.values()), default=0)
    said = [f"  {'':<{width}}  precision  recall      F1  texts"]
    for name, short in shown.items():
        scores = classes[name]
        said.append(
            f"  {short:<{width}}  {_percent(scores['precision']):>9} "
            f"{_percent(scores['recall']):>7} {_percent(scores['f1']):>7} "
            f"{scores['support']:>6,}"
        )
    more = len(worst) - _ROWS
    return said + [f"  and {more} more, none of them worse"] * (more > 0)


def _weak(metrics):
    """The classes that are hardly found."""
    missed = sorted(
        (scores["recall"], name, scores["support"])
        for name, scores in metrics["classes"].items()
        if scores["support"] and scores["recall"] < _WEAK
    )
    if not missed:
        return []
    shown = ", ".join(
        f"{name} ({_percent(recall)} of {support:,})"
        for recall, name, support in missed[:_SHOWN]
    )
    more = len(missed) - _SHOWN
    return [
        f"Hardly found: {shown}{f' and {more} more' * (more > 0)}. More texts "
        "of these, or --class-weights balanced, may help."
    ]


def _unknown(metrics):
    share = metrics["unknown_share"]
    if share <= _MANY_UNKNOWN:
        return []
    if metrics.get("started_from"):
        return [
            f"{_percent(share)} of the test is unknown to "
            f"{metrics['started_from']}, with which this one began: without "
            "--from it has a vocabulary of its own."
        ]
    return [
        f"{_percent(share)} of the words of the test are in no text of the "
        "training: more texts, or --tokens characters, may help."
    ]


def _percent(share):
    return f"{100 * share:.1f} %"
