"""The learning rate over a run."""

import keras


def cosine(
    learning_rate: float, *, steps: int, warmup_share: float
) -> keras.optimizers.schedules.CosineDecay:
    """From 0 up to `learning_rate` over a share of the steps, then down along a
    cosine to a hundredth of it.

    Args:
        learning_rate: the highest.
        steps: of the whole run.
        warmup_share: of these, those in which the rate grows; at least one
            step does.
    """
    warmup = max(1, int(steps * warmup_share + 1e-9))
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, steps - warmup),
        alpha=0.01,
        warmup_target=learning_rate,
        warmup_steps=warmup,
    )
