"""Trained models as SavedModel and ONNX, each proven equal to the model.

May import `zoo`, never `recipes`.
"""

import importlib
from typing import Any

# What is public, and where it stands; loaded on use, as it needs Keras.
_HOMES = {
    "DEFAULT_FORMATS": "request",
    "FORMATS": "request",
    "LAYOUTS": "request",
    "OPSET": "request",
    "Request": "request",
    "WEIGHTS": "request",
    "ConversionError": "errors",
    "ExportError": "errors",
    "LossError": "errors",
    "MismatchError": "errors",
    "answer": "runtimes.answers",
    "check": "request",
    "export": "exporter",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = importlib.import_module(f"export.{_HOMES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module 'export' has no attribute {name!r}")
