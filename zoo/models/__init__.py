"""Models as functions of plain ints and strings.

May import `zoo.layers` and what stands below it.
"""

import warnings
from typing import TYPE_CHECKING, Any

from zoo.lazy_imports import lazy
from zoo.models.registry import BUILT_IN
from zoo.models.registry import Described as Described
from zoo.models.registry import Registration as Registration
from zoo.models.registry import build as build
from zoo.models.registry import described as described
from zoo.models.registry import get as get
from zoo.models.registry import names as names
from zoo.models.registry import register as register
from zoo.models.registry import task as task

if TYPE_CHECKING:
    from zoo.models.classifier import classifier as classifier
    from zoo.models.feedforward import feedforward as feedforward
    from zoo.models.language_model import language_model as language_model
    from zoo.models.translator import translator as translator

__all__ = list(BUILT_IN)
lazy(__name__, {name: known.function for name, known in BUILT_IN.items()})


def __getattr__(name: str) -> Any:
    if name == "BUILDERS":
        warnings.warn(
            "`zoo.models.BUILDERS` goes away: use `zoo.models.names()`, and "
            "`zoo.models.get(name)` for a function.",
            DeprecationWarning,
            stacklevel=2,
        )
        return {builder: get(builder) for builder in names()}
    raise AttributeError(f"module 'zoo.models' has no attribute {name!r}")
