"""The linear recurrence against a float64 loop, gradients included."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiers import fast_are

from zoo.errors import InputError
from zoo.layers import linear_scan
from zoo.layers.linear_scan import FORMS

BATCH, UNITS = 3, 4
# float32 rounding, of a value that each step multiplies by less than one.
TOLERANCE = 2e-6


def terms(time, seed=0):
    random = np.random.default_rng(seed)
    shape = (BATCH, time, UNITS)
    a, b = random.uniform(-1, 1, shape), random.normal(size=shape)
    return a, b, random.normal(size=(BATCH, UNITS)), random.normal(size=shape)


def reference(a, b, initial, upstream, reverse):
    """`h`, and the gradients of `sum(h * upstream)`, by the chain rule."""
    order = range(a.shape[1])[:: -1 if reverse else 1]
    h, last = np.zeros_like(b), initial
    for t in order:
        h[:, t] = last = a[:, t] * last + b[:, t]
    d_a, d_b, d = np.zeros_like(a), np.zeros_like(b), np.zeros_like(initial)
    for place, t in reversed(list(enumerate(order))):
        d = d + upstream[:, t]
        before = h[:, order[place - 1]] if place else initial
        d_a[:, t], d_b[:, t] = d * before, d
        d = d * a[:, t]
    return h, d_a, d_b, d


def scanned(a, b, initial, upstream, reverse, form, graph=False):
    arrays = [tf.constant(x, tf.float32) for x in (a, b, initial)]
    free = [None, None, None]

    def both(a, b, initial):
        with tf.GradientTape() as tape:
            tape.watch([a, b, initial])
            h = linear_scan(a, b, initial, reverse, form)
            loss = tf.reduce_sum(h * tf.constant(upstream, tf.float32))
        return h, *tape.gradient(loss, [a, b, initial])

    if graph:
        sizes = [free, free, free[:2]]
        both = tf.function(
            both, input_signature=[tf.TensorSpec(s, tf.float32) for s in sizes]
        )
    return both(*arrays)


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize(
    "time", fast_are({1, 7}.__contains__, [1, 2, 7, 64], "thorough")
)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_it_and_its_gradients(form, reverse, time, graph):
    given = terms(time)
    for actual, expected in zip(
        scanned(*given, reverse, form, graph),
        reference(*given, reverse),
        strict=True,
    ):
        np.testing.assert_allclose(
            actual, expected, atol=TOLERANCE * max(1, np.abs(expected).max())
        )


@pytest.mark.parametrize("form", FORMS)
def test_without_a_step_there_is_nothing(form):
    a, b, initial, _ = terms(0)
    assert linear_scan(a, b, initial, form=form).shape == b.shape


def test_it_starts_from_zeros():
    a, b, initial, _ = terms(5)
    expected = linear_scan(a, b, np.zeros_like(initial))
    np.testing.assert_array_equal(linear_scan(a, b), expected)


@pytest.mark.thorough
@pytest.mark.parametrize("form", FORMS)
def test_a_hundred_thousand_steps(form):
    a = tf.fill((1, 100_000, 1), 0.999)
    run = tf.function(lambda: linear_scan(a, tf.ones_like(a), form=form))
    # A geometric series, long after it has converged.
    assert abs(float(run()[0, -1, 0]) - 1000) < 0.1


@pytest.mark.thorough
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_it_accumulates_in_float32(dtype, form):
    time = 2_000
    a = keras.ops.ones((1, time, 1), dtype)
    h = linear_scan(a, a, form=form)
    assert h.dtype == dtype
    # In bfloat16 a sum of ones would stay at 256.
    assert abs(float(h[0, -1, 0]) - time) <= time / 128


@pytest.mark.parametrize("form", FORMS)
def test_the_gradient_has_a_gradient(form):
    a, b, initial, upstream = terms(4)
    a = tf.Variable(a)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            constants = tf.constant(b), tf.constant(initial)
            h = linear_scan(a, *constants, form=form)
            loss = tf.reduce_sum(h * upstream)
        first = tape.gradient(loss, a)
        total = tf.reduce_sum(first**2)
    second = np.asarray(outer.gradient(total, a))
    step = 1e-6
    for place in [(0, 0, 0), (1, 2, 3), (2, 3, 1)]:
        sides = []
        for sign in (1, -1):
            moved = a.numpy()
            moved[place] += sign * step
            d_a = reference(moved, b, initial, upstream, False)[1]
            sides.append((d_a**2).sum())
        slope = (sides[0] - sides[1]) / (2 * step)
        np.testing.assert_allclose(second[place], slope, rtol=1e-5, atol=1e-5)


def test_an_unknown_form_is_refused():
    with pytest.raises(InputError, match="Did you mean 'associative'"):
        linear_scan(*terms(2)[:2], form="asociative")
