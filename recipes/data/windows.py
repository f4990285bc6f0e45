"""Windows of one long text, for truncated back-propagation through time."""

import itertools

import numpy as np

from recipes.data.examples import Batches
from zoo.errors import InputError
from zoo.io.files import mapped_anew

# After so many batches a file is mapped into memory anew.
_BATCHES_MAPPED = 1024


def windows(
    token_ids: np.ndarray,
    rows: int,
    steps: int,
    seed: int,
    per_epoch: int = 0,
) -> Batches[tuple[dict, dict]]:
    """Batches that go through a text, pass after pass without an end.

    The text is cut into `rows` stretches; row `r` of every batch is the next
    window of stretch `r`, so a state that is carried from batch to batch is
    that of one continuous text. Each pass cuts its windows at other places,
    which depend on `seed` and the number of the pass only.

    A batch is a dict of `token_ids`, int32 of shape `(rows, steps)`, and
    `carry`, float32 of shape `(rows, 1)`, 0 at the beginning of a pass and 1
    within; and a dict of `logits`: the ids that come next, of the same shape.

    Args:
        token_ids: the text, of shape `(length,)`; may be mapped into memory.
        rows: number of stretches.
        steps: tokens in a window.
        seed: of where to cut.
        per_epoch: batches in an epoch; 0 for one pass.

    Raises:
        InputError: for a text that is shorter than a window for each row.
    """
    stretch = len(token_ids) // rows
    in_a_pass = (stretch - 1) // steps
    if in_a_pass < 1:
        raise InputError(
            f"The training text has {len(token_ids)} tokens; a batch of "
            f"{rows} windows of {steps} takes {rows * (steps + 1)}. Give more "
            "text, or a smaller --batch-size or --window."
        )
    first_of_row = np.arange(rows)[:, None] * stretch

    def batch(token_ids, number, offset):
        start = first_of_row + offset + number * steps
        taken = token_ids[start + np.arange(steps + 1)].astype("int32")
        carry = np.full((rows, 1), float(number > 0), "float32")
        inputs = {"token_ids": taken[:, :-1], "carry": carry}
        return inputs, {"logits": taken[:, 1:]}

    epoch_steps = per_epoch or in_a_pass

    def make(first_epoch):
        passed, skipped = divmod(first_epoch * epoch_steps, in_a_pass)
        mapped = mapped_anew(token_ids)
        for number in itertools.count(passed):
            random = np.random.default_rng([seed, number])
            offset = int(random.integers(stretch - in_a_pass * steps))
            for window in range(skipped, in_a_pass):
                if window % _BATCHES_MAPPED == 0:
                    mapped = mapped_anew(token_ids)
                yield batch(mapped, window, offset)
            skipped = 0

    return Batches(make, epoch_steps, lambda: [token_ids])
