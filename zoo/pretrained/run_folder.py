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

import zoo.pretrained.contents as contents
import zoo.pretrained.weights as weights
from zoo import models
from zoo.errors import PretrainedError
from zoo.io import keras_archive, safetensors_reader
from zoo.io.files import replacing
from zoo.pretrained.config_checks import check_depth
from zoo.pretrained.contents import KERAS_FILE, WEIGHTS
from zoo.pretrained.reader import check_weights, task_of
from zoo.tasks import Task


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
    return built(contents.run(folder))


def built(held: contents.Contents) -> Task:
    """The model of a run folder that was read.

    Args:
        held: what `zoo.pretrained.contents.run` returned; its files are taken
            out of it.

    Raises:
        InputError: for a builder or arguments that cannot be.
        PretrainedError: for weights that do not fit them, or are refused.
    """
    if WEIGHTS in held.files:
        model = _from_safetensors(held)
    else:
        model = _from_keras(
            held.builder, held.arguments, held.folder / KERAS_FILE
        )
    return task_of(held, model)


def _from_safetensors(held: contents.Contents) -> keras.Model:
    path = str(held.folder / WEIGHTS)
    arrays = safetensors_reader.read(held.files.pop(WEIGHTS), path)
    check_weights(held.builder, held.arguments, arrays, path)
    model = models.build(held.builder, held.arguments)
    weights.assign(model, arrays, path)
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
