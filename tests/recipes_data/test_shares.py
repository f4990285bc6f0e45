"""What each replica takes of a batch."""

import numpy as np
import pytest

from recipes.data.examples import Batches, Examples, shuffled
from recipes.data.replica_batches import shares


def batches(*sizes, steps=5):
    """Batches of so many rows; the first id of each is its number."""
    made, number = [], 1
    for size in sizes:
        ids = np.tile(np.arange(number, number + size)[:, None], (1, steps))
        made.append((ids.astype("int32"), {"logits": ids[:, 0] % 2}))
        number += size
    return Batches(lambda _: iter(made), len(made))


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("replicas", [1, 2, 3, 8])
def test_every_row_has_one_share(replicas, static):
    sizes = (8, 7, 1, 2, 8)
    whole = list(
        shares(batches(*sizes), replicas, range(replicas), static).make(0)
    )
    assert len(whole) == replicas * len(sizes)
    seen = []
    for start, size in zip(range(0, len(whole), replicas), sizes, strict=True):
        parts = whole[start : start + replicas]
        # All replicas have as many rows, also those that have nothing to do.
        assert len({part[0].shape for part in parts}) == 1
        weights = np.concatenate([part[2] for part in parts])
        ids = np.concatenate([part[0][:, 0] for part in parts])
        labels = np.concatenate([part[1]["logits"] for part in parts])
        assert (labels == ids % 2).all()
        assert weights[:, 0].sum() == pytest.approx(1)
        assert weights[:, 2].sum() == size
        assert (weights[weights[:, 2] == 0] == 0).all()
        seen.extend(ids[weights[:, 2] == 1])
    assert seen == list(range(1, sum(sizes) + 1))


def test_distribution_take_what_one_takes():
    whole = list(shares(batches(8, 7), 4, range(4)).make(0))
    first = list(shares(batches(8, 7), 4, range(2)).make(0))
    second = list(shares(batches(8, 7), 4, range(2, 4)).make(0))
    parts = [*first[:2], *second[:2], *first[2:], *second[2:]]
    for ours, theirs in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[2], theirs[2])


def test_few_shapes():
    random = np.random.default_rng(0)
    lengths = random.integers(1, 90, 500)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    examples = Examples(
        np.ones(starts[-1], "int32"), starts, np.zeros(500, "int32")
    )
    made = shuffled(examples, 64, seed=0)

    def shapes(static):
        stream = shares(made, 2, range(2), static).make(0)
        return {next(stream)[0].shape for _ in range(3 * 2 * made.steps)}

    assert len(shapes(False)) > 4
    assert {rows for rows, _ in shapes(True)} == {32}
    assert {steps for _, steps in shapes(True)} <= {32, 64, 96}


def test_the_mean_of_tokens_is_over_those_of_the_batch():
    ids = np.ones((3, 5), "int32")
    made = Batches(lambda _: iter([({"source_ids": ids}, {"logits": ids})]), 1)
    for static in (False, True):
        ((_, targets, weights),) = shares(made, 1, range(1), static).make(0)
        assert weights[0, 0] == pytest.approx(1 / 15)
        assert weights[0, 1] == pytest.approx(1 / 5)
        assert targets["logits"].shape[1] == (32 if static else 5)
