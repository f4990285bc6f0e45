"""Pictures of the scores on a test set, drawn without a screen."""

from pathlib import Path

import numpy as np

from zoo.inspect import figures
from zoo.inspect.figures import COLOURS, MARKERS


def confusion_matrix(counts: np.ndarray, labels: list[str], path: Path) -> None:
    """True classes by predicted ones.

    Args:
        counts: int array of shape `(classes, classes)`, true class first.
        labels: names of the classes.
        path: the PNG file to write.
    """
    # A `$` would start a formula.
    labels = [label.replace("$", r"\$") for label in labels]
    size = min(16, 3 + 0.5 * len(labels))
    figure, axes = figures.figure(size + 0.8, size)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, label="share of the true class")
    # With more classes than that, the numbers would be too small to read.
    readable = len(labels) <= 20
    for true, predicted in np.ndindex(counts.shape) if readable else ():
        axes.text(
            predicted,
            true,
            f"{counts[true, predicted]:,}",
            ha="center",
            va="center",
            color="white" if shares[true, predicted] > 0.5 else "black",
        )
    axes.set_xticks(range(len(labels)), labels, rotation=30, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    figures.save(figure, path)


def accuracy_lines(
    scores: dict[str, dict[str, dict[str, float]]],
    seen: dict[str, str],
    path: Path,
) -> None:
    """Accuracy of several models, a panel for each way to group sentences.

    Args:
        scores: accuracy by model, by what the panel groups by, by group.
        seen: for a panel, the last group that training reached, if any.
        path: the PNG file to write.
    """
    groupings = list(next(iter(scores.values())))
    figure, panels = figures.figure(12, 4.6, panels=len(groupings))
    for axes, grouping in zip(np.atleast_1d(panels), groupings, strict=True):
        for index, (model, groups) in enumerate(scores.items()):
            values = groups[grouping]
            axes.plot(
                list(values),
                [100 * value for value in values.values()],
                color=COLOURS[index % len(COLOURS)],
                marker=MARKERS[index % len(MARKERS)],
                label=model,
            )
        if grouping in seen:
            edge = list(values).index(seen[grouping]) + 0.5
            axes.axvspan(edge, len(values) - 0.5, color="black", alpha=0.07)
            axes.text(edge + 0.1, 2, "longer than any in training")
        axes.axhline(50, color="black", linewidth=0.8, linestyle=":")
        axes.set_ylim(0, 102)
        axes.set_xlabel(grouping)
        axes.set_ylabel("accuracy, %")
        axes.grid(alpha=0.3)
    lines, names = np.atleast_1d(panels)[0].get_legend_handles_labels()
    figure.legend(lines, names, loc="outside upper center", ncols=len(names))
    figures.save(figure, path)


def by_length(
    models: dict[str, dict], column: str, title: str, path: Path
) -> None:
    """How good translations are, by the length of their source.

    Args:
        models: by name, what `recipes.evaluation.translation.by_length`
            returned.
        column: which of its scores.
        title: of that score.
        path: the PNG file to write.
    """
    figure, axes = figures.figure(6, 3.8)
    for index, (name, groups) in enumerate(models.items()):
        axes.plot(
            [group["words"] for group in groups.values()],
            [group[column] for group in groups.values()],
            color=COLOURS[index],
            marker=MARKERS[index],
            label=name,
        )
    axes.set_xlabel("mean length of the source (words)")
    axes.set_title(title)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if len(models) > 1:
        axes.legend()
    figures.save(figure, path)
