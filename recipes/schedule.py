"""The learning rate over a run."""

import keras


def cosine(config, steps: int) -> keras.optimizers.schedules.CosineDecay:
    """From 0 up to `config.learning_rate` over a twentieth of all steps, then
    down along a cosine to a hundredth of it.
    """
    total = steps * config.epochs
    warmup = max(1, total // 20)
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, total - warmup),
        alpha=0.01,
        warmup_target=config.learning_rate,
        warmup_steps=warmup,
    )
