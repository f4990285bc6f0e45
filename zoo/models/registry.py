"""The models that a file may name: nothing else is ever built from one."""

import inspect

import keras

from zoo.errors import InputError
from zoo.models.classifier import classifier
from zoo.models.feedforward import feedforward
from zoo.models.language_model import language_model
from zoo.models.translator import translator
from zoo.names import one_of

BUILDERS = {
    "classifier": classifier,
    "feedforward": feedforward,
    "language_model": language_model,
    "translator": translator,
}


def build(builder: str, arguments: dict) -> keras.Model:
    """A new model from a builder's name and its plain arguments.

    Args:
        builder: one of the keys of `BUILDERS`.
        arguments: what that function takes: ints, floats, bools, strings.

    Raises:
        InputError: for an unknown builder or argument, a missing one, or a
            value of another type.
    """
    function = BUILDERS[one_of("builder", builder, BUILDERS)]
    parameters = inspect.signature(function).parameters
    for name, value in arguments.items():
        wanted = parameters[one_of("argument", name, parameters)].annotation
        types = (int, float) if wanted is float else (wanted,)
        if type(value) not in types:
            raise InputError(
                f"`{name}` of {builder} must be of type {wanted.__name__}. "
                f"Received: {value!r}"
            )
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in arguments:
            raise InputError(f"`{name}` of {builder} is missing.")
    return function(**arguments)
