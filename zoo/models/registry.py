"""The models that a file may name: nothing else is ever built from one."""

import concurrent.futures
import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from zoo.argument_checks import of_type, one_of
from zoo.errors import InputError
from zoo.registry import Registry, load

if TYPE_CHECKING:
    import keras

# What a model may be for: `zoo.load` makes a task of it.
TASKS = ("classifier", "language_model", "translator")


@dataclasses.dataclass(frozen=True)
class Registration:
    """A function that builds a model, and what the model is for.

    Attributes:
        function: it, or "module:function"; of ints, floats, bools and strings,
            each annotated, to a `keras.Model`.
        task: one of `TASKS`. A language model and a translator have the layers
            that their step forms look for, under the same names.
    """

    function: Any
    task: str = "classifier"


def _check(found: Any) -> Registration:
    """A `Registration` whose function is imported."""
    if not isinstance(found, Registration):
        found = Registration(found)
    function = load(found.function)
    if not callable(function):
        raise InputError(
            "A model must be a function, or a `zoo.models.Registration` of "
            f"one. Received: {function!r}"
        )
    for name, parameter in inspect.signature(
        function, eval_str=True
    ).parameters.items():
        if parameter.annotation not in (int, float, bool, str):
            raise InputError(
                f"`{name}` must be annotated as int, float, bool or str. "
                f"Received: {parameter}"
            )
    one_of("task", found.task, TASKS)
    return dataclasses.replace(found, function=function)


BUILT_IN = {
    "classifier": Registration("zoo.models.classifier:classifier"),
    "feedforward": Registration("zoo.models.feedforward:feedforward"),
    "language_model": Registration(
        "zoo.models.language_model:language_model", "language_model"
    ),
    "translator": Registration(
        "zoo.models.translator:translator", "translator"
    ),
}
_REGISTRY = Registry("builder", "recurrent_zoo.models", BUILT_IN, _check)


def names() -> list[str]:
    """The names of all functions that build models; none is imported."""
    return _REGISTRY.names()


def register(
    name: str,
    function: Callable | str,
    *,
    task: str = "classifier",
    replace: bool = False,
) -> None:
    """Gives a function that builds models a name, by which files know it.

    A package does this for whoever installs it, with an entry point of the
    group `recurrent_zoo.models` that names a `Registration`.

    Args:
        name: small letters, digits and `_`.
        function: as in `Registration`, like the next one.
        task: see there.
        replace: whether a function that was registered under this name before
            gives way.

    Raises:
        InputError: for a name that is taken or no name, or an unknown task.
    """
    one_of("task", task, TASKS)
    _REGISTRY.register(name, Registration(function, task), replace)


def get(builder: str) -> Callable:
    """The function of a name.

    Raises:
        InputError: for an unknown name, with the nearest known one, and for
            a function of another package that cannot be imported.
    """
    return _REGISTRY.get(builder).function


def task(builder: str) -> str:
    """What a builder's models are for, one of `TASKS`.

    Raises:
        InputError: as `get`.
    """
    known = BUILT_IN.get(builder)
    return known.task if known else _REGISTRY.get(builder).task


def build(builder: str, arguments: dict) -> "keras.Model":
    """A new model from a builder's name and its plain arguments.

    Args:
        builder: one of `names()`.
        arguments: what that function takes: ints, floats, bools, strings.

    Raises:
        InputError: for an unknown builder or argument, a missing one, or a
            value of another type.
    """
    function = get(builder)
    of_type(dict, arguments=arguments)
    parameters = inspect.signature(function, eval_str=True).parameters
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
    import keras

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
