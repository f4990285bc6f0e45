"""The commands that need recipes: train, tune, launch, evaluate, report, demo.

The one file of `recipes` that may reach `export`, for the demo.
"""

import ast
import contextlib
import dataclasses
import io
import sys
from pathlib import Path

import recipes
from recipes import run_files
from zoo.argument_checks import one_of
from zoo.cli import refuse
from zoo.cli.output import print_json, print_rich
from zoo.cli.parser import command_parser
from zoo.errors import InputError
from zoo.printable import printable


def train(arguments: list[str]) -> None:
    """`zoo train`: trains a recipe and prints its scores."""
    from recipes.distribute import flags, private_network, strategy

    recipe, words = _recipe("train", arguments)
    _check_flags("train", recipe, words)
    # Before Keras is imported, which a recipe does.
    asked_for_help = {"-h", "--help"} & set(words)
    distribution = flags.distribution_from_flags(
        [] if asked_for_help else words
    )
    with strategy.using(distribution), private_network.explained():
        run = recipes.get(recipe).main
        metrics = _reported(run, words, distribution.chief)
    if metrics is not None and distribution.chief:
        _print_scores(metrics)


def tune(arguments: list[str]) -> None:
    """`zoo tune`: searches a recipe's best configuration."""
    from recipes.tuning import tune

    recipe, words = _recipe("tune", arguments)
    _check_flags("tune", recipe, words)
    _reported(tune.main, [recipe, *words])


def _recipe(command: str, arguments: list[str]) -> tuple[str, list[str]]:
    """The recipe's name, and what the recipe itself is to read.

    Raises:
        InputError: for an unknown name, with the nearest known one.
    """
    parser = command_parser(command)
    names = ", ".join(recipes.names())
    parser.add_argument("recipe", metavar="RECIPE", help=names)
    see = f"see zoo {command} RECIPE --help"
    parser.add_argument("flags", nargs="*", metavar="...", help=see)
    recipe = parser.parse_args(arguments[:1]).recipe
    return one_of("recipe", recipe, recipes.names()), arguments[1:]


def _check_flags(command: str, recipe: str, words: list[str]) -> None:
    """Answers `--help` and refuses mistakes before Keras is imported.

    Not for a recipe whose `Config` comes with Keras: it reads its flags itself.

    Raises:
        InputError: for a mistake in the flags.
        SystemExit: behind the answer to `--help`.
    """
    from recipes.config import flags

    if not recipes.has_light_settings(recipe):
        return
    settings = recipes.settings(recipe)
    config, presets = settings.Config, settings.PRESETS
    prepared = getattr(settings, "PREPARED", False)
    if command == "tune":
        from recipes.tuning import tune

        parser = tune.parser(recipe, config, presets, prepared=prepared)
    else:
        file = Path(__file__).with_name(f"{recipe}.py")
        module = ast.parse(file.read_text(encoding="utf-8"))
        doc = ast.get_docstring(module, clean=False) or ""
        parser = flags.parser(recipe, config, presets, doc)
        if prepared:
            flags.add_prepared(parser)
    # The recipe reads them again, and says then which names are old.
    with contextlib.redirect_stderr(io.StringIO()):
        asked, values = flags.parse(parser, words, config, presets)
    if command == "tune":
        tune.check(recipe, values)
    # A finished run, and data that are arrays, are read without the files.
    run_dir = values.run_dir or Path("runs", recipe)
    finished = (run_dir / run_files.METRICS).exists()
    if not finished and not getattr(values, "prepared", None):
        for path in flags.files(asked):
            refuse.missing_file(path)


def _reported(run, arguments, printed=True):
    """What `run` returns; with --json it is printed, and None returned."""
    if "--json" not in arguments:
        return run(arguments)
    # What shows progress must not stand before the answer.
    with contextlib.redirect_stdout(sys.stderr):
        answer = run(arguments)
    if printed:
        print_json(answer)


def launch(arguments: list[str]) -> int:
    """`zoo launch`: several workers on this machine."""
    from recipes.distribute.launch import launch

    parser = command_parser("launch")
    parser.add_argument("count", type=int, metavar="N")
    parser.add_argument(
        "--open-ports",
        action="store_true",
        help="train on the machine's own network: data can be downloaded. Not "
        "on Linux, but elsewhere, everyone who reaches the machine then "
        "reaches TensorFlow's ports, and through them your files",
    )
    parser.add_argument(
        "arguments", nargs="*", metavar="-- COMMAND", help="what they run"
    )
    # What stands behind belongs to the command, flags of this name too.
    begins = ("--", "train", "tune")
    place = next(
        (i for i, word in enumerate(arguments) if word in begins), None
    )
    values = parser.parse_args(arguments[:place])
    words = [*values.arguments, *arguments[place:]]
    if "--" in words:
        words.remove("--")
    return launch(values.count, words, open_ports=values.open_ports)


