"""The states that a killed run goes on from: checked, and one in reserve."""

import contextlib
import hashlib
import re
import sys
from pathlib import Path

from zoo.errors import InputError
from zoo.io.files import read_plain, replacing, sha256
from zoo.io.folders import is_link
from zoo.printable import printable

# So many are kept: should the newest be damaged, there is the one before.
KEPT = 2
# Many times what the largest model of the zoo and its optimizer take.
_LARGEST = 1 << 34

_NAME = re.compile(r"epoch_(\d+)_step_(\d+)-([0-9a-f]{64})\.npz")


class CheckpointStore:
    """A folder of states, each with its SHA-256 in its name.

    A state appears under its name at once and whole, so a process may be
    killed at any moment: between two writes, there is one more than needed.

    Args:
        folder: where they are or shall be.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def paths(self) -> list[Path]:
        """The states, the newest first."""
        if is_link(self.folder) or not self.folder.is_dir():
            return []
        states = [
            (int(match[1]), int(match[2]), path)
            for path in self.folder.iterdir()
            if path.is_file() and not is_link(path)
            if (match := _NAME.fullmatch(path.name))
        ]
        return [path for *_, path in sorted(states, reverse=True)]

    def read(self) -> bytes | None:
        """The newest state that is whole; None if there never was one.

        Raises:
            InputError: if there are some and each is damaged, or if the folder
                is a link.
        """
        self._refuse_link()
        paths = self.paths()
        for index, path in enumerate(paths):
            if _is_whole(path):
                # A damaged one would be kept as the newest, or as the spare.
                for damaged in paths[:index]:
                    damaged.replace(
                        damaged.with_name(f"{damaged.name}.damaged")
                    )
                return read_plain(path, _LARGEST, own=True)
            print(
                f"{printable(path)} is damaged; going back to the one before.",
                file=sys.stderr,
            )
        if paths:
            raise InputError(
                f"Each state in {self.folder} is damaged. Delete that folder "
                "to start the run again."
            )
        return None

    def write(self, content: bytes, epoch: int, step: int) -> None:
        """Keeps `content`, and of those before it the newest.

        Args:
            content: the state.
            epoch: whole epochs that it comes after.
            step: steps of the next epoch that it comes after.

        Raises:
            InputError: if it cannot be written; what was there is left. Also
                if the folder is a link.
        """
        self._refuse_link()
        digest = hashlib.sha256(content).hexdigest()
        name = f"epoch_{epoch:04d}_step_{step:08d}-{digest}.npz"
        try:
            with replacing(self.folder / name) as draft:
                draft.write_bytes(content)
        except OSError as error:
            raise InputError(
                f"The state after epoch {epoch} cannot be saved in "
                f"{self.folder}: {error.strerror}. What was saved before is "
                "intact: make room, and the same command goes on from there."
            ) from error
        self._keep(KEPT)

    def remove(self) -> None:
        """Removes the states, and the folder if nothing else is in it."""
        if not is_link(self.folder):
            self._keep(0)
            with contextlib.suppress(OSError):
                self.folder.rmdir()

    def _keep(self, count):
        """Removes whole states, but for the newest; nothing else is ours."""
        for path in self.paths()[count:]:
            if _is_whole(path):
                path.unlink()

    def _refuse_link(self):
        if is_link(self.folder):
            raise InputError(
                f"{self.folder} is a link, which is not followed. Remove it."
            )


def _is_whole(path):
    match = _NAME.fullmatch(path.name)
    return match is not None and match[3] == sha256(path)
