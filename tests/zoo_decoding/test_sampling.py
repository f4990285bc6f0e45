"""Choosing the next token: filters, penalties, seeds, stop strings."""

import numpy as np
import pytest
from random_models import random_language_model

import zoo
from zoo.decoding import Sampling, beam, samples
from zoo.decoding.sampling import filtered, gumbel, penalised
from zoo.decoding.stop_strings import Stopper
from zoo.errors import InputError


def kept(logits, **settings):
    """Which tokens a filter leaves."""
    return np.isfinite(filtered(logits, Sampling(**settings)))


@pytest.fixture
def logits():
    return np.random.default_rng(2).normal(size=(4, 9)).astype("float32") * 2


def test_top_k(logits):
    for k in (1, 3, 9, 20):
        ranks = (-logits).argsort(axis=-1).argsort(axis=-1)
        np.testing.assert_array_equal(kept(logits, top_k=k), ranks < k)


def test_top_p(logits):
    for p in (0.05, 0.5, 0.9, 0.999):
        for row, stays in zip(logits, kept(logits, top_p=p), strict=True):
            probabilities = np.exp(row) / np.exp(row).sum()
            order = np.argsort(-probabilities)
            sums = np.cumsum(probabilities[order])
            # Up to and with the one that takes the sum to `p`.
            size = int(np.searchsorted(sums, p)) + 1
            assert set(np.flatnonzero(stays)) == set(order[:size])


def test_min_p_and_temperature(logits):
    for share, temperature in ((0.1, 1.0), (0.1, 2.0), (1.0, 0.5)):
        scaled = logits / temperature
        ratio = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        stays = kept(logits, min_p=share, temperature=temperature)
        np.testing.assert_array_equal(stays, ratio >= share)


def test_filters_come_one_after_the_other(logits):
    both = kept(logits, top_k=4, top_p=0.6)
    first = np.where(kept(logits, top_k=4), logits, -np.inf)
    np.testing.assert_array_equal(both, kept(first, top_p=0.6))


def test_the_repetition_penalty():
    logits = np.array([[2.0, -2.0, 1.0, -1.0]], "float32")
    recent = np.array([[-1, -1, 0, 1, 1]], "int32")
    found = penalised(logits, recent, 2.0)
    np.testing.assert_allclose(found, [[1.0, -4.0, 1.0, -1.0]])


def test_noise_draws_from_the_softmax():
    logits = np.array([0.0, 1.0, 2.0, -1.0])
    noise = gumbel(np.random.default_rng(0), (200_000, 4))
    assert np.isfinite(noise).all()
    drawn = np.bincount((logits + noise).argmax(axis=-1), minlength=4)
    expected = np.exp(logits) / np.exp(logits).sum()
    # Five standard deviations of a share of 200,000 draws.
    np.testing.assert_allclose(drawn / 200_000, expected, atol=0.0056)


def written(model, length=60, **arguments):
    stream = zoo.stream(model)
    stream.feed("abc")
    return "".join(stream.generate(length, **arguments))


def test_greedy_takes_the_most_probable():
    model = random_language_model()
    text = written(model, sampling=Sampling(temperature=0), seed=1)
    assert len(text) == 60
    assert text == written(model, sampling=Sampling(temperature=0), seed=2)
    logits = np.array(
        model.model(model.tokenizer.encode("abc" + text)[None])["logits"][0]
    )
    logits[:, :2] = -np.inf
    chosen = logits.argmax(axis=-1)[2:-1]
    assert model.tokenizer.decode(chosen.tolist()) == text


def test_a_temperature_next_to_nothing_is_greedy():
    model = random_language_model()
    model.model.get_layer("logits").bias.assign_sub(
        np.full(model.tokenizer.size, 300, "float32")
    )
    cold = written(model, sampling=Sampling(temperature=1e-40))
    assert cold == written(model, sampling=Sampling(temperature=0))


@pytest.mark.thorough
def test_a_seed_repeats_and_another_does_not():
    model = random_language_model()
    assert written(model, seed=3) == written(model, seed=3)
    assert written(model, seed=3) != written(model, seed=4)


