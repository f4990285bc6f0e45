"""Five networks compete on the sentence that made recurrent ones famous.

    zoo demo

Trains every cell and the feed-forward window on `agreement`, with the same
configuration and the same number of steps, and compares them by the distance
between subject and verb, and by the number of nouns that mislead.
"""

import dataclasses
from pathlib import Path

from recipes import agreement, plots

NETWORKS = {
    agreement.WINDOW: "window of 5 words",
    "elman": "plain RNN",
    "gated": "gated RNN",
    "gru": "GRU",
    "lstm": "LSTM",
}
SENTENCES = [
    "the writer of the books",
    "the writers of the book",
    "the key that the kings found near the river",
    "the key that the kings near the river",
    "in the houses the teacher of the sisters beside the old towers",
]


def train_all(
    folder: Path, preset: str = "default", progress: bool = True
) -> dict[str, dict]:
    """Trains the five networks, a run folder each.

    Args:
        folder: where the run folders are made; finished runs are kept, and
            interrupted ones go on.
        preset: which of `agreement.PRESETS` to train.
        progress: whether to show how far it is.

    Returns:
        The metrics of each run by the name of its cell.
    """
    metrics = {}
    for place, (cell, title) in enumerate(NETWORKS.items(), start=1):
        if progress:
            print(f"\n[{place}/{len(NETWORKS)}] {title}", flush=True)
        config = dataclasses.replace(agreement.PRESETS[preset], cell=cell)
        metrics[cell] = agreement.train(
            config, folder / cell, progress=progress
        )
    draw(metrics, folder / "accuracy.png")
    return metrics


def draw(metrics: dict[str, dict], path: Path) -> None:
    """The picture: accuracy by distance and by attractors, all networks."""
    plots.accuracy_lines(
        {
            NETWORKS[cell]: {
                agreement.BY_DISTANCE: run["test_accuracy_by_distance"],
                agreement.BY_ATTRACTORS: run["test_accuracy_by_attractors"],
            }
            for cell, run in metrics.items()
        },
        agreement.LAST_SEEN,
        path,
    )


def table(metrics: dict[str, dict]):
    """The results as a `rich` table, a row for each network."""
    from rich.table import Table

    result = Table(title="is or are? Accuracy on the test set, %")
    result.add_column("network", no_wrap=True)
    columns = (
        "weights",
        "training\ns",
        f"0-{agreement.TRAIN_DISTANCE}\nwords",
        f"{agreement.TRAIN_DISTANCE + 1}-{agreement.TEST_DISTANCE}\nwords",
        "2\nnouns",
        "6 or more\nnouns",
    )
    for column in columns:
        result.add_column(column, justify="right")
    for cell, run in metrics.items():
        by_attractors = run["test_accuracy_by_attractors"]
        accuracies = (
            run["test_accuracy_seen_distances"],
            run["test_accuracy_longer_distances"],
            by_attractors["2"],
            by_attractors["6+"],
        )
        result.add_row(
            NETWORKS[cell],
            f"{run['parameters']:,}",
            f"{run['train_seconds']:.0f}",
            *(f"{100 * accuracy:.1f}" for accuracy in accuracies),
        )
    result.caption = (
        "words: between subject and verb; training saw up to "
        f"{agreement.TRAIN_DISTANCE}\n"
        "nouns: between them, of the other number"
    )
    return result


def winner(metrics: dict[str, dict]) -> str:
    """The cell with the highest accuracy, of equals the smallest."""
    return max(
        metrics,
        key=lambda cell: (
            metrics[cell]["test_accuracy"],
            -metrics[cell]["parameters"],
        ),
    )
