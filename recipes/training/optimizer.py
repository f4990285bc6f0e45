"""Adam that clips the gradient by its norm, and says what the norm was."""

from collections.abc import Sequence

import keras
from keras import ops

from zoo.backend.tensor import Tensor


@keras.saving.register_keras_serializable(package="recurrent_zoo")
class ClippedAdam(keras.optimizers.AdamW):
    """AdamW behind a clip of the global gradient norm, which it records.

    Over a long sequence a product of many Jacobians can explode; clipping
    scales such a gradient back to length `clip_norm` and keeps its direction
    (Pascanu et al., 2013, algorithm 1). `gradient_norm_sum`,
    `gradient_norm_max` and `gradient_norm_steps` hold the norms before the
    clip since the last `reset_gradient_norm`; `broken_step` the first step
    whose norm was not a number or infinite, counted from 1, and
    `broken_norm` that norm; 0 if there was none.

    The gradient of an embedding is summed over repeated words before its
    norm is taken; `global_clipnorm` of Keras's optimizers leaves such sparse
    gradients unsummed, and so finds a smaller norm.

    Args:
        learning_rate: float or schedule.
        clip_norm: float. Longest gradient that is let through.
        weight_decay: float. Decoupled weight decay. Defaults to `0.0`.
        ema_momentum: float. Share of the moving average of each weight that
            is kept at a step; 0, the default, for no averages.
        layerwise_rates: list of `[prefix, factor, step]`. A weight whose path
            begins with `prefix` learns at `factor` times the learning rate,
            and not before that many steps are done; the first that fits
            counts, and a weight that none fits learns as always. (Decoupled
            decay is the same for all.)

    Reference:
        - [Pascanu et al., 2013](https://arxiv.org/abs/1211.5063)
        - Rates by layer and gradual unfreezing: [Howard and Ruder, 2018](
          https://aclanthology.org/P18-1031), sections 3.2 and 3.3
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
        clip_norm: float,
        *,
        weight_decay: float = 0.0,
        ema_momentum: float = 0.0,
        layerwise_rates: Sequence = (),
        name: str = "clipped_adam",
    ):
        super().__init__(
            learning_rate,
            weight_decay=weight_decay,
            use_ema=ema_momentum > 0,
            ema_momentum=ema_momentum or 0.99,
            name=name,
        )
        self.clip_norm = clip_norm
        self.layerwise_rates = [list(rate) for rate in layerwise_rates]

    def build(self, variables):
        super().build(variables)
        self._rate_of = [self._rate(variable.path) for variable in variables]
        self.gradient_norm_sum = self._scalar("gradient_norm_sum")
        self.gradient_norm_max = self._scalar("gradient_norm_max")
        self.gradient_norm_steps = self._scalar("gradient_norm_steps")
        self.broken_step = self._scalar("broken_step")
        self.broken_norm = self._scalar("broken_norm")

    def _scalar(self, name):
        return self.add_variable(
            shape=(),
            initializer="zeros",
            dtype="float32",
            aggregation="only_first_replica",
            name=name,
        )

    def reset_gradient_norm(self) -> None:
        """Forgets the norms seen so far."""
        self.gradient_norm_sum.assign(0.0)
        self.gradient_norm_max.assign(0.0)
        self.gradient_norm_steps.assign(0.0)

    def apply(self, grads, trainable_variables=None):
        # Keras builds on the first call; the norms need their variables now.
        if not self.built:
            self.build(trainable_variables)
        grads = _global(grads)
        squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in grads]
        norm = ops.sqrt(sum(squares))
        self.gradient_norm_sum.assign_add(norm)
        self.gradient_norm_max.assign(
            ops.maximum(self.gradient_norm_max.value, norm)
        )
        self.gradient_norm_steps.assign_add(1.0)
        first = ops.logical_not(
            ops.logical_or(ops.isfinite(norm), self.broken_step.value > 0)
        )
        self.broken_norm.assign(ops.where(first, norm, self.broken_norm.value))
        step = ops.cast(self.iterations.value + 1, "float32")
        self.broken_step.assign(ops.where(first, step, self.broken_step.value))
        scale = self.clip_norm / ops.maximum(norm, self.clip_norm)
        grads = [g * ops.cast(scale, g.dtype) for g in grads]
        return super().apply(grads, trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        # On TensorFlow this is the backend's variable, which has no path.
        factor, step = self._rate_of[self._get_variable_index(variable)]
        if (factor, step) != (1.0, 0):
            learns = self.iterations.value >= step
            share = ops.cast(learns, learning_rate.dtype) * factor
            learning_rate = learning_rate * share
        super().update_step(gradient, variable, learning_rate)

    def _rate(self, path):
        for prefix, factor, step in self.layerwise_rates:
            if path.startswith(prefix):
                return factor, step
        return 1.0, 0

    def _all_reduce_sum_gradients(self, grads_and_vars):
        # Keras would sum over the replicas what `apply` has summed already.
        return list(grads_and_vars)

    def get_config(self):
        config = super().get_config()
        return {
            "learning_rate": config["learning_rate"],
            "weight_decay": config["weight_decay"],
            "name": config["name"],
            "clip_norm": self.clip_norm,
            "layerwise_rates": self.layerwise_rates,
            "ema_momentum": self.ema_momentum if self.use_ema else 0.0,
        }


def _global(grads):
    """Dense gradients of the global batch: the sum of the replicas'.

    A clip of each replica's own gradient would not be the clip of their sum.
    """
    if keras.backend.backend() != "tensorflow":
        return grads
    import tensorflow as tf

    # The gradient of an embedding comes as slices, one for each token.
    grads = [tf.convert_to_tensor(g) for g in grads]
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync > 1:
        grads = context.all_reduce(tf.distribute.ReduceOp.SUM, grads)
    return grads


def inner_optimizer(model: keras.Model) -> ClippedAdam:
    """The optimizer of a compiled model.

    In float16 Keras wraps it in one that scales the loss.
    """
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def number(scalar: Tensor) -> float:
    """A scalar of the backend as a number, also one that replicas share."""
    return float(ops.convert_to_numpy(scalar))
