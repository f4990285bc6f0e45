"""Long texts: from a file or by name, read piece by piece, never as a whole.

zoo_sources        the source of this library at one commit; it comes with it
                   (`bench/make_zoo_sources.py`)
tiny_shakespeare   Karpathy's one megabyte, through tensorflow-datasets
war_and_peace      Project Gutenberg's edition, from the folder of the data
python_reference   what `help("if")` and the like print: every CPython has it,
                   and each version of Python has another
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from zoo.argument_checks import one_of
from zoo.errors import InputError

# Bytes read at a time.
_PIECE = 1 << 20
_WAR_AND_PEACE = "war_and_peace/war_and_peace.txt.gz"
_WAR_AND_PEACE_SHA256 = (
    "69ec571ab42e97754e4c720e607aae33d87afb088df14819461c780628b40ac4"
)

_ZOO_SOURCES = Path(__file__).with_name("zoo_sources.txt.gz")
_ZOO_SOURCES_SHA256 = (
    "b30c5d4cd0205335c6cbe59ced0b8196929d3d4480f79c061b5a8da971572b54"
)

# What a card says of them.
DATA = {
    "zoo_sources": {
        "name": "the source of recurrent-zoo, zoo/, as text",
        "licence": "Apache-2.0, as the repository",
        "version": "1",
    },
    "python_reference": {
        "name": "the Python reference (pydoc_data.topics)",
        "licence": "Python Software Foundation License",
    },
    "tiny_shakespeare": {
        "name": "Tiny Shakespeare (Karpathy, 2015)",
        "licence": "the text is in the public domain",
    },
    "war_and_peace": {
        "name": "War and Peace (Maude translation, Project Gutenberg 2600)",
        "licence": "public domain in the USA",
    },
}


def pieces(
    name: str, file: str, data_dir: Path | None
) -> Callable[[], Iterator[bytes]]:
    """Where a text comes from, as bytes, as often as it is asked for.

    Args:
        name: of one of `DATA`, if there is no `file`.
        file: path of a text; one that ends in .gz is unpacked on the way.
        data_dir: folder of tensorflow-datasets, or of the other data.

    Raises:
        InputError: for an unknown name, a file that cannot be read, or data
            that are not there; when the pieces are read, for a damaged file.
    """
    if file:
        return _file(Path(file))
    sources = {
        "zoo_sources": _zoo_sources,
        "python_reference": _python_reference,
        "tiny_shakespeare": lambda: _tiny_shakespeare(data_dir),
        "war_and_peace": lambda: _war_and_peace(data_dir),
    }
    return sources[one_of("data", name, DATA)]()


def _file(path):
    if not path.is_file():
        raise InputError(f"There is no text file {path}.")

    def read():
        opener = gzip.open if path.suffix == ".gz" else open
        try:
            with opener(path, "rb") as file:
                while content := file.read(_PIECE):
                    yield content
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"{path} cannot be unpacked: {error}") from error

    return read


def _zoo_sources():
    return _verified(
        _ZOO_SOURCES,
        _ZOO_SOURCES_SHA256,
        f"{_ZOO_SOURCES} has been changed. Install recurrent-zoo again.",
    )


def _python_reference():
    from pydoc_data.topics import topics

    text = "\n\n".join(topics[topic].strip() for topic in sorted(topics))
    return lambda: iter([text.encode("utf-8")])


def _tiny_shakespeare(data_dir):
    from recipes.datasets.tfds import load

    text = b"".join(
        example["text"]
        for split in ("train", "validation", "test")
        for example in load("tiny_shakespeare", split, data_dir)
    )
    return lambda: iter([text])


def _war_and_peace(data_dir):
    path = Path(data_dir or ".") / _WAR_AND_PEACE
    if not path.is_file():
        raise InputError(
            f"There is no {path} (Project Gutenberg's eBook 2600 without its "
            "frame; --data-dir says in which folder). Train on your own copy "
            "with --train-file."
        )
    return _verified(
        path,
        _WAR_AND_PEACE_SHA256,
        f"{path} is not the edition that is meant here. Train on it with "
        "--train-file.",
    )


def _verified(path, sha256, message):
    """The file's pieces, if its SHA-256, unpacked, is `sha256`."""
    read = _file(path)
    digest = hashlib.sha256()
    for content in read():
        digest.update(content)
    if digest.hexdigest() != sha256:
        raise InputError(message)
    return read
