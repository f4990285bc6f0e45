"""The `zoo` command: finds what was asked for in the table, and runs it."""

import os
import signal
import sys
import warnings
from collections.abc import Callable

import zoo
from zoo.backend.quiet_loggers import only_errors
from zoo.cli import commands, signals
from zoo.cli.backend import check_backend
from zoo.cli.parser import Parser
from zoo.errors import InputError, Terminated, ZooWarning

_ABOUT = """\
A zoo of recurrent networks: train, test, export and use them.
X is the name of a pretrained model, a run or pretrained folder, hf://OWNER/NAME
or https://.../NAME.zip#sha256=HEX.
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit code, 2 for a user's mistake."""
    words = sys.argv[1:] if arguments is None else arguments
    # TensorFlow's own remarks about the processor help nobody here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _show_any_text()
    in_python = warnings.formatwarning
    warnings.formatwarning = _one_line(in_python)
    try:
        with only_errors("tensorflow"), signals.as_exceptions():
            return _run(words)
    finally:
        warnings.formatwarning = in_python


def _run(words: list[str]) -> int:
    command = None
    try:
        command = _command(words)
        return command.load()(words[1:]) or 0
    except InputError as error:
        return _refused(str(error))
    except OSError as error:
        if error.strerror is None:
            raise
        return _refused(f"{error.filename or ''}: {error.strerror}")
    except KeyboardInterrupt as stopped:
        resumes = command is not None and command.resumes
        hint = "; the same command goes on from there" if resumes else ""
        word, number = "interrupted", int(signal.SIGINT)
        if isinstance(stopped, Terminated):
            word, number = "terminated", stopped.number
        print(f"\nzoo: {word}{hint}", file=sys.stderr)
        return 128 + number


def _command(words: list[str]) -> commands.Command:
    """The command that `words` begin with.

    Raises:
        InputError: if they begin with none.
        SystemExit: behind the answer to `--help` or `--version`.
    """
    if words and not words[0].startswith("-"):
        # A command of another package is imported there.
        check_backend()
        return commands.get(words[0])
    parser = Parser(prog="zoo", description=_ABOUT)
    version = f"recurrent-zoo {zoo.__version__}"
    parser.add_argument("--version", action="version", version=version)
    known = parser.add_subparsers(metavar="COMMAND")
    for name, text in commands.helps().items():
        known.add_parser(name, help=text)
    parser.parse_args(words[:1])
    parser.error("the following arguments are required: COMMAND")


def _show_any_text() -> None:
    """A text may hold what the terminal cannot show, or be in no encoding."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)


def _one_line(in_python: Callable[..., str]) -> Callable[..., str]:
    """Shows a warning of ours as one line, others as Python does."""

    def shown(message, category, *place, **more):
        if issubclass(category, ZooWarning):
            return f"zoo: {message}\n"
        return in_python(message, category, *place, **more)

    return shown


def _refused(message: str) -> int:
    print(f"zoo: error: {' '.join(message.split())}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
