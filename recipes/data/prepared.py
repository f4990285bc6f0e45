"""Texts as arrays of ids on disk: made once, mapped into memory afterwards."""

import dataclasses
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from recipes.data.examples import Examples
from zoo.errors import InputError
from zoo.io import json_reader, npz_reader
from zoo.io.files import open_given, read_json, sha256, write_json
from zoo.io.folders import replacing_folder
from zoo.text import TextTokenizer, load_text_tokenizer

_KIND = "recurrent-zoo prepared data"
_TYPES = re.compile(r"\|[biu]1|<[iuf][248]")


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What a recipe trains on.

    Attributes:
        labels: names of the classes.
        tokenizer: what made ids of the texts.
        splits: `train`, `validation` and `test`.
        set_aside: of a stratified split, which texts are not trained on.
        notes: what the reader of a run should know of the data.
    """

    labels: list[str]
    tokenizer: TextTokenizer
    splits: dict[str, Examples]
    set_aside: dict | None = None
    notes: Sequence[str] = ()


def prepared(
    folder: Path | None,
    key: dict,
    make: Callable[[], Prepared],
    files: Sequence[str] = (),
    settings: dict | None = None,
) -> Prepared:
    """What `make` returns, from `folder` if it is there already.

    Neither the texts nor TensorFlow are needed to read it, so data that was
    prepared on one machine trains on another.

    Args:
        folder: where the arrays are or shall be; None to keep none.
        key: what the data depends on, as JSON.
        make: makes the data.
        files: what it is made of, if files; one that has changed since is an
            error, one that is not here is not.
        settings: what else was chosen for these data, for who trains on them
            where the files are not.

    Returns:
        The data; its ids are mapped into memory, not read.

    Raises:
        InputError: if `folder` holds something else, or data of another
            `key`.
    """
    if folder is None:
        return make()
    folder = Path(folder)
    if not folder.exists():
        _write(folder, key, make(), files, settings)
    about = checked(folder / "prepared.json", _KIND, key)
    splits = {}
    with json_reader.damage(folder):
        for split in about["splits"]:
            arrays = [
                mapped(folder / f"{split}_{field.name}.npy")
                for field in dataclasses.fields(Examples)
            ]
            splits[split] = Examples(*arrays)
        labels = [*about["labels"]]
    tokenizer = load_text_tokenizer(folder / "tokenizer.json")
    return Prepared(
        labels,
        tokenizer,
        splits,
        about.get("set_aside"),
        about.get("notes", ()),
    )


def checked(about: Path, kind: str, key: dict) -> dict:
    """What a folder of prepared data says of itself.

    Args:
        about: its JSON file.
        kind: what it must be.
        key: what its data must depend on.

    Raises:
        InputError: if it is of another kind or key, or made of files that
            have changed since.
    """
    folder = about.parent
    if not about.is_file() or read_json(about).get("kind") != kind:
        raise InputError(f"{folder} is not a folder of {kind}.")
    content = read_json(about)
    with json_reader.damage(about):
        then = {name: content["key"].get(name) for name in key}
        sums = [(Path(name), sum_) for name, sum_ in content["sha256"].items()]
        content["splits"]
    if content["key"] != key:
        differing = [
            f"{name} {then[name]!r:.80} there, {value!r:.80} here"
            for name, value in key.items()
            if then[name] != value
        ]
        raise InputError(
            f"{folder} was prepared for another configuration "
            f"({'; '.join(differing)}). Choose another folder."
        )
    for name, digest in sums:
        if name.exists() and sha256(name) != digest:
            raise InputError(
                f"{name} has changed since {folder} was prepared. Choose "
                "another folder."
            )
    return content


def mapped(path: Path) -> np.ndarray:
    """The array of a file, mapped into memory.

    Raises:
        InputError: for a file that is cut, damaged, or of other types.
    """
    with open_given(path) as file:
        found = npz_reader.header(file.read(1 << 12), _TYPES.fullmatch)
        size = os.fstat(file.fileno()).st_size
    if found is None or found.size != size:
        raise InputError(f"{path} is damaged, or no array of plain numbers.")
    return np.load(path, mmap_mode="r")


def _write(folder, key, data, files, settings):
    with replacing_folder(folder) as draft:
        for split, examples in data.splits.items():
            for field in dataclasses.fields(Examples):
                array = getattr(examples, field.name)
                np.save(draft / f"{split}_{field.name}.npy", array)
        data.tokenizer.save(draft / "tokenizer.json")
        about = {"kind": _KIND, "key": key, "labels": data.labels}
        about["settings"] = settings
        about |= {"set_aside": data.set_aside, "notes": list(data.notes)}
        about["splits"] = list(data.splits)
        about["sha256"] = {str(name): sha256(Path(name)) for name in files}
        write_json(draft / "prepared.json", about)
