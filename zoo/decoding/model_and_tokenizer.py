"""What decoding works over: a Keras model and its tokenizer."""

import warnings
from typing import Any

import keras

from zoo.argument_checks import of_type
from zoo.errors import InputError


def model_and_tokenizer(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    """`(model, tokenizer)`; a task that was given for both is taken apart.

    Args:
        model: a Keras model. For one release also what `zoo.load` returns,
            without a `tokenizer`.
        tokenizer: its tokenizer.

    Raises:
        InputError: for what is no model, or one without a tokenizer.
    """
    if tokenizer is not None:
        of_type(keras.Model, model=model)
        return model, tokenizer
    if not hasattr(model, "tokenizer"):
        raise InputError("A model needs its `tokenizer`. Received: None")
    warnings.warn(
        "Decoding takes a model and its tokenizer: give `task.model, "
        "task.tokenizer`. The task alone will be refused in the next release.",
        DeprecationWarning,
        stacklevel=3,
    )
    return model.model, model.tokenizer
