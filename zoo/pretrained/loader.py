"""From a name, a folder or an address to a model that is ready to use."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from zoo.argument_checks import one_of, path_of
from zoo.errors import InputError
from zoo.pretrained.engines import ENGINES
from zoo.pretrained.find import Found, find
from zoo.pretrained.limits import FORMS

if TYPE_CHECKING:
    from zoo.decoding import Stream
    from zoo.pretrained.onnx_engine import Opened
    from zoo.tasks import OnnxClassifier, Task


@overload
def load(source: str | Path, sha256: str | None = None) -> "Task": ...
@overload
def load(
    source: str | Path,
    sha256: str | None = None,
    *,
    engine: Literal["keras"],
) -> "Task": ...
@overload
def load(
    source: str | Path,
    sha256: str | None = None,
    *,
    engine: Literal["onnx"],
) -> "OnnxClassifier": ...
@overload
def load(
    source: str | Path, sha256: str | None = None, *, engine: str
) -> "Task | OnnxClassifier": ...
def load(
    source: str | Path, sha256: str | None = None, *, engine: str = "keras"
) -> "Task | OnnxClassifier":
    """A trained model by its name, from a folder, or from somewhere else.

    Args:
        source: one of `names()`; the path of a pretrained or a run folder;
            `hf://OWNER/NAME` or `hf://OWNER/NAME@REVISION`; or the
            `https://` address of a .zip of a pretrained folder.
        sha256: of that archive, 64 hexadecimal digits; it may as well stand
            behind the address, as `#sha256=HEX`.
        engine: what computes: `keras`; `onnx`, for a classifier, which imports
            neither Keras nor TensorFlow once its file is made; or `auto`, for
            `onnx` where there is a file already, else `keras`.

    Returns:
        A `zoo.tasks.TextClassifier`, `LanguageModel` or `Translator`; with
        ONNX Runtime a `zoo.tasks.OnnxClassifier`.

    Raises:
        InputError: for a name, folder or address that is not there, or a
            folder of another kind; with `onnx`, for a model that is no
            classifier or has no ONNX form, or where onnxruntime is missing.
        PretrainedError: for a pretrained folder that does not verify.
    """
    return opened(source, sha256, engine).task


def opened(
    source: str | Path, sha256: str | None = None, engine: str = "keras"
) -> "Opened":
    """The same, and what is left to do when the model has answered.

    Args: as `load`.

    Raises:
        InputError, PretrainedError: as `load`.
    """
    import zoo.pretrained.onnx_engine as onnx_engine

    one_of("engine", engine, ENGINES)
    text = str(path_of("source", source))
    if isinstance(source, str):
        # A path has one slash where an address has two.
        text = source
    if "://" in text:
        # What is fetched is checked by Keras, whatever computes then.
        task = _fetched(text, sha256)
        if engine != "onnx" or task.folder is None:
            return onnx_engine.Opened(task)
        return onnx_engine.opened(Found(task.folder, is_run=False), engine)
    if sha256 is not None:
        raise InputError("`sha256` is for https:// addresses alone.")
    found = find(source)
    if engine != "keras":
        return onnx_engine.opened(found, engine)
    import zoo.pretrained.reader as reader
    import zoo.pretrained.run_folder as run_folder
    from zoo.backend import devices

    devices.find()
    read = run_folder.load if found.is_run else reader.load
    return onnx_engine.Opened(read(found.folder))


def _fetched(source, sha256):
    # Their libraries are heavy, and missing where nothing is fetched.
    import zoo.pretrained.https as https
    import zoo.pretrained.hub as hub

    scheme = source.partition("://")[0].lower()
    if scheme == "hf":
        if sha256 is not None:
            raise InputError(
                "`sha256` is for https:// addresses alone. A model of the hub "
                "is pinned by its commit: hf://OWNER/NAME@COMMIT."
            )
        return hub.load(source)
    if scheme in ("https", "http"):
        return https.load(source, sha256)
    raise InputError(
        f"Models come from hf:// and https://. Received: {scheme[:20]}://"
    )


def stream(model: "Task | str | Path", state: Path | None = None) -> "Stream":
    """A text that a language model reads and writes piece by piece.

    Args:
        model: a language model: what `load` returns or takes.
        state: file of `Stream.save`, to go on from there.

    Raises:
        InputError: for a model of another kind or a state of another model.
        OSError: for a state that cannot be read.
    """
    from zoo.tasks import LanguageModel, require

    task = load(model) if isinstance(model, (str, Path)) else model
    return require(task, LanguageModel).stream(state)


def save(source: str | Path, folder: Path, weights: str = "float16") -> None:
    """Writes a run (or another trained model) as a pretrained folder.

    Args:
        source: what `load` takes.
        folder: where to; its last part is the model's name.
        weights: how they are stored: `float16`, or `int8` for half of that
            and somewhat less exact (see `zoo.pretrained.weights`).

    Raises:
        InputError: as `load`, or if `folder` exists and is something else, or
            for another form of `weights`.
    """
    import zoo.pretrained.writer as writer

    one_of("weights", weights, FORMS)
    writer.save(load(source), path_of("folder", folder), weights)
