"""A name for what each backend has a class of its own for."""

from typing import Any

# A tensor of the backend, or of Keras before there is a value.
Tensor = Any
