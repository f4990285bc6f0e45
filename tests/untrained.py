"""The smallest models that there can be, as they would be after a training."""

import functools
from pathlib import Path

from zoo import models
from zoo.io.files import write_json
from zoo.pretrained.run_folder import save_weights
from zoo.tasks import labels_of, make
from zoo.text import PairTokenizer, SubwordTokenizer, WordTokenizer

TEXTS = ["one two three four five", "the quiet film and the loud one"] * 20


@functools.cache
def untrained(builder):
    """A model of random weights, with its tokenizer."""
    labels = []
    if builder == "translator":
        units = SubwordTokenizer.from_texts(TEXTS, 40, "characters")
        tokenizer = PairTokenizer(units, units)
        arguments = {**tokenizer.sizes, "embedding_size": 3, "shared": True}
    else:
        tokenizer = WordTokenizer.from_texts(TEXTS, 30)
        labels = ["good", "bad"]
        arguments = {
            "vocabulary_size": tokenizer.size,
            "classes": 2,
            # Enough for a scale for each row or column.
            "embedding_size": 16,
            "layers": 1,
        }
    arguments["units"] = 16
    return make(
        name="tiny",
        folder=Path("tiny"),
        builder=builder,
        arguments=arguments,
        labels=labels,
        tokenizer=tokenizer,
        model=models.build(builder, arguments),
        about={"recipe": "agreement", "scores": {"test_accuracy": 0.5}},
    )


def write_run(folder, builder="feedforward", old=False):
    """What a run folder needs to be loaded; an old one had `model.keras`."""
    trained = untrained(builder)
    folder.mkdir()
    write_json(
        folder / "config.json",
        {
            "builder": trained.builder,
            "arguments": trained.arguments,
            "labels": labels_of(trained),
            "recipe": "agreement",
        },
    )
    write_json(folder / "metrics.json", {"test_accuracy": 0.5})
    trained.tokenizer.save(folder / "tokenizer.json")
    if old:
        trained.model.save(folder / "model.keras")
    else:
        save_weights(trained.model, folder)
