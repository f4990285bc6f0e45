"""The clip of the gradient, and what it records."""

import keras
import numpy as np

from recipes.training.averaged_weights import AveragedWeights
from recipes.training.optimizer import ClippedAdam


def test_clipping():
    random = np.random.default_rng(0)
    variable = keras.Variable(np.zeros((4, 3), "float32"))
    table = keras.Variable(np.zeros((2,), "float32"))
    gradients = [
        random.normal(size=v.shape).astype("float32") for v in (variable, table)
    ]
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    seen = []

    class Spy(ClippedAdam):
        def update_step(self, gradient, variable, learning_rate):
            seen.append(np.asarray(gradient))

    for clip_norm in (0.5, 100.0):
        optimizer = Spy(0.1, clip_norm)
        optimizer.apply(
            [keras.ops.convert_to_tensor(g) for g in gradients],
            [variable, table],
        )
        scale = min(1.0, clip_norm / norm)
        for ours, gradient in zip(seen, gradients, strict=True):
            np.testing.assert_allclose(ours, scale * gradient, rtol=1e-6)
        np.testing.assert_allclose(optimizer.gradient_norm_max, norm, 1e-6)
        seen.clear()


def test_repeated_words_are_summed_before_the_norm():
    import tensorflow as tf

    table = keras.Variable(np.zeros((3, 2), "float32"))
    twice = tf.IndexedSlices(tf.ones((2, 2)), [1, 1], (3, 2))
    optimizer = ClippedAdam(0.1, clip_norm=1.0)
    optimizer.apply([twice], [table])
    # Two rows of ones on one word: 2 in each of its two places.
    np.testing.assert_allclose(optimizer.gradient_norm_max, np.sqrt(8))


def test_averages_stand_in_for_a_while():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(ClippedAdam(0.1, 1.0, ema_momentum=0.9), "mse")
    for _ in range(3):
        model.train_on_batch(np.ones((4, 2)), np.ones((4, 1)))
    averages = AveragedWeights()
    before = model.get_weights()
    with averages.applied(model):
        assert averages.in_place
        kept = model.get_weights()
    assert not averages.in_place
    for weight, average, after in zip(
        before, kept, model.get_weights(), strict=True
    ):
        assert np.abs(weight - average).max() > 1e-3
        np.testing.assert_array_equal(after, weight)
