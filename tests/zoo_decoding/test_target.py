"""The search for a translation, against all translations there are."""

import itertools

import numpy as np
import pytest
from keras import ops

from zoo.decoding import Sampling
from zoo.decoding.beam_search import CUT_OFF, search_beams
from zoo.decoding.search_settings import BeamSearch
from zoo.decoding.token_by_token import greedy_or_sample
from zoo.decoding.top_k import top_tokens
from zoo.errors import InputError
from zoo.text.ids import END, PADDING, START

VOCABULARY, LENGTH, SENTENCES, SOURCE = 6, 4, 3, 5
# What may be written: two units, and the end.
UNITS = (4, 5)


def room(length, rows=SENTENCES):
    """The same limit for all rows."""
    return np.full(rows, length, "int32"), length


@pytest.fixture
def network():
    """A step whose state is a mix of all tokens so far, and its weights."""
    random = np.random.default_rng(3)
    table = random.normal(size=(VOCABULARY, 7)).astype("float32")
    kernel = random.normal(size=(7, 7)).astype("float32")
    out = 2 * random.normal(size=(7, VOCABULARY)).astype("float32")
    look = random.normal(size=(7, SOURCE)).astype("float32")
    out[:, [PADDING, 1, START]] = 0
    ban = np.where(np.isin(np.arange(VOCABULARY), [0, 1, 2]), -1e9, 0)

    def step(tokens, states):
        x = ops.take(ops.convert_to_tensor(table), tokens[:, 0], axis=0)
        h = ops.tanh(x + ops.matmul(states[0], kernel))
        logits = ops.matmul(h, out) + ops.cast(ban, "float32")
        return logits, ops.softmax(ops.matmul(h, look)), [h]

    first = random.normal(size=(SENTENCES, 7)).astype("float32")
    return step, first


def every_translation(step, first):
    """All that end within `LENGTH`: tokens, log-probability, attention."""
    found = []
    for n in range(LENGTH):
        for middle in itertools.product(UNITS, repeat=n):
            tokens = [*middle, END]
            states = [ops.convert_to_tensor(first[None])]
            last, total, looked = START, 0.0, 0.0
            for token in tokens:
                logits, a, states = step(
                    ops.convert_to_tensor([[last]], "int32"), states
                )
                log_p = np.asarray(ops.log_softmax(logits))[0]
                total += log_p[token]
                looked = looked + np.asarray(a)[0]
                last = token
            found.append((tokens, total, looked))
    return found


@pytest.mark.parametrize(
    "length_penalty, coverage_penalty", [(0.0, 0.0), (1.0, 0.0), (0.7, 0.4)]
)
def test_a_wide_beam_finds_what_there_is(
    network, length_penalty, coverage_penalty
):
    step, first = network
    search = BeamSearch(40, length_penalty, coverage_penalty)
    mask = np.ones((SENTENCES, SOURCE), "float32")
    mask[1, 3:] = 0
    tokens, scores = map(
        np.asarray,
        search_beams(
            step,
            [ops.convert_to_tensor(first)],
            *room(LENGTH),
            search,
            mask,
        ),
    )
    for row in range(SENTENCES):

        def score(tokens, total, looked, row=row):
            covered = np.log(np.clip(looked, None, 1)) * mask[row]
            penalty = ((5 + len(tokens)) / 6) ** length_penalty
            return total / penalty + coverage_penalty * covered.sum()

        expected = sorted(
            (
                (score(*one), one[0])
                for one in every_translation(step, first[row])
            ),
            reverse=True,
        )
        ended = [
            (value, [int(one) for one in ids if one])
            for value, ids in zip(scores[row], tokens[row], strict=True)
            if value > CUT_OFF
        ]
        assert [ids for _, ids in ended] == [ids for _, ids in expected]
        np.testing.assert_allclose(
            [value for value, _ in ended],
            [value for value, _ in expected],
            rtol=1e-4,
        )


@pytest.mark.parametrize("length", [1, 3, 8])
def test_a_beam_of_one_is_greedy(network, length):
    step, first = network
    states = [ops.convert_to_tensor(first)]
    greedy, total = greedy_or_sample(step, states, *room(length))
    tokens, scores = search_beams(
        step, states, *room(length), BeamSearch(1, 0.0)
    )
    np.testing.assert_array_equal(np.asarray(tokens)[:, 0], greedy)
    scores = np.asarray(scores)[:, 0]
    scores = np.where(scores <= CUT_OFF, scores - CUT_OFF, scores)
    np.testing.assert_allclose(scores, total, atol=0.1)


