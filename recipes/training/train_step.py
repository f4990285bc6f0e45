"""A model whose training step is computed by several replicas, or by XLA.

Keras 3's `fit` fails where there are several workers
(https://github.com/keras-team/keras/issues/20585): it reduces values over all
of them before the first step, and the scalars of every step along an axis that
they do not have. It also takes the mean of the replicas' means, which is not
the mean of a batch whose last rows are missing. This step does neither;
everything else stays Keras's `fit`. Once Keras can do it, a test that expects
it to fail will go red: `test_keras_alone_still_fails` of
tests/recipes_distribute.
"""

from collections.abc import Callable

import keras
from keras import ops

from recipes.training.adversarial import halves, move
from zoo.backend.tensor import Tensor


class Replicated(keras.Model):
    """The same network as another model, trained on shares of a batch.

    It takes what `recipes.data.replica_batches.shares` makes: inputs, labels,
    and for each row its weight in the gradient, its weight in the reported
    loss, and whether it counts. Sums over rows and replicas are then those of
    the whole batch on one device.

    Args:
        inputs: of the other model.
        outputs: of the other model, with `logits`.

    `compile` takes an optimizer that sums gradients over the replicas, as
    `ClippedAdam` does, and a loss that gives nats by row, and by step if there
    are any.
    """

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer,
        nats: Callable[[Tensor, Tensor], Tensor],
        *,
        accuracy: bool = False,
        xla: bool = False,
        adversarial: float = 0.0,
    ) -> None:
        """Says what each step does.

        Args:
            optimizer: what takes the gradients.
            nats: from labels and logits to the nats of each label.
            accuracy: whether to count right answers too.
            xla: whether XLA compiles the forward and backward pass.
            adversarial: size of the change of the words that
                `recipes.training.adversarial` makes; 0.0 for none.
        """
        self.nats = nats
        self.change = adversarial
        # A function, for Keras would take its model for a part of this one.
        self.halves = halves(self) if adversarial else None
        # Keras would leave XLA out where operations are to be deterministic.
        self.xla = xla
        self.mean_nats = keras.metrics.Mean("loss")
        self.accuracy = None
        if accuracy:
            self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        super().compile(optimizer, jit_compile=False)

    @property
    def metrics(self):
        metrics = (self.mean_nats, self.accuracy)
        return [metric for metric in metrics if metric is not None]

    def train_step(self, data):
        import tensorflow as tf

        inputs, targets, weights = data
        for_gradient, for_report, counts = tf.unstack(weights, 3, axis=1)
        labels = targets["logits"]

        def nats_of(logits):
            nats = self.nats(labels, logits)
            # Of a row, over its steps; a classifier has no steps.
            return tf.reduce_sum(
                tf.reshape(nats, (tf.shape(weights)[0], -1)), axis=1
            )

        def scaled(nats):
            loss = tf.reduce_sum(nats * for_gradient)
            return self.optimizer.scale_loss(loss)

        if self.halves is not None:
            gradients, nats, logits = self._twice(
                inputs, nats_of, scaled, *self.halves
            )
        else:
            with tf.GradientTape() as tape:
                logits = self(inputs, training=True)["logits"]
                nats = nats_of(logits)
                loss = scaled(nats)
            gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        # Rows that only fill up have no part in the mean.
        self.mean_nats.update_state(
            ops.where(counts > 0, nats * for_report, 0.0), sample_weight=counts
        )
        if self.accuracy is not None:
            self.accuracy.update_state(labels, logits, sample_weight=counts)
        return self.get_metrics_result()

    def _twice(self, inputs, nats_of, scaled, vectors, judge):
        """Gradients of texts as they are and moved; nats and logits."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            x, mask = vectors(inputs)
            logits = judge(inputs, x)["logits"]
            nats = nats_of(logits)
            loss = scaled(nats) / 2
        first, g = tape.gradient(loss, (self.trainable_weights, x))
        r = move(x, mask, g, self.change)
        with tf.GradientTape() as tape:
            moved = vectors(inputs)[0] + r
            loss = scaled(nats_of(judge(inputs, moved)["logits"])) / 2
        second = tape.gradient(loss, self.trainable_weights)
        both = zip(first, second, strict=True)
        return [tf.add_n(pair) for pair in both], nats, logits

    def make_train_function(self, force=False):
        import tensorflow as tf

        step, strategy = self.train_step, self.distribute_strategy
        if self.xla:
            step = tf.function(step, jit_compile=True, reduce_retracing=True)

        @tf.function(reduce_retracing=True)
        def everywhere(iterator):
            results = strategy.run(step, (next(iterator),))
            # Of several replicas, each has a part only; to add them up would
            # cost a message in every step.
            return results if strategy.num_replicas_in_sync == 1 else {}

        self.train_function = everywhere

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # The model is built, and so are its metrics.
        pass
