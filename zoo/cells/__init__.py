"""The recurrent cells, one file each, each from its equation."""

from zoo.cells.elman import ElmanCell
from zoo.cells.gated import GatedCell
from zoo.cells.gru import GRUCell
from zoo.cells.lstm import LSTMCell
from zoo.cells.registry import CELLS as CELLS
from zoo.cells.registry import get as get

__all__ = ["ElmanCell", "GatedCell", "GRUCell", "LSTMCell"]
