"""One step of training: the gradient and the loss are means over the batch."""

import numpy as np
import pytest
import tensorflow as tf

from recipes.data.examples import Batches
from recipes.data.replica_batches import shares
from recipes.distribute import strategy
from recipes.training.fit import trainable
from recipes.training.losses import cross_entropy
from recipes.training.optimizer import ClippedAdam, number
from zoo.models import classifier, language_model


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["classifier", "language_model"])
def test_gradient_and_loss_are_means(kind):
    random = np.random.default_rng(0)
    ids = random.integers(1, 9, (5, 7)).astype("int32")
    if kind == "classifier":
        model = classifier(9, 3, units=4, embedding_size=3)
        labels = np.array([0, 1, 2, 1, 1], "int32")
    else:
        model = language_model(9, units=4, embedding_size=3)
        labels = random.integers(1, 9, (5, 7)).astype("int32")
    nats = cross_entropy()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(nats(labels, model(ids)["logits"]))
    gradients = tape.gradient(loss, model.trainable_weights)
    norm = tf.linalg.global_norm([tf.convert_to_tensor(g) for g in gradients])

    optimizer = ClippedAdam(0.01, clip_norm=1.0)
    net = trainable(model, optimizer, nats, strategy.build())
    batches = Batches(lambda _: iter([(ids, {"logits": labels})]), 1)
    ((inputs, targets, weights),) = shares(batches, 1, range(1)).make(0)
    reported = net.train_on_batch([inputs], targets, weights)
    assert reported == pytest.approx(float(loss), rel=1e-5)
    measured = number(optimizer.gradient_norm_sum)
    assert measured == pytest.approx(float(norm), rel=1e-4)
