"""Training that says the same whatever dropout leaves out.

Each batch is read twice in a step, and dropout draws anew. For the two
distributions `p` and `q` that come out at a place, what is made small there is

    (nats of p + nats of q) / 2 + weight / 4 * sum((p - q) * (log p - log q))

The sum is KL(p, q) + KL(q, p). This is half of the paper's equation 4, so that
a weight of 0 is plain training. A step takes twice as long.

    Reference: [Liang et al., 2021](https://arxiv.org/abs/2106.14448), equations
    2 to 4
"""

from collections.abc import Callable

import keras
from keras import ops

from zoo.text.ids import PADDING


def twice(model: keras.Model) -> keras.Model:
    """A form of a translator that reads its inputs twice.

    Args:
        model: from `inputs` to `{"logits": (batch, time, vocabulary)}`; weights
            are shared with it.

    Returns:
        From the same inputs to `{"logits": (batch, time, 2, vocabulary)}`.
    """
    logits = [model(model.input)["logits"] for _ in range(2)]
    return keras.Model(model.input, {"logits": ops.stack(logits, axis=2)})


def loss(nats: Callable, weight: float) -> Callable:
    """The above, of labels and of what `twice` returns.

    Args:
        nats: from labels, int of shape `(batch, time)`, and logits of one
            reading to the nats of each label.
        weight: of the difference between the two readings.
    """

    def both(labels, logits):
        first, second = logits[:, :, 0], logits[:, :, 1]
        log_p, log_q = ops.log_softmax(first), ops.log_softmax(second)
        apart = (ops.exp(log_p) - ops.exp(log_q)) * (log_p - log_q)
        kept = ops.cast(ops.not_equal(labels, PADDING), "float32")
        mean = (nats(labels, first) + nats(labels, second)) / 2
        return mean + weight / 4 * kept * ops.sum(apart, axis=-1)

    return both
