"""Pictures of the gradients over time."""

from pathlib import Path

import numpy as np

import zoo.inspect.figures as figures
from zoo.inspect.gradient_flow import Flow

# Where a norm is below this, the picture shows this: nothing is left.
_FLOOR = 1e-10


def by_distance(flows: dict[str, list[Flow]], path: Path) -> None:
    """Norm of `d s_i / d s_k` against `i - k`, a line for each direction.

    Args:
        flows: by the name of the model.
        path: the PNG file to write.
    """
    figure, axes = figures.figure(8, 4.6)
    lines = [
        (name if len(of_model) == 1 else f"{name}, {flow.name}", flow)
        for name, of_model in flows.items()
        for flow in of_model
    ]
    for place, (label, flow) in enumerate(lines):
        axes.semilogy(
            np.maximum(flow.by_distance, _FLOOR),
            label=label,
            color=figures.COLOURS[place % len(figures.COLOURS)],
            linestyle=["-", "--", ":"][place // len(figures.COLOURS) % 3],
        )
    axes.axhline(1, color="0.6", linewidth=0.8, linestyle=":")
    axes.set_xlabel("distance i - k (steps)")
    axes.set_ylabel("norm of d s_i / d s_k")
    axes.set_title("What is left of a gradient, so many steps back")
    axes.legend(fontsize=8)
    figures.save(figure, path)


def heat_maps(flows: list[Flow], path: Path) -> None:
    """The logarithm of that norm over (i, k), a panel for each direction.

    Args:
        flows: of one model.
        path: the PNG file to write.
    """
    figure, panels = figures.figure(5 * len(flows) + 1, 4.4, len(flows))
    panels = np.atleast_1d(panels)
    for axes, flow in zip(panels, flows, strict=True):
        logs = np.log10(np.maximum(flow.states, _FLOOR))
        image = axes.imshow(logs, origin="lower", vmin=-6, vmax=1)
        axes.set_title(f"{flow.name}: half-life {flow.half_life:.1f} steps")
        axes.set_xlabel("k (step)")
        axes.set_ylabel("i (step)")
    label = "log10 of the norm of d s_i / d s_k"
    figure.colorbar(image, ax=list(panels), label=label)
    figures.save(figure, path)
