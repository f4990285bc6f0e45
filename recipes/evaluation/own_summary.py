"""What a run on a user's own texts found, in lines for the terminal."""

from collections.abc import Sequence

# Unknown words in the test from which it is said, and classes that are shown.
_MANY_UNKNOWN, _SHOWN = 0.1, 5
# Recall below which a class counts as not found.
_WEAK = 0.5
OURS = "this model"


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
    return [*said, metrics["verdict"], *_weak(metrics), *_unknown(metrics)]


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
    return [
        f"{_percent(share)} of the words of the test are in no text of the "
        "training: more texts, or --tokens characters, may help."
    ]


def _percent(share):
    return f"{100 * share:.1f} %"
