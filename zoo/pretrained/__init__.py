"""Trained models: by name, from a folder or an address, and back there.

May import `zoo.tasks` and what stands below it, and `zoo.inspect`.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.pretrained.golden import golden_difference as golden_difference
    from zoo.pretrained.loader import load as load
    from zoo.pretrained.loader import save as save
    from zoo.pretrained.loader import stream as stream
    from zoo.pretrained.publish import push as push
    from zoo.pretrained.registry import names as names
    from zoo.pretrained.registry import register as register

# What is public, and where it stands; loaded on use, as most of it needs Keras.
_HOMES = {
    "golden_difference": "golden",
    "load": "loader",
    "names": "registry",
    "push": "publish",
    "register": "registry",
    "save": "loader",
    "stream": "loader",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = importlib.import_module(f"zoo.pretrained.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module 'zoo.pretrained' has no attribute {name!r}")
