"""The page: one file that any browser shows, without a server or a script."""

import base64
import os
from pathlib import Path
from typing import Any

import recipes.report.charts as charts
import recipes.report.settings as settings
import recipes.report.tables as tables
import recipes.report.words as words
from recipes.report.reading import RunFolder, read_all
from zoo import __version__
from zoo.cli.output import print_json
from zoo.errors import InputError
from zoo.io.files import open_plain, write_text
from zoo.pretrained.scores import known_for
from zoo.printable import printable

# Pictures take half of it at most.
_LARGEST = 1 << 28
# By one of these, the second in pages of before, a page is known as ours.
_MARKS = (
    b'name="generator" content="recurrent-zoo"',
    b"content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"",
)
_HEAD = 4096
# What the recipes call their pictures, in words.
_PICTURES = {
    "accuracy": "Accuracy by group",
    "attention": "Where it looked while it wrote",
    "confusion": "Confusion matrix",
    "calibration": "Calibration; of two classes, ROC and precision by recall",
    "length": "Scores by length",
}


def answer(folders: list[Path], to: Path | None, json: bool) -> None:
    """`zoo report`: writes the page and says where, or prints the data.

    Args:
        folders: run folders, finished or not.
        to: the file; by default `report.html`, in the run folder if there is
            one run only.
        json: whether to print the content; then a page is written only if
            `to` says where.

    Raises:
        InputError: for what is no run folder, or a damaged one.
    """
    runs = read_all(folders)
    if to is not None and (to.suffix not in (".html", ".htm") or to.is_dir()):
        raise InputError(f"`--to` must be a file in .html. Received: {to}")
    if to is None and not json:
        to = (folders[0] if len(folders) == 1 else Path()) / "report.html"
        _refuse_another(to)
    if to is not None:
        write_text(to, page(runs))
    if json:
        print_json([as_data(run) for run in runs])
    elif to is not None:
        size = _size(to.stat().st_size)
        print(f"report of {_count(runs)}: {printable(to)} ({size})")


def _refuse_another(to: Path) -> None:
    """Refuses a page of somebody else where nobody said that it shall go."""
    if os.path.lexists(to):
        with open_plain(to, own=True) as file:
            head = file.read(_HEAD)
        if not any(mark in head for mark in _MARKS):
            raise InputError(
                f"{to} is there, and no report of ours. Say `--to` where this "
                "one shall go."
            )


def as_data(run: RunFolder) -> dict:
    """A run as JSON can hold it: no number is `None`."""
    return words.as_json(
        {
            "name": run.name,
            "folder": str(run.folder),
            "finished": run.metrics is not None,
            **run.about,
            "metrics": run.metrics,
            "history": run.history,
        }
    )


def page(runs: list[RunFolder]) -> str:
    """The HTML of a report.

    Everything that comes from the folders is text there: it is escaped, and
    a policy in the page forbids scripts and the network.
    """
    # Jinja is imported here so that the rest of the report works without.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    several = len(runs) > 1
    text = environment.get_template("page.html.jinja").render(
        title=f"{_count(runs)} side by side" if several else runs[0].name,
        runs=runs,
        several=several,
        headline=_headline(runs[0]),
        verdicts=_verdicts(runs),
        overview=tables.overview(runs),
        charts=charts.charts(runs),
        width=charts.WIDTH,
        height=charts.HEIGHT,
        pictures=_pictures(runs),
        scores=tables.scores(runs),
        groups=tables.groups(runs),
        settings=settings.differences(runs),
        full_settings=settings.everything(runs),
        speed=tables.speed(runs),
        plain=words.plain,
        version=__version__,
    )
    if len(text) > _LARGEST:
        raise InputError(
            f"The page would have {len(text):,} characters; {_LARGEST:,} are "
            "the most. Give fewer runs."
        )
    # Half a character of JSON, or bytes of a file name that are no text.
    return text.encode("utf-8", "replace").decode("utf-8")


def _headline(run):
    """The score that the run is known for, in words."""
    # The file may hold anything.
    metrics = run.metrics or {}
    numbers: dict[str, Any] = {
        k: v for k, v in metrics.items() if words.is_number(v)
    }
    if "exact_match" in numbers:
        numbers["pair"] = metrics.get("pair")
    score = known_for(numbers)
    return f"{score} test accuracy" if score.endswith("%") else score


def _verdicts(runs):
    """By run, what is said of its score, and what of its data."""
    said = []
    for index, run in enumerate(runs):
        metrics = run.metrics or {}
        notes = metrics.get("notes", [])
        parts = [_interval(metrics), metrics.get("verdict", "")]
        parts += notes if isinstance(notes, list) else []
        texts = [words.plain(part) for part in parts if part]
        if texts:
            said.append({"run": index, "texts": texts})
    return said


def _interval(metrics):
    """Between what the accuracy on all such texts probably is."""
    ends = metrics.get("accuracy_interval")
    if not isinstance(ends, list) or len(ends) != 2:
        return ""
    if not all(isinstance(end, float) for end in ends):
        return ""
    low, high = (f"{100 * end:.1f}" for end in ends)
    return (
        f"Of all texts like the {metrics.get('test_examples')} of the test it "
        f"gets {low} to {high} % right (95 % confidence)."
    )


def _count(runs):
    return f"{len(runs)} run{'s' if len(runs) > 1 else ''}"


def _size(count):
    return (
        f"{count / 2**20:.1f} MiB"
        if count >= 2**20
        else f"{count / 2**10:.0f} KiB"
    )


def _pictures(runs):
    """The pictures by what they show, those of all runs together."""
    pictures: dict[str, list[dict]] = {}
    for index, run in enumerate(runs):
        for picture in run.pictures:
            stem = picture.path.stem
            heading = _PICTURES.get(stem, words.title(stem))
            pictures.setdefault(heading, []).append(
                {
                    "run": index,
                    "alt": f"{heading}, {run.name}",
                    "source": base64.b64encode(picture.content).decode("ascii"),
                    "width": picture.width,
                    "height": picture.height,
                }
            )
    return pictures
