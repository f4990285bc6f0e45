"""A zoo of recurrent networks for Keras 3.

`zoo.cells`, `zoo.layers` and `zoo.models` build them; `zoo.load` brings a
trained one, by name, from a folder, the hub or an address; `zoo.stream` reads
and writes text with a language model.
"""

import importlib
from typing import TYPE_CHECKING, Any

from zoo.backend import quiet_import
from zoo.io import keras_registry

if TYPE_CHECKING:
    from zoo import cells as cells
    from zoo import decoding as decoding
    from zoo import layers as layers
    from zoo import models as models
    from zoo import pretrained as pretrained
    from zoo import tasks as tasks
    from zoo import text as text
    from zoo.pretrained import load as load
    from zoo.pretrained import stream as stream

__version__ = "0.1.0"
__all__ = ["cells", "decoding", "layers", "load", "models"]
__all__ += ["pretrained", "stream", "tasks", "text"]

# A `model.keras` opens in Keras with nothing more than `import zoo`.
# It is imported without TensorFlow's remarks, by whoever needs it first.
quiet_import.install(after=keras_registry.enter)


def __getattr__(name: str) -> Any:
    # Keras takes seconds to import; `zoo --help` must not wait for it.
    if name in ("load", "stream"):
        return getattr(importlib.import_module("zoo.pretrained"), name)
    if name in __all__:
        return importlib.import_module(f"zoo.{name}")
    raise AttributeError(f"module 'zoo' has no attribute {name!r}")
