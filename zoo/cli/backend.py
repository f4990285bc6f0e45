"""Which of Keras's backends the command runs on."""

import importlib.util
import os

from zoo.errors import InputError

BACKENDS = ("tensorflow", "jax")


def check_backend() -> None:
    """Says what is wrong with KERAS_BACKEND before Keras fails over it.

    Raises:
        InputError: for a backend that this project does not run on, or one
            that is not installed.
    """
    backend = os.environ.get("KERAS_BACKEND")
    if not backend:
        # Keras's own configuration file may name another than its default.
        return
    if backend not in BACKENDS:
        raise InputError(
            f"KERAS_BACKEND must be {' or '.join(BACKENDS)}. "
            f"Received: {backend!r}"
        )
    if importlib.util.find_spec(backend) is None:
        others = [name for name in BACKENDS if name != backend]
        raise InputError(
            f"The Keras backend {backend} is not installed: pip install "
            f"{backend}, or set KERAS_BACKEND={others[0]}."
        )
