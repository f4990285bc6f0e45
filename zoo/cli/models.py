"""The commands of the registry: what there is, its card, and to pass it on."""

from pathlib import Path

from zoo.argument_checks import one_of, positive
from zoo.cli.predict import known_for, print_json

# A task is called by the command that does it.
TASKS = {
    "classifier": "predict",
    "language_model": "generate",
    "translator": "translate",
}
TARGETS = "a folder, a file in .zip, or hf://OWNER/NAME"


def add(command, with_json) -> None:
    """Adds them to the `zoo` command.

    Args:
        command: function of a name, a function and a text to its parser.
        with_json: adds the flag `--json` to a parser.
    """
    sub = with_json(command("list", list_models, "the pretrained models"))
    tasks = ", ".join(TASKS.values())
    sub.add_argument("--task", metavar="NAME", help=f"only {tasks}")
    sub.add_argument("--cell", metavar="NAME", help="only with this cell")
    sub.add_argument(
        "--data", metavar="WORD", help="only whose data is named so"
    )
    sub.add_argument(
        "--max-mib", type=float, metavar="SIZE", help="only up to this size"
    )

    sub = with_json(command("show", show, "the card of X, and its check"))
    sub.add_argument("model", metavar="X")

    sub = command("push", push, f"write X to {TARGETS}")
    sub.add_argument("model", metavar="X")
    sub.add_argument("target", metavar="TO", help=TARGETS)
    sub.add_argument(
        "--weights",
        default="float16",
        metavar="FORM",
        help="float16 (default), or int8 for half the size",
    )
    sub.add_argument(
        "--about",
        type=Path,
        metavar="FILE",
        help="JSON with purpose, limits, spread or failures, for the card",
    )
    sub.add_argument(
        "--private", action="store_true", help="a new repository of the hub"
    )


def list_models(values):
    rows = [_row(manifest) for manifest in _manifests(values)]
    if values.json:
        return print_json(rows)
    from rich.console import Console
    from rich.table import Table

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
        table.add_row(
            row["name"],
            row["task"],
            _data(row),
            row.get("scores", {}).get("cell"),
            f"{row['bytes'] / 2**20:.1f}",
            known_for(row.get("scores", {})).replace("character", "char"),
            "" if took is None else _duration(took),
        )
    Console().print(table)


def _manifests(values):
    from zoo.io.files import read_json
    from zoo.pretrained import manifest as manifest_file
    from zoo.pretrained.shipped import SHIPPED, names

    if values.task is not None:
        one_of("task", values.task, TASKS.values())
    if values.max_mib is not None:
        positive(max_mib=values.max_mib)
    for name in names():
        manifest = manifest_file.read(SHIPPED / name)
        builder = read_json(SHIPPED / name / "config.json")["builder"]
        manifest["task"] = TASKS.get(builder, builder)
        cell = manifest.get("scores", {}).get("cell")
        data = manifest.get("data", {}).get("name", "")
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


def show(values):
    from zoo import pretrained
    from zoo.pretrained.card import card
    from zoo.pretrained.golden import TOLERANCE
    from zoo.tasks import labels_of

    trained = pretrained.load(values.model)
    difference, failed = None, False
    if (trained.folder / "golden.npz").exists():
        difference = pretrained.golden_difference(trained)
        failed = not difference <= TOLERANCE
    if values.json:
        print_json(
            {
                "name": trained.name,
                "builder": trained.builder,
                "arguments": trained.arguments,
                "labels": labels_of(trained),
                "golden_difference": difference,
                **trained.about,
            }
        )
        return int(failed)
    print(card(trained.name, trained, values.model))
    if difference is not None:
        held = trained.folder.iterdir()
        size = sum(path.stat().st_size for path in held) / 2**20
        print(f"Size: {size:.1f} MiB.")
        verdict = "FAILED" if failed else "passed"
        print(f"Golden check {verdict}: largest difference {difference:.2g}.")
    return int(failed)


def push(values):
    from zoo import pretrained

    print(
        pretrained.push(
            values.model,
            values.target,
            values.weights,
            values.about,
            values.private,
        )
    )
