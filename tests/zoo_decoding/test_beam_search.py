"""Searching for the best text of a language model."""

import itertools

import numpy as np
import pytest
from keras import ops
from random_models import random_language_model

import zoo
from zoo.decoding import Sampling, beam
from zoo.decoding.language_model_beam import beam_search, traced_back

VOCABULARY, LENGTH = 4, 4


def table():
    """Log-probabilities of a toy whose next token depends on two."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(VOCABULARY, VOCABULARY, VOCABULARY)) * 2
    p = np.exp(logits)
    return np.log(p / p.sum(axis=-1, keepdims=True)).astype("float32")


def toy_step(table):
    def step(tokens, states):
        (last,) = states
        index = ops.cast(last[:, 0], "int32") * VOCABULARY + tokens[:, 0]
        flat = ops.convert_to_tensor(table.reshape(-1, VOCABULARY))
        logits = ops.take(flat, index, axis=0)
        return logits, [ops.cast(tokens, "float32")]

    return step


def searched(beams):
    toy = table()
    tokens, parents, scores = beam_search(
        toy_step(toy),
        ops.convert_to_tensor(toy[0, 0][None]),
        [ops.zeros((1, 1))],
        beams,
        LENGTH,
    )
    texts = traced_back(np.asarray(tokens), np.asarray(parents))
    return [tuple(text) for text in texts.tolist()], np.asarray(scores)


def log_probability(text):
    toy, before, last, total = table(), 0, 0, 0.0
    for token in text:
        total += toy[before, last, token]
        before, last = last, token
    return total


def test_a_beam_as_wide_as_all_texts_finds_the_best_of_them():
    every = sorted(
        itertools.product(range(VOCABULARY), repeat=LENGTH),
        key=log_probability,
        reverse=True,
    )
    texts, scores = searched(VOCABULARY**LENGTH)
    assert texts[:20] == every[:20]
    expected = [log_probability(text) for text in every]
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@pytest.mark.parametrize("beams", [1, 2, 5])
def test_a_beam_is_what_pruning_by_hand_leaves(beams):
    alive = [()]
    for _ in range(LENGTH):
        longer = [(*text, t) for text in alive for t in range(VOCABULARY)]
        alive = sorted(longer, key=log_probability, reverse=True)[:beams]
    texts, scores = searched(beams)
    assert texts == alive
    np.testing.assert_allclose(
        scores, [log_probability(text) for text in alive], atol=1e-5
    )


def test_more_beams_than_texts():
    stream = zoo.stream(random_language_model())
    stream.feed("abc")
    best = beam(stream, 50, 1)
    assert sorted(text for text, _ in best) == sorted("abcdefgh \n")
    assert sum(np.exp(score) for _, score in best) == pytest.approx(1, abs=1e-5)


def test_a_beam_of_one_is_greedy():
    model = random_language_model()
    stream = zoo.stream(model)
    stream.feed("abc")
    ((text, score),) = beam(stream, 1, 30)
    assert text == "".join(stream.generate(30, Sampling(temperature=0)))
    assert score < 0


def test_a_beams_score_is_what_reading_takes():
    model = random_language_model()
    stream = zoo.stream(model)
    stream.feed("abc")
    best = beam(stream, 4, 12)
    assert [score for _, score in best] == sorted(
        (score for _, score in best), reverse=True
    )
    for text, score in best:
        ids = model.tokenizer.encode("abc" + text)
        logits = np.array(model.model(ids[None])["logits"][0, 2:-1], "float64")
        # Reserved ids are banned, and what is left sums to one again.
        logits = logits[:, 2:]
        total = np.log(np.exp(logits).sum(axis=-1))
        chosen = logits[np.arange(12), ids[3:] - 2]
        assert score == pytest.approx((chosen - total).sum(), abs=1e-4)
    cut = best[0][0][5]
    (stopped, _), *_ = beam(stream, 4, 12, stop=[cut])
    assert stopped == best[0][0].partition(cut)[0]
