"""Standard input, output and error, which may be closed, full or in ASCII."""

import io
import os
import sys
from typing import Any, TextIO

from zoo.errors import InputError

OUTPUT = "standard output"


class _Output(io.FileIO):
    """Standard output that is named in the errors of its system calls."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = OUTPUT
            raise


def prepare() -> None:
    """Makes the three streams usable, before anything is opened.

    Raises:
        InputError: if standard output is closed: an answer would be lost.
    """
    closed = [name for name in ("stdout", "stderr") if _is_closed(name)]
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Else the next file that is opened would be taken for the stream.
            _lead_nowhere(number)
    if "stderr" in closed:
        # Kept open: `print` to a stream of `None` writes to standard output.
        sys.stderr = open(os.devnull, "w")
    if "stdout" in closed:
        raise InputError("Standard output is closed.")
    sys.stdout = _with_a_name(sys.stdout)
    # A text may hold what the terminal cannot show, or be in no encoding.
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)


def flush() -> None:
    """Writes what `print` kept back, while an error can still be told.

    Raises:
        OSError: where it cannot be written.
    """
    sys.stdout.flush()


def text_of_input() -> TextIO:
    """Standard input.

    Raises:
        InputError: if it is closed.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("There is no text, and standard input is closed.")
    return sys.stdin


def say(line: str) -> None:
    """Prints a line to standard error, if that can be written to.

    Where nobody reads the errors, the exit code is all there is to say.
    """
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """What is still kept back goes nowhere.

    Else Python itself would try again at its end, and complain.
    """
    try:
        number = stream.fileno()
    except (AttributeError, OSError, ValueError):
        # No stream of the system: a test's, or a notebook's.
        return
    opened = os.open(os.devnull, os.O_WRONLY)
    os.dup2(opened, number)
    os.close(opened)


def _with_a_name(stream: TextIO) -> TextIO:
    """The same stream; one of a test, or of a notebook, is left as it is."""
    buffer = getattr(stream, "buffer", None)
    # Python has none of its own where PYTHONUNBUFFERED is set.
    raw = getattr(buffer, "raw", buffer)
    # Not of a subclass: a console of Windows is something else.
    if type(raw) is not io.FileIO:
        return stream
    stream.flush()
    named: Any = _Output(raw.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        named if buffer is raw else io.BufferedWriter(named),
        encoding=stream.encoding,
        line_buffering=getattr(stream, "line_buffering", False),
        write_through=getattr(stream, "write_through", False),
    )


def _is_closed(name: str) -> bool:
    stream = getattr(sys, name)
    return stream is None or stream.closed


def _lead_nowhere(number: int) -> None:
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
