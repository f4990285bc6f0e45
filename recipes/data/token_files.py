"""A long text as files of token ids, split, mapped into memory."""

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from recipes.data.prepared import checked, mapped
from recipes.data.utf8 import characters
from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.io import drafts, folders, json_reader
from zoo.io.files import read_json, sha256, write_json
from zoo.io.folders import replacing_folder
from zoo.text import (
    ByteTokenizer,
    CharacterTokenizer,
    TextTokenizer,
    load_text_tokenizer,
)

_KIND = "recurrent-zoo tokens"
_ABOUT = "tokens.json"
TOKENS = (CharacterTokenizer.kind, ByteTokenizer.kind)


@dataclasses.dataclass(frozen=True)
class TokenFiles:
    """A text as ids.

    Attributes:
        tokenizer: what made ids of the text.
        splits: `train`, `validation` and, if asked for, `test`: arrays of
            ids, of shape `(length,)` and an unsigned type that holds them
            all; mapped into memory, not read.
        sha256: of the whole text, in bytes; None where the files were made
            before it was kept.
    """

    tokenizer: TextTokenizer
    splits: dict[str, np.ndarray]
    sha256: str | None


def prepared(
    folder: Path,
    key: dict,
    source: Callable[[], Callable[[], Iterator[bytes]]],
    what: str,
    files: Sequence[str] = (),
    tokenizer: TextTokenizer | None = None,
    settings: dict | None = None,
) -> TokenFiles:
    """The text as ids, from `folder` if they are there already.

    The text is read piece by piece, three times: to measure it, to collect
    the characters of its training part, and to write the ids. The first
    `1 - validation_share - test_share` of it is the training part, then
    comes the validation part, and last the test part.

    Args:
        folder: where the files are or shall be.
        key: `tokens`, `validation_share` and `test_share`, and what else
            the ids depend on.
        source: function of nothing to one that opens the text and returns
            its pieces, as bytes; not called where the ids are there already.
        what: name of the text, for errors.
        files: what it is made of, if files; one that has changed since is an
            error, one that is not here any more is not.
        tokenizer: what makes the ids, if not a new one.
        settings: what else was chosen for this text, for who trains on it
            where the file is not.

    Raises:
        InputError: for an empty text, or one that is not UTF-8 where its
            characters are asked for; if `folder` holds something else, or
            the ids of another text.
    """
    folder = Path(folder)
    if not folder.exists() or not any(folder.iterdir()):
        _write(folder, key, source(), what, files, tokenizer, settings)
    about = checked(folder / _ABOUT, _KIND, key)
    with json_reader.damage(folder):
        splits = {
            name: mapped(folder / f"{name}.npy") for name in about["splits"]
        }
    tokenizer = load_text_tokenizer(folder / "tokenizer.json")
    return TokenFiles(tokenizer, splits, about.get("text_sha256"))


def made(folder: Path) -> list[Path]:
    """Of a folder of tokens what is there: it, and dead drafts of it.

    A folder of this name that holds something else is none of them.
    """
    left = drafts.dead_folders(folder)
    about = folder / _ABOUT
    if about.is_file() and read_json(about).get("kind") == _KIND:
        return [folder, *left]
    return left


def discard(folder: Path) -> None:
    """Removes a folder of tokens, and what is left of drafts of it.

    What else somebody has put there stays, and so does what was changed.
    """
    folders.sweep(folder)
    if folder in made(folder):
        about = folder / _ABOUT
        files = read_json(about).get("files", {})
        folders.remove(folder, {**files, _ABOUT: sha256(about)})


def encoded(
    tokenizer: TextTokenizer, read: Callable[[], Iterator[bytes]], what: str
) -> Iterator[np.ndarray]:
    """The pieces of a text as ids, one list of ids after the other.

    Args:
        tokenizer: of characters or bytes.
        read: opens the text; returns its pieces, as bytes.
        what: the text's name in messages.

    Raises:
        InputError: for characters out of what is not UTF-8.
    """
    if isinstance(tokenizer, ByteTokenizer):
        return map(tokenizer.encode_bytes, read())
    return map(tokenizer.encode, characters(read, what))


def _bounds(length: int, key: dict) -> dict[str, tuple[int, int]]:
    """Where each split of a text of `length` tokens begins and ends."""
    aside = key["validation_share"] + key["test_share"]
    ends = [
        int(length * (1 - aside)),
        int(length * (1 - key["test_share"])),
        length,
    ]
    names = ("train", "validation", "test")
    starts = [0, *ends[:-1]]
    return {
        name: (start, end)
        for name, start, end in zip(names, starts, ends, strict=True)
        if name != "test" or key["test_share"]
    }


def _write(folder, key, read, what, sources, tokenizer, settings):
    one_of("tokens", key["tokens"], TOKENS)
    digest = hashlib.sha256()

    def hashed():
        for content in read():
            digest.update(content)
            yield content

    if key["tokens"] == ByteTokenizer.kind:
        tokenizer = ByteTokenizer()
        length = sum(map(len, hashed()))
    else:
        length = sum(map(len, characters(hashed, what)))
    if not length:
        raise InputError(f"{what} is empty.")
    parts = _bounds(length, key)
    if tokenizer is None:
        tokenizer = _of_training_part(read, what, parts["train"][1])
    dtype = np.min_scalar_type(tokenizer.size - 1)
    short = [name for name, (start, end) in parts.items() if end - start < 2]
    if short:
        raise InputError(
            f"{what} is too short to be split: {length} tokens, of which "
            f"fewer than 2 are for {short[0]}."
        )
    with replacing_folder(folder) as draft, contextlib.ExitStack() as stack:
        files = {}
        for name, (start, end) in parts.items():
            files[name] = stack.enter_context(open(draft / f"{name}.npy", "wb"))
            # Not through a map of the file, which would fill the memory.
            np.lib.format.write_array_header_1_0(
                files[name],
                {
                    "descr": np.lib.format.dtype_to_descr(dtype),
                    "fortran_order": False,
                    "shape": (end - start,),
                },
            )
        offset = 0
        for ids in encoded(tokenizer, read, what):
            for name, (start, end) in parts.items():
                low, high = max(start, offset), min(end, offset + len(ids))
                if low < high:
                    taken = ids[low - offset : high - offset]
                    files[name].write(taken.astype(dtype).tobytes())
            offset += len(ids)
        tokenizer.save(draft / "tokenizer.json")
        about = {"kind": _KIND, "key": key, "splits": list(parts)}
        about["settings"] = settings
        about["text_sha256"] = digest.hexdigest()
        about["sha256"] = {str(name): sha256(Path(name)) for name in sources}
        stack.close()
        about["files"] = {p.name: sha256(p) for p in sorted(draft.iterdir())}
        write_json(draft / _ABOUT, about)


def _of_training_part(read, what, end):
    seen: set[str] = set()
    for text in characters(read, what):
        seen.update(text[:end])
        end -= len(text)
        if end <= 0:
            break
    return CharacterTokenizer(sorted(seen))
