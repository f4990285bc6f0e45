"""The learning rate over a run."""

import keras


def cosine(
    config, steps: int, warmup_share: float = 0.05
) -> keras.optimizers.schedules.CosineDecay:
    """From 0 up to `config.learning_rate` over a share of all steps, then down
    along a cosine to a hundredth of it.

    Args:
        config: has `learning_rate` and `epochs`.
        steps: of an epoch.
        warmup_share: of all steps.
    """
    total = steps * config.epochs
    warmup = max(1, int(total * warmup_share + 1e-9))
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, total - warmup),
        alpha=0.01,
        warmup_target=config.learning_rate,
        warmup_steps=warmup,
    )
