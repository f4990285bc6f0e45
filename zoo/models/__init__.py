"""Models as functions of plain ints and strings.

May import `zoo.layers` and what stands below it.
"""

from zoo.models.classifier import classifier
from zoo.models.feedforward import feedforward
from zoo.models.language_model import language_model
from zoo.models.registry import BUILDERS as BUILDERS
from zoo.models.registry import Described as Described
from zoo.models.registry import build as build
from zoo.models.registry import described as described
from zoo.models.translator import translator

__all__ = ["classifier", "feedforward", "language_model", "translator"]
