"""Pictures of a search."""

from pathlib import Path
from typing import Any

import numpy as np

from recipes.tuning.trials import DEFAULT
from zoo.inspect import figures
from zoo.inspect.figures import COLOURS

_COLUMNS = 4


def _split(table):
    """The default, if it has a score; trials with one; those that failed."""
    trials = [row for row in table if row["trial"] != DEFAULT]
    default = [
        r for r in table if r["trial"] == DEFAULT and r["score"] is not None
    ]
    done = [row for row in trials if row["score"] is not None]
    failed = [row for row in trials if row["status"] == "failed"]
    return (default or [None])[0], done, failed


def score_by_trial(
    table: list[dict], objective: str, direction: str, path: Path
) -> None:
    """The scores in order, the best so far, and the default's.

    Args:
        table: what `recipes.tuning.results.rows` returned.
        objective: name of the score.
        direction: `min` or `max`.
        path: the PNG file to write.
    """
    default, done, failed = _split(table)
    figure, axes = figures.figure(7, 4)
    numbers = [int(row["trial"]) for row in done]
    scores = [row["score"] for row in done]
    so_far = {"min": np.minimum, "max": np.maximum}[direction]
    if default is not None:
        style = {"color": COLOURS[6], "linestyle": "--", "linewidth": 1.2}
        axes.axhline(default["score"], label="default", **style)
    if done:
        axes.step(
            numbers,
            so_far.accumulate(scores),
            where="post",
            color=COLOURS[1],
            label="best so far",
        )
        axes.scatter(numbers, scores, color=COLOURS[0], zorder=3, label="trial")
    if failed:
        # On the lower edge, whatever the scale: they have no score.
        axes.scatter(
            [int(row["trial"]) for row in failed],
            [0.03] * len(failed),
            transform=axes.get_xaxis_transform(),
            color=COLOURS[7],
            marker="x",
            label="failed",
        )
    axes.margins(y=0.12)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("trial")
    axes.set_ylabel(objective.replace("_", " "))
    axes.grid(alpha=0.3)
    _legend(figure)
    figures.save(figure, path)


