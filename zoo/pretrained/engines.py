"""What may compute the answers of a model, by name."""

import os

from zoo.argument_checks import one_of

# `zoo.pretrained.onnx_engine` says what each of them does.
ENGINES = ("auto", "onnx", "keras")
# Of the environment: the engine of commands that do not name one.
VARIABLE = "RECURRENT_ZOO_ENGINE"


def of_command(flag: str | None) -> str:
    """The engine of a command.

    Args:
        flag: what the command line says, if it does.

    Raises:
        InputError: for a name that is none.
    """
    if flag is not None:
        return one_of("engine", flag, ENGINES)
    return one_of(VARIABLE, os.environ.get(VARIABLE) or "auto", ENGINES)
