"""In which form a cell is trained on whole sequences."""

import functools
import os
from typing import Any

from keras import ops

from zoo import cells
from zoo.argument_checks import one_of
from zoo.backend.devices import xla_compiles
from zoo.backend.tensor import Tensor
from zoo.registry import load

# Of the environment: one of FORMS, for every cell that can.
VARIABLE = "RECURRENT_ZOO_RECURRENCE"
FORMS = ("loop", "xla")
# Where programs of XLA take less time than the loop (bench/sequence_forms.py):
# up to how many units of all rows together, of those up to how many units of a
# row, and from how many steps on.
_PAYS = {
    "elman": (8_192, 256, 32),
    "gated": (8_192, 256, 32),
    "gru": (8_192, 256, 32),
    "lstm": (4_096, 256, 32),
}
_OTHERS_PAY = (4_096, 256, 32)


def step_gradient(cell: Any) -> Any:
    """What `zoo.cells.step_gradients` says of a cell, or `None`."""
    name = cells.name_of(cell)
    return name and load(cells.registration(name).gradient)


def pays(cell: Any, inputs: Tensor) -> bool | Tensor:
    """Whether a cell with a `step_gradient` is trained by programs of XLA.

    It depends on the sizes of a batch alone, so that a run that goes on where
    it stopped takes the same way. `RECURRENT_ZOO_RECURRENCE=loop` keeps every
    cell in the framework's loop, `=xla` takes the programs for all sizes.

    Args:
        cell: what `zoo.layers.Recurrent` runs.
        inputs: Tensor of shape `(batch, time, features)`.

    Returns:
        A bool, or a boolean scalar where a size is known only later.

    Raises:
        InputError: for another value of the variable.
    """
    form = os.environ.get(VARIABLE)
    if form:
        one_of(VARIABLE, form, FORMS)
    if form == "loop" or not xla_compiles():
        return False
    if form == "xla":
        return True
    units = cell.output_size
    most, most_units, least_steps = _PAYS.get(cells.name_of(cell), _OTHERS_PAY)
    if units > most_units:
        return False
    rows, steps = ops.shape(inputs)[:2]
    # Nothing can be compiled for no rows.
    conditions = [rows > 0, rows * units <= most, steps >= least_steps]
    if any(condition is False for condition in conditions):
        return False
    later = [condition for condition in conditions if condition is not True]
    return functools.reduce(ops.logical_and, later) if later else True
