"""The commands that need the library alone: no recipe and no export."""

import importlib.util
import json
import os
import sys
from pathlib import Path

from zoo.errors import InputError

BACKENDS = ("tensorflow", "jax")


def check_backend() -> None:
    """Says what is wrong with KERAS_BACKEND before Keras fails over it.

    Raises:
        InputError: for a backend that this project does not run on, or one
            that is not installed.
    """
    backend = os.environ.get("KERAS_BACKEND")
    if not backend:
        # Keras's own configuration file may name another than its default.
        return
    if backend not in BACKENDS:
        raise InputError(
            f"KERAS_BACKEND must be {' or '.join(BACKENDS)}. "
            f"Received: {backend!r}"
        )
    if importlib.util.find_spec(backend) is None:
        others = [name for name in BACKENDS if name != backend]
        raise InputError(
            f"The Keras backend {backend} is not installed: pip install "
            f"{backend}, or set KERAS_BACKEND={others[0]}."
        )


def add(command, with_json) -> None:
    """Adds them to the `zoo` command.

    Args:
        command: function of a name, a function and a text to its parser.
        with_json: adds the flag `--json` to a parser.
    """
    sub = with_json(command("predict", predict, "classify texts"))
    sub.add_argument("model", metavar="X")
    sub.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="texts; without any, each line of standard input is one",
    )

    sub = with_json(command("inspect", inspect, "look into models X ..."))
    sub.add_argument("models", nargs="+", metavar="X")
    sub.add_argument(
        "--gradient-flow",
        action="store_true",
        help="how much of a gradient is left, so many steps back",
    )
    sub.add_argument(
        "--text",
        action="append",
        metavar="TEXT",
        help="what the models read; may be given again (default: random words)",
    )
    sub.add_argument(
        "--length",
        type=int,
        default=60,
        metavar="STEPS",
        help="number of random words (default: 60)",
    )
    sub.add_argument(
        "--untrained", action="store_true", help="with new, random weights"
    )
    sub.add_argument(
        "--to", type=Path, metavar="DIR", help="folder for the pictures"
    )


def known_for(scores: dict) -> str:
    """The score that a model is known for, in a word."""
    if "test_accuracy" in scores:
        return f"{100 * scores['test_accuracy']:.2f} %"
    if scores.get("pair") == "any-iso":
        return f"{100 * scores['exact_match']:.2f} % exact"
    if "bleu" in scores:
        return f"{scores['bleu']:.1f} BLEU"
    for unit in ("character", "byte"):
        nats = scores.get(f"validation_nats_per_{unit}")
        if nats is not None:
            return f"{nats:.3f} nats/{unit}"
    if "validation_perplexity" in scores:
        return f"perplexity {scores['validation_perplexity']:.1f}"
    return ""


def predict(values):
    from zoo import pretrained
    from zoo.tasks import TextClassifier, require

    task = pretrained.load(values.model)
    require(task, TextClassifier)
    texts = values.texts or [line.rstrip("\n") for line in sys.stdin]
    answers = task.predict(texts)
    if values.json:
        rows = zip(texts, answers, strict=True)
        return print_json([{"text": text, **row} for text, row in rows])
    width = max(map(len, task.labels))
    for text, answer in zip(texts, answers, strict=True):
        shown = " ".join(text.split())
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        print(f"{answer['label']:<{width}} {answer['probability']:.3f} {shown}")


def inspect(values):
    """`zoo inspect`: how far back the gradients of one or more models reach."""
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from zoo import models, pretrained
    from zoo.inspect import gradient_flow, plots
    from zoo.tasks import Translator
    from zoo.text.ids import pad

    if not values.gradient_flow:
        raise InputError("zoo inspect needs --gradient-flow.")
    flows = {}
    for model in values.models:
        trained = pretrained.load(model)
        if isinstance(trained, Translator):
            raise InputError(
                f"{trained.name} is a translator; what it looks at: zoo "
                f"translate {model} TEXT --show-attention"
            )
        net, name = trained.model, Path(model).name
        if "://" in model:
            # Of an address; and it becomes part of a file's name.
            name = Path(trained.name.replace("\\", "/")).name
        if values.untrained:
            net = models.build(trained.builder, trained.arguments)
            name = f"{name}, untrained"
        if values.text:
            rows = [trained.tokenizer.encode(text) for text in values.text]
            ids = pad(rows)
        else:
            random = np.random.default_rng(0)
            shape = (4, values.length)
            ids = random.integers(1, trained.tokenizer.size, shape)
        flows[name] = gradient_flow(net, ids)
    if values.to is not None:
        values.to.mkdir(parents=True, exist_ok=True)
        plots.by_distance(flows, values.to / "gradient_by_distance.png")
        for name, of_model in flows.items():
            plots.heat_maps(of_model, values.to / f"gradient_{name}.png")
    if values.json:
        return print_json(
            {name: [f.as_json() for f in flow] for name, flow in flows.items()}
        )
    distances = (1, 10, 50)
    table = Table("model", "layer", "half-life")
    for distance in distances:
        table.add_column(f"{distance} back", no_wrap=True)
    for name, of_model in flows.items():
        for flow in of_model:
            norms = [
                f"{flow.by_distance[distance]:.1e}"
                if distance < len(flow.by_distance)
                else ""
                for distance in distances
            ]
            half_life = f"{flow.half_life:.1f}"
            table.add_row(name, flow.name, half_life, *norms)
    table.caption = "norm of the gradient, so many steps back; half-life: steps"
    Console().print(table)
    if values.to is not None:
        print(f"Pictures: {values.to}")


def print_json(content):
    print(json.dumps(content, indent=1, ensure_ascii=True))