def test_a_penalty_changes_what_is_written():
    model = random_language_model()
    plain = Sampling(temperature=0)
    penalty = Sampling(temperature=0, repetition_penalty=5.0)
    assert written(model, sampling=plain) != written(model, sampling=penalty)


@pytest.mark.parametrize("tokens", ["characters", "bytes"])
def test_ids_that_stand_for_no_text_are_never_written(tokens):
    model = random_language_model(tokens=tokens)
    logits = model.model.get_layer("logits")
    bias = np.zeros(model.tokenizer.size, "float32")
    bias[list(model.tokenizer.reserved)] = 1e4
    logits.bias.assign(bias)
    stream = zoo.stream(model)
    stream.feed("abc")
    before = np.asarray(stream.state.recent).copy()
    list(stream.generate(40))
    after = np.asarray(stream.state.recent)[:, -40:]
    assert (before != np.asarray(stream.state.recent)).any()
    assert not np.isin(after, model.tokenizer.reserved).any()


def test_several_samples():
    model = random_language_model()
    stream = zoo.stream(model)
    stream.feed("abc")
    three = samples(stream, 3, 50, seed=7)
    assert len(set(three)) == 3
    assert [len(text) for text in three] == [50] * 3
    # Neither the number of samples nor the ones before have a say.
    assert samples(stream, 2, 50, seed=7) == three[:2]
    assert "".join(stream.generate(50, seed=7)) == three[0]


@pytest.mark.thorough
@pytest.mark.parametrize("many", [False, True])
def test_stop_strings_end_a_text(many):
    model = random_language_model()
    whole = written(model, 200, seed=1)
    # One that lies across the edge of two pieces.
    stop = whole[30:34]
    end = whole.index(stop)
    stream = zoo.stream(model)
    stream.feed("abc")
    if many:
        text = samples(stream, 2, 200, seed=1, stop=["never", stop])[0]
        assert text == whole[:end]
        return
    text = "".join(stream.generate(200, seed=1, stop=["never", stop]))
    assert text == whole[:end]
    # The stream stands behind the stop string.
    again = zoo.stream(model)
    again.feed("abc" + whole[: end + len(stop)])
    greedy = Sampling(temperature=0)
    rest = "".join(again.generate(40, greedy))
    assert "".join(stream.generate(40, greedy)) == rest


def test_a_stopper_holds_back_what_may_become_a_stop_string():
    stopper = Stopper(["END", "\n\n"])
    assert stopper.next("the E") == "the "
    assert stopper.next("N") == ""
    assert stopper.next("!\n") == "EN!"
    assert stopper.rest() == "\n"
    assert not stopper.stopped
    assert stopper.next("ENDLESS") == ""
    assert stopper.stopped


def test_the_first_stop_string_ends_a_text():
    assert Stopper(["b", "d"]).next("abcde") == "a"
    assert Stopper(["d", "b"]).next("abcde") == "a"


@pytest.mark.parametrize("stop", ["text", [""]])
def test_what_is_no_list_of_stop_strings(stop):
    with pytest.raises(InputError, match="`stop`"):
        Stopper(stop)


@pytest.mark.parametrize(
    "settings, message",
    [
        (
            {"temperature": -0.5},
            "`temperature` must be a number from 0 to 1,000,000",
        ),
        ({"temperature": float("nan")}, "`temperature`"),
        ({"temperature": float("inf")}, "`temperature`"),
        ({"top_k": -1}, "`top_k`"),
        ({"top_p": 0.0}, "`top_p`"),
        ({"top_p": 1.5}, "`top_p`"),
        ({"min_p": -0.1}, "`min_p`"),
        ({"repetition_penalty": 0.0}, "`repetition_penalty`"),
        ({"temperature": "1"}, "`temperature`"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(InputError, match=message):
        Sampling(**settings)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda s: s.generate(0), "`length`"),
        (lambda s: s.generate(5, seed=-1), "`seed`"),
        (lambda s: samples(s, 0, 5), "`count`"),
        (lambda s: beam(s, 0, 5), "`beams`"),
        (lambda s: beam(s, 2, 0), "`length`"),
    ],
)
def test_counts_out_of_range(call, message):
    with pytest.raises(InputError, match=message):
        call(zoo.stream(random_language_model()))
