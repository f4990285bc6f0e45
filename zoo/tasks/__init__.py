"""What `zoo.load` returns: a model, its tokenizer, and what is known about it.

May import `zoo.decoding` and what stands below it.
"""

from zoo.tasks.language_model import LanguageModel
from zoo.tasks.make import Task, labels_of, make, require
from zoo.tasks.text_classifier import TextClassifier
from zoo.tasks.translator import Translator

__all__ = [
    "LanguageModel",
    "Task",
    "TextClassifier",
    "Translator",
    "labels_of",
    "make",
    "require",
]
