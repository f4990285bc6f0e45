"""Attention and the decoder that asks it, against the papers' equations."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from zoo import cells
from zoo.backend.autodiff import gradients
from zoo.choices import ATTENTION_KINDS as KINDS
from zoo.errors import InputError
from zoo.layers import Attention, AttentiveDecoder

BATCH, TIME, SOURCE, FEATURES, UNITS, SIZE = 3, 4, 6, 5, 7, 8


def arrays(seed=0):
    """Inputs, memory, keys, mask: a whole row, a part, and nothing."""
    random = np.random.default_rng(seed)
    shapes = (
        (BATCH, TIME, FEATURES),
        (BATCH, SOURCE, SIZE),
        (BATCH, SOURCE, UNITS),
    )
    x, memory, keys = (random.normal(size=s).astype("float32") for s in shapes)
    mask = np.arange(SOURCE) < np.array([[SOURCE], [2], [0]])
    return x, memory, keys, mask


def set_weights(layer, seed=1):
    random = np.random.default_rng(seed)
    layer.set_weights(
        [random.normal(0, 0.7, w.shape) for w in layer.get_weights()]
    )


def attended(kind, weights, s, memory, keys, mask):
    """One query by the papers: the context and the weights, in float64."""
    a = np.zeros(SOURCE)
    for row in range(SOURCE):
        if kind == "multiplicative":
            a[row] = s @ keys[row]
        else:
            kernel, score = weights
            a[row] = (np.tanh(s @ kernel + keys[row]) @ score)[0]
    a = np.exp(a - a.max()) * mask
    if mask.any():
        a = a / a.sum()
    return a @ memory, a


@pytest.mark.parametrize("kind", KINDS)
def test_attention_is_that_of_the_papers(kind):
    _, memory, keys, mask = arrays()
    query = np.random.default_rng(2).normal(size=(BATCH, 2, UNITS))
    layer = Attention(kind)
    layer.build(query.shape)
    set_weights(layer)
    c, a = layer(query.astype("float32"), memory, keys, mask)
    weights = [w.astype("float64") for w in layer.get_weights()]
    for row, place in itertools.product(range(BATCH), range(2)):
        expected = attended(
            kind, weights, query[row, place], memory[row], keys[row], mask[row]
        )
        for ours, theirs in zip((c, a), expected, strict=True):
            np.testing.assert_allclose(
                np.asarray(ours)[row, place], theirs, atol=2e-5
            )


def decoder(cell="gru", **arguments):
    layer = AttentiveDecoder(cell, UNITS, **arguments)
    x, memory, keys, mask = arrays()
    layer.build(x.shape, None, memory.shape)
    set_weights(layer)
    random = np.random.default_rng(3)
    states = [
        random.normal(size=(BATCH, size)).astype("float32")
        for size in layer.state_size
    ]
    return layer, x, states, (memory, keys, mask)


@pytest.mark.parametrize("input_feeding", [True, False])
@pytest.mark.parametrize(
    "cell, layers, attention",
    [
        *((cell, 2, "additive") for cell in cells.names()),
        *(("gru", 1, attention) for attention in ("none", *KINDS)),
    ],
)
def test_the_decoder_is_its_equations(cell, layers, input_feeding, attention):
    layer, x, states, looked_at = decoder(
        cell, layers=layers, attention=attention, input_feeding=input_feeding
    )
    outputs = [np.asarray(o) for o in layer(x, states, *looked_at)]
    feeds = input_feeding and attention != "none"
    assert len(layer.state_size) == len(outputs) - 1 - (attention != "none")
    # The cells themselves have tests of their own; what is put into them, and
    # what becomes of it, is spelt out here.
    current, expected, weights = list(states), [], []
    for t in range(TIME):
        z, new = x[:, t], []
        if feeds:
            z = np.concatenate([z, current[-1]], axis=-1)
        for recurrent in layer.recurrent_layers:
            count = len(recurrent.cell.state_size)
            own = current[len(new) : len(new) + count]
            z, own = recurrent.cell.call(z, own)
            new.extend(own)
        y = s = np.asarray(z)
        if attention != "none":
            own = layer.attention.get_weights()
            rows = [
                attended(attention, own, s[row], *(v[row] for v in looked_at))
                for row in range(BATCH)
            ]
            c = np.stack([c for c, _ in rows])
            weights.append([a for _, a in rows])
            kernel, bias = layer.combine.get_weights()
            y = np.tanh(np.concatenate([c, s], axis=-1) @ kernel + bias)
        if feeds:
            new.append(y.astype("float32"))
        current = new
        expected.append(y)
    np.testing.assert_allclose(outputs[0], np.stack(expected, 1), atol=1e-4)
    if weights:
        found = outputs.pop(1)
        np.testing.assert_allclose(found, np.stack(weights, 1), atol=1e-4)
    for ours, theirs in zip(outputs[1:], current, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("input_feeding", [True, False])
@pytest.mark.parametrize("steps", [1, TIME])
def test_rows_may_share_a_memory(input_feeding, steps):
    layer, x, states, looked_at = decoder(input_feeding=input_feeding)
    x, twice = x[:, :steps], [np.repeat(a, 2, axis=0) for a in looked_at]
    x, *states = (np.repeat(a, 2, axis=0) for a in (x, *states))
    x[::2] += 0.1
    one, other = (layer(x, states, *a) for a in (looked_at, twice))
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert np.abs(np.asarray(one[0])[0] - np.asarray(one[0])[1]).max() > 1e-3


@pytest.mark.parametrize("attention", KINDS)
@pytest.mark.parametrize("input_feeding", [True, False])
def test_every_weight_learns(input_feeding, attention):
    layer, x, states, looked_at = decoder(
        layers=2, attention=attention, input_feeding=input_feeding
    )
    fixed = [w.value for w in layer.non_trainable_variables]

    def loss(weights):
        outputs, _ = layer.stateless_call(
            weights, fixed, x, states, *looked_at, training=True
        )
        return ops.sum(ops.square(outputs[0]))

    values = [w.value for w in layer.trainable_variables]
    for weight, gradient in zip(
        layer.trainable_variables, gradients(loss, values), strict=True
    ):
        gradient = np.asarray(gradient)
        assert np.isfinite(gradient).all(), weight.path
        assert np.abs(gradient).max() > 0, weight.path


@pytest.mark.parametrize("input_feeding", [True, False])
def test_dropout_between_layers_is_of_the_same_units(input_feeding):
    layer, x, states, looked_at = decoder(
        layers=2, dropout=0.5, input_feeding=input_feeding
    )
    plain = np.asarray(layer(x, states, *looked_at)[0])
    with_dropout = layer(x, states, *looked_at, training=True)
    assert np.abs(np.asarray(with_dropout[0]) - plain).max() > 0.01
    again = layer(x, states, *looked_at)
    np.testing.assert_array_equal(np.asarray(again[0]), plain)


def test_a_file_round_trip(tmp_path):
    layer, *_ = decoder(layers=2, attention="multiplicative", dropout=0.25)
    copy = AttentiveDecoder.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    attention = Attention.from_config(layer.attention.get_config())
    assert attention.kind == "multiplicative"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"attention": "local"}, "`attention` must be one of"),
        ({"layers": 0}, "`layers`"),
        ({"dropout": 1.0}, "`dropout`"),
        ({"cell": "gruu"}, "Did you mean 'gru'"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(InputError, match=message):
        AttentiveDecoder(**{"cell": "gru", "units": 3, **arguments})


def test_mixed_precision_runs():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer, x, states, looked_at = decoder()
        y, a, *_ = layer(x, states, *looked_at, training=True)
    finally:
        keras.config.set_dtype_policy(before)
    assert str(y.dtype).endswith("bfloat16'>") or "bfloat16" in str(y.dtype)
    assert np.isfinite(np.asarray(ops.cast(y, "float32"))).all()
    total = np.asarray(ops.sum(ops.cast(a, "float32"), axis=-1))
    np.testing.assert_allclose(total[0], 1, atol=0.02)
    np.testing.assert_array_equal(total[2], 0)
