"""Errors of the system that say which file they are about."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

# What a write may fail of; the system's error then has no file's name.
_NO_ROOM = {errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EROFS}
# Windows has no quotas of this name.
_NO_ROOM.add(getattr(errno, "EDQUOT", errno.ENOSPC))


@contextlib.contextmanager
def naming(path: Path, draft: Path) -> Iterator[None]:
    """Within, an error that `draft` cannot be written names `path`.

    Args:
        path: what the user asked for.
        draft: what is written in its place meanwhile.

    Raises:
        OSError: as within; a file in the draft by its name in `path`.
    """
    try:
        yield
    except OSError as error:
        name = error.filename
        if name is None and error.errno in _NO_ROOM:
            error.filename = str(path)
        elif isinstance(name, (str, Path)) and str(name).startswith(str(draft)):
            error.filename = f"{path}{str(name)[len(str(draft)) :]}"
        raise
