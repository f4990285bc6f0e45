"""Models of random weights, biases included, and shapes to try them with."""

import numpy as np

from zoo import models
from zoo.models.language_model import language_model
from zoo.tasks import LanguageModel, TextClassifier
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    TextSubwordTokenizer,
    WordTokenizer,
)

# Of a batch and a time, other than those that the exporter compares.
SHAPES = [(1, 2), (4, 11), (2, 50)]


def random_classifier(builder="classifier", seed=0, **arguments):
    tokenizer = WordTokenizer(["the", "writer", "of", "books", "film", "!"])
    arguments = {
        "vocabulary_size": tokenizer.size,
        "classes": 2,
        "units": 5,
        "embedding_size": 4,
        **arguments,
    }
    model = models.build(builder, arguments)
    random = np.random.default_rng(seed)
    # Weights that are all different, biases included.
    model.set_weights(
        [random.normal(0, 0.7, weight.shape) for weight in model.get_weights()]
    )
    return TextClassifier(
        name="tiny",
        builder=builder,
        arguments=arguments,
        labels=["no", "yes"],
        tokenizer=tokenizer,
        model=model,
        about={"recipe": "none", "command": "none", "data": {}},
    )


def random_language_model(text="abcdefgh \n", seed=5, **arguments):
    """A language model with random weights, far from uniform."""
    tokens = arguments.pop("tokens", "characters")
    make = {
        "bytes": lambda: ByteTokenizer(),
        "words": lambda: WordTokenizer(text.split()),
        "words, first rules": lambda: WordTokenizer(text.split(), rules=1),
        "subwords": lambda: TextSubwordTokenizer.from_texts([text], 200),
        "characters": lambda: CharacterTokenizer(text),
    }
    tokenizer = make[tokens]()
    arguments = {"vocabulary_size": tokenizer.size, "units": 6, **arguments}
    model = language_model(**arguments)
    random = np.random.default_rng(seed)
    model.set_weights(
        [random.normal(size=w.shape) * 1.5 for w in model.get_weights()]
    )
    return LanguageModel(model, tokenizer, name="toy", arguments=arguments)
