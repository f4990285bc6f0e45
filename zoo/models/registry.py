"""The models that a file may name: nothing else is ever built from one."""

import concurrent.futures
import inspect
from collections.abc import Callable
from typing import NamedTuple

import keras

from zoo.argument_checks import one_of
from zoo.errors import InputError
from zoo.models.classifier import classifier
from zoo.models.feedforward import feedforward
from zoo.models.language_model import language_model
from zoo.models.translator import translator

BUILDERS: dict[str, Callable[..., keras.Model]] = {
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


class Described(NamedTuple):
    """What a model would be.

    Attributes:
        weights: the shapes of its weights by their paths.
        inputs: the names of its inputs.
        logits: the shape of its output, `None` for what is free.
    """

    weights: dict[str, tuple[int, ...]]
    inputs: list[str]
    logits: tuple[int | None, ...]


def described(builder: str, arguments: dict) -> Described:
    """A model's shapes, without a weight being allocated.

    A file may ask for a model of terabytes in a few bytes, so what is asked
    for is known before it is built.

    Args:
        builder: as for `build`.
        arguments: as for `build`.

    Raises:
        InputError: as `build`.
    """

    def describe():
        with keras.StatelessScope(initialize_variables=False):
            model = build(builder, arguments)
            return Described(
                {v.path: tuple(v.shape) for v in model.weights},
                [value.name for value in model.inputs],
                model.output["logits"].shape,
            )

    # Keras keeps a list of variables that wait for their values, one for each
    # thread, and gives them all their values on the next occasion. That of a
    # thread of its own is gone with it.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(describe).result()
