"""Batches filled up to one of a few sizes, for what is compiled for each size.

(TensorFlow only.)
"""

from zoo.backend.tensor import Tensor


def _series(first: int, parts: int) -> list[int]:
    """Sizes from a power of two on, `parts` of them for each doubling."""
    return [
        (parts + part) * (first << shift) // parts
        for shift in range(24)
        for part in range(parts)
        if (parts + part) * (first << shift) // parts < 1 << 30
    ]


# A row that is filled up costs as much as another; a step costs memory only.
ROWS = [1, 2, 4, 8, *_series(16, 4)]
STEPS = [32, *_series(64, 2)]


class FewSizes:
    """Fills up rows and steps with zeros, and takes away what was filled up.

    A size that is known when a graph is made stays as it is; the graph is made
    anew for another one, too.

    Args:
        inputs: Tensor of shape `(batch, time, features)`.
        compiled: whether anything is to be filled up: a bool, or a boolean
            scalar where that is known only later.
    """

    def __init__(self, inputs: Tensor, compiled: bool | Tensor):
        import tensorflow as tf

        self.rows, self.steps = tf.unstack(tf.shape(inputs)[:2])
        # Of axis 0 and 1; `None` where nothing is to be filled up.
        self.more: list[Tensor | None] = []
        for size, known, series in (
            (self.rows, inputs.shape[0], ROWS),
            (self.steps, inputs.shape[1], STEPS),
        ):
            fixed = known is not None and not tf.executing_eagerly()
            if fixed or compiled is False:
                self.more.append(None)
                continue
            enough = tf.where(series < size, tf.int32.max, series)
            more = tf.reduce_min(enough) - size
            self.more.append(tf.where(compiled, more, 0))

    def fill(self, x: Tensor) -> Tensor:
        """Of shape `(batch, ...)`, filled up to `(rows, ...)`."""
        return self._padded(x, self.more[:1])

    def cut(self, x: Tensor) -> Tensor:
        """Of shape `(rows, ...)`, cut to `(batch, ...)`."""
        return x if self.more[0] is None else x[: self.rows]

    def fill_steps(self, x: Tensor) -> Tensor:
        """Of shape `(batch, time, size)`, filled up to `(steps, rows, size)`.

        Steps come first, since to cut them off an axis in front is free.
        """
        import tensorflow as tf

        return tf.transpose(self._padded(x, self.more), (1, 0, 2))

    def cut_steps(self, x: Tensor) -> Tensor:
        """Of shape `(steps, rows, size)`, cut to `(batch, time, size)`."""
        import tensorflow as tf

        if self.more[1] is not None:
            x = x[: self.steps]
        if self.more[0] is not None:
            x = x[:, : self.rows]
        return tf.transpose(x, (1, 0, 2))

    def _padded(self, x, more):
        import tensorflow as tf

        if all(each is None for each in more):
            return x
        pads = [[0, 0 if each is None else each] for each in more]
        pads += [[0, 0]] * (len(x.shape) - len(more))
        return tf.pad(x, pads)
