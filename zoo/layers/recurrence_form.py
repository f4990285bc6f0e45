"""In which form a cell is trained on whole sequences.

    loop      the framework's loop, and its gradients
    sequence  a backward pass of our own (`zoo.backend.whole_sequence`)
    xla       the same, its loops compiled

The last two need TensorFlow on a Linux machine without a GPU, and a cell with
a `gradient` (`zoo.cells.Registration`). They are taken where they can be, the
third where a batch is of a size for which it takes less time. The variable
`RECURRENT_ZOO_RECURRENCE` of the environment takes one of them for all sizes.
"""

import functools
import os
from typing import Any

from keras import ops

from zoo import cells
from zoo.argument_checks import one_of
from zoo.backend.devices import xla_compiles
from zoo.backend.tensor import Tensor
from zoo.registry import load

VARIABLE = "RECURRENT_ZOO_RECURRENCE"
FORMS = ("loop", "sequence", "xla")
# What pays to compile (bench/sequence_forms.py): up to how many units of all
# rows together, of those up to how many of a row, and from which length on.
_PAYS = {
    "elman": (16_384, 256, 32),
    "gated": (16_384, 256, 32),
    "gru": (8_192, 256, 32),
    "lstm": (8_192, 256, 32),
}
_OTHERS_PAY = (4_096, 256, 32)


def step_gradient(cell: Any) -> Any:
    """What a backward pass of our own needs to know of a cell.

    Args:
        cell: what `zoo.layers.Recurrent` runs.

    Returns:
        A `zoo.cells.step_gradients.StepGradient`, or `None` where the form is
        `loop`.

    Raises:
        InputError: for a `RECURRENT_ZOO_RECURRENCE` that is no form.
    """
    name = cells.name_of(cell)
    if name is None or _chosen() == "loop" or not xla_compiles():
        return None
    return load(cells.registration(name).gradient)


def pays_to_compile(cell: Any, inputs: Tensor) -> bool | Tensor:
    """Whether the form is `xla`, for a cell with a `step_gradient`.

    It depends on the sizes of a batch alone, so that a run that goes on where
    it stopped computes the same.

    Args:
        cell: what `zoo.layers.Recurrent` runs.
        inputs: Tensor of shape `(batch, time, features)`.

    Returns:
        A bool, or a boolean scalar where a size is known only later.
    """
    if _chosen():
        return _chosen() == "xla"
    units = cell.output_size
    name = cells.name_of(cell) or ""
    most, widest, shortest = _PAYS.get(name, _OTHERS_PAY)
    rows, steps = ops.shape(inputs)[:2]
    conditions = [rows > 0, rows * units <= most, steps >= shortest]
    if units > widest or any(condition is False for condition in conditions):
        return False
    later = [condition for condition in conditions if condition is not True]
    return functools.reduce(ops.logical_and, later) if later else True


def _chosen():
    form = os.environ.get(VARIABLE)
    return one_of(VARIABLE, form, FORMS) if form else None
