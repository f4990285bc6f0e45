"""The recurrent cells: one file each, each from its equations.

May import `zoo.argument_checks` and `zoo.errors`.
"""

from zoo.cells.elman import ElmanCell
from zoo.cells.gated import GatedCell
from zoo.cells.gru import GRUCell
from zoo.cells.lstm import LSTMCell
from zoo.cells.mingru import MinGRUCell
from zoo.cells.minlstm import MinLSTMCell
from zoo.cells.qrnn import QRNNCell
from zoo.cells.registry import CELLS as CELLS
from zoo.cells.registry import get as get
from zoo.cells.rglru import RGLRUCell
from zoo.cells.sru import SRUCell

__all__ = [
    "ElmanCell",
    "GatedCell",
    "GRUCell",
    "LSTMCell",
    "MinGRUCell",
    "MinLSTMCell",
    "QRNNCell",
    "RGLRUCell",
    "SRUCell",
]
