"""Trained models as SavedModel and ONNX, each proven equal to the model."""

from export.errors import ConversionError, ExportError, LossError, MismatchError
from export.exporter import FORMATS, check, export
from export.onnx_small import WEIGHTS
from export.runtimes import answer

__all__ = [
    "FORMATS",
    "WEIGHTS",
    "ConversionError",
    "ExportError",
    "LossError",
    "MismatchError",
    "answer",
    "check",
    "export",
]
