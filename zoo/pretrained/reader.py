"""The pretrained folder, verified when read.

    config.json        builder, its plain arguments, labels, tokenizer
    model.safetensors  the weights, by the path of their variable
    tokenizer.json     the vocabulary; of a translator, which of these two has
    *.model            its SentencePiece models
    golden.npz         ids and the logits that they must give
    card.md            what it is, for people
    manifest.json      SHA-256 of each file, versions, scores, data

Nothing in it is code, and nothing is unpickled. `load` looks at, in this order:

1. `manifest.json`: its size, its JSON, its own checksum, the names in it (a
   fixed list, so none can lead elsewhere) and their sums;
2. each file: a plain one, neither link nor pipe; its size against
   `limits.LARGEST`; its bytes, read once, against their sum. What is parsed
   from here on are those bytes, and not what lies on the disk by then;
3. `config.json`: builder, arguments and labels, each of its type;
4. the tokenizer, whose size must be the model's;
5. `model.safetensors`: its header, its types and shapes, and that its numbers
   are finite;
6. the weights that the model of these arguments would have, of which none is
   allocated: in every name and shape those of the header, so that a model is
   never larger than the file it came in;
7. the golden file: ids that it knows, and logits of its shape;
8. then the model is built, by a function that `zoo.models` knows.
"""

from pathlib import Path

import keras
import numpy as np

import zoo.pretrained.contents as contents
import zoo.pretrained.golden as golden
import zoo.pretrained.weights as weights
from zoo import models
from zoo.errors import InputError, PretrainedError
from zoo.io import safetensors_reader
from zoo.pretrained.config_checks import check_depth, check_layers
from zoo.tasks import Task, make


def load(folder: Path, listed: bytes | None = None) -> Task:
    """Verifies a pretrained folder and builds its model.

    Args:
        folder: what it is in.
        listed: what its manifest must hold; by default that is not known.

    Raises:
        PretrainedError: for a missing, altered or oversized file, one more
            in the manifest, a name that is not a plain file name, an unknown
            builder or argument, or weights that are not the model's.
    """
    return built(contents.pretrained(folder, listed))


def built(held: contents.Contents) -> Task:
    """The model of a pretrained folder that was read.

    Args:
        held: what `zoo.pretrained.contents.pretrained` returned; its files
            are taken out of it.

    Raises:
        PretrainedError: for an argument that cannot be, weights that are not
            the model's, or golden logits that are none of it.
    """
    try:
        return _built(held)
    except PretrainedError:
        raise
    except InputError as error:
        raise PretrainedError(f"{held.folder}: {error}") from error


def _built(held: contents.Contents) -> Task:
    what = str(held.folder / contents.WEIGHTS)
    # No longer held while its numbers are.
    arrays = safetensors_reader.read(held.files.pop(contents.WEIGHTS), what)
    described = check_weights(held.builder, held.arguments, arrays, what)
    golden.check(
        held.files.pop(golden.GOLDEN),
        described.inputs,
        held.tokenizer.sizes,
        described.logits,
        str(held.folder / golden.GOLDEN),
    )
    model = models.build(held.builder, held.arguments)
    weights.assign(model, arrays, what)
    return task_of(held, model)


def task_of(held: contents.Contents, model: keras.Model) -> Task:
    """The task of a model that was built of what a folder holds."""
    return make(
        held.builder,
        labels=held.labels,
        name=held.name,
        folder=held.folder,
        arguments=held.arguments,
        tokenizer=held.tokenizer,
        model=model,
        about=held.about,
    )


def check_weights(
    builder: str, arguments: dict, arrays: dict[str, np.ndarray], what: str
) -> models.Described:
    """Refuses weights that are not those of the model, before it is built.

    Args:
        builder: as for `zoo.models.build`.
        arguments: as for `zoo.models.build`.
        arrays: of a safetensors file, by their names.
        what: its name in messages.

    Returns:
        What the model will be.

    Raises:
        InputError: for a builder or arguments that cannot be.
        PretrainedError: for weights that do not fit them.
    """
    shapes = weights.shapes(arrays, what)
    weights.check_numbers(arrays, what)
    check_depth(arguments, len(shapes))
    check_layers(builder, arguments, shapes, what)
    described = models.described(builder, arguments)
    weights.check(described.weights, shapes, what)
    return described
