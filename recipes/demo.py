"""Five networks compete on the sentence that made recurrent ones famous.

    zoo demo

Trains every cell and the feed-forward window on `agreement`, with the same
configuration and the same number of steps, and compares them by the distance
between subject and verb, and by the number of nouns that mislead.
"""

import dataclasses
from pathlib import Path
from typing import Any

import zoo
from recipes import agreement
from recipes.evaluation import plots
from zoo.cli.output import print_rich
from zoo.inspect import gradient_flow
from zoo.inspect import plots as gradient_plots
from zoo.tasks import Translator, require

NETWORKS = {
    agreement.WINDOW: "window of 5 words",
    "elman": "plain RNN",
    "gated": "gated RNN",
    "gru": "GRU",
    "lstm": "LSTM",
}
SENTENCES = [
    "the writer of the books",
    "the writers of the book",
    "the key that the kings found near the river",
    "the key that the kings near the river",
    "in the houses the teacher of the sisters beside the old towers",
]


def train_all(
    folder: Path, preset: str = "default", progress: bool = True
) -> dict[str, dict]:
    """Trains the five networks, a run folder each.

    Args:
        folder: where the run folders are made; finished runs are kept, and
            interrupted ones go on.
        preset: which of `agreement.PRESETS` to train.
        progress: whether to show how far it is.

    Returns:
        The metrics of each run by the name of its cell.
    """
    metrics = {}
    for number, (cell, title) in enumerate(NETWORKS.items(), start=1):
        if progress:
            print(f"\n[{number}/{len(NETWORKS)}] {title}", flush=True)
        config = dataclasses.replace(agreement.PRESETS[preset], cell=cell)
        metrics[cell] = agreement.train(
            config, folder / cell, progress=progress
        )
    draw(metrics, folder / "accuracy.png")
    draw_gradients(folder, list(metrics))
    return metrics


def draw(metrics: dict[str, dict], path: Path) -> None:
    """The picture: accuracy by distance and by attractors, all networks."""
    plots.accuracy_lines(
        {
            NETWORKS[cell]: {
                agreement.BY_DISTANCE: run["test_accuracy_by_distance"],
                agreement.BY_ATTRACTORS: run["test_accuracy_by_attractors"],
            }
            for cell, run in metrics.items()
        },
        agreement.LAST_SEEN,
        path,
    )


def draw_gradients(folder: Path, cells: list[str]) -> None:
    """The reason: how much of a gradient is left, so many words back."""
    recurrent = [cell for cell in cells if cell != agreement.WINDOW]
    trained = {cell: zoo.load(folder / cell) for cell in recurrent}
    # The cell is all that differs between them: the sentences are the same.
    config = agreement.Config(**trained[recurrent[0]].about["config"])
    tokenizer, splits = agreement.data(config)
    ids = agreement.far_ids(tokenizer, splits["test"][0])
    flows = {
        NETWORKS[cell]: gradient_flow(trained[cell].model, ids)
        for cell in recurrent
    }
    gradient_plots.by_distance(flows, folder / "gradients.png")


def table(metrics: dict[str, dict]) -> Any:
    """The results as a `rich` table, a row for each network."""
    from rich.table import Table

    result = Table(title="is or are? Accuracy on the test set, %")
    result.add_column("network", no_wrap=True)
    columns = (
        "training\ns",
        f"0-{agreement.TRAIN_DISTANCE}\nwords",
        f"{agreement.TRAIN_DISTANCE + 1}-{agreement.TEST_DISTANCE}\nwords",
        "2\nnouns",
        "6+\nnouns",
        "half-life\nwords",
    )
    for column in columns:
        result.add_column(column, justify="right")
    for cell, run in metrics.items():
        by_attractors = run["test_accuracy_by_attractors"]
        accuracies = (
            run["test_accuracy_seen_distances"],
            run["test_accuracy_longer_distances"],
            by_attractors["2"],
            by_attractors["6+"],
        )
        result.add_row(
            NETWORKS[cell],
            f"{run['train_seconds']:.0f}",
            *(f"{100 * accuracy:.1f}" for accuracy in accuracies),
            half_life(run),
        )
    result.caption = (
        "words: between subject and verb; training saw up to "
        f"{agreement.TRAIN_DISTANCE}\n"
        "nouns: between them, of the other number\n"
        "half-life: of the gradient on its way back through the states"
    )
    return result


def half_life(run: dict) -> str:
    """Of a network's gradient, in words; "" for one without states."""
    steps = run.get("gradient_half_life", "")
    return steps if isinstance(steps, str) else f"{steps:.1f}"


def winner(metrics: dict[str, dict]) -> str:
    """The cell with the highest accuracy, of equals the smallest."""
    return max(
        metrics,
        key=lambda cell: (
            metrics[cell]["test_accuracy"],
            -metrics[cell]["parameters"],
        ),
    )


# The same day, as five languages write it.
DATES = [
    "Wednesday, October 3, 1990",
    "mercredi 3 octobre 1990",
    "3. Oktober 1990",
    "среда, 3 октября 1990 г.",
    "1990年10月3日水曜日",
]


def print_translations() -> None:
    """What the translator that ships makes of dates, and where it looks."""
    from rich.cells import cell_len

    from zoo.inspect.attention import coloured

    name = "dates_gru_base"
    print(f"\n{name} reads dates, whatever the language:\n")
    translator = require(zoo.load(name), Translator).decoder
    translations = translator.translate(DATES)
    width = max(map(cell_len, DATES))
    for text, translation in zip(DATES, translations, strict=True):
        print(f"  {text}{' ' * (width - cell_len(text))}  {translation.text}")
    print("\nWhere it looked as it wrote the second one:\n")
    weights = translator.attention(DATES[1], translations[1].ids)
    print_rich(coloured(*weights), soft_wrap=True)


def print_sample() -> None:
    """What the language model that ships writes."""
    from zoo.decoding import Sampling

    name, prompt = "shakespeare_lstm_base", "ROMEO:"
    print(f"\n{name} goes on with {prompt!r}, letter by letter:\n")
    stream = zoo.stream(name)
    stream.feed(prompt)
    print(prompt, end="")
    for piece in stream.generate(300, Sampling(temperature=0.7), seed=4):
        print(piece, end="", flush=True)
    print()
