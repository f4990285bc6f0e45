"""The number format in which a model computes."""

import contextlib
from collections.abc import Iterator

import keras

from zoo.backend.devices import on_cpu


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Models built within have this dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def note(name: str) -> str | None:
    """What to say of a dtype policy before a training on this device."""
    if name == "float32" or not on_cpu():
        return None
    return f"{name} saves no time on a CPU; on a GPU or TPU it does."
