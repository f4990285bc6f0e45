"""Where a translator looked while it wrote, in the terminal and as a picture.

Both take the units of the source, those of the translation with its end, and
the weights of shape `(target_time, source_time)`, as
`zoo.decoding.Translator.attention` returns them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.printable import printable
from zoo.text.ids import REPLACEMENT
from zoo.text.subwords import SPACE

if TYPE_CHECKING:
    from rich.text import Text

_END = "\u23ce"
_FONT = "DejaVu Sans"


def coloured(
    source: Sequence[str], target: Sequence[str], weights: np.ndarray
) -> "Text":
    """For a terminal: a line for each unit written, the source behind it, the
    redder where it was looked at.
    """
    from rich.cells import cell_len
    from rich.text import Text

    shown = [*map(_readable, target[:-1]), _END]
    width = max(map(cell_len, shown))
    result = Text()
    for unit, row in zip(shown, weights, strict=True):
        result.append(" " * (width - cell_len(unit)) + unit + "  ")
        for piece, weight in zip(source, row, strict=True):
            rest = round(255 * (1 - float(weight)))
            style = f"black on rgb(255,{rest},{rest})"
            result.append(_readable(piece), style)
        result.append("\n")
    return result


def _readable(piece: str) -> str:
    """A unit as it stands in a text, and nothing that moves the cursor."""
    return printable(piece.replace(SPACE, " "))


def picture(
    source: Sequence[str],
    target: Sequence[str],
    weights: np.ndarray,
    path: Path,
) -> None:
    """A heat map as a PNG file."""
    import zoo.inspect.figures as figures

    # An inch for three units, and no picture larger than a wall.
    width = min(40.0, 1.8 + 0.3 * len(source))
    height = min(40.0, 1.2 + 0.27 * len(target))
    figure, axes = figures.figure(width, height)
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    figure.colorbar(image, label="weight")
    known = figures.glyphs(_FONT)

    def labels(units):
        shown = [_readable(unit).strip() or "\u2423" for unit in units]
        return [
            "".join(c if ord(c) in known else REPLACEMENT for c in text)
            # A `$` would start a formula.
            .replace("$", r"\$")
            for text in shown
        ]

    font = {"family": _FONT, "fontsize": 9}
    upright = max((len(unit) for unit in source), default=1) < 3
    axes.set_xticks(
        range(len(source)),
        labels(source),
        rotation=0 if upright else 60,
        ha="center" if upright else "left",
        **font,
    )
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(target)), [*labels(target[:-1]), _END], **font)
    axes.set_xlabel("read")
    axes.set_ylabel("written")
    figures.save(figure, path)
