"""Which characters of a text surprised a language model."""

import dataclasses
import math

import numpy as np

from zoo.decoding.streaming import Stream
from zoo.errors import InputError
from zoo.text.ids import REPLACEMENT

# Nats at which the colour is darkest: a chance of one in four hundred.
_DARKEST = 6.0
_COLUMNS = 80
# The one that comes with Matplotlib.
_FONT = "DejaVu Sans Mono"
_ROWS = 60


@dataclasses.dataclass(frozen=True)
class Surprise:
    """A text and how many nats each of its characters took.

    Attributes:
        text: the text.
        nats: float64, of each character; NaN for the first one of a text,
            for which nothing was expected.
    """

    text: str
    nats: np.ndarray

    @property
    def counted(self) -> int:
        """Number of characters of which something was expected."""
        return int(np.isfinite(self.nats).sum())

    @property
    def mean(self) -> float:
        """Nats per character, of those counted; NaN if there are none."""
        return float(np.nanmean(self.nats)) if self.counted else math.nan

    def as_json(self) -> dict:
        """Numbers for a program."""
        known = self.counted > 0
        return {
            "characters": len(self.text),
            "counted": self.counted,
            "nats_per_character": self.mean if known else None,
            "bits_per_character": self.mean / math.log(2) if known else None,
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
    nats = stream.feed(text)
    if len(nats) != len(text):
        widths = [len(stream.tokenizer.encode(one)) for one in text]
        ends = np.cumsum(widths)
        nats = np.add.reduceat(nats, ends - widths)
    return Surprise(text, nats)


def coloured(scored: Surprise):
    """The text for a terminal: the redder, the more of a surprise."""
    from rich.text import Text

    result = Text()
    for one, value in zip(scored.text, scored.nats, strict=True):
        share = 0 if math.isnan(value) else min(1.0, value / _DARKEST)
        rest = round(255 * (1 - share))
        shown = one if one == "\n" or one.isprintable() else REPLACEMENT
        if one == "\n" and share:
            # A line end that surprises has to be seen.
            result.append("\u23ce", f"black on rgb(255,{rest},{rest})")
        result.append(shown, f"black on rgb(255,{rest},{rest})")
    return result


def picture(scored: Surprise, path) -> None:
    """The same as a PNG file: the first 60 lines of 80 characters."""
    from zoo import pictures

    places, row, column = [], 0, 0
    for one, value in zip(scored.text, scored.nats, strict=True):
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
    figure, axes = pictures.figure(width, 1.2 + 0.24 * rows)
    image = axes.imshow(grid, cmap="Reds", vmin=0, vmax=_DARKEST, aspect="auto")
    figure.colorbar(image, label="nats", extend="max")
    known = pictures.glyphs(_FONT)
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
    axes.set_title(f"{scored.mean:.3f} nats per character")
    pictures.save(figure, path)
