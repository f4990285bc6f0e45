"""Names of a package that import what they stand for on first use.

Keras takes seconds to import, and `zoo --help` must not wait for it.
"""

import sys
import types
from collections.abc import Mapping
from typing import Any

from zoo.registry import load


def lazy(package: str, targets: Mapping[str, str]) -> None:
    """Gives a package names that are imported when they are asked for.

    A name may be that of a file of the package too: `zoo.models.classifier` is
    the function of `zoo/models/classifier.py`, whoever imported that file.

    Args:
        package: its `__name__`.
        targets: by name, "module:attribute".
    """
    names = {name: _Imported(name, target) for name, target in targets.items()}
    module = sys.modules[package]
    known = sorted({*vars(module), *names})
    members = {**names, "__dir__": lambda _: known}
    module.__class__ = type("LazyPackage", (types.ModuleType,), members)


class _Imported:
    """An attribute of a module, imported when it is read."""

    def __init__(self, name: str, target: str):
        self.name = name
        self.target = target

    def __get__(self, module: Any, owner: Any = None) -> Any:
        values = vars(module)
        if self.name not in values:
            values[self.name] = load(self.target)
        return values[self.name]

    def __set__(self, module: Any, value: Any) -> None:
        # Python sets the file of this name there, once it is imported.
        if not isinstance(value, types.ModuleType):
            vars(module)[self.name] = value
