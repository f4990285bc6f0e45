"""The picture of a training run: its history, epoch by epoch."""

from pathlib import Path

import numpy as np

from zoo.inspect import figures
from zoo.inspect.figures import COLOURS, MARKERS


def curves(history: list[dict], path: Path) -> None:
    """Loss, accuracy (without one, perplexity) and gradient norm by epoch.

    Args:
        history: a dict for each epoch, as in `history.csv`.
        path: the PNG file to write.
    """
    figure, (loss, quality, norm) = figures.figure(12, 3.6, panels=3)
    second = (quality, "accuracy", ["accuracy", "val_accuracy"])
    if "val_chrf" in history[0]:
        second = (quality, "greedy translations", ["val_chrf", "val_bleu"])
    elif "accuracy" not in history[0]:
        history = [
            {
                **row,
                "perplexity": np.exp(row["loss"]),
                "val_perplexity": np.exp(row["val_loss"]),
            }
            for row in history
        ]
        second = (quality, "perplexity", ["perplexity", "val_perplexity"])
    epochs = [row["epoch"] for row in history]
    panels = [
        (loss, "loss (nats)", ["loss", "val_loss"]),
        second,
        (
            norm,
            "gradient norm before clipping",
            ["gradient_norm", "gradient_norm_max"],
        ),
    ]
    names = {
        "val_loss": "validation",
        "val_accuracy": "validation",
        "val_perplexity": "validation",
        "val_chrf": "chrF",
        "val_bleu": "BLEU",
        "gradient_norm": "mean",
        "gradient_norm_max": "largest",
    }
    for axes, title, columns in panels:
        for column, colour, marker in zip(
            columns, COLOURS, MARKERS, strict=False
        ):
            axes.plot(
                epochs,
                [row[column] for row in history],
                color=colour,
                marker=marker,
                label=names.get(column, "training"),
            )
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_title(title)
        axes.legend()
        axes.grid(alpha=0.3)
    norm.set_yscale("log")
    figures.save(figure, path)
