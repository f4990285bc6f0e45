"""Which pretrained models are at hand by name: our own, and those of others."""

import warnings
from pathlib import Path
from typing import Any

from zoo.argument_checks import path_of
from zoo.errors import InputError, ZooWarning
from zoo.registry import Registry

SHIPPED = Path(__file__).parent / "models"


def _check(found: Any) -> Path:
    folder = path_of("folder", found)
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    return folder


_REGISTRY = Registry(
    "collection of pretrained models",
    "recurrent_zoo.pretrained",
    {"recurrent_zoo": SHIPPED},
    _check,
)


def register(name: str, folder: str | Path, *, replace: bool = False) -> None:
    """Makes all pretrained folders in a folder known by their names.

    A package does this for whoever installs it, with an entry point of the
    group `recurrent_zoo.pretrained` that names a `Path`. `zoo list` imports
    it, so it should stand in a module that imports nothing heavy.

    Args:
        name: of the collection, for messages: small letters, digits and `_`.
        folder: holds pretrained folders, each named like its model.
        replace: whether a collection that was registered under this name
            before gives way.

    Raises:
        InputError: for a name that is taken or no name, and where there is no
            such folder.
    """
    _REGISTRY.register(name, _check(folder), replace)


def folders() -> dict[str, Path]:
    """The pretrained folders at hand, by the names of their models.

    Of two that have one name the first is there, and a `ZooWarning` says which
    collection the other is of; what ships with this package is first.
    """
    found: dict[str, Path] = {}
    for collection, models in _REGISTRY.usable():
        for path in sorted(models.glob("*/manifest.json")):
            folder = path.parent
            if found.setdefault(folder.name, folder) != folder:
                warnings.warn(
                    f"The pretrained model {folder.name!r} of "
                    f"{_REGISTRY.source(collection)} is left out: there is one "
                    "of this name already.",
                    ZooWarning,
                    stacklevel=2,
                )
    return dict(sorted(found.items()))


def names() -> list[str]:
    """The names of the pretrained models at hand; nothing heavy is imported."""
    return list(folders())


def is_installed(folder: Path) -> bool:
    """Whether a pretrained folder came with a package, not from elsewhere."""
    return folder.parent in [path for _, path in _REGISTRY.usable()]
