"""How far back a recurrent network can learn: its gradients over time."""

import dataclasses
import math

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

import zoo.inspect.flow_checks as flow_checks
import zoo.inspect.observed as observed
from zoo.argument_checks import of_type
from zoo.backend.autodiff import gradients, row_jacobians
from zoo.decoding.finite_answers import check_finite


@dataclasses.dataclass(frozen=True)
class Flow:
    """The gradients over time in one direction of one recurrent layer.

    Steps are counted in the order of the layer, so a backward layer's step 0
    is the end of the sequence. Norms are means over the texts that are long
    enough; NaN where none is.

    Attributes:
        name: the layer, and its direction if there are two.
        cell: class of its cell.
        states: `(time, time)`; `[i, k]`, `k <= i`, is the norm of
            `d s_i / d s_k`: the root of the mean square of its singular
            values, so that 1 means "all is kept", whatever the size.
        loss: `(time,)`; `[k]` is the Euclidean norm of `d loss / d s_k`.
        by_distance: `(time,)`; `[d]` is the mean of `states[i, i - d]`.
        loss_by_distance: `(time,)`; `[d]` is the mean of the texts' norms of
            `d loss / d s_k` at `d` steps before their end.
        half_life: steps in which `by_distance` halves, by the straight line
            that fits its logarithm best; infinite where it does not fall.
    """

    name: str
    cell: str
    states: np.ndarray
    loss: np.ndarray
    by_distance: np.ndarray
    loss_by_distance: np.ndarray
    half_life: float

    def as_json(self) -> dict:
        """All of it as plain lists; `None` for what is not a number."""

        def plain(value):
            if isinstance(value, list):
                return [plain(one) for one in value]
            return value if math.isfinite(value) else None

        return {
            "name": self.name,
            "cell": self.cell,
            "half_life": plain(self.half_life),
            "by_distance": plain(self.by_distance.tolist()),
            "loss_by_distance": plain(self.loss_by_distance.tolist()),
            "states": plain(self.states.tolist()),
            "loss": plain(self.loss.tolist()),
        }


def gradient_flow(
    model: keras.Model,
    token_ids: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    name: str = "",
) -> list[Flow]:
    """The norms of the gradients over time, for every recurrent layer.

    With `D_t = d s_t / d s_{t-1}`, the Jacobian of one step, and `s` all
    states of the cell side by side,

        d s_i / d s_k = D_i D_{i-1} ... D_{k+1}

    and the loss is the cross-entropy of `labels`. A step back in time is one
    more factor: where their size is below 1 on average, what lies far back
    has no say in learning (the gradient vanishes); above 1, it explodes.

    Args:
        model: a `classifier` or a `language_model`.
        token_ids: int array of shape `(batch, time)`, right-padded with 0.
        labels: int array of shape `(batch,)`; by default the classes that
            the model itself finds the most likely. Of a language model, the
            tokens behind the last one of each row.
        name: of the model, in messages.

    Returns:
        One `Flow` for each direction of each layer, from the lowest up.

    Raises:
        InputError: for a model without a recurrent layer, or ids that are
            not two-dimensional, empty, or not right-padded; for more than
            1,000 steps, or Jacobians of more than 2 GiB; for a model whose
            numbers are not finite.

    Reference:
        - [Pascanu et al., 2013](https://arxiv.org/abs/1211.5063), section 2.
    """
    of_type(keras.Model, model=model)
    token_ids = flow_checks.check_ids(token_ids, model)
    ends = _ends(token_ids != 0)

    def run(nudges=None):
        logits, seen = observed.run(model, token_ids, nudges)
        if len(logits.shape) == 3:
            places = ends[:, None, None]
            logits = ops.take_along_axis(logits, places, axis=1)[:, 0]
        return logits, seen

    logits, seen = run()
    found = check_finite(ops.convert_to_numpy(logits), name)
    if labels is None:
        labels = found.argmax(axis=-1)
    classes = flow_checks.check_labels(labels, *found.shape)

    def loss(nudges):
        logits, _ = run(nudges)
        each = keras.losses.sparse_categorical_crossentropy(
            ops.convert_to_tensor(classes), logits, from_logits=True
        )
        return ops.sum(each)

    zeros = [np.zeros_like(ops.convert_to_numpy(one.states)) for one in seen]
    of_loss = gradients(loss, zeros)
    return [
        _flow(one, gradient)
        for one, gradient in zip(seen, of_loss, strict=True)
    ]


def _flow(seen, of_loss) -> Flow:
    mask = ops.convert_to_numpy(seen.mask)
    batch, time = mask.shape
    steps = _step_jacobians(seen, mask)
    states = np.full((time, time), np.nan)
    by_distance = np.full(time, np.nan)
    # products[r, i] is d s_i / d s_{i - distance} of row r.
    products = np.broadcast_to(np.eye(steps.shape[-1]), steps.shape)
    for distance in range(time):
        if distance:
            factors = steps[:, 1 : time - distance + 1]
            products = products[:, 1:] @ factors
        both = mask[:, distance:] & mask[:, : time - distance]
        squares = np.square(products).sum(axis=(2, 3)) / steps.shape[-1]
        norms = np.sqrt(squares)
        for place in range(time - distance):
            states[place + distance, place] = _mean(norms, both, place)
        by_distance[distance] = norms[both].mean() if both.any() else np.nan
    norms = np.sqrt(np.square(of_loss.astype("float64")).sum(axis=-1))
    ends = _ends(mask)
    loss_by_distance = np.full(time, np.nan)
    for distance in range(time):
        rows = [
            row
            for row in range(batch)
            if ends[row] >= distance and mask[row, ends[row] - distance]
        ]
        if rows:
            loss_by_distance[distance] = np.mean(
                [norms[row, ends[row] - distance] for row in rows]
            )
    return Flow(
        name=seen.name,
        cell=type(seen.cell).__name__,
        states=states,
        loss=np.array([_mean(norms, mask, t) for t in range(time)]),
        by_distance=by_distance,
        loss_by_distance=loss_by_distance,
        half_life=half_life(by_distance),
    )


def _ends(mask):
    """The last step of each row that is not masked."""
    return mask.shape[1] - 1 - np.argmax(mask[:, ::-1], axis=1)


def _mean(norms, mask, place):
    """The mean over the rows that are not masked there."""
    chosen = norms[mask[:, place], place]
    return chosen.mean() if len(chosen) else np.nan


def _step_jacobians(seen, mask):
    """`d s_t / d s_{t-1}`, float64 of shape `(batch, time, size, size)`."""
    inputs = ops.convert_to_numpy(seen.inputs)
    states = ops.convert_to_numpy(seen.states)
    batch, time, size = states.shape
    before = np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], 1)

    def step(states, x):
        _, new = seen.cell.call(x, observed.split_states(seen.cell, states))
        return ops.concatenate(new, axis=-1)

    found = row_jacobians(
        step,
        before.reshape(batch * time, size),
        inputs.reshape(batch * time, -1),
    )
    found = found.reshape(batch, time, size, size).astype("float64")
    # A masked step hands the states on as they are.
    return np.where(mask[:, :, None, None], found, np.eye(size))


def half_life(norms: np.ndarray) -> float:
    """Steps in which `norms`, by distance, halve: by the straight line that
    fits their logarithms best. Infinite where they do not fall.
    """
    known = np.isfinite(norms)
    if known.sum() < 2:
        return math.inf
    logs = np.log2(np.maximum(norms[known], 1e-300))
    slope = np.polyfit(np.flatnonzero(known), logs, 1)[0]
    return -1 / slope if slope < 0 else math.inf
