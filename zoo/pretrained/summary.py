"""What a card says of a model, from the model or from the files of its folder.

From the files it needs neither Keras nor the weights: they are hashed, and not
read as numbers.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import zoo.pretrained.manifest as manifest
from zoo import models
from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader
from zoo.io.files import read_plain
from zoo.pretrained.config_checks import check_labels
from zoo.pretrained.find import find
from zoo.pretrained.limits import LARGEST_JSON
from zoo.redaction import recorded

if TYPE_CHECKING:
    from zoo.tasks import Task


@dataclasses.dataclass(frozen=True)
class Summary:
    """What is known of a model.

    Attributes:
        name: of the pretrained model, or of the run folder.
        folder: where it is.
        task: what it is for, one of `zoo.models.TASKS`.
        builder: name of the function of `zoo.models` that builds it.
        arguments: the builder's plain arguments.
        labels: names of the classes; empty for all but classifiers.
        tokenizer: the kind of its tokenizer.
        parameters: how many numbers it has; `None` where no file says it.
        about: recipe, command, data, scores.
        word_rules: of words, the version of their rules
            (`zoo.text.word_rules`).
    """

    name: str
    folder: Path | None
    task: str
    builder: str
    arguments: dict
    labels: list[str]
    tokenizer: str
    parameters: int | None
    about: dict
    word_rules: int | None = None


def of_task(task: "Task") -> Summary:
    """The summary of a model that is loaded."""
    from zoo.tasks import labels_of

    return Summary(
        name=task.name,
        folder=task.folder,
        task=models.task(task.builder),
        builder=task.builder,
        arguments=task.arguments,
        labels=labels_of(task),
        tokenizer=task.tokenizer.kind,
        parameters=task.model.count_params(),
        about=task.about,
        word_rules=getattr(task.tokenizer, "rules", None),
    )


def of_folder(source: str | Path) -> Summary:
    """The summary of a model by its name or folder; all its files are hashed.

    Raises:
        InputError: as `zoo.pretrained.find.find`; for a run that is not done.
        PretrainedError: for a folder that does not verify.
    """
    found = find(source)
    about, contents = (_run if found.is_run else _pretrained)(found.folder)
    where = f"{found.folder}/config.json"
    config = json_reader.parse(contents["config.json"], where, PretrainedError)
    json_reader.check_printable(config, where, PretrainedError)
    builder, arguments = config.get("builder"), config.get("arguments")
    if not isinstance(builder, str) or not isinstance(arguments, dict):
        raise PretrainedError(f"{where} has no `builder` or no `arguments`.")
    check_labels(config.get("labels"), arguments)
    if found.is_run:
        known = ("recipe", "command", "config", "data")
        about |= {key: recorded(config[key]) for key in known if key in config}
    tokenizer = json_reader.parse(
        contents["tokenizer.json"],
        f"{found.folder}/tokenizer.json",
        PretrainedError,
    )
    parameters = about.get("scores", {}).get("parameters")
    return Summary(
        name=str(about.get("name", found.folder.name)),
        folder=found.folder,
        task=models.task(builder),
        builder=builder,
        arguments=arguments,
        labels=config["labels"],
        tokenizer=str(tokenizer.get("kind")),
        parameters=parameters if type(parameters) is int else None,
        about=about,
        word_rules=_word_rules(tokenizer),
    )


def _word_rules(tokenizer: dict) -> int | None:
    if tokenizer.get("kind") != "words":
        return None
    # Files of the first rules do not name them.
    rules = tokenizer.get("rules", 1)
    return rules if type(rules) is int else None


def _pretrained(folder: Path) -> tuple[dict, dict[str, bytes]]:
    """What the manifest knows, and the content of the files."""
    listed = manifest.read(folder)
    content = manifest.verified(folder, listed["files"])
    form = ("format", "checksum", "files")
    return {k: v for k, v in listed.items() if k not in form}, content


def _run(folder: Path) -> tuple[dict, dict[str, bytes]]:
    names = ("config.json", "metrics.json", "tokenizer.json")
    for name in names:
        if not (folder / name).exists():
            raise InputError(
                f"The run in {folder} is not done (no {name}). Train it to "
                "the end first: the same command goes on where it was."
            )
    content = {name: read_plain(folder / name, LARGEST_JSON) for name in names}
    where = f"{folder}/metrics.json"
    scores = json_reader.parse(content["metrics.json"], where, PretrainedError)
    return {"scores": scores}, content
