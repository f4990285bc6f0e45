"""The states that a killed run goes on from: checked, and one in reserve."""

import hashlib
import re
import sys
from pathlib import Path

from zoo.errors import InputError
from zoo.io.files import replacing

# So many are kept: should the newest be damaged, there is the one before.
KEPT = 2

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
        if not self.folder.is_dir():
            return []
        states = [
            (int(match[1]), int(match[2]), path)
            for path in self.folder.iterdir()
            if (match := _NAME.fullmatch(path.name))
        ]
        return [path for *_, path in sorted(states, reverse=True)]

    def read(self) -> bytes | None:
        """The newest state that is whole; None if there never was one.

        Raises:
            InputError: if there are some and each is damaged.
        """
        paths = self.paths()
        for index, path in enumerate(paths):
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            match = _NAME.fullmatch(path.name)
            if match and match[3] == digest:
                # A damaged one would be kept as the newest, or as the spare.
                for damaged in paths[:index]:
                    damaged.unlink()
                return content
            print(
                f"{path} is damaged (its SHA-256 is {digest[:8]}...); going "
                "back to the one before.",
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
            InputError: if it cannot be written; what was there is left.
        """
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
        kept = self.paths()[:KEPT]
        # Also what a killed process has left half written.
        for path in self.folder.iterdir():
            if path not in kept:
                path.unlink()