def evaluate(arguments: list[str]) -> None:
    """`zoo evaluate`: the scores of a model, on its test set or on a file."""
    parser = command_parser("evaluate")
    parser.add_argument("model", metavar="X")
    parser.add_argument("--data-dir", type=Path, metavar="DIR")
    parser.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="your own test, in the place of its recipe's: labelled texts, "
        "pairs of sentences, or a text",
    )
    parser.add_argument(
        "--train-file",
        type=Path,
        metavar="FILE",
        help="where the file of yours is that it was trained on: what was set "
        "aside of it is the test",
    )
    for flag in ("--text-column", "--label-column", "--encoding"):
        parser.add_argument(flag, default="", metavar="NAME")
    parser.add_argument("--delimiter", default="", metavar="C")
    parser.add_argument("--skip-bad-rows", action="store_true")
    parser.add_json()
    values = parser.parse_args(arguments)
    refuse.model(values.model)
    refuse.missing_file(values.file)
    refuse.missing_file(values.train_file)
    if None not in (values.file, values.train_file):
        raise InputError("Choose --file or --train-file, not both.")

    from zoo import pretrained
    from zoo.decoding.finite_answers import check_scores

    task = pretrained.load(values.model)
    if values.file is None:
        scores = recipes.evaluate(task, values.data_dir, values.train_file)
    else:
        from recipes.evaluation import of_file

        names = [field.name for field in dataclasses.fields(of_file.FileForm)]
        form = {name: getattr(values, name) for name in names}
        scores = of_file.scores(task, values.file, of_file.FileForm(**form))
    check_scores(scores, task.name)
    if values.json:
        return print_json(scores)
    _print_scores(scores)
    if "classes" in scores:
        from recipes.evaluation import own_summary

        for line in own_summary.class_lines(scores):
            print(printable(line))


def _print_scores(scores: dict) -> None:
    width = max(map(len, scores), default=0)
    for name, value in scores.items():
        # Notes were said before.
        if not isinstance(value, dict) and name != "notes":
            print(f"{printable(name):<{width}}  {printable(value)}")


def report(arguments: list[str]) -> None:
    """`zoo report`: runs as one web page, or as JSON."""
    parser = command_parser("report")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--to", type=Path, metavar="FILE", help="in .html")
    parser.add_json()
    values = parser.parse_intermixed_args(arguments)

    from recipes.report import answer

    answer(values.runs, values.to, values.json)


def demo(arguments: list[str]) -> None:
    """`zoo demo`: five networks compete, and the best one is exported."""
    parser = command_parser("demo")
    parser.add_argument(
        "--run-dir",
        type=Path,
        default=Path("runs", "demo"),
        metavar="DIR",
        help="default: runs/demo",
    )
    parser.add_argument(
        "--preset",
        default="default",
        metavar="NAME",
        help="default, or tiny to see it run in a minute",
    )
    values = parser.parse_args(arguments)
    one_of("preset", values.preset, recipes.settings("agreement").PRESETS)

    import importlib.util
    import time

    import export
    from export.cli import show
    from recipes import demo
    from zoo import pretrained

    started = time.perf_counter()
    metrics = demo.train_all(values.run_dir, values.preset)
    print_rich(demo.table(metrics))
    best = demo.winner(metrics)
    print(f"\nThe winner, {demo.NETWORKS[best]}, as files for deployment:")
    formats = export.DEFAULT_FORMATS
    if not importlib.util.find_spec("tf2onnx"):
        formats = ("saved_model",)
        print('ONNX left out: it needs pip install "recurrent-zoo[export]"')
    to = values.run_dir / "export"
    trained = pretrained.load(values.run_dir / best)
    show(export.export(trained, to, formats), to)
    print("\nWhat the exported files say, without the Keras model:")
    for text, answers in export.answer(to, demo.SENTENCES).items():
        said = ", ".join(f"{name}: {word}" for name, word in answers.items())
        print(f"  {text} ...  ({said})")
    demo.print_translations()
    demo.print_sample()
    print(f"\nPictures: {values.run_dir / 'accuracy.png'}")
    print(f"          {values.run_dir / 'gradients.png'}")
    print(f"Took {time.perf_counter() - started:.0f} s.")
