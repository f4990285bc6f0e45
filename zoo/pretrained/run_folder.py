"""What a recipe leaves in a run folder, read as a model.

    config.json        builder, its plain arguments, labels
    model.safetensors  the weights, by the path of their variable, float32
    tokenizer.json     the vocabulary; a translator has SentencePiece models too
    metrics.json       scores: a run that has it is done
    model.keras        the same weights for people who open them with Keras

`model.keras` is not read where there is a `model.safetensors`. Runs that were
made before it came are read from `model.keras` (`zoo.io.keras_archive`): its
weights alone, for the model comes from `config.json` through `zoo.models`.
A run folder has no manifest, so nothing vouches for its files: each is bounded
and checked like one of a pretrained folder.
"""

import math
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np

import zoo.pretrained.weights as weights
from zoo import models
from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader, keras_archive, safetensors_reader
from zoo.io.files import read_plain, replacing
from zoo.pretrained.config_checks import (
    check_depth,
    check_labels,
    check_sizes,
)
from zoo.pretrained.limits import LARGEST, LARGEST_JSON
from zoo.pretrained.reader import check_weights
from zoo.redaction import recorded
from zoo.tasks import Task, make
from zoo.text import tokenizer_from

WEIGHTS, KERAS_FILE = "model.safetensors", "model.keras"


def save_weights(model: keras.Model, folder: Path) -> None:
    """Writes `model.safetensors` and, for people, `model.keras`."""
    with replacing(folder / WEIGHTS) as draft:
        draft.write_bytes(
            weights.exact({v.path: np.asarray(v) for v in model.weights})
        )
    with replacing(folder / KERAS_FILE) as draft:
        model.save(draft)


def load(folder: Path) -> Task:
    """The model of a run that is done.

    Raises:
        InputError: for a run that is not done, or a configuration of another
            form.
        PretrainedError: for files that do not belong together, or are
            refused.
    """
    folder = Path(folder)
    there = [name for name in (WEIGHTS, KERAS_FILE) if _stands(folder / name)]
    missing = [] if there else [WEIGHTS]
    for name in ("metrics.json", "tokenizer.json"):
        missing += [] if _stands(folder / name) else [name]
    if missing:
        raise InputError(
            f"The run in {folder} is not done (no {missing[0]}). Train it to "
            "the end first: the same command goes on where it was."
        )
    config, scores, words = (
        json_reader.parse(
            read_plain(folder / name, LARGEST_JSON),
            str(folder / name),
            PretrainedError,
        )
        for name in ("config.json", "metrics.json", "tokenizer.json")
    )
    for name in ("arguments", "builder", "labels"):
        if name not in config:
            raise PretrainedError(f"{folder}/config.json has no `{name}`.")
    arguments, labels = config["arguments"], config["labels"]
    if not isinstance(arguments, dict):
        raise PretrainedError(f"{folder}/config.json has no `arguments`.")
    check_labels(labels, arguments)
    tokenizer = tokenizer_from(
        words,
        lambda name: read_plain(folder / name, LARGEST[name]),
        str(folder / "tokenizer.json"),
    )
    check_sizes(arguments, tokenizer.sizes)
    read = _from_safetensors if there[0] == WEIGHTS else _from_keras
    model = read(config["builder"], arguments, folder / there[0])
    about = {
        # A run of before may have recorded an address with its password.
        key: recorded(config[key])
        for key in ("recipe", "command", "config", "data")
        if key in config
    }
    return make(
        config["builder"],
        labels=labels,
        name=folder.name,
        folder=folder,
        arguments=arguments,
        tokenizer=tokenizer,
        model=model,
        about={**about, "scores": scores},
    )


def _stands(path: Path) -> bool:
    # A link that leads nowhere is one to refuse, not one to pass over.
    return path.exists() or path.is_symlink()


def _from_safetensors(builder: str, arguments: dict, path: Path) -> keras.Model:
    content = read_plain(path, LARGEST[WEIGHTS])
    arrays = safetensors_reader.read(content, str(path))
    check_weights(builder, arguments, arrays, str(path))
    model = models.build(builder, arguments)
    weights.assign(model, arrays, str(path))
    return model


def _from_keras(builder: str, arguments: dict, path: Path) -> keras.Model:
    held = keras_archive.read(path)
    check_depth(arguments, held.arrays)
    shapes = models.described(builder, arguments).weights
    wanted = sum(math.prod(shape) for shape in shapes.values())
    # Before any of them is allocated.
    if wanted > held.numbers:
        raise PretrainedError(
            f"{path} does not hold the weights of the model that config.json "
            f"describes: that has {wanted:,} numbers, it has {held.numbers:,}."
        )
    model = models.build(builder, arguments)
    # Keras takes a path, and nobody else may write to this one.
    with tempfile.TemporaryDirectory() as scratch:
        checked = Path(scratch) / keras_archive.WEIGHTS
        checked.write_bytes(held.content)
        with keras_archive.damage(str(path)), warnings.catch_warnings():
            # Keras warns where it leaves weights as they are, and goes on.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(checked)
    return model
