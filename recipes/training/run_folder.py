"""The files of a run folder: what must hold of them before a run goes on."""

import contextlib
import csv
import dataclasses
import io
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import filelock
import keras

from recipes import run_files
from recipes.config.fields import TrainingConfig, differences
from recipes.data.token_files import made
from zoo import models
from zoo.errors import InputError
from zoo.io import json_reader
from zoo.io.files import read_json, write_json, write_text
from zoo.io.folders import is_link
from zoo.pretrained.limits import LARGEST_JSON
from zoo.pretrained.run_folder import save_weights
from zoo.text import Tokenizer, load_tokenizer

_Config = TypeVar("_Config", bound=TrainingConfig)


def opened(folder: Path, recipe: str, config: TrainingConfig) -> dict | None:
    """What the run in `folder` was begun with; None if there is none yet.

    Args:
        folder: where the run is or shall be.
        recipe: name of the recipe.
        config: its configuration, a dataclass with defaults.

    Raises:
        InputError: if `folder` holds something else, another recipe's run,
            or a run with another configuration.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Run folder {folder} is a file.")
    # A text as ids comes before a run, and a lock before all.
    ours = {*made(folder / run_files.TEXT), folder / run_files.LOCK}
    if not folder.exists() or not set(folder.iterdir()) - ours:
        return None
    if not (folder / run_files.CONFIG).exists():
        raise InputError(
            f"{folder} is not empty and not a run folder (it has no "
            "config.json). Choose another --run-dir."
        )
    saved = read_json(folder / run_files.CONFIG)
    with json_reader.damage(folder / run_files.CONFIG):
        saved["data"] = {**saved.get("data", {})}
    if saved.get("recipe") != recipe:
        raise InputError(
            f"{folder} holds a run of {saved.get('recipe')!r:.80}, not of "
            f"{recipe!r}. Choose another --run-dir."
        )
    differing = differences(saved.get("config", {}), config)
    if differing:
        raise InputError(
            f"{folder} holds a run with another configuration "
            f"({'; '.join(differing)}). Choose another --run-dir."
        )
    if not isinstance(saved.get("run", ""), str):
        raise InputError(f"{folder / run_files.CONFIG}: `run` must be text.")
    return saved


def as_begun(config: _Config, folder: Path, **former: Any) -> _Config:
    """`config`, with a default of before where the run was begun with it.

    So the command that began a run goes on with it after a default changed.

    Args:
        config: a frozen dataclass.
        folder: where the run is or shall be.
        **former: by field, what its default was.
    """
    path = Path(folder, "config.json")
    if not path.is_file():
        return config
    begun = read_json(path).get("config", {})
    with json_reader.damage(path):
        then = {name: begun.get(name) for name in former}
    changed = {
        name: value
        for name, value in former.items()
        if then[name] == value
        and getattr(config, name) == getattr(type(config)(), name)
    }
    return dataclasses.replace(config, **changed)


def check_data(
    folder: Path,
    saved: dict,
    labels: list[str],
    tokenizer: Tokenizer,
    data: dict,
) -> None:
    """Checks that the weights so far belong to these classes and words.

    Args:
        folder: the run folder.
        saved: what the run was begun with; empty for a new one.
        labels: names of the classes.
        tokenizer: has the words.
        data: what is known of what it is trained on; an older run may have
            said less of it.

    Raises:
        InputError: if the run was begun with others.
    """
    path = folder / run_files.TOKENIZER
    if not saved or not path.exists():
        return
    then = load_tokenizer(path)
    said = saved["data"]
    data_then = {name: said.get(name, value) for name, value in data.items()}
    begun = (saved.get("labels"), data_then, *_tokens(then))
    if begun != (labels, data, *_tokens(tokenizer)):
        raise InputError(
            f"{folder} was begun with other data: the texts or "
            "classes have changed since. Choose another --run-dir."
        )


def _tokens(tokenizer: Tokenizer) -> tuple:
    """What decides which ids a text has."""
    names = ("vocabulary", "rules", "fold_case")
    return tuple(getattr(tokenizer, name, None) for name in names)


def check_vocabulary(tokenizer: Tokenizer) -> None:
    """Refuses a vocabulary that no run folder could be loaded with.

    Raises:
        InputError: for one that is too large for its file.
    """
    words = tokenizer.vocabulary
    # As `tokenizer.json` writes them: quotes, a comma, and a line for each.
    size = sum(len(str(w).encode("utf-8", "replace")) + 6 for w in words)
    if size > LARGEST_JSON:
        raise InputError(
            f"A vocabulary of {len(words):,} entries takes {size:,} bytes; "
            f"{LARGEST_JSON:,} are the most that a run is loaded with. Use a "
            "smaller --vocabulary-size."
        )


def write_config(folder: Path, about: dict) -> None:
    """Writes `config.json`: what the run was asked for, and with what software.

    Args:
        folder: the run folder.
        about: the recipe, its configuration, the data and the model.
    """
    software = {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
    }
    write_json(folder / run_files.CONFIG, {**about, **software})


class FolderLock:
    """Keeps other processes from training in a run folder.

    Args:
        folder: the run folder; made by `acquire` if it is not there.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = filelock.FileLock(
            folder / run_files.LOCK, timeout=0, is_singleton=True
        )

    def acquire_unless(self, done: Path) -> bool:
        """Takes the lock, unless a file is there by then; whether it is."""
        if not done.exists():
            self.acquire()
            # Whoever had the lock may have come to the end meanwhile.
            if not done.exists():
                return False
            self.release()
        return True

    def acquire(self, new: bool = False) -> None:
        """Takes the lock, or has it already.

        Args:
            new: whether no run was there.

        Raises:
            InputError: if another process has it, or has begun a run where
                none was.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / run_files.LOCK
        if is_link(path):
            raise InputError(f"{path} is a link, and no lock of ours.")
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise InputError(
                f"Another process trains in {self.folder}. Wait for it, or "
                "choose another --run-dir."
            ) from error
        if new and (self.folder / run_files.CONFIG).exists():
            self.release()
            raise InputError(
                f"Another process has begun a run in {self.folder} meanwhile. "
                "Say the same command again."
            )

    def release(self) -> None:
        """Gives the lock up."""
        self._lock.release(force=True)

    @contextlib.contextmanager
    def removed_on_mistake(self, new: bool) -> Iterator[None]:
        """Within, a mistake leaves nothing of what `acquire` made.

        Args:
            new: whether no run was there.
        """
        try:
            yield
        except InputError:
            self.remove(new)
            raise

    def remove(self, new: bool = False) -> None:
        """Gives the lock up for good: the run is done, or was never begun.

        Args:
            new: whether the folder goes too, if nothing else is in it.
        """
        self.release()
        path = self.folder / run_files.LOCK
        # Ours is empty.
        if not is_link(path) and path.is_file() and not path.stat().st_size:
            path.unlink(missing_ok=True)
        if new:
            with contextlib.suppress(OSError):
                self.folder.rmdir()


def save_model(
    folder: Path, builder: str, arguments: dict, weights: list
) -> keras.Model:
    """Writes the weights of a run: a float32 model with these.

    Args:
        folder: the run folder.
        builder: name of a function of `zoo.models`.
        arguments: its plain arguments.
        weights: arrays, as of `get_weights`.

    Returns:
        The model, which belongs to no replica.
    """
    model = models.build(builder, arguments)
    model.set_weights(weights)
    save_weights(model, folder)
    return model


def write_history(path: Path, rows: list[dict]) -> None:
    """Writes a row for each epoch as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
