"""The last few words of a text: history as a feed-forward network sees it."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class LastWindow(keras.layers.Layer):
    """The last `window` tokens of each right-padded row.

    Rows shorter than the window are padded on the left, so that the last
    word always stands in the last place.

    Args:
        window: int. Number of tokens to keep.

    Call arguments:
        inputs: Integer tensor of shape `(batch, time)`, 0 = padding, on the
            right.

    Returns:
        An integer tensor of shape `(batch, window)`.

    Example:
        >>> LastWindow(3)(np.array([[5, 6, 7, 8, 0], [9, 0, 0, 0, 0]]))
        [[6, 7, 8], [0, 0, 9]]
    """

    def __init__(self, window: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.window = window

    def call(self, inputs):
        padded = ops.pad(inputs, [[0, 0], [self.window, 0]])
        lengths = ops.sum(ops.cast(inputs != 0, "int32"), axis=1)
        places = lengths[:, None] + ops.arange(self.window, dtype="int32")
        # One row of matches for each place: no gather along the time axis,
        # which some runtimes lack for a dynamic shape.
        steps = ops.arange(ops.shape(padded)[1], dtype="int32")
        chosen = ops.cast(places[:, :, None] == steps, inputs.dtype)
        return ops.sum(chosen * padded[:, None, :], axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.window)

    def get_config(self):
        return {**super().get_config(), "window": self.window}
