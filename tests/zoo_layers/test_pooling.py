"""What reads the states of all steps, and what language models add."""

import numpy as np
import pytest
from layer_inputs import BATCH, LENGTHS, MASK, TIME, UNITS, close, random_inputs

from zoo.layers import (
    AttentionPooling,
    LastWindow,
    MaxPooling,
    MeanPooling,
    Stacked,
    StatefulRNN,
    TiedEmbedding,
)


def test_pooling():
    x = random_inputs()
    mask = MASK.copy()
    mask[2] = False
    mean, highest = MeanPooling()(x, mask=mask), MaxPooling()(x, mask=mask)
    for row, length in enumerate(LENGTHS[:2]):
        close(mean[row], x[row, :length].mean(axis=0))
        # The maximum is shifted by 30,000 and back where a step is masked.
        close(highest[row], x[row, :length].max(axis=0))
    assert not np.asarray(mean[2]).any() and not np.asarray(highest[2]).any()
    close(MeanPooling()(x), x.mean(axis=1))
    close(MaxPooling()(x), x.max(axis=1))


def test_attention_pooling():
    layer = AttentionPooling(units=6)
    x = random_inputs()
    layer.build(x.shape)
    random = np.random.default_rng(0)
    layer.set_weights([random.normal(size=w.shape) for w in layer.weights])
    W, b, v = (np.asarray(w, "float64") for w in layer.weights)
    pooled = np.asarray(layer(x, mask=MASK))
    for row, length in enumerate(LENGTHS):
        h = x[row, :length].astype("float64")
        e = np.exp(np.tanh(h @ W + b) @ v)
        close(pooled[row], (e / e.sum() * h).sum(axis=0))
    nothing = layer(x, mask=np.zeros_like(MASK))
    assert not np.asarray(nothing).any()
    again = AttentionPooling.from_config(layer.get_config())
    assert again.units == 6


@pytest.mark.parametrize("window", [1, 3, 9])
def test_last_window(window):
    ids = np.array([[5, 6, 7, 8, 0, 0], [9, 0, 0, 0, 0, 0], [0] * 6])
    expected = [
        ([0] * window + row)[-window:] for row in ([5, 6, 7, 8], [9], [])
    ]
    layer = LastWindow(window)
    np.testing.assert_array_equal(layer(ids), expected)
    assert LastWindow.from_config(layer.get_config()).window == window


def test_layers_of_language_models_from_their_configs():
    stacked = Stacked(
        "gru", UNITS, return_sequences=True, return_state=True, name="stack"
    )
    x, carry = random_inputs(), np.ones((BATCH, 1), "float32")
    carried = StatefulRNN(stacked, BATCH)
    carried(x, carry)
    again = StatefulRNN.from_config(carried.get_config())
    again(x, carry)
    again.set_weights(carried.get_weights())
    for _ in range(2):
        # The second time from the states of the first.
        close(again(x, carry, training=True), carried(x, carry, training=True))
    embedding = TiedEmbedding(9, 4)
    embedding(np.array([[1]]))
    other = TiedEmbedding.from_config(embedding.get_config())
    other(np.array([[1]]))
    other.set_weights(embedding.get_weights())
    y = x[:, :, :4]
    close(other(y, reverse=True), embedding(y, reverse=True))
    assert embedding(y, reverse=True).shape == (BATCH, TIME, 9)
