"""Which engine answers for a classifier: ONNX Runtime, or Keras.

To import Keras and TensorFlow takes seconds, ONNX Runtime a tenth of one. So a
classifier is answered for by an ONNX file, which lies in the cache
(`zoo.pretrained.onnx_cache`) because it was made here once. It is made of the
Keras model, and compared with it, by `export.classifier_file`.

With the engine `auto`, the first answer comes from Keras, as fast as without
any of this, and the file is made behind the answer, by the same process: it has
the model at hand, and everything imported. It is not made before the answer,
for which somebody waits; nor by a process in the background, which would work
on when the command is done, where a server may not expect it or a container
ends it. That nothing can be kept (no onnxruntime, no room, a model without an
ONNX form, another process that makes the file just now) is no error then: Keras
answers, as it did.

With the engine `onnx` the file is made first if there is none, and what is in
the way is an error.

The key of a file is its model's weights, builder and arguments, the versions of
this package and of onnxruntime, and that of the operators. So the file of a run
that has changed is not found, and one that was compared by another onnxruntime
is not used. The files of a model are hashed at each start as without it.
Models and cells of other packages have no such file, for a key does not know
their code.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import zoo
import zoo.pretrained.contents as contents
import zoo.pretrained.onnx_cache as onnx_cache
from zoo import models
from zoo.cells.registry import BUILT_IN as CELLS
from zoo.errors import InputError
from zoo.pretrained.find import Found
from zoo.registry import load
from zoo.tasks.kinds import KINDS
from zoo.tasks.onnx_classifier import OnnxClassifier

if TYPE_CHECKING:
    from zoo.tasks import Task
    from zoo.text import TextTokenizer

# What writes and opens the file stands above `zoo` in the house, so it is
# imported by name when it is called.
_EXPORT = "export.classifier_file"


class Opened(NamedTuple):
    """A model that is ready to use.

    Attributes:
        task: what answers.
        keep: what is left to do when it has answered: it makes the file from
            which the next one is answered, if it can.
    """

    task: "Task | OnnxClassifier"
    keep: Callable[[], None] = lambda: None


def opened(found: Found, engine: str) -> Opened:
    """The model of a folder, by ONNX Runtime or by Keras.

    Args:
        found: the folder.
        engine: `auto` or `onnx`.

    Raises:
        InputError: for a folder that is refused; with `onnx` also for a model
            that is no classifier, has no ONNX form, is not of this package, or
            a package or a cache that is missing.
        PretrainedError: for a folder that does not verify.
    """
    held = (contents.run if found.is_run else contents.pretrained)(found.folder)
    try:
        key = _key(held)
        entry = onnx_cache.read(key)
        if entry is not None:
            return Opened(_classifier(held, entry))
    except InputError:
        if engine == "onnx":
            raise
        return Opened(_by_keras(found, held))
    task = _by_keras(found, held)
    if engine == "onnx":
        return Opened(_classifier(held, _made(key, task)))
    return Opened(task, lambda: _keep(key, task))


def _key(held: contents.Contents) -> str:
    """The key of a model's file.

    Raises:
        InputError: for a model that has none, and where onnxruntime is not
            installed.
    """
    task = models.task(held.builder)
    if task != "classifier":
        raise InputError(
            f"`engine` onnx is for classifiers. {held.name} is a "
            f"{KINDS[task].title}, whose engine is keras."
        )
    cell = held.arguments.get("cell", "gru")
    # Of a file, it may be anything, also what no table can be asked for.
    if held.builder not in models.BUILT_IN or cell not in list(CELLS):
        raise InputError(
            f"`engine` onnx is for models of recurrent-zoo itself. {held.name} "
            "has a part of another package: its engine is keras, and `zoo "
            "export` makes files of it."
        )
    if contents.WEIGHTS not in held.files:
        raise InputError(
            f"{held.folder} is a run of before, without {contents.WEIGHTS}: "
            "its engine is keras, until it is trained again."
        )
    weights = hashlib.sha256(held.files[contents.WEIGHTS])
    parts = {
        "weights": weights.hexdigest(),
        "builder": held.builder,
        "arguments": held.arguments,
        "recurrent-zoo": zoo.__version__,
        **load(f"{_EXPORT}:made_by")(),
    }
    return onnx_cache.key_of(parts)


def _classifier(
    held: contents.Contents, entry: onnx_cache.Entry
) -> OnnxClassifier:
    """What answers from a file.

    Raises:
        InputError: for a model of which there is none.
    """
    if entry.refused:
        raise InputError(
            f"{held.name} has no file for ONNX Runtime. {entry.refused} Its "
            "engine is keras."
        )
    return OnnxClassifier(
        run=load(f"{_EXPORT}:opened")(entry.content, f"{held.name}.onnx"),
        labels=held.labels,
        name=held.name,
        folder=held.folder,
        builder=held.builder,
        arguments=held.arguments,
        # Whose sizes were those of a classifier.
        tokenizer=cast("TextTokenizer", held.tokenizer),
        about=held.about,
    )


def _by_keras(found: Found, held: contents.Contents) -> "Task":
    import zoo.pretrained.reader as reader
    import zoo.pretrained.run_folder as run_folder
    from zoo.backend import devices

    devices.find()
    return (run_folder.built if found.is_run else reader.built)(held)


def _keep(key: str, task: "Task") -> None:
    """Makes the file of a model and keeps it, if that can be."""
    try:
        onnx_cache.write(key, lambda path: _make(task, path), wait=False)
    except (InputError, OSError):
        # Keras answered; nobody has asked for more.
        return


def _made(key: str, task: "Task") -> onnx_cache.Entry:
    """The file of a model, made now.

    Raises:
        InputError: for a package that is not installed, or a cache that cannot
            be used.
    """
    import zoo.pretrained.cache as cache

    with cache.usable():
        onnx_cache.write(key, lambda path: _make(task, path), wait=True)
        entry = onnx_cache.read(key)
    if entry is None:
        raise InputError(
            f"The cache {cache.root()} does not keep what is written to it. "
            f"{cache.CACHE} says where else it shall be."
        )
    return entry


def _make(task: "Task", path: Path) -> dict:
    import zoo.pretrained.cache as cache

    cache.say(
        "making a file for ONNX Runtime, from which the next answer of "
        f"{task.name} comes sooner"
    )
    return {"name": task.name, **load(f"{_EXPORT}:write")(task, path)}
