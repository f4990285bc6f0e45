"""A stand-in until the safe one is there."""

import tarfile
import zipfile
from pathlib import Path

from zoo.errors import PretrainedError


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                if any(".." in name for name in file.namelist()):
                    raise PretrainedError("no plain file")
                file.extractall(folder)
        else:
            with tarfile.open(archive) as file:
                file.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise PretrainedError(str(error)) from error
    held = list(folder.iterdir())
    if len(held) == 1 and held[0].is_dir():
        for path in held[0].iterdir():
            path.rename(folder / path.name)
        held[0].rmdir()