def score_by_parameter(
    table: list[dict], space: dict[str, dict], objective: str, path: Path
) -> None:
    """The scores by each parameter, a panel for each.

    Args:
        table: what `recipes.tuning.results.rows` returned.
        space: what `recipes.tuning.oracles.described` returned.
        objective: name of the score.
        path: the PNG file to write.
    """
    default, done, failed = _split(table)
    rows = -(-len(space) // _COLUMNS)
    columns = -(-len(space) // rows)
    figure, panels = figures.figure(
        3 * columns, 2.8 * rows + 0.4, panels=columns, rows=rows
    )
    panels = np.atleast_1d(panels).flatten()
    for axes, (name, about) in zip(panels, space.items(), strict=False):
        _parameter(axes, name, about, done, failed, default)
    for axes in panels[len(space) :]:
        axes.set_visible(False)
    for axes in panels[::columns]:
        axes.set_ylabel(objective.replace("_", " "))
    handles: dict[str, Any] = {}
    for axes in panels:
        marks, labels = axes.get_legend_handles_labels()
        handles |= dict(zip(labels, marks, strict=True))
    _legend(figure, handles.values(), handles.keys())
    figures.save(figure, path)


def _parameter(axes, name, about, done, failed, default):
    positions = np.array(
        [_position(row["fields"][name], about) for row in done]
    )
    scores = np.array([row["score"] for row in done])
    if "values" in about:
        for position in np.unique(positions):
            mean = scores[positions == position].mean()
            axes.plot(
                [position - 0.3, position + 0.3],
                [mean, mean],
                color=COLOURS[1],
                label="mean",
            )
        axes.set_xticks(range(len(about["values"])), about["values"])
        axes.set_xlim(-0.6, len(about["values"]) - 0.4)
    else:
        if about["log"]:
            axes.set_xscale("log")
        marks = _marks(about)
        axes.set_xticks(marks, [f"{mark:.3g}" for mark in marks])
        axes.set_xticks([], minor=True)
        # The whole range is shown, wherever the trials are.
        axes.update_datalim([(mark, 0) for mark in marks], updatey=False)
    axes.scatter(positions, scores, color=COLOURS[0], alpha=0.7, label="trial")
    if failed:
        axes.scatter(
            [_position(row["fields"][name], about) for row in failed],
            [0.03] * len(failed),
            transform=axes.get_xaxis_transform(),
            color=COLOURS[7],
            marker="x",
            label="failed",
        )
    if default is not None:
        axes.scatter(
            [_position(default["fields"][name], about)],
            [default["score"]],
            marker="*",
            s=110,
            color=COLOURS[6],
            zorder=3,
            label="default",
        )
    axes.margins(y=0.12)
    axes.set_xlabel(name.replace("_", " "))
    axes.grid(alpha=0.3)


def _position(value, about):
    """Where a value stands on the axis of its parameter; NaN if nowhere."""
    if "values" not in about:
        return value
    values = about["values"]
    return values.index(value) if value in values else np.nan


def _marks(about):
    """The ends of a range and its middle."""
    low, high = about["low"], about["high"]
    return low, (low * high) ** 0.5 if about["log"] else (low + high) / 2, high


def parallel_coordinates(
    table: list[dict],
    space: dict[str, dict],
    objective: str,
    direction: str,
    path: Path,
) -> None:
    """A line for each trial across all parameters to its score.

    Args:
        table: what `recipes.tuning.results.rows` returned.
        space: what `recipes.tuning.oracles.described` returned.
        objective: name of the score.
        direction: `min` or `max`.
        path: the PNG file to write.
    """
    from matplotlib import colormaps

    default, done, failed = _split(table)
    figure, axes = figures.figure(1.35 * (len(space) + 1) + 1, 4.6)
    scored = [*done, *([default] if default else [])]
    scores = [row["score"] for row in scored] or [0.0]
    low, high = min(scores), max(scores)
    span = (high - low) or 1.0
    last = len(space)
    colours = colormaps["viridis"]

    def heights(row):
        fields = [_height(row["fields"][n], space[n]) for n in space]
        if row["score"] is None:
            return fields
        return [*fields, (row["score"] - low) / span]

    best_last = sorted(done, key=lambda row: row["score"])
    best_last = best_last[:: 1 if direction == "max" else -1]
    for row in failed:
        points = heights(row)
        _curve(axes, points, color=COLOURS[7], linestyle=":", linewidth=1.2)
        axes.plot(last - 1, points[-1], "x", color=COLOURS[7])
    for position, row in enumerate(best_last):
        points = heights(row)
        is_best = position == len(best_last) - 1
        good = points[-1] if direction == "max" else 1 - points[-1]
        _curve(
            axes,
            points,
            color=COLOURS[1] if is_best else colours(0.95 * good),
            linewidth=3 if is_best else 1.3,
            alpha=1.0 if is_best else 0.75,
            zorder=3 if is_best else 2,
            label="best trial" if is_best else None,
        )
    if default is not None:
        _curve(
            axes,
            heights(default),
            color=COLOURS[6],
            linestyle="--",
            linewidth=1.6,
            zorder=4,
            label="default",
        )
    if failed:
        axes.plot(
            [], color=COLOURS[7], linestyle=":", marker="x", label="failed"
        )
    for position, about in enumerate(space.values()):
        _axis(axes, position, about)
    _ticks(axes, last, [(n, f"{low + n * span:.4g}") for n in (0, 0.5, 1)])
    names = [name.replace("_", "\n") for name in [*space, objective]]
    axes.set_xticks(range(last + 1), names)
    axes.tick_params(axis="x", length=0, pad=8)
    axes.set_yticks([])
    axes.set_xlim(-0.25, last + 0.6)
    axes.set_ylim(-0.05, 1.05)
    for side in axes.spines.values():
        side.set_visible(False)
    _legend(figure)
    figures.save(figure, path)


def _curve(axes, heights, **style):
    """A smooth line through the axes, flat at each; gaps where it has none."""
    xs = np.linspace(0, len(heights) - 1, 20 * len(heights) - 19)
    left = np.minimum(xs.astype(int), max(0, len(heights) - 2))
    step = xs - left
    rise = np.diff(heights, append=heights[-1])[left]
    ys = np.array(heights)[left] + rise * (3 - 2 * step) * step**2
    axes.plot(xs, ys, **style)


def _height(value, about):
    """Where a value stands on its axis, from 0 to 1; NaN if nowhere."""
    if "values" in about:
        return (_position(value, about) + 0.5) / len(about["values"])
    low, high = about["low"], about["high"]
    if not low <= value <= high:
        return np.nan
    if about["log"]:
        low, value, high = np.log([low, value, high])
    return (value - low) / (high - low)


def _axis(axes, position, about):
    if "values" in about:
        marks = [(_height(v, about), str(v)) for v in about["values"]]
    else:
        marks = [(_height(v, about), f"{v:.3g}") for v in _marks(about)]
    _ticks(axes, position, marks)


def _ticks(axes, position, marks):
    axes.axvline(position, 0.045, 0.955, color="black", linewidth=0.8, zorder=5)
    for height, text in marks:
        axes.plot(position, height, "_", color="black", markersize=5, zorder=5)
        axes.text(
            position + 0.06,
            height,
            text,
            va="center",
            fontsize=8,
            zorder=6,
            bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 1},
        )


def _legend(figure, *entries):
    where = {"loc": "outside upper center", "ncols": 4, "frameon": False}
    figure.legend(*entries, **where)
