"""The cells by name, and what the rest needs to know of each.

Nothing is imported until a cell is used.
"""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from zoo.errors import InputError
from zoo.registry import Registry, load


@dataclasses.dataclass(frozen=True)
class Registration:
    """A cell, and what is known of it.

    The exporter reads `onnx` and `output_is_state`. `linear` and `reference`
    are not read yet; references of the cells here: `tests/references.py`.

    Attributes:
        cell: its class, or "module:Class"; a Keras layer that follows the cell
            contract (CONTRIBUTING.md) and is called with `units`.
        linear: whether its recurrence is linear. A linear cell has `terms`
            (`zoo.cells.linear_step`) and runs as one scan.
        output_is_state: whether its output is its only state, so that the last
            output of a sequence is the final state too. Else an exported
            translator finds it by a loop, unless `onnx` gives the states.
        onnx: its form in ONNX, or "module:function": what one of the
            decorators of `export.onnx.cells_fused`, `cells_linear` and
            `cells_scan` made. Without one, tf2onnx writes a loop.
        reference: the equations of its paper in float64 NumPy, or
            "module:function": a function of an input of shape `(batch,
            features)`, a list of states, and a dict of its weights by the names
            that the layer gives them, to the output and the list of new states.
    """

    cell: Any
    linear: bool | None = None
    output_is_state: bool = False
    onnx: Callable | str | None = None
    reference: Callable | str | None = None

    @property
    def has_terms(self) -> bool:
        """Whether it runs over a whole sequence as one scan."""
        return hasattr(self.cell, "terms")

    @property
    def takes_recurrent_mask(self) -> bool:
        """Whether it can drop states (variational dropout)."""
        return "recurrent_mask" in inspect.signature(self.cell.call).parameters


def _check(found: Any) -> Registration:
    """A `Registration` whose cell is imported."""
    if not isinstance(found, Registration):
        found = Registration(found)
    cell = load(found.cell)
    if not (inspect.isclass(cell) and hasattr(cell, "call")):
        raise InputError(
            "`cell` must be a class with `call`, or a `zoo.cells.Registration` "
            f"of one. Received: {cell!r}"
        )
    return dataclasses.replace(found, cell=cell)


BUILT_IN = {
    "elman": Registration(
        "zoo.cells.elman:ElmanCell",
        linear=False,
        output_is_state=True,
        onnx="export.onnx.cells_scan:elman",
    ),
    "gated": Registration(
        "zoo.cells.gated:GatedCell",
        linear=False,
        output_is_state=True,
        onnx="export.onnx.cells_fused:gated",
    ),
    "gru": Registration(
        "zoo.cells.gru:GRUCell",
        linear=False,
        output_is_state=True,
        onnx="export.onnx.cells_fused:gru",
    ),
    "lstm": Registration(
        "zoo.cells.lstm:LSTMCell",
        linear=False,
        onnx="export.onnx.cells_fused:lstm",
    ),
    "mingru": Registration(
        "zoo.cells.mingru:MinGRUCell",
        linear=True,
        output_is_state=True,
        onnx="export.onnx.cells_linear:mingru",
    ),
    "minlstm": Registration(
        "zoo.cells.minlstm:MinLSTMCell",
        linear=True,
        output_is_state=True,
        onnx="export.onnx.cells_linear:minlstm",
    ),
    "sru": Registration(
        "zoo.cells.sru:SRUCell",
        linear=True,
        onnx="export.onnx.cells_linear:sru",
    ),
    "qrnn": Registration(
        "zoo.cells.qrnn:QRNNCell",
        linear=True,
        onnx="export.onnx.cells_linear:qrnn",
    ),
    "rglru": Registration(
        "zoo.cells.rglru:RGLRUCell",
        linear=True,
        output_is_state=True,
        onnx="export.onnx.cells_linear:rglru",
    ),
}

_REGISTRY = Registry("cell", "recurrent_zoo.cells", BUILT_IN, _check)


def names() -> list[str]:
    """The names of all cells; none of them is imported."""
    return _REGISTRY.names()


def register(
    name: str,
    cell: Any,
    *,
    linear: bool | None = None,
    output_is_state: bool = False,
    onnx: Callable | str | None = None,
    reference: Callable | str | None = None,
    replace: bool = False,
) -> None:
    """Gives a cell a name, by which models, recipes and files know it.

    A package does this for whoever installs it, with an entry point of the
    group `recurrent_zoo.cells` that names a `Registration`.

    Args:
        name: small letters, digits and `_`.
        cell: as in `Registration`, like the next four.
        linear: see there.
        output_is_state: see there.
        onnx: see there.
        reference: see there.
        replace: whether a cell that was registered under this name before
            gives way.

    Raises:
        InputError: for a name that is taken or no name.
    """
    _REGISTRY.register(
        name,
        Registration(cell, linear, output_is_state, onnx, reference),
        replace,
    )


def registration(name: str) -> Registration:
    """What is known of a cell; `cell` is its class.

    Raises:
        InputError: for an unknown name, with the nearest known one, and for
            a cell of another package that cannot be imported.
    """
    return _REGISTRY.get(name)


def name_of(cell: Any) -> str | None:
    """The name of a cell that is at hand, `None` for one that has none.

    Args:
        cell: an instance.
    """
    for name, known in _REGISTRY.usable():
        if known.cell is type(cell):
            return name
    return None


def get(cell: str, units: int, **arguments: Any) -> Any:
    """A new cell by name.

    Args:
        cell: one of `names()`.
        units: size of the state, at least 1.
        **arguments: what else the cell's class takes. `use_bias=True` may be
            given to a cell without the option too.

    Returns:
        A Keras layer that follows the cell contract.

    Raises:
        InputError: as `registration`, and for `use_bias=False` of a cell
            without the option.
    """
    known = registration(cell).cell
    if "use_bias" in arguments:
        if "use_bias" not in inspect.signature(known).parameters:
            if not arguments.pop("use_bias"):
                raise InputError(
                    f"The cell {cell!r} has no `use_bias`; leave it at True."
                )
    return known(units, **arguments)
