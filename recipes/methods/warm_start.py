"""A run that begins with the weights of another model.

A classifier goes on from a classifier, or from a language model, whose words
and whose states it takes over and learns to judge; a language model from a
language model, a translator from a translator. What decides the size of the
weights is the other model's; a field of the configuration that is neither that
nor the default is refused.

Of several models of one kind, `A,B`, it is the mean of their weights: those
that were trained a little, each in its own way, from the same beginning, are
better on average than any of them (Wortsman et al., 2022).

    Reference: [Wortsman et al., 2022](https://arxiv.org/abs/2203.05482)
"""

import inspect
from pathlib import Path

import keras
import numpy as np

import zoo
from zoo.errors import InputError
from zoo.models.layer_names import EMBEDDING, RECURRENT
from zoo.models.registry import BUILDERS
from zoo.tasks import Task, labels_of
from zoo.text import WordTokenizer

# Kinds of models that a classifier may start from.
SOURCES = ("classifier", "language_model")
# Arguments that two models must have in common to share weights.
SHARED = ("cell", "units", "layers", "embedding_size", "vocabulary_size")


def source(config, builders: tuple[str, ...]) -> Task | None:
    """The model to start from; None where there is none.

    Args:
        config: has a field `source`, what `zoo.load` takes, or several with
            commas between them, or "".
        builders: the kinds of model that will do.

    Raises:
        InputError: for one that is not there, of another kind, or, but for a
            translator, whose tokens are not words; or for several that differ
            in more than their weights.
    """
    if not config.source:
        return None
    found, *others = (_one(name, builders) for name in config.source.split(","))
    for other in others:
        if _kind(found) != _kind(other):
            raise InputError(
                f"--from takes the mean of models of one kind. {found.name} "
                f"and {other.name} differ in their sizes, words or classes."
            )
    if others:
        every = [one.model.get_weights() for one in (found, *others)]
        found.model.set_weights(
            [np.mean(several, axis=0) for several in zip(*every, strict=True)]
        )
    return found


def _kind(found):
    """What two models must have in common for their mean to be one."""
    arguments = {
        name: value
        for name, value in found.arguments.items()
        if not name.endswith("dropout")
    }
    words = repr(found.tokenizer.vocabulary)
    return found.builder, arguments, words, labels_of(found)


def loaded(name: str) -> Task:
    """The model `name`, as `zoo.load` gives it.

    Raises:
        InputError: for one that cannot be loaded; for a run that is not there,
            with what makes it, should a preset have asked for it.
    """
    preset = name.removeprefix("runs/")
    if preset != name and not Path(name).exists():
        raise InputError(
            f"There is no {name}. If a preset asked for it, train that first: "
            f"--preset {preset} --run-dir {name}, or bench/reproduce.py."
        )
    return zoo.load(name)


def _one(name, builders):
    found = loaded(name)
    if found.builder not in builders:
        raise InputError(
            f"--from must be a {' or a '.join(builders)}. "
            f"Received: {name}, a {found.builder}."
        )
    words = isinstance(found.tokenizer, WordTokenizer)
    if found.builder != "translator" and not words:
        raise InputError(
            f"--from must be a model of words. Received: {name}, of "
            f"{found.tokenizer.kind}."
        )
    return found


def files(sources: str) -> list[str]:
    """The weights of the models `sources` that lie in folders.

    Data that were prepared with a model's words, or its judgement, are out of
    date when it was trained again.

    Args:
        sources: as in a configuration, with commas between several.
    """
    return [
        str(path)
        for name in sources.split(",")
        for path in sorted(Path(name).glob("model.*"))
        if name and path.suffix in (".keras", ".safetensors")
    ]


def adopted(arguments: dict, found: Task, config) -> dict:
    """`arguments` of a builder, with the sizes of the model to start from.

    A pooling and a second direction are the classifier's that it starts from;
    from a language model, the only direction is forward. A translator is like
    the other but for its dropout.

    Raises:
        InputError: for a field that is set to something else, and not to its
            default.
    """
    parameters = inspect.signature(BUILDERS[found.builder]).parameters
    theirs = {name: one.default for name, one in parameters.items()}
    theirs.update(found.arguments)
    names = [*SHARED]
    if found.builder == "translator":
        theirs["vocabulary_size"] = theirs["target_vocabulary_size"]
        names = [
            name
            for name in theirs
            if hasattr(config, name) and not name.endswith("dropout")
        ]
    elif "bidirectional" in arguments:
        theirs.setdefault("bidirectional", False)
        names.append("bidirectional")
    if found.builder == "classifier":
        names.append("pooling")
    adopted = dict(arguments)
    for name in names:
        asked = getattr(config, name)
        default = getattr(type(config)(), name)
        if asked not in (default, theirs[name]):
            raise InputError(
                f"`{name}` of {config.source} is {theirs[name]!r}, and that is "
                f"what it starts from. Received: {asked!r}"
            )
        if name in arguments:
            adopted[name] = theirs[name]
    return adopted


def give(model: keras.Model, found: Task, labels: list[str]) -> None:
    """Gives `model` the weights that it shares with the other.

    The layer that decides is taken over too if its classes are the same.
    """
    names = ["embedding", "recurrent"]
    if found.builder != "classifier" and not labels:
        names = [layer.name for layer in model.layers]
    elif labels_of(found) == labels:
        names += ["attention", "logits"]
    for layer in model.layers:
        if layer.name not in names or not layer.weights:
            continue
        theirs = found.model.get_layer(layer.name).weights
        # Of a language model's embedding the classifier has no bias.
        for mine, other in zip(layer.weights, theirs, strict=False):
            mine.assign(other)


def after(data: dict, found: Task) -> dict:
    """What a model is trained on that started from another: `name` and
    `licence` of both.
    """
    before = found.about.get("data", {})
    return {
        key: value
        if before.get(key) in (None, value)
        else f"{value}; before that: {before[key]}"
        for key, value in data.items()
    }


def rates(model: keras.Model, config, steps: int) -> list:
    """`rates` of `ClippedAdam`: how fast each layer learns, and from when on.

    From the top down, each group of weights (what decides; each recurrent
    layer; the embedding) learns at `rate_decay` times the rate of the one
    above, and begins to do so later; the last of them when `thaw` of all
    steps are done.

    Args:
        model: a classifier.
        config: has `rate_decay`, `thaw` and `epochs`.
        steps: of an epoch.
    """
    stacked = model.get_layer(RECURRENT)
    groups = [
        f"{stacked.path}/{layer.name}"
        for layer in reversed(stacked.recurrent_layers)
    ]
    groups.append(model.get_layer(EMBEDDING).path)
    last = config.thaw * config.epochs * steps
    return [
        [
            f"{path}/",
            config.rate_decay**depth,
            round(last * depth / len(groups)),
        ]
        for depth, path in enumerate(groups, start=1)
    ]
