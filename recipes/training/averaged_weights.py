"""The moving averages of the weights, in place of the weights for a while."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np

from recipes.training.optimizer import inner_optimizer


class AveragedWeights:
    """Puts the averages that an optimizer keeps (`use_ema`) into a model.

    They are what is validated and kept; training goes on with the weights
    themselves.

    Attributes:
        in_place: whether the model has the averages, or a part of them. That
            is no state that training could go on from.
    """

    def __init__(self):
        self.in_place = False

    @contextlib.contextmanager
    def applied(self, model: keras.Model) -> Iterator[None]:
        """Within, `model` has the averages; without any, its own weights."""
        optimizer = inner_optimizer(model)
        if not optimizer.use_ema:
            yield
            return
        variables = model.trainable_variables
        weights = [np.array(variable) for variable in variables]
        self.in_place = True
        optimizer.finalize_variable_values(variables)
        try:
            yield
        finally:
            for variable, weight in zip(variables, weights, strict=True):
                variable.assign(weight)
            self.in_place = False
