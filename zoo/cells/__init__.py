"""The recurrent cells: one file each, each from its equations.

May import `zoo.registry`, `zoo.lazy_imports` and what these import.
"""

import warnings
from typing import Any

from zoo.cells.registry import BUILT_IN
from zoo.cells.registry import Registration as Registration
from zoo.cells.registry import get as get
from zoo.cells.registry import name_of as name_of
from zoo.cells.registry import names as names
from zoo.cells.registry import register as register
from zoo.cells.registry import registration as registration
from zoo.lazy_imports import lazy

_CLASSES = {known.cell.partition(":")[2]: known for known in BUILT_IN.values()}
__all__ = list(_CLASSES)
lazy(__name__, {name: known.cell for name, known in _CLASSES.items()})


def __getattr__(name: str) -> Any:
    if name == "CELLS":
        warnings.warn(
            "`zoo.cells.CELLS` goes away: use `zoo.cells.names()`, and "
            "`zoo.cells.registration(name).cell` for a class.",
            DeprecationWarning,
            stacklevel=2,
        )
        return {cell: registration(cell).cell for cell in names()}
    raise AttributeError(f"module 'zoo.cells' has no attribute {name!r}")
