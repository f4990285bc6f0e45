"""Pictures of the scores on a test set, drawn without a screen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zoo.inspect import figures
from zoo.inspect.figures import COLOURS, MARKERS

# Classes up to which all are drawn; of more, so many with the most mistakes.
_MOST_CLASSES = 30
_LONGEST_NAME = 30
_FONT = "DejaVu Sans"


def confusion_matrix(counts: np.ndarray, labels: list[str], path: Path) -> None:
    """True classes by predicted ones.

    Of many classes those with the most mistakes are drawn, and what is taken
    for one another stands side by side.

    Args:
        counts: int array of shape `(classes, classes)`, true class first.
        labels: names of the classes.
        path: the PNG file to write.
    """
    total = len(labels)
    shown = _most_confused(counts) if total > _MOST_CLASSES else range(total)
    names = _drawable(labels)
    numbered = names != [_short(label) for label in labels]
    labels = [names[place] for place in shown]
    of_true = counts.sum(axis=1, keepdims=True)[shown]
    counts = counts[np.ix_(shown, shown)]
    size = min(16, 3 + 0.5 * len(labels))
    figure, axes = figures.figure(size + 0.8, size)
    shares = counts / np.maximum(of_true, 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, label="share of the true class")
    for true, predicted in np.ndindex(counts.shape):
        if len(labels) > 20 and not counts[true, predicted]:
            continue
        axes.text(
            predicted,
            true,
            f"{counts[true, predicted]:,}",
            ha="center",
            va="center",
            color="white" if shares[true, predicted] > 0.5 else "black",
        )
    if total > len(labels):
        axes.set_title(
            f"the {len(labels)} of {total} classes with the most mistakes"
        )
    angle = 30 if len(labels) <= 10 else 90
    side = "right" if angle == 30 else "center"
    axes.set_xticks(range(len(labels)), labels, rotation=angle, ha=side)
    axes.set_yticks(range(len(labels)), labels)
    by_number = f", by number in the list of {total} classes" * numbered
    axes.set_xlabel(f"predicted{by_number}")
    axes.set_ylabel(f"true{by_number}")
    figures.save(figure, path)


def _drawable(labels: Sequence[str]) -> list[str]:
    """Names of classes as the font can show them, else their numbers."""
    known = figures.glyphs(_FONT)
    if any(ord(one) not in known for label in labels for one in label):
        return [f"{place}" for place in range(1, len(labels) + 1)]
    return [_short(label) for label in labels]


def _short(label):
    if len(label) > _LONGEST_NAME:
        label = f"{label[: _LONGEST_NAME - 1]}\u2026"
    # A `$` would start a formula.
    return label.replace("$", r"\$")


def _most_confused(counts):
    """The classes with the most mistakes, alike ones side by side."""
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    wrong = counts - np.diag(np.diag(counts))
    mistakes = wrong.sum(axis=0) + wrong.sum(axis=1)
    shown = np.sort(np.argsort(-mistakes, kind="stable")[:_MOST_CLASSES])
    both = (wrong + wrong.T)[np.ix_(shown, shown)].astype(float)
    distances = squareform(1 / (1 + both), checks=False)
    tree = hierarchy.linkage(distances, "average", optimal_ordering=True)
    return shown[hierarchy.leaves_list(tree)]


def curves(
    p: np.ndarray, labels: np.ndarray, names: Sequence[str], path: Path
) -> None:
    """How sure a classifier is, and how often it is right then.

    Of two classes also what finds how many of the rarer one: precision by
    recall, and the share that is found by that of false alarms (ROC).

    Args:
        p: probabilities of shape `(examples, classes)`.
        labels: the right classes, of shape `(examples,)`.
        names: of the classes.
        path: the PNG file to write.
    """
    from sklearn import metrics

    there = np.bincount(labels, minlength=len(names))
    two = len(names) == 2 and bool(there.all())
    figure, panels = figures.figure(
        12 if two else 4.6, 4.2, panels=3 if two else 1
    )
    panels = np.atleast_1d(panels)
    _reliability(panels[0], p.max(axis=1), p.argmax(axis=1) == labels)
    if two:
        rarer = int(there[1] <= there[0])
        name = _drawable(names)[rarer]
        right, sure = labels == rarer, p[:, rarer]
        precision, recall, _ = metrics.precision_recall_curve(right, sure)
        false_alarms, found, _ = metrics.roc_curve(right, sure)
        base = float(np.mean(right))
        for axes, x, y, chance, title in (
            (panels[1], recall, precision, [base, base], "precision by recall"),
            (panels[2], false_alarms, found, [0, 1], "ROC curve"),
        ):
            axes.plot(x, y, color=COLOURS[0])
            axes.plot([0, 1], chance, color="black", linewidth=0.8, ls=":")
            axes.set_title(f"{title}, of {name}")
            axes.set_xlim(-0.02, 1.02)
            axes.set_ylim(-0.02, 1.02)
            axes.grid(alpha=0.3)
        panels[1].set_xlabel("recall: share of them that is found")
        panels[1].set_ylabel("precision: share of the found that is right")
        panels[2].set_xlabel("share of the others that is taken for one")
        panels[2].set_ylabel("share that is found")
    figures.save(figure, path)


def _reliability(axes, sure, right):
    """Outcomes by probability, in tenths of the examples."""
    order = np.argsort(sure, kind="stable")
    parts = [part for part in np.array_split(order, 10) if len(part)]
    axes.plot(
        [100 * sure[part].mean() for part in parts],
        [100 * right[part].mean() for part in parts],
        color=COLOURS[0],
        marker=MARKERS[0],
    )
    axes.plot([0, 100], [0, 100], color="black", linewidth=0.8, linestyle=":")
    axes.set_title("calibration: tenths of the texts")
    axes.set_xlabel("mean probability of the answer, %")
    axes.set_ylabel("answers that are right, %")
    axes.grid(alpha=0.3)


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
