"""A softmax over words that are drawn, against that over all of them."""

import numpy as np
import pytest

from recipes.training.losses import cross_entropy
from zoo import models
from zoo.errors import InputError
from zoo.layers import SampledLogits, TiedEmbedding
from zoo.models.language_model import sampled_form


@pytest.mark.thorough
def test_sampled_logits_estimate_the_whole_softmax():
    words, size = 300, 6
    random = np.random.default_rng(0)
    embedding = TiedEmbedding(words, size)
    embedding.build()
    embedding.embeddings.assign(random.normal(size=(words, size)) / 2)
    embedding.bias.assign(random.normal(size=words) / 2)
    layer = SampledLogits(embedding, frequent=40, drawn=120, seed=1)
    h = random.normal(size=(2, 5, size)).astype("float32")
    following = random.integers(0, words, (2, 5)).astype("int32")
    following[0, :2] = (0, 39)
    whole = np.asarray(embedding(h, reverse=True), "float64")
    sums = []
    for _ in range(200):
        logits = np.asarray(layer(h, following), "float64")
        assert logits.shape == (2, 5, 161)
        right = np.minimum(following, 40)[..., None]
        np.testing.assert_allclose(
            np.take_along_axis(logits, right, -1),
            np.take_along_axis(whole, following[..., None], -1),
            atol=1e-5,
        )
        sums.append(np.exp(logits).sum(axis=-1))
    # The standard error of the mean is 2 % here.
    np.testing.assert_allclose(
        np.mean(sums, axis=0), np.exp(whole).sum(axis=-1), rtol=0.1
    )
    nats = cross_entropy()(np.minimum(following, 40), logits)
    assert np.isfinite(np.asarray(nats)).all()


def test_sampled_words_need_a_tied_model():
    net = models.build("language_model", {"vocabulary_size": 9, "units": 3})
    with pytest.raises(InputError, match="`tied`"):
        sampled_form(net, 2, 3, 4)
