"""Curves of several runs in one picture, as coordinates for the page."""

import dataclasses
import math

from recipes.report.reading import RunFolder
from recipes.report.words import direction, is_number, is_share, title

# Of a chart, in the units of its SVG, which are pixels on a phone.
WIDTH, HEIGHT = 360, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 34
# Values that differ by more than that need a logarithm to be told apart.
_WIDE = 30
# With more epochs than that, dots would hide the line.
_DOTS = 40
# More columns of a history are not drawn, and of more epochs than twice this
# the extremes of so many parts: a chart has fewer dots than that.
_MOST_CHARTS, _PARTS = 32, 500
# All but the loss come last, in this order.
_TITLES = {
    "loss": "Loss, nats",
    "gradient_norm": "Gradient norm before clipping",
    "learning_rate": "Learning rate",
    "seconds": "Seconds an epoch",
}


@dataclasses.dataclass(frozen=True)
class Line:
    """One column of one run: SVG paths, and dots with what they say."""

    run: int
    name: str
    faint: bool
    path: str
    dots: list[tuple[float, float, str]]


@dataclasses.dataclass(frozen=True)
class Chart:
    """A picture of one quantity; ticks are `(place, text)`."""

    title: str
    logarithmic: bool
    lines: list[Line]
    styles: list[tuple[str, bool]]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    left_out: int

    @property
    def runs(self) -> list[int]:
        """Places of the runs that it shows."""
        return sorted({line.run for line in self.lines})


def charts(runs: list[RunFolder]) -> list[Chart]:
    """A chart for each quantity of the histories, the loss first."""
    names: dict[str, None] = {}
    for run in runs:
        for column in run.history[0] if run.history else ():
            name = column.removeprefix("val_").removesuffix("_max")
            names[name] = None
    names.pop("epoch", None)
    last = [name for name in list(_TITLES)[1:] if name in names]
    first = ["loss"] if "loss" in names else []
    others = [name for name in names if name not in _TITLES]
    return [
        _chart(runs, name) for name in (*first, *others, *last)[:_MOST_CHARTS]
    ]


def _columns(name):
    """Its columns of the history: name, what it is, whether it is faint."""
    if name == "gradient_norm":
        return [(name, "mean", False), (f"{name}_max", "largest", True)]
    if name in _TITLES and name != "loss":
        return [(name, "", False)]
    return [(f"val_{name}", "validation", False), (name, "training", True)]


def _chart(runs, name):
    drawn, styles, left_out = [], [], 0
    scale = 100 if is_share(name) else 1
    for column, what, faint in _columns(name):
        for index, run in enumerate(runs):
            points = [
                (row["epoch"], scale * row[column])
                for row in run.history
                if column in row
            ]
            wrong = sum(not is_number(value) for _, value in points)
            left_out += wrong
            if len(points) > wrong:
                drawn.append((index, what, faint, points))
                styles.append((what, faint))
    points = [point for *_, points in drawn for point in points]
    values = [value for _, value in points if is_number(value)] or [0, 1]
    epochs = [epoch for epoch, _ in points] or [0, 1]
    low, high = min(values), max(values)
    if name == "seconds":
        low = min(low, 0)
    logarithmic = low > 0 and (
        name == "gradient_norm"
        or (name == "loss" or direction(name) is min)
        and high / low > _WIDE
    )
    scaled = math.log10 if logarithmic else float
    x_at = _axis(min(epochs), max(epochs), _LEFT, WIDTH - _RIGHT)
    y_axis = _axis(scaled(low), scaled(high), HEIGHT - _BOTTOM, _TOP)

    def y_at(value):
        return y_axis(scaled(value))

    ticks = _log_ticks(low, high) if logarithmic else _ticks(low, high)
    unit = ", %" if is_share(name) else ""
    return Chart(
        _TITLES.get(name, title(name) + unit),
        logarithmic,
        [_line(runs, x_at, y_at, *line) for line in drawn],
        list(dict.fromkeys(styles)) if len(set(styles)) > 1 else [],
        [(x_at(tick), _short(tick)) for tick in _epoch_ticks(epochs)],
        [(y_at(tick), _short(tick)) for tick in ticks],
        left_out,
    )


def _line(runs, x_at, y_at, index, what, faint, points):
    path, dots, pen = [], [], "M"
    for epoch, value in _thinned(points):
        if not is_number(value):
            # A gap, not a bridge over what was not measured.
            pen = "M"
            continue
        x, y = x_at(epoch), y_at(value)
        path.append(f"{pen}{x:g} {y:g}")
        pen = "L"
        text = f"{runs[index].name}, epoch {epoch:g}: {value:.5g}"
        dots.append((x, y, f"{text} ({what})" if what else text))
    if len(points) > _DOTS:
        dots = []
    return Line(index, what, faint, "".join(path), dots)


def _thinned(points):
    """Of many points the least and the greatest of each part, in order."""
    if len(points) <= 2 * _PARTS:
        return points
    size = -(-len(points) // _PARTS)
    kept = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        # NaN is neither; a part of nothing else is a gap.
        known = [n for n, (_, one) in enumerate(part) if is_number(one)]
        by_value = sorted(known, key=lambda n: part[n][1]) or [0]
        kept += [part[n] for n in sorted({by_value[0], by_value[-1]})]
    return kept


def _axis(low, high, start, end):
    """A function from a value to its place, with some air at both ends."""
    air = 0.04 * (high - low)
    if air <= 1e-12 * max(abs(low), abs(high)):
        air = abs(low) / 10 or 1.0
    low, high = low - air, high + air

    def at(value):
        return round(start + (value - low) / (high - low) * (end - start), 1)

    return at


def _ticks(low, high, most=6):
    """Round numbers from `low` to `high`: steps of 1, 2 or 5."""
    span = high - low
    if span <= max(1e-300, 1e-12 * max(abs(low), abs(high))):
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(s * power for s in (1, 2, 5, 10, 20) if span / s / power < most)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [multiple * step for multiple in range(first, last + 1)]


def _epoch_ticks(epochs):
    low, high = min(epochs), max(epochs)
    ticks = [tick for tick in _ticks(low, high, 7) if tick == round(tick)]
    return sorted({low, *ticks}) if len(ticks) < 2 else ticks


def _log_ticks(low, high):
    """Powers of ten, and what lies between where these are few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, (last - first) // 6)
    for between in ((1,), (1, 3), (1, 2, 5)):
        ticks = [
            digit * 10.0**power
            for power in range(first, last + 1, every)
            for digit in between
            if low <= digit * 10.0**power <= high
        ]
        if len(ticks) > 2:
            return ticks
    return ticks if len(ticks) > 1 else sorted({low, high})


def _short(tick):
    """A tick's number: no rounding error, no exponent's zeros."""
    text = f"{tick:.4g}"
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else text
