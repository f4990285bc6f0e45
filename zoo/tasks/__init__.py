"""What `zoo.load` returns: a model, its tokenizer, and what is known about it.

May import `zoo.decoding` and what stands below it.
"""

from typing import TYPE_CHECKING

from zoo.lazy_imports import lazy

if TYPE_CHECKING:
    from zoo.tasks.language_model import LanguageModel as LanguageModel
    from zoo.tasks.make import Task as Task
    from zoo.tasks.make import labels_of as labels_of
    from zoo.tasks.make import make as make
    from zoo.tasks.make import require as require
    from zoo.tasks.onnx_classifier import OnnxClassifier as OnnxClassifier
    from zoo.tasks.text_classifier import TextClassifier as TextClassifier
    from zoo.tasks.translator import Translator as Translator

# What is public, and where it stands; imported on use, as all but one of them
# need Keras.
_HOMES = {
    "LanguageModel": "language_model:LanguageModel",
    "Task": "make:Task",
    "OnnxClassifier": "onnx_classifier:OnnxClassifier",
    "TextClassifier": "text_classifier:TextClassifier",
    "Translator": "translator:Translator",
    "labels_of": "make:labels_of",
    "make": "make:make",
    "require": "make:require",
}
__all__ = list(_HOMES)
lazy(__name__, {name: f"{__name__}.{home}" for name, home in _HOMES.items()})
