"""The front door: the `zoo` command.

The one module that may reach `recipes` and `export`; it does so only when a
command needs them, so that `zoo --help` answers at once.
"""

import contextlib
import os
import sys
from pathlib import Path

from export import cli
from zoo.cli import generate, models, predict, translate
from zoo.cli.predict import print_json
from zoo.errors import InputError, Terminated

_ABOUT = """\
A zoo of recurrent networks: train, test, export and use them.
X is the name of a pretrained model, a run or pretrained folder, hf://OWNER/NAME
or https://.../NAME.zip#sha256=HEX.
"""


def _parser():
    from recipes import RECIPES
    from recipes.config.flags import Parser

    parser = Parser(prog="zoo", description=_ABOUT)
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True
    )

    subs = {}

    def command(name, run, text):
        sub = subparsers.add_parser(name, help=text, description=text)
        subs[name] = sub
        sub.set_defaults(run=run)
        return sub

    def with_json(sub):
        sub.add_argument("--json", action="store_true", help="print JSON")
        return sub

    models.add(command, with_json)
    predict.add(command, with_json)

    names = ", ".join(RECIPES)
    for name, run, text in (
        ("train", _train, f"train a recipe: {names}"),
        ("tune", _tune, "search a recipe's best configuration"),
    ):
        sub = command(name, run, text)
        sub.add_argument("recipe", metavar="RECIPE", help=names)
        see = f"see zoo {name} RECIPE --help"
        sub.add_argument("flags", nargs="...", metavar="...", help=see)

    sub = command("launch", _launch, "train or tune in N processes here")
    sub.add_argument("count", type=int, metavar="N")
    sub.add_argument(
        "arguments", nargs="...", metavar="-- COMMAND ...", help="what they run"
    )

    sub = with_json(command("evaluate", _evaluate, "test X again"))
    sub.add_argument("model", metavar="X")
    sub.add_argument("--data-dir", type=Path, metavar="DIR")

    generate.add(command)
    translate.add(command)

    cli.add(command, with_json, _export)

    sub = with_json(command("report", _report, "runs RUN ... on a web page"))
    sub.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    sub.add_argument("--to", type=Path, metavar="FILE", help="in .html")

    sub = command("demo", _demo, "five networks compete; takes minutes")
    sub.add_argument(
        "--run-dir",
        type=Path,
        default=Path("runs", "demo"),
        metavar="DIR",
        help="default: runs/demo",
    )
    sub.add_argument(
        "--preset",
        default="default",
        metavar="NAME",
        help="default, or tiny to see it run in a minute",
    )
    return parser, subs


def _train(values):
    import recipes
    from recipes.distribute import flags, strategy
    from zoo.argument_checks import one_of

    one_of("recipe", values.recipe, recipes.RECIPES)
    # Before Keras is imported, which a recipe does.
    asked_for_help = {"-h", "--help"} & set(values.flags)
    distribution = flags.distribution_from_flags(
        [] if asked_for_help else values.flags
    )
    with strategy.using(distribution):
        run = recipes.get(values.recipe).main
        metrics = _reported(run, values.flags, distribution.chief)
    if metrics is not None and distribution.chief:
        _print_scores(metrics)


def _tune(values):
    from recipes.tuning import tune

    _reported(tune.main, [values.recipe, *values.flags])


def _launch(values):
    from recipes.distribute.launch import launch

    return launch(values.count, [w for w in values.arguments if w != "--"])


def _reported(run, arguments, printed=True):
    """What `run` returns; with --json it is printed, and None returned."""
    if "--json" not in arguments:
        return run(arguments)
    # What shows progress must not stand before the answer.
    with contextlib.redirect_stdout(sys.stderr):
        answer = run(arguments)
    if printed:
        print_json(answer)


def _evaluate(values):
    from zoo import pretrained

    scores = pretrained.load(values.model).evaluate(values.data_dir)
    if values.json:
        return print_json(scores)
    _print_scores(scores)


def _export(values):
    import export
    from zoo import pretrained

    formats = cli.formats(values)
    # Before the data are read that smaller files are scored on.
    export.check(values.to, formats, values.quantize, values.largest_loss)
    trained = pretrained.load(values.model)
    validation = None
    if values.quantize is not None:
        from recipes.evaluation import sources

        validation = sources.validation(
            trained, values.validation_file, values.data_dir
        )
    manifest = export.export(
        trained,
        values.to,
        formats,
        values.quantize,
        validation,
        values.largest_loss,
    )
    if values.json:
        return print_json(manifest)
    cli.show(manifest, values.to)


def _report(values):
    from recipes import report

    report.answer(values.runs, values.to, values.json)


def _demo(values):
    import importlib.util
    import time

    from rich.console import Console

    import export
    from recipes import agreement, demo
    from zoo import pretrained
    from zoo.argument_checks import one_of

    one_of("preset", values.preset, agreement.PRESETS)
    started = time.perf_counter()
    metrics = demo.train_all(values.run_dir, values.preset)
    Console().print(demo.table(metrics))
    best = demo.winner(metrics)
    print(f"\nThe winner, {demo.NETWORKS[best]}, as files for deployment:")
    formats = export.FORMATS
    if not importlib.util.find_spec("tf2onnx"):
        formats = ("saved_model",)
        print('ONNX left out: it needs pip install "recurrent-zoo[export]"')
    to = values.run_dir / "export"
    trained = pretrained.load(values.run_dir / best)
    cli.show(export.export(trained, to, formats), to)
    print("\nWhat the exported files say, without the Keras model:")
    for text, answers in export.answer(to, demo.SENTENCES).items():
        said = ", ".join(f"{name}: {word}" for name, word in answers.items())
        print(f"  {text} ...  ({said})")
    demo.print_translations()
    demo.print_sample()
    print(f"\nPictures: {values.run_dir / 'accuracy.png'}")
    print(f"          {values.run_dir / 'gradients.png'}")
    print(f"Took {time.perf_counter() - started:.0f} s.")


def _print_scores(scores):
    width = max(map(len, scores))
    for name, value in scores.items():
        if not isinstance(value, dict):
            print(f"{name:<{width}}  {value}")


def _parse(arguments: list[str]):
    parser, subs = _parser()
    name = arguments[0] if arguments else None
    if name not in subs:
        # Help, nothing at all, or a mistake that this will explain.
        return parser.parse_args(arguments)
    sub = subs[name]
    if name in ("train", "tune", "launch"):
        return sub.parse_args(arguments[1:])
    # Flags may stand anywhere, also between X and the texts.
    return sub.parse_intermixed_args(arguments[1:])


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit code, 2 for a user's mistake."""
    # TensorFlow's own remarks about the processor help nobody here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # A text may hold what the terminal cannot show, or be in no encoding.
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)
    trains = False
    try:
        values = _parse(sys.argv[1:] if arguments is None else arguments)
        predict.check_backend()
        trains = values.run in (_train, _tune, _launch, _demo)
        return values.run(values) or 0
    except InputError as error:
        return _refused(str(error))
    except OSError as error:
        if error.strerror is None:
            raise
        return _refused(f"{error.filename or ''}: {error.strerror}")
    except KeyboardInterrupt as stopped:
        hint = "; the same command goes on from there" if trains else ""
        ended = isinstance(stopped, Terminated)
        word = "terminated" if ended else "interrupted"
        print(f"\nzoo: {word}{hint}", file=sys.stderr)
        return 143 if ended else 130


def _refused(message: str) -> int:
    print(f"zoo: error: {' '.join(message.split())}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
