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

import numpy as np

import zoo.pretrained.golden as golden
import zoo.pretrained.manifest as manifest
import zoo.pretrained.weights as weights
from zoo import models
from zoo.argument_checks import one_of
from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader, safetensors_reader
from zoo.pretrained.config_checks import (
    check_depth,
    check_labels,
    check_layers,
    check_sizes,
)
from zoo.tasks import Task, make
from zoo.text import tokenizer_from


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
    folder = Path(folder)
    found = manifest.read(folder, listed)
    content = manifest.verified(folder, found["files"])
    try:
        return _trained(folder, found, content)
    except PretrainedError:
        raise
    except InputError as error:
        raise PretrainedError(f"{folder}: {error}") from error


def _trained(folder: Path, listed: dict, content: dict[str, bytes]) -> Task:
    config = json_reader.parse(content["config.json"], "config.json")
    json_reader.check_printable(config, "config.json")
    builder, arguments = config.get("builder"), config.get("arguments")
    if not isinstance(arguments, dict):
        raise InputError("config.json has no `arguments`.")
    if not isinstance(builder, str):
        # No name of a model is of another type, so this is refused.
        builder = one_of("builder", str(builder), models.names())
    labels = check_labels(config.get("labels"), arguments)

    def beside(name):
        if name not in content:
            raise InputError(f"manifest.json has no {name}.")
        return content[name]

    parsed = json_reader.parse(content["tokenizer.json"], "tokenizer.json")
    tokenizer = tokenizer_from(parsed, beside, "tokenizer.json")
    if config.get("tokenizer", tokenizer.kind) != tokenizer.kind:
        raise InputError("tokenizer.json is of another kind than config.json.")
    check_sizes(arguments, tokenizer.sizes)
    what = str(folder / "model.safetensors")
    stored = content.pop("model.safetensors")
    arrays = safetensors_reader.read(stored, what)
    described = check_weights(builder, arguments, arrays, what)
    golden.check(
        content["golden.npz"],
        described.inputs,
        tokenizer.sizes,
        described.logits,
        str(folder / "golden.npz"),
    )
    model = models.build(builder, arguments)
    weights.assign(model, arrays, what)
    return make(
        builder,
        labels=labels,
        name=str(listed.get("name", folder.name)),
        folder=folder,
        arguments=arguments,
        tokenizer=tokenizer,
        model=model,
        about={
            key: value
            for key, value in listed.items()
            if key not in ("format", "checksum", "files")
        },
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
