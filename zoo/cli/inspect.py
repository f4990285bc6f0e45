"""`zoo inspect`: how far back the gradients of one or more models reach."""

from pathlib import Path

from zoo.argument_checks import within
from zoo.cli import refuse
from zoo.cli.output import print_json, print_rich
from zoo.cli.parser import Parser, command_parser
from zoo.errors import InputError
from zoo.printable import printable

# Steps; how large the model may be, `zoo.inspect.flow_checks` knows.
LONGEST = 1_000


def inspect(arguments: list[str]) -> None:
    """Prints norms of gradients by distance, and draws them."""
    values = _parser().parse_intermixed_args(arguments)
    if not values.gradient_flow:
        raise InputError("zoo inspect needs --gradient-flow.")
    within(1, LONGEST, length=values.length)
    for model in values.models:
        if refuse.model(model) == "translator":
            raise _translator(Path(model).name, model)
    refuse.no_place(values.to, folder=True)
    flows = dict(_flow(model, values) for model in values.models)
    if values.to is not None:
        _draw(flows, values.to)
    if values.json:
        return print_json(
            {name: [f.as_json() for f in flow] for name, flow in flows.items()}
        )
    _show(flows)
    if values.to is not None:
        print(f"Pictures: {printable(values.to)}")


def _parser() -> Parser:
    parser = command_parser("inspect")
    parser.add_argument("models", nargs="+", metavar="X")
    parser.add_argument(
        "--gradient-flow",
        action="store_true",
        help="how much of a gradient is left, so many steps back",
    )
    parser.add_argument(
        "--text",
        action="append",
        metavar="TEXT",
        help="what the models read; may be given again (default: random words)",
    )
    parser.add_argument(
        "--length",
        type=int,
        default=60,
        metavar="STEPS",
        help="number of random words (default: 60)",
    )
    parser.add_argument(
        "--untrained", action="store_true", help="with new, random weights"
    )
    parser.add_argument(
        "--to", type=Path, metavar="DIR", help="folder for the pictures"
    )
    parser.add_json()
    return parser


def _flow(model: str, values) -> tuple[str, list]:
    """A name for the model, and the flow of gradients in each of its layers."""
    import numpy as np

    from zoo import models, pretrained
    from zoo.inspect import gradient_flow
    from zoo.tasks import Translator
    from zoo.text.ids import pad

    trained = pretrained.load(model)
    if isinstance(trained, Translator):
        raise _translator(trained.name, model)
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
    return name, gradient_flow(net, ids, name=name)


def _translator(name: str, model: str) -> InputError:
    return InputError(
        f"{name} is a translator; what it looks at: zoo translate {model} TEXT "
        "--show-attention"
    )


def _draw(flows: dict, folder: Path) -> None:
    from zoo.inspect import plots

    folder.mkdir(parents=True, exist_ok=True)
    plots.by_distance(flows, folder / "gradient_by_distance.png")
    for name, of_model in flows.items():
        plots.heat_maps(of_model, folder / f"gradient_{name}.png")


def _show(flows: dict) -> None:
    from rich.table import Table
    from rich.text import Text

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
            # A name is no markup.
            names = [Text(printable(one)) for one in (name, flow.name)]
            table.add_row(*names, half_life, *norms)
    table.caption = "norm of the gradient, so many steps back; half-life: steps"
    print_rich(table)
