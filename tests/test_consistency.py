"""Training that says the same whatever dropout leaves out."""

import csv
import dataclasses

import numpy as np
import pytest

from recipes import consistency, translation
from recipes.losses import token_cross_entropy
from zoo import models
from zoo.errors import InputError

IDS = {
    "source_ids": np.array([[4, 5, 6], [7, 0, 0]], "int32"),
    "target_ids": np.array([[2, 5, 6, 7], [2, 8, 0, 0]], "int32"),
}
LABELS = np.array([[5, 6, 7, 3], [8, 3, 0, 0]], "int32")


def translator(dropout):
    return models.translator(
        10, 10, units=4, embedding_size=4, shared=True, dropout=dropout
    )


def equation(labels, first, second, weight):
    """Equations 2 to 4 of the paper, halved, in float64."""

    def log_softmax(z):
        z = z.astype("float64")
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))

    log_p, log_q = log_softmax(first), log_softmax(second)
    p, q = np.exp(log_p), np.exp(log_q)
    nats = [
        -np.take_along_axis(x, labels[..., None], -1)[..., 0]
        for x in (log_p, log_q)
    ]
    kl_pq = (p * (log_p - log_q)).sum(axis=-1)
    kl_qp = (q * (log_q - log_p)).sum(axis=-1)
    loss = nats[0] + nats[1] + weight * (kl_pq + kl_qp) / 2
    return loss / 2 * (labels != 0)


@pytest.mark.parametrize("weight", [0.0, 1.0, 5.0])
def test_the_loss_is_the_papers(weight):
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 4, 2, 10)).astype("float32") * 3
    ours = consistency.loss(token_cross_entropy(), weight)(LABELS, logits)
    theirs = equation(LABELS, logits[:, :, 0], logits[:, :, 1], weight)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert (theirs > 0).sum() == (LABELS != 0).sum()


def test_two_readings_differ_by_their_dropout_alone():
    model = translator(0.5)
    form = consistency.twice(model)
    assert len(form.weights) == len(model.weights)
    read = np.asarray(form(IDS, training=False)["logits"])
    for place in range(2):
        np.testing.assert_allclose(
            read[:, :, place], model(IDS)["logits"], rtol=1e-6, atol=1e-6
        )
    read = np.asarray(form(IDS, training=True)["logits"])
    assert np.abs(read[:, :, 0] - read[:, :, 1]).max() > 1e-3


def losses(folder, config):
    translation.train(config, folder, progress=False, test=False)
    with open(folder / "history.csv", newline="") as file:
        return [
            [float(row[name]) for name in ("loss", "val_loss")]
            for row in csv.DictReader(file)
        ]


def test_a_recipe_trains_so(numbers, tmp_path):
    """Without dropout it is plain training, with some it is not."""
    config = translation.Config(
        train_pairs=str(numbers), units=8, embedding_size=8, epochs=2
    )
    plain = dataclasses.replace(config, dropout=0.0)
    found = {
        name: losses(
            tmp_path / name, dataclasses.replace(one, consistency=weight)
        )
        for name, one, weight in (
            ("plain", plain, 0.0),
            ("same", plain, 5.0),
            ("weak", dataclasses.replace(config, dropout=0.5), 1e-6),
            ("strong", dataclasses.replace(config, dropout=0.5), 50.0),
        )
    }
    np.testing.assert_allclose(found["same"], found["plain"], rtol=1e-4)
    assert found["strong"][0][0] > 1.01 * found["weak"][0][0]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_cannot_be(weight):
    with pytest.raises(InputError, match="`consistency` must be above 0"):
        translation.Config(consistency=weight)
