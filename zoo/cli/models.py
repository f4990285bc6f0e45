"""The commands of the registry: what there is, its card, and to pass it on."""

from pathlib import Path

from zoo.argument_checks import one_of, positive
from zoo.cli import refuse
from zoo.cli.commands import TARGETS
from zoo.cli.output import print_json, print_rich
from zoo.cli.parser import command_parser
from zoo.pretrained import card_facts
from zoo.pretrained.limits import FORMS, MANIFEST
from zoo.printable import printable

# A task is called by the command that does it.
TASKS = {
    "classifier": "predict",
    "language_model": "generate",
    "translator": "translate",
}


def list_models(arguments: list[str]) -> None:
    """Prints a row for each model that ships."""
    parser = command_parser("list")
    tasks = ", ".join(TASKS.values())
    parser.add_argument("--task", metavar="NAME", help=f"only {tasks}")
    parser.add_argument("--cell", metavar="NAME", help="only with this cell")
    parser.add_argument(
        "--data", metavar="WORD", help="only whose data is named so"
    )
    parser.add_argument(
        "--max-mib", type=float, metavar="SIZE", help="only up to this size"
    )
    parser.add_json()
    values = parser.parse_args(arguments)
    rows = [_row(manifest) for manifest in _manifests(values)]
    if values.json:
        return print_json(rows)
    from rich.table import Table
    from rich.text import Text

    from zoo.pretrained.scores import known_for

    if not rows:
        print("No pretrained model is like that: zoo list shows them all.")
        return
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("name", "task", "data", "cell", "MiB", "score", "latency"):
        right = column in ("MiB", "latency")
        table.add_column(
            column,
            # The data alone may take a second line.
            no_wrap=column != "data",
            overflow="fold",
            justify="right" if right else "left",
        )
    for row in rows:
        took = row.get("latency", {}).get("milliseconds")
        cells = (
            row["name"],
            row["task"],
            _data(row),
            row.get("scores", {}).get("cell") or "",
            f"{row['bytes'] / 2**20:.1f}",
            known_for(row.get("scores", {})).replace("character", "char"),
            "" if took is None else _duration(took),
        )
        # What a manifest says is no markup.
        table.add_row(*(Text(printable(cell)) for cell in cells))
    print_rich(table)


def _manifests(values):
    from zoo.io.files import read_json
    from zoo.pretrained import manifest as manifest_file
    from zoo.pretrained.registry import folders

    if values.task is not None:
        one_of("task", values.task, TASKS.values())
    if values.max_mib is not None:
        positive(max_mib=values.max_mib)
    for folder in folders().values():
        manifest = manifest_file.read(folder)
        builder = str(read_json(folder / "config.json").get("builder"))
        manifest["task"] = TASKS.get(builder, builder)
        cell = manifest.get("scores", {}).get("cell")
        data = str(manifest.get("data", {}).get("name", ""))
        manifest = {"name": folder.name, "bytes": 0, **manifest}
        if values.task not in (None, manifest["task"]):
            continue
        if values.cell not in (None, cell):
            continue
        if values.data and values.data.casefold() not in data.casefold():
            continue
        if values.max_mib and manifest["bytes"] > values.max_mib * 2**20:
            continue
        yield manifest


def _row(manifest):
    return {"name": manifest.pop("name"), **manifest}


def _data(row):
    """The data in a word or two; `zoo show` says it in full."""
    known = row.get("config", {}).get("data")
    if known:
        return known.replace("_", " ")
    return row.get("data", {}).get("name", "").partition(" ")[0]


def _duration(milliseconds):
    if milliseconds < 1000:
        return f"{milliseconds:.3g} ms"
    return f"{milliseconds / 1000:.3g} s"


def show(arguments: list[str]) -> int:
    """Prints a model's card; the exit code says whether its check failed."""
    parser = command_parser("show")
    parser.add_argument("model", metavar="X")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="build the model, and compare its golden logits too",
    )
    parser.add_json()
    values = parser.parse_args(arguments)

    from zoo.pretrained import summary
    from zoo.pretrained.card import card

    difference, failed = None, False
    if "://" in values.model or values.verify:
        model, difference, failed = _built(values)
    else:
        model = summary.of_folder(values.model)
    if values.json:
        print_json(
            {
                "name": model.name,
                "builder": model.builder,
                "arguments": model.arguments,
                "labels": model.labels,
                "golden_difference": difference,
                **model.about,
            }
        )
        return int(failed)
    print(card(model.name, model, values.model))
    if (model.folder / MANIFEST).exists():
        held = model.folder.iterdir()
        size = sum(path.stat().st_size for path in held) / 2**20
        print(f"Size: {size:.1f} MiB.")
        print("Its files have the SHA-256 sums of its manifest.")
    if difference is not None:
        verdict = "FAILED" if failed else "passed"
        print(f"Golden check {verdict}: largest difference {difference:.2g}.")
    elif values.verify:
        print("There are no golden logits to compare.")
    return int(failed)


def _built(values):
    """A model that is fetched or built: what is known of it, and its check."""
    from zoo import pretrained
    from zoo.pretrained import summary
    from zoo.pretrained.golden import TOLERANCE

    task = pretrained.load(values.model)
    difference = None
    golden = task.folder and task.folder / "golden.npz"
    if values.verify and golden and golden.exists():
        difference = pretrained.golden_difference(task)
    failed = difference is not None and not difference <= TOLERANCE
    return summary.of_task(task), difference, failed


def push(arguments: list[str]) -> None:
    """Writes a model as a pretrained folder, an archive or a repository."""
    parser = command_parser("push")
    parser.add_argument("model", metavar="X")
    parser.add_argument("target", metavar="TO", help=TARGETS)
    parser.add_argument(
        "--weights",
        default="float16",
        metavar="FORM",
        help="float16 (default), or int8 for half the size",
    )
    parser.add_argument(
        "--about",
        type=Path,
        metavar="FILE",
        help="JSON with purpose, limits, spread or failures, for the card",
    )
    parser.add_argument(
        "--private", action="store_true", help="a new repository of the hub"
    )
    values = parser.parse_args(arguments)
    one_of("weights", values.weights, FORMS)
    if values.about is not None:
        card_facts.read(values.about)
    refuse.model(values.model)

    from zoo import pretrained

    done = pretrained.push(
        values.model,
        values.target,
        values.weights,
        values.about,
        values.private,
    )
    print(printable(done, keep="\n"))
