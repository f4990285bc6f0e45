"""Trained models as SavedModel and ONNX, each proven equal to the model."""

from export.errors import ConversionError, ExportError, MismatchError
from export.exporter import FORMATS, export
from export.runtimes import answer

__all__ = [
    "FORMATS",
    "ConversionError",
    "ExportError",
    "MismatchError",
    "answer",
    "export",
]