LIMITS = np.array([9, 2, 5], "int32")


def test_a_sentence_does_not_depend_on_those_beside_it(network):
    step, first = network
    search = BeamSearch(3)
    together = search_beams(
        step, [ops.convert_to_tensor(first)], LIMITS, 9, search
    )
    for row in range(SENTENCES):
        states = [ops.convert_to_tensor(first[row : row + 1])]
        alone = search_beams(step, states, LIMITS[row : row + 1], 9, search)
        for ours, all_rows in zip(alone, together, strict=True):
            np.testing.assert_allclose(
                np.asarray(ours)[0], np.asarray(all_rows)[row], rtol=1e-5
            )


def test_what_does_not_end_is_cut_off_and_says_so(network):
    step, first = network

    def endless(tokens, states):
        logits, a, states = step(tokens, states)
        ban = ops.cast(ops.arange(VOCABULARY) == END, "float32") * -1e9
        return logits + ban, a, states

    states = [ops.convert_to_tensor(first)]
    tokens, scores = search_beams(endless, states, *room(5), BeamSearch(2))
    assert (np.asarray(scores) <= CUT_OFF).all()
    assert (np.asarray(scores) > 2 * CUT_OFF).all()
    assert np.isin(tokens, UNITS).all()
    tokens, _ = greedy_or_sample(endless, states, *room(5))
    assert np.isin(tokens, UNITS).all()


def test_draws_follow_the_probabilities(network):
    step, first = network
    rows = 4000
    states = [ops.convert_to_tensor(np.repeat(first[:1], rows, axis=0))]
    uniform = np.random.default_rng(0).random((rows, LENGTH), "float32")
    tokens, totals = map(
        np.asarray,
        greedy_or_sample(
            step, states, *room(LENGTH, rows), uniform, Sampling(1.0)
        ),
    )
    for expected, total, _ in every_translation(step, first[0]):
        padded = expected + [PADDING] * (LENGTH - len(expected))
        same = (tokens == padded).all(axis=1)
        p = np.exp(total)
        assert abs(same.mean() - p) < 4 * np.sqrt(p * (1 - p) / rows) + 1e-3
        if same.any():
            np.testing.assert_allclose(totals[same][0], total, rtol=1e-4)


def test_a_cold_draw_is_greedy(network):
    step, first = network
    states = [ops.convert_to_tensor(first)]
    uniform = np.random.default_rng(0).random((SENTENCES, 6), "float32")
    drawn, _ = greedy_or_sample(step, states, *room(6), uniform, Sampling(1e-6))
    greedy, _ = greedy_or_sample(step, states, *room(6))
    np.testing.assert_array_equal(drawn, greedy)


@pytest.mark.parametrize(
    "arguments",
    [
        {"beams": 0},
        {"length_penalty": -1.0},
        {"coverage_penalty": float("inf")},
        {"length_penalty": float("nan")},
        {"length_penalty": 11},
        {"beams": 201},
    ],
)
def test_a_search_that_cannot_be(arguments):
    with pytest.raises(InputError, match=next(iter(arguments))):
        BeamSearch(**arguments)


@pytest.mark.parametrize("vocabulary", [5, 64, 200, 1000])
@pytest.mark.parametrize("beams, count", [(1, 2), (3, 6), (5, 10)])
def test_the_best_tokens_are_those_of_top_k(vocabulary, beams, count):
    random = np.random.default_rng(0)
    total = random.normal(size=(4, beams)).astype("float32")
    logits = 9 * random.normal(size=(4 * beams, vocabulary)).astype("float32")
    # One beam has nearly all that is good, another nothing.
    logits[0] += np.linspace(0, 9, vocabulary)
    total[1, -1] = -1e9
    found = [np.asarray(x) for x in top_tokens(total, logits, count)]
    log_p = np.asarray(ops.log_softmax(logits)).reshape(4, beams, -1)
    every = (total[:, :, None] + log_p).reshape(4, -1)
    order = np.argsort(-every, axis=1, kind="stable")[:, :count]
    expected = np.take_along_axis(every, order, axis=1)
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-4)
    places = found[1] * vocabulary + found[2]
    sure = expected > -1e8
    np.testing.assert_array_equal(places[sure], order[sure])
