"""Sentences and their translations in batches."""

import collections

import numpy as np
import pytest

from recipes.data.pairs import Pairs, by_tokens, in_order
from zoo.decoding.translation_batches import BATCH_SIZE, cut
from zoo.text import PairTokenizer, SubwordTokenizer
from zoo.text.ids import END, START, UNKNOWN


@pytest.fixture
def pairs():
    """Pairs of 1 to 30 units, in an order of no meaning."""
    random = np.random.default_rng(0)
    sides = [
        [
            np.arange(4, 4 + n, dtype="int32")
            for n in random.integers(1, 31, 400)
        ]
        for _ in "st"
    ]
    return Pairs(*sides)


def test_batches_are_of_tokens(pairs):
    batches = by_tokens(pairs, 200, seed=1)
    epochs = batches.make(0)
    seen = []
    for _ in range(2):
        epoch = [next(epochs) for _ in range(batches.steps)]
        rows = collections.Counter()
        for inputs, targets in epoch:
            source, target = inputs["source_ids"], inputs["target_ids"]
            for ids in (source, target):
                assert ids.size <= 200 or len(ids) == 1
            # One step later, the same; the end where there was a start.
            assert (target[:, 0] == START).all()
            labels = targets["logits"]
            assert ((labels == END).sum(axis=1) == 1).all()
            shifted = np.where(labels == END, 0, labels)[:, :-1]
            np.testing.assert_array_equal(shifted, target[:, 1:])
            for s, t in zip(source, target, strict=True):
                rows[(s > 0).sum(), (t > 0).sum()] += 1
        expected = collections.Counter(map(tuple, pairs.lengths))
        assert rows == expected
        seen.append([inputs["target_ids"].shape for inputs, _ in epoch])
    assert seen[0] != seen[1]
    # Hardly anything is padding.
    places = sum(rows * width for rows, width in seen[0])
    assert pairs.lengths[:, 1].sum() / places > 0.9


def test_batches_of_a_later_epoch_are_the_same(pairs):
    batches = by_tokens(pairs, 300, seed=1)
    whole = batches.make(0)
    for _ in range(batches.steps):
        next(whole)
    later = batches.make(1)
    for _ in range(batches.steps):
        one, other = next(whole)[0], next(later)[0]
        np.testing.assert_array_equal(one["source_ids"], other["source_ids"])
    other = next(by_tokens(pairs, 300, seed=2).make(0))[0]
    first = next(by_tokens(pairs, 300, seed=1).make(0))[0]
    assert other["source_ids"].shape != first["source_ids"].shape


def test_each_pair_once_in_order(pairs):
    batches = in_order(pairs, 200)
    found = list(batches.make(0))
    assert len(found) == batches.steps
    assert sum(len(i["source_ids"]) for i, _ in found) == len(pairs)


def test_long_and_empty_pairs_are_left_out():
    one = SubwordTokenizer.from_texts(["a b c d e f"] * 5, 12)
    tokenizer = PairTokenizer(one, one)
    texts = [("a b", "c"), ("a", " "), ("a b c d e f", "a"), ("b", "c d")]
    found = Pairs.from_texts(texts, tokenizer, longest=4)
    assert len(found) == 2
    assert len(Pairs.from_texts(texts, tokenizer)) == 3
    assert Pairs([], []).lengths.shape == (0, 2)


def test_some_units_are_read_as_unknown(pairs):
    plain, hiding = (
        by_tokens(pairs, 300, 1, dropout) for dropout in (0.0, 0.3)
    )

    def read(batches, first=0, epochs=2):
        made = batches.make(first)
        return [next(made) for _ in range(epochs * batches.steps)]

    hidden, units = [], []
    for (inputs, targets), (read_now, written) in zip(
        read(plain), read(hiding), strict=True
    ):
        np.testing.assert_array_equal(written["logits"], targets["logits"])
        for name, ids in inputs.items():
            changed = read_now[name] != ids
            # Padding, start and end are seen.
            assert (ids[changed] > END).all()
            assert (read_now[name][changed] == UNKNOWN).all()
            hidden.append(changed.sum())
            units.append((ids > END).sum())
    assert sum(hidden) / sum(units) == pytest.approx(0.3, abs=0.02)
    # An interrupted run goes on with what it would have read.
    for one, other in zip(
        read(hiding)[hiding.steps :], read(hiding, 1, 1), strict=True
    ):
        np.testing.assert_array_equal(
            one[0]["source_ids"], other[0]["source_ids"]
        )


def test_batches_to_translate_are_bounded_by_units_and_beams():
    lengths = [10] * 300 + [3000] * 3
    order = list(range(len(lengths)))
    few = cut(order, lengths, beams=1)
    assert sum(few, []) == order
    assert len(few[0]) == BATCH_SIZE
    assert all(len(b) * max(lengths[p] for p in b) <= 1 << 13 for b in few)
    wide = cut(order, lengths, beams=200)
    assert sum(wide, []) == order and max(map(len, wide)) == 5
