"""Cells by the short name that recipes and the command line use."""

from zoo.argument_checks import one_of
from zoo.cells.elman import ElmanCell
from zoo.cells.gated import GatedCell
from zoo.cells.gru import GRUCell
from zoo.cells.lstm import LSTMCell
from zoo.cells.mingru import MinGRUCell
from zoo.cells.minlstm import MinLSTMCell
from zoo.cells.qrnn import QRNNCell
from zoo.cells.rglru import RGLRUCell
from zoo.cells.sru import SRUCell

CELLS = {
    "elman": ElmanCell,
    "gated": GatedCell,
    "gru": GRUCell,
    "lstm": LSTMCell,
    "mingru": MinGRUCell,
    "minlstm": MinLSTMCell,
    "sru": SRUCell,
    "qrnn": QRNNCell,
    "rglru": RGLRUCell,
}


def get(cell: str, units: int, **arguments):
    """A new cell by name.

    Args:
        cell: one of the keys of `CELLS`.
        units: size of the state, at least 1.
        **arguments: what else the cell's class takes.

    Returns:
        A Keras layer that follows the cell contract.

    Raises:
        InputError: for an unknown name, with the nearest known one.
    """
    return CELLS[one_of("cell", cell, CELLS)](units, **arguments)
