"""The `zoo` command: finds what was asked for in the table, and runs it."""

import os
import signal
import sys
import warnings
from collections.abc import Callable

import zoo
from zoo.backend.quiet_loggers import only_errors
from zoo.cli import commands, failures, signals, standard_streams
from zoo.cli.backend import check_backend
from zoo.cli.parser import Parser
from zoo.errors import Terminated, ZooWarning
from zoo.printable import one_line, printable
from zoo.redaction import without_secrets

_ABOUT = """\
A zoo of recurrent networks: train, test, export and use them.
X is the name of a pretrained model, a run or pretrained folder, hf://OWNER/NAME
or https://.../NAME.zip#sha256=HEX.
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit code, 2 for a user's mistake.

    Nothing but `SystemExit`, behind the answer to `--help`, leaves it; with
    `RECURRENT_ZOO_DEBUG=1` an error of the zoo's own does too.
    """
    words = sys.argv[1:] if arguments is None else arguments
    # TensorFlow's own remarks about the processor help nobody here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
        standard_streams.prepare()
        try:
            command = _command(words)
            return command.load()(words[1:]) or 0
        finally:
            standard_streams.flush()
    except KeyboardInterrupt as stopped:
        resumes = command is not None and command.resumes
        hint = "; the same command goes on from there" if resumes else ""
        word, number = "interrupted", int(signal.SIGINT)
        if isinstance(stopped, Terminated):
            word, number = "terminated", stopped.number
        standard_streams.say(f"\nzoo: {word}{hint}")
        return 128 + number
    # The boundary: whatever it is, a person reads one line.
    except Exception as error:
        return failures.answer(error)


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


def _one_line(in_python: Callable[..., str]) -> Callable[..., str]:
    """Shows a warning of ours as one line, others as Python does."""

    def shown(message, category, *place, **more):
        if issubclass(category, ZooWarning):
            return f"zoo: {one_line(message)}\n"
        text = in_python(message, category, *place, **more)
        return printable(without_secrets(text), keep="\n\t")

    return shown


if __name__ == "__main__":
    sys.exit(main())
