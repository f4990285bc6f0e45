"""What workers on several machines know, and strangers do not."""

import os
import stat
from pathlib import Path

from zoo.errors import InputError
from zoo.io.files import open_given

# `zoo launch` gives its workers one so.
VARIABLE = "RECURRENT_ZOO_SECRET"
_LEAST, _MOST = 16, 4096
_HOW = 'python -c "import secrets; print(secrets.token_hex(32))" > FILE'


def shared_secret(file: Path | None = None) -> bytes:
    """The secret of a file, or else of the environment; empty without any.

    Raises:
        InputError: for what is no file, a file that others can read, and a
            secret that is too short.
        OSError: for a file that cannot be read.
    """
    if file is not None:
        return _long_enough(_read(file), str(file))
    # A variable that is set and empty is a mistake, and not no secret.
    if VARIABLE in os.environ:
        return _long_enough(os.fsencode(os.environ[VARIABLE]), VARIABLE)
    return b""


def needed() -> InputError:
    """The error of workers on several machines that have none."""
    return InputError(
        "Workers on several machines need a secret, by which they know each "
        f"other: make it once ({_HOW}), bring it to all of them, and give "
        "--secret-file FILE to each."
    )


def _read(file):
    # A cluster brings it as a link.
    with open_given(file) as opened:
        about = os.fstat(opened.fileno())
        if os.name == "posix" and about.st_mode & stat.S_IRWXO:
            raise InputError(
                f"Others may read or change {file}: chmod 600 {file}"
            )
        return opened.read(_MOST + 1)


def _long_enough(content, what):
    # An editor may have put an end of line behind it.
    content = content.strip()
    if not _LEAST <= len(content) <= _MOST:
        raise InputError(
            f"{what} must hold a secret of {_LEAST} to {_MOST} bytes. "
            f"Received: {len(content)} bytes. Make one: {_HOW}"
        )
    return content
