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
from typing import TypeVar

import keras
import numpy as np

import zoo
from zoo import models
from zoo.errors import InputError
from zoo.models.layer_names import EMBEDDING, LOGITS, RECURRENT
from zoo.tasks import LanguageModel, Task, TextClassifier, labels_of
from zoo.text import TextSubwordTokenizer, WordTokenizer

_Start = TypeVar("_Start", bound=Task)
# Kinds of models that a classifier may start from.
CLASSIFIER_STARTS: tuple[type[TextClassifier] | type[LanguageModel], ...] = (
    TextClassifier,
    LanguageModel,
)
# Arguments that two models must have in common to share weights.
SHARED = ("cell", "units", "layers", "embedding_size", "vocabulary_size")


def load_start(names: str, kinds: tuple[type[_Start], ...]) -> _Start | None:
    """The model to start from; None where there is none.

    Args:
        names: what `zoo.load` takes, or several with commas between them, of
            which the mean is taken; "" for none.
        kinds: of models that will do, built by what `zoo.models` has for them.

    Raises:
        InputError: for one that is not there, of another kind, or, but for a
            translator, whose tokens are not words; or for several that differ
            in more than their weights.
    """
    if not names:
        return None
    start, *others = (_checked(name, kinds) for name in names.split(","))
    for other in others:
        if _architecture(start) != _architecture(other):
            raise InputError(
                f"--from takes the mean of models of one kind. {start.name} "
                f"and {other.name} differ in their sizes, words or classes."
            )
    if others:
        weights = [each.model.get_weights() for each in (start, *others)]
        start.model.set_weights(
            [np.mean(arrays, axis=0) for arrays in zip(*weights, strict=True)]
        )
    return start


def _architecture(trained):
    """What two models must have in common for their mean to be one."""
    arguments = {
        name: value
        for name, value in trained.arguments.items()
        if not name.endswith("dropout")
    }
    words = repr(trained.tokenizer.vocabulary)
    rules = getattr(trained.tokenizer, "rules", None)
    return trained.builder, arguments, words, rules, labels_of(trained)


def load_model(name: str) -> Task:
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


def _checked(name: str, kinds: tuple[type[_Start], ...]) -> _Start:
    trained = load_model(name)
    builders = [kind.builder for kind in kinds]
    if not isinstance(trained, kinds) or trained.builder not in builders:
        raise InputError(
            f"--from must be a {' or a '.join(builders)}. "
            f"Received: {name}, a {trained.builder}."
        )
    of_texts = (WordTokenizer, TextSubwordTokenizer)
    words = isinstance(trained.tokenizer, of_texts)
    if trained.builder != "translator" and not words:
        raise InputError(
            "--from must be a model of words or subwords. Received: "
            f"{name}, of {trained.tokenizer.kind}."
        )
    return trained


def weight_files(names: str) -> list[str]:
    """The files of the weights of those models that lie in folders.

    Data that were prepared with a model's words, or with its probabilities,
    are out of date when it was trained again.

    Args:
        names: as of `load_start`.
    """
    return [
        str(path)
        for name in names.split(",")
        for path in sorted(Path(name).glob("model.*"))
        if name and path.suffix in (".keras", ".safetensors")
    ]


def inherit_arguments(
    arguments: dict, start: Task, *, chosen: dict, names: str
) -> dict:
    """`arguments` of a builder, with the sizes of the model to start from.

    A pooling and a second direction are the classifier's that it starts from;
    from a language model, the only direction is forward. A translator is like
    the other but for its dropout.

    Args:
        arguments: of the new model.
        start: the model to start from.
        chosen: the fields of the configuration that are not at their default.
        names: of `start`, for errors.

    Raises:
        InputError: for a field that was set to another value than the model's.
    """
    parameters = inspect.signature(models.get(start.builder)).parameters
    inherited = {name: each.default for name, each in parameters.items()}
    inherited.update(start.arguments)
    if start.builder == "translator":
        inherited["vocabulary_size"] = inherited["target_vocabulary_size"]
        fixed = [name for name in arguments if not name.endswith("dropout")]
        fixed.append("vocabulary_size")
    else:
        fixed = [*SHARED]
        if "bidirectional" in arguments:
            inherited.setdefault("bidirectional", False)
            fixed.append("bidirectional")
        if start.builder == "classifier":
            fixed.append("pooling")
    for name in fixed:
        if name in chosen and chosen[name] != inherited[name]:
            raise InputError(
                f"`{name}` of {names} is {inherited[name]!r}, and that is "
                f"what it starts from. Received: {chosen[name]!r}"
            )
    return {
        name: inherited[name] if name in fixed else value
        for name, value in arguments.items()
    }


def load_shared_weights(
    model: keras.Model, start: Task, labels: list[str]
) -> None:
    """Gives `model` the weights that it shares with the other.

    The layer that decides is taken over too if its classes are the same.
    """
    names = [EMBEDDING, RECURRENT]
    if start.builder != "classifier" and not labels:
        names = [layer.name for layer in model.layers]
    elif labels_of(start) == labels:
        names += ["attention", LOGITS]
    for layer in model.layers:
        if layer.name not in names or not layer.weights:
            continue
        sources = start.model.get_layer(layer.name).weights
        # Of a language model's embedding the classifier has no bias.
        for weight, source in zip(layer.weights, sources, strict=False):
            weight.assign(source)


def data_lineage(data: dict, start: Task) -> dict:
    """What a model is trained on that started from another: `name` and
    `licence` of both.
    """
    before = start.about.get("data", {})
    return {
        key: value
        if before.get(key) in (None, value)
        else f"{value}; before that: {before[key]}"
        for key, value in data.items()
    }


def layerwise_learning_rates(
    model: keras.Model,
    *,
    decay: float,
    unfreeze: float,
    epochs: int,
    steps: int,
) -> list:
    """`layerwise_rates` of `ClippedAdam`: how fast each layer learns, and from
    when on.

    From the top down, each group of weights (what decides; each recurrent
    layer; the embedding) learns at `decay` times the rate of the one above, and
    begins to do so later; the last of them when `unfreeze` of all steps are
    done.

    Args:
        model: a classifier.
        decay: of the learning rate, from one group to the one below.
        unfreeze: share of all steps until all layers learn.
        epochs: of the run.
        steps: of an epoch.
    """
    stacked = model.get_layer(RECURRENT)
    groups = [
        f"{stacked.path}/{layer.name}"
        for layer in reversed(stacked.recurrent_layers)
    ]
    groups.append(model.get_layer(EMBEDDING).path)
    last = unfreeze * epochs * steps
    return [
        [f"{path}/", decay**depth, round(last * depth / len(groups))]
        for depth, path in enumerate(groups, start=1)
    ]
