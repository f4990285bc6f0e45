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

    The exporter reads `onnx` and `output_is_state`, the tests `reference`.

    Attributes:
        cell: its class, or "module:Class"; a Keras layer that follows the cell
            contract (CONTRIBUTING.md) and is called with `units`. One that has
            `terms` (`zoo.cells.linear_step`) runs as one scan, any other step
            by step.
        output_is_state: whether its output is its only state, so that the last
            output of a sequence is the final state too. Else an exported
            translator finds it by a loop, unless `onnx` gives the states.
        onnx: its form in ONNX, or "module:function": what one of the
            decorators of `export.onnx.cells_fused`, `cells_linear` and
            `cells_scan` made. Without one, tf2onnx writes a loop.
        reference: one step by the equations of its paper in float64 NumPy, or
            "module:function"; `zoo.cells.reference` says what it takes and
            gives.
        gradient: one step and its gradient for training on whole sequences, a
            `StepGradient`, or "module:name" of one; `zoo.cells.step_gradients`
            says what for. Without one, the framework differentiates the loop.
    """

    cell: Any
    output_is_state: bool = False
    onnx: Callable | str | None = None
    reference: Callable | str | None = None
    gradient: Any = None

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
        output_is_state=True,
        onnx="export.onnx.cells_scan:elman",
        reference="zoo.cells.elman:reference",
        gradient="zoo.cells.step_gradients:elman",
    ),
    "gated": Registration(
        "zoo.cells.gated:GatedCell",
        output_is_state=True,
        onnx="export.onnx.cells_fused:gated",
        reference="zoo.cells.gated:reference",
        gradient="zoo.cells.step_gradients:gated",
    ),
    "gru": Registration(
        "zoo.cells.gru:GRUCell",
        output_is_state=True,
        onnx="export.onnx.cells_fused:gru",
        reference="zoo.cells.gru:reference",
        gradient="zoo.cells.step_gradients:gru",
    ),
    "lstm": Registration(
        "zoo.cells.lstm:LSTMCell",
        onnx="export.onnx.cells_fused:lstm",
        reference="zoo.cells.lstm:reference",
        gradient="zoo.cells.step_gradients:lstm",
    ),
    "mingru": Registration(
        "zoo.cells.mingru:MinGRUCell",
        output_is_state=True,
        onnx="export.onnx.cells_linear:mingru",
        reference="zoo.cells.mingru:reference",
    ),
    "minlstm": Registration(
        "zoo.cells.minlstm:MinLSTMCell",
        output_is_state=True,
        onnx="export.onnx.cells_linear:minlstm",
        reference="zoo.cells.minlstm:reference",
    ),
    "sru": Registration(
        "zoo.cells.sru:SRUCell",
        onnx="export.onnx.cells_linear:sru",
        reference="zoo.cells.sru:reference",
    ),
    "qrnn": Registration(
        "zoo.cells.qrnn:QRNNCell",
        onnx="export.onnx.cells_linear:qrnn",
        reference="zoo.cells.qrnn:reference",
    ),
    "rglru": Registration(
        "zoo.cells.rglru:RGLRUCell",
        output_is_state=True,
        onnx="export.onnx.cells_linear:rglru",
        reference="zoo.cells.rglru:reference",
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
    output_is_state: bool = False,
    onnx: Callable | str | None = None,
    reference: Callable | str | None = None,
    gradient: Any = None,
    replace: bool = False,
) -> None:
    """Gives a cell a name, by which models, recipes and files know it.

    A package does this for whoever installs it, with an entry point of the
    group `recurrent_zoo.cells` that names a `Registration`.

    Args:
        name: small letters, digits and `_`.
        cell: as in `Registration`, like the next four.
        output_is_state: see there.
        onnx: see there.
        reference: see there.
        gradient: see there.
        replace: whether a cell that was registered under this name before
            gives way.

    Raises:
        InputError: for a name that is taken or no name.
    """
    _REGISTRY.register(
        name,
        Registration(cell, output_is_state, onnx, reference, gradient),
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
