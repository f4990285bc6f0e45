"""From whatever a command raised to one line and an exit code.

    2    a mistake of the user, or of what came from outside
    70   an error of the zoo itself; its traceback is kept in a file
    141  nobody reads the output any more: 128 + SIGPIPE, as a shell says of
         every program that a closed pipe ended

`RECURRENT_ZOO_DEBUG=1` shows the traceback in place of the line.
"""

import errno
import os
import re
import sys
import tempfile
import traceback

import zoo
from zoo.cli import standard_streams
from zoo.errors import InputError
from zoo.printable import one_line, printable
from zoo.redaction import without_secrets

DEBUG = "RECURRENT_ZOO_DEBUG"
_NODE = re.compile(r"^\{\{.*?\}\}\s*|\s*\[Op:\w*\]$")
_NUL = "embedded null"
MISTAKE, OURS, NOBODY_READS = 2, 70, 141
# What TensorFlow calls a full disk or memory, and files that it may not use.
_OF_TENSORFLOW = (
    "DataLossError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnavailableError",
)
_OF_SYSTEM = tuple(
    os.strerror(number)
    for number in (errno.EACCES, errno.EFBIG, errno.ENOSPC, errno.EROFS)
)


def answer(error: Exception) -> int:
    """Says what went wrong; returns the exit code."""
    if isinstance(error, InputError):
        return _refused(error)
    # Of another pipe or a server it would name what it is about, or be ours.
    if isinstance(error, BrokenPipeError) and error.filename in (
        None,
        standard_streams.OUTPUT,
    ):
        standard_streams.give_up(sys.stdout)
        return NOBODY_READS
    if isinstance(error, OSError):
        return _refused(_of_system(error))
    if isinstance(error, MemoryError):
        return _refused("There is not enough memory for this.")
    if isinstance(error, ValueError) and str(error).startswith(_NUL):
        # What Python says of it for the system, which ends a name there.
        return _refused("The name of a file or an encoding has a NUL in it.")
    if isinstance(error, ImportError) and not _is_ours(error):
        return _refused(
            f"{_first_line(error).rstrip('.')}. Something that recurrent-zoo "
            "needs is missing or damaged: install it again."
        )
    if _is_of_outside(error):
        # Which node of a graph it was says nothing to anyone.
        return _refused(_NODE.sub("", _first_line(error)))
    if os.environ.get(DEBUG) == "1":
        raise error
    return _bug(error)


def _refused(message: object) -> int:
    line = one_line(without_secrets(message))
    standard_streams.say(f"zoo: error: {line}")
    return MISTAKE


def _of_system(error: OSError) -> str:
    """What the system refused, and of which file if that is known."""
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename == standard_streams.OUTPUT:
        standard_streams.give_up(sys.stdout)
    if error.filename is not None and error.filename != "":
        name = error.filename
        name = os.fsdecode(name) if isinstance(name, bytes) else str(name)
        return f"{name}: {reason}"
    if isinstance(error, FileNotFoundError) and not _has_folder():
        return "The folder that this runs in is gone: cd to another one."
    return reason


def _has_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _is_of_outside(error: Exception) -> bool:
    """Whether it is TensorFlow's word for what the system refused."""
    # Not imported for this: who has not imported it did not raise it.
    tensorflow = sys.modules.get("tensorflow")
    errors = getattr(tensorflow, "errors", None)
    if errors is None or not isinstance(error, errors.OpError):
        return False
    known = tuple(getattr(errors, name) for name in _OF_TENSORFLOW)
    said = str(error)
    return isinstance(error, known) or any(one in said for one in _OF_SYSTEM)


def _is_ours(error: ImportError) -> bool:
    return str(error.name).partition(".")[0] in ("zoo", "recipes", "export")


def _first_line(error: Exception) -> str:
    lines = str(getattr(error, "message", "") or error).strip().splitlines()
    return one_line(lines[0] if lines else type(error).__name__, 300)


def _bug(error: Exception) -> int:
    what = without_secrets(f"{type(error).__name__}: {_first_line(error)}")
    standard_streams.say(
        f"zoo: error: {one_line(what, 400).rstrip('.')}. "
        f"This is a fault of recurrent-zoo {zoo.__version__}: please report it "
        f"where you have the package from, {one_line(_kept(error))}."
    )
    return OURS


def _kept(error: Exception) -> str:
    """Keeps the traceback in a file that nobody else may read; says where."""
    lines = traceback.format_exception(error)
    text = printable(without_secrets("".join(lines)), keep="\n\t")
    try:
        # Of a name that nobody can guess, with mode 0600.
        number, path = tempfile.mkstemp(prefix="recurrent-zoo-", suffix=".txt")
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return f"with what {DEBUG}=1 shows"
    return f"with {path}"
