"""What the folder of a model holds, but for its weights as numbers.

It is read and checked here without Keras. `zoo.pretrained.reader` and
`zoo.pretrained.run_folder` build the model of it, `zoo.pretrained.onnx_engine`
answers without one.
"""

import dataclasses
from pathlib import Path

import zoo.pretrained.manifest as manifest
from zoo import models
from zoo.argument_checks import one_of
from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader
from zoo.io.files import read_plain
from zoo.pretrained.config_checks import check_labels, check_sizes
from zoo.pretrained.limits import LARGEST, LARGEST_JSON
from zoo.redaction import recorded
from zoo.text import PairTokenizer, TextTokenizer, tokenizer_from

WEIGHTS, KERAS_FILE = "model.safetensors", "model.keras"


@dataclasses.dataclass(frozen=True)
class Contents:
    """What is known of a model before it is built.

    Attributes:
        name: of the pretrained model, or of the run folder.
        folder: where it was read from.
        builder: name of the function of `zoo.models` that builds it.
        arguments: the builder's plain arguments.
        labels: names of the classes; empty for all but classifiers.
        tokenizer: text to ids.
        about: recipe, command, data, scores.
        files: by name, the bytes of the files that hold numbers: the weights
            and, of a pretrained folder, the golden ones. A run of before has
            its weights in `model.keras`, which is not read here.
    """

    name: str
    folder: Path
    builder: str
    arguments: dict
    labels: list[str]
    tokenizer: TextTokenizer | PairTokenizer
    about: dict
    files: dict[str, bytes]


def pretrained(folder: Path, listed: bytes | None = None) -> Contents:
    """Of a pretrained folder, each file of it hashed.

    Args:
        folder: what it is in.
        listed: what its manifest must hold; by default that is not known.

    Raises:
        PretrainedError: for a missing, altered or oversized file, one more
            in the manifest, a name that is not a plain file name, an unknown
            builder, labels that are not those of the classes, or a tokenizer
            of another size than the model's.
    """
    folder = Path(folder)
    found = manifest.read(folder, listed)
    content = manifest.verified(folder, found["files"])
    try:
        return _pretrained(folder, found, content)
    except PretrainedError:
        raise
    except InputError as error:
        raise PretrainedError(f"{folder}: {error}") from error


def _pretrained(
    folder: Path, listed: dict, content: dict[str, bytes]
) -> Contents:
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
    return Contents(
        name=str(listed.get("name", folder.name)),
        folder=folder,
        builder=builder,
        arguments=arguments,
        labels=labels,
        tokenizer=tokenizer,
        about={
            key: value
            for key, value in listed.items()
            if key not in ("format", "checksum", "files")
        },
        files={name: content[name] for name in (WEIGHTS, "golden.npz")},
    )


def run(folder: Path) -> Contents:
    """Of a run folder, whose run must be done.

    Raises:
        InputError: for a run that is not done, or a configuration of another
            form.
        PretrainedError: for files that do not belong together, or are
            refused.
    """
    folder = Path(folder)
    missing = [] if weights_file(folder) else [WEIGHTS]
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
    files = {}
    if weights_file(folder) == WEIGHTS:
        files[WEIGHTS] = read_plain(folder / WEIGHTS, LARGEST[WEIGHTS])
    about = {
        # A run of before may have recorded an address with its password.
        key: recorded(config[key])
        for key in ("recipe", "command", "config", "data")
        if key in config
    }
    return Contents(
        name=folder.name,
        folder=folder,
        builder=config["builder"],
        arguments=arguments,
        labels=labels,
        tokenizer=tokenizer,
        about={**about, "scores": scores},
        files=files,
    )


def weights_file(folder: Path) -> str | None:
    """Which file has the weights of a run, if one does."""
    names = (WEIGHTS, KERAS_FILE)
    return next((name for name in names if _stands(folder / name)), None)


def _stands(path: Path) -> bool:
    # A link that leads nowhere is one to refuse, not one to pass over.
    return path.exists() or path.is_symlink()
