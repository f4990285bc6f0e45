"""A ZIP archive from elsewhere becomes a folder, or nothing at all.

The standard library's `extractall` keeps names inside the folder, but unpacks
whatever there is, however large it grows. So the entries are looked at here,
each before its bytes are read:

1. its name: one that a pretrained folder has, directly or in one top folder
   that is the same for all; no other directory, nothing absolute, no `..`;
2. what `zoo.io.zip_reader` checks: a plain file, once, of a size within the
   bound of that file (`limits.LARGEST`) and at most 100 times what is packed.

What is written goes into a hidden folder beside the destination, which takes
its name when all is done and is removed when something is refused.
"""

import io
import shutil
import zipfile
from pathlib import Path

from zoo.errors import PretrainedError
from zoo.io import zip_reader
from zoo.io.files import open_plain
from zoo.io.folders import replacing_folder
from zoo.pretrained.limits import LARGEST, MANIFEST


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a pretrained folder.

    Args:
        archive: a ZIP file.
        folder: where to; it must not be there yet.

    Raises:
        PretrainedError: for an archive that is damaged, cut, too large, or
            holds anything but the plain files of a pretrained folder. Nothing
            is left behind.
    """
    archive, folder = Path(archive), Path(folder)
    what = archive.name
    if folder.exists() or folder.is_symlink():
        raise PretrainedError(f"{folder} is there already.")
    with (
        open_plain(archive) as file,
        replacing_folder(folder) as draft,
        zip_reader.opened(file, what, PretrainedError) as entries,
    ):
        for info, name in _entries(entries, what).items():
            with (
                entries.open(info) as packed,
                open(draft / name, "xb") as out,
            ):
                # The library stops at the size that was checked above.
                shutil.copyfileobj(packed, out)
                if out.tell() < info.file_size:
                    raise PretrainedError(f"{what} ends too soon.")
        if not (draft / MANIFEST).is_file():
            raise PretrainedError(f"{what} holds no {MANIFEST}.")


def manifest_of(content: bytes, what: str) -> bytes:
    """The manifest in an archive of a pretrained folder.

    Args:
        content: of the ZIP file.
        what: its name in messages.

    Raises:
        PretrainedError: as `unpack`.
    """
    with zip_reader.opened(
        io.BytesIO(content), what, PretrainedError
    ) as entries:
        for info, name in _entries(entries, what).items():
            if name == MANIFEST:
                return entries.read(info)
    raise PretrainedError(f"{what} holds no {MANIFEST}.")


def _entries(archive: zipfile.ZipFile, what: str) -> dict[zipfile.ZipInfo, str]:
    """The entries that are files, each with its name in the folder."""
    # An entry for the top folder holds nothing, and is left out.
    infos = {
        info: name
        for info in archive.infolist()
        if (name := _name(info.filename, what))
    }
    if len({info.filename.rpartition("/")[0] for info in infos}) > 1:
        raise PretrainedError(f"{what} holds more than one folder.")
    largest = {info.filename: LARGEST[name] for info, name in infos.items()}
    zip_reader.members(infos, largest, what, PretrainedError)
    return infos


def _name(full: str, what: str) -> str:
    """The name in the folder; nothing for the top folder itself."""
    top, slash, name = full.rpartition("/")
    plain = not slash or top not in ("", "..")
    plain = plain and not set("/\\:\0") & set(top) and len(top) < 256
    if not plain or name not in ("", *LARGEST) or not full:
        raise PretrainedError(
            f"{what} holds {full[:100]!r}; it may hold {', '.join(LARGEST)} "
            "and nothing else."
        )
    return name
