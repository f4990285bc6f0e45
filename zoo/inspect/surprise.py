"""Which characters, or words, of a text surprised a language model."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.decoding.streaming import Stream
from zoo.errors import InputError
from zoo.printable import printable
from zoo.text.ids import REPLACEMENT

if TYPE_CHECKING:
    from rich.text import Text

# Nats at which the colour is darkest: a chance of one in four hundred.
_DARKEST = 6.0
_COLUMNS = 80
# The one that comes with Matplotlib.
_FONT = "DejaVu Sans Mono"
_ROWS = 60


@dataclasses.dataclass(frozen=True)
class Surprise:
    """A text and how many nats each of its characters, or words, took.

    Attributes:
        pieces: the characters or words.
        nats: float64, of each piece; NaN for the first character of a text,
            for which nothing was expected.
        unit: "character" or "word".
    """

    pieces: list[str]
    nats: np.ndarray
    unit: str = "character"

    @property
    def text(self) -> str:
        """The text that was read."""
        return (" " if self.unit == "word" else "").join(self.pieces)

    def characters(self) -> Iterator[tuple[str, float]]:
        """Each character with the nats of what it belongs to."""
        for place, piece in enumerate(self.pieces):
            if place and self.unit == "word":
                yield " ", math.nan
            for one in piece:
                yield one, float(self.nats[place])

    @property
    def counted(self) -> int:
        """Number of pieces of which something was expected."""
        return int(np.isfinite(self.nats).sum())

    @property
    def mean(self) -> float:
        """Nats per piece, of those counted; NaN if there are none."""
        return float(np.nanmean(self.nats)) if self.counted else math.nan

    def as_json(self) -> dict:
        """Numbers for a program."""
        known = self.counted > 0
        return {
            f"{self.unit}s": len(self.pieces),
            "counted": self.counted,
            f"nats_per_{self.unit}": self.mean if known else None,
            f"bits_per_{self.unit}": self.mean / math.log(2) if known else None,
            "nats": [
                None if math.isnan(value) else round(float(value), 4)
                for value in self.nats
            ],
        }


def surprise(stream: Stream, text: str) -> Surprise:
    """Feeds `text` to a stream; a character's bytes are added up.

    Raises:
        InputError: for an empty text.
    """
    if not text:
        raise InputError("There is no text to score.")
    tokenizer = stream.tokenizer
    pieces = tokenizer.split(text)
    if not pieces:
        raise InputError(f"There is no {tokenizer.unit} in the text to score.")
    nats = stream.feed(text)
    if len(nats) != len(pieces):
        widths = [len(tokenizer.encode(piece)) for piece in pieces]
        ends = np.cumsum(widths)
        nats = np.add.reduceat(nats, np.subtract(ends, widths))
    # What bytes make up is shown as characters.
    unit = "word" if tokenizer.unit == "word" else "character"
    return Surprise(pieces, nats, unit)


def coloured(scored: Surprise) -> "Text":
    """The text for a terminal: the redder, the more of a surprise."""
    from rich.text import Text

    result = Text()
    for one, value in scored.characters():
        share = 0 if math.isnan(value) else min(1.0, value / _DARKEST)
        rest = round(255 * (1 - share))
        shown = printable(one, keep="\n\t")
        if one == "\n" and share:
            # A line end that surprises has to be seen.
            result.append("\u23ce", f"black on rgb(255,{rest},{rest})")
        result.append(shown, f"black on rgb(255,{rest},{rest})")
    return result


def picture(scored: Surprise, path: Path) -> None:
    """The same as a PNG file: the first 60 lines of 80 characters."""
    import zoo.inspect.figures as figures

    places, row, column = [], 0, 0
    for one, value in scored.characters():
        if column == _COLUMNS:
            row, column = row + 1, 0
        if row == _ROWS:
            break
        places.append((row, column, one, value))
        column += 1
        if one == "\n":
            row, column = row + 1, 0
    rows = 1 + max(place[0] for place in places)
    columns = 1 + max(place[1] for place in places)
    grid = np.zeros((rows, columns))
    for row, column, _, value in places:
        grid[row, column] = 0 if math.isnan(value) else value
    width = max(4, 1.5 + 0.13 * columns)
    figure, axes = figures.figure(width, 1.2 + 0.24 * rows)
    image = axes.imshow(grid, cmap="Reds", vmin=0, vmax=_DARKEST, aspect="auto")
    figure.colorbar(image, label="nats", extend="max")
    known = figures.glyphs(_FONT)
    for row, column, one, value in places:
        shown = "\u21b5" if one == "\n" else one
        if shown == " ":
            continue
        if ord(shown) not in known:
            shown = REPLACEMENT
        axes.text(
            column,
            row,
            # A `$` would start a formula.
            shown.replace("$", r"\$"),
            ha="center",
            va="center",
            family=_FONT,
            fontsize=9,
            color="white" if value > 0.7 * _DARKEST else "black",
        )
    axes.set_axis_off()
    axes.set_title(f"{scored.mean:.3f} nats per {scored.unit}")
    figures.save(figure, path)
