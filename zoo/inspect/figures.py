"""Figures that are drawn without a screen and written in one piece."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.io.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with colour blindness can tell apart.
COLOURS = [
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
    "#999999",
    "#F0E442",
]
# Of the points of a line, for those who cannot tell the colours apart.
MARKERS = "osD^v*"


def figure(
    width: float, height: float, panels: int = 1, rows: int = 1
) -> tuple["Figure", Any]:
    """A figure, in inches, and its panels (or its one panel).

    Args:
        width: of the figure.
        height: of the figure.
        panels: side by side.
        rows: of so many panels each.
    """
    # Matplotlib takes most of a second to import, so only who draws does.
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    return made, made.subplots(rows, panels)


def save(figure: "Figure", path: Path) -> None:
    """Writes a figure as PNG; a reader never sees half of it."""
    with replacing(path) as draft:
        figure.savefig(draft, dpi=150, format="png")


def glyphs(font: str) -> set[int]:
    """Code points that a font can show."""
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return set(FT2Font(findfont(font)).get_charmap())
