"""What is compared between runs: scores and speed."""

import dataclasses
import statistics

import recipes.report.words as words
from recipes.report.reading import RunFolder

# Of the tables in `metrics.json`, of the scores, of the rows and columns of
# each; a classifier's table has a row for each class. More are left out.
_MOST_TABLES, _MOST_SCORES, _MOST_ROWS, _MOST_COLUMNS = 32, 500, 1000, 32


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell, and why it may look different.

    Attributes:
        text: what stands in it.
        best: whether no other run of its kind does better.
        share: from 0 to 1, the length of the bar behind it.
        run: whose colour stands before it, a place in the list of runs.
        mark: whether it says that something is missing.
    """

    text: str = ""
    best: bool = False
    share: float | None = None
    run: int | None = None
    mark: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its heading."""

    caption: str
    head: list[Cell]
    rows: list[list[Cell]]
    note: str = ""


def _metrics(run):
    return run.metrics or {}


def _names(runs: list[RunFolder], wanted) -> list[str]:
    """The metrics that `wanted(name, value)`, in the order of the files."""
    return list(
        dict.fromkeys(
            name
            for run in runs
            for name, value in _metrics(run).items()
            if wanted(name, value)
        )
    )


def _best(runs, name):
    """Places of the runs with the best score among those of their kind.

    Scores of another recipe, or on other data, are of another kind.
    """
    kinds: dict[tuple, dict[int, float]] = {}
    for index, run in enumerate(runs):
        value = _metrics(run).get(name)
        if words.is_number(value):
            kind = (run.recipe, run.data, str(_metrics(run).get("pair")))
            kinds.setdefault(kind, {})[index] = value
    better = words.direction(name)
    best_runs: set[int] = set()
    if better is None:
        return best_runs
    for values in kinds.values():
        best = better(values.values())
        if len(set(values.values())) > 1:
            best_runs |= {at for at, value in values.items() if value == best}
    return best_runs


def run_cells(runs: list[RunFolder]) -> list[Cell]:
    """The runs' names, as headings."""
    return [Cell(run.name, run=index) for index, run in enumerate(runs)]


def overview(runs: list[RunFolder]) -> Table:
    """A row for each run: what it is, its main scores, size and speed."""
    scores = _names(runs, lambda name, _: words.is_main(name))[:_MOST_COLUMNS]
    best = {name: _best(runs, name) for name in scores}
    head = ["Run", "Recipe", "Data", *map(words.title, scores)]
    head += ["Parameters", "Epochs", "Training,\u00a0s", "Tokens/s", "Software"]
    rows = []
    for index, run in enumerate(runs):
        metrics = _metrics(run)
        row = [
            Cell(run.name, run=index, mark=run.metrics is None),
            Cell(_of_recipe(run)),
            Cell(run.data),
        ]
        row += [
            Cell(
                words.number(metrics.get(name), name),
                best=index in best[name],
            )
            for name in scores
        ]
        row += [
            Cell(words.number(metrics.get("parameters"))),
            Cell(_epochs(run)),
            Cell(words.seconds(metrics.get("train_seconds"))),
            Cell(words.number(metrics.get("tokens_per_second"))),
            Cell(_software(run)),
        ]
        rows.append(row)
    note = "of the runs of one recipe on the same data."
    return Table(
        "",
        [Cell(text) for text in head],
        rows,
        note if any(best.values()) else "",
    )


def _epochs(run):
    if run.metrics is not None:
        return words.number(run.metrics.get("epochs"))
    asked = run.about["config"].get("epochs")
    done = len(run.history)
    return f"{done} of {words.number(asked)}" if asked else str(done)


def _of_recipe(run):
    """The recipe, with the cell and the languages where it says them."""
    config = run.about["config"]
    pair = _metrics(run).get("pair") or config.get("pair")
    parts = [run.recipe, config.get("cell"), pair]
    return "\u00a0\u00b7 ".join(words.plain(value) for value in parts if value)


def _software(run):
    about = run.about
    parts = [
        f"{title} {words.plain(about[name])}"
        for name, title in (("keras", "Keras"), ("python", "Python"))
        if name in about
    ]
    if "backend" in about:
        parts.insert(1, words.plain(about["backend"]))
    return ", ".join(parts)


def scores(runs: list[RunFolder]) -> Table:
    """The task's own metrics, a column for each run."""
    names = _names(
        runs,
        lambda name, value: (
            name not in words.OF_EVERY_RUN
            and not isinstance(value, dict | list)
        ),
    )[:_MOST_SCORES]
    rows = []
    for name in names:
        best = _best(runs, name)
        rows.append(
            [
                Cell(words.title(name)),
                *(
                    Cell(
                        words.number(_metrics(run).get(name), name),
                        best=index in best,
                    )
                    for index, run in enumerate(runs)
                ),
            ]
        )
    head = [Cell("Metric"), *run_cells(runs)]
    return Table("Metrics of the task", head, rows)


def groups(runs: list[RunFolder]) -> list[Table]:
    """The metrics that are tables themselves.

    One score by group has a column for each run; several scores by group
    have a table for each run, as the groups need not be the same.
    """
    tables = []
    names = _names(runs, lambda _, value: isinstance(value, dict))
    for name in names[:_MOST_TABLES]:
        having = {
            index: _metrics(run)[name]
            for index, run in enumerate(runs)
            if isinstance(_metrics(run).get(name), dict)
        }
        flat = {
            index: groups
            for index, groups in having.items()
            if not any(isinstance(value, dict) for value in groups.values())
        }
        if flat:
            tables.append(_flat(runs, name, flat))
        for index, groups in having.items():
            if index not in flat:
                tables.append(_deep(runs, name, index, groups))
    return tables


def _flat(runs, name, having):
    keys = dict.fromkeys(key for groups in having.values() for key in groups)
    kept, more = first(list(keys))
    rows = [
        [
            Cell(key),
            *(_score(name, groups.get(key)) for groups in having.values()),
        ]
        for key in kept
    ]
    head = [Cell(), *(Cell(runs[at].name, run=at) for at in having)]
    return Table(words.title(name), head, [*rows, *more])


def first(rows: list) -> tuple[list, list[list[Cell]]]:
    """As many rows as a page has room for, and one that counts the others."""
    more = len(rows) - _MOST_ROWS
    said = [[Cell(f"and {more:,} more, left out")]] if more > 0 else []
    return rows[:_MOST_ROWS], said


def _deep(runs, name, index, groups):
    groups = {
        key: value if isinstance(value, dict) else {name: value}
        for key, value in groups.items()
    }
    kept, more = first(list(groups))
    columns = list(
        dict.fromkeys(key for value in groups.values() for key in value)
    )[:_MOST_COLUMNS]
    rows = [
        [
            Cell(key),
            *(Cell(words.number(groups[key].get(c), c)) for c in columns),
        ]
        for key in kept
    ]
    caption = words.title(name)
    if len(runs) > 1:
        caption = f"{caption}: {runs[index].name}"
    head = [Cell(), *(Cell(words.title(column)) for column in columns)]
    return Table(caption, head, [*rows, *more])


def _score(name, value):
    bar = words.is_share(name) and words.is_number(value) and 0 <= value <= 1
    return Cell(words.number(value, name), share=value if bar else None)


def speed(runs: list[RunFolder]) -> Table:
    """How long training took, in all and by epoch."""
    rates = [_metrics(run).get("tokens_per_second") for run in runs]
    fastest = max(filter(words.is_number, rates), default=0)
    rows = []
    for index, run in enumerate(runs):
        rate = rates[index]
        times = [row["seconds"] for row in run.history if "seconds" in row]
        times = [value for value in times if words.is_number(value)]
        share = None
        if len(runs) > 1 and words.is_number(rate) and fastest > 0:
            share = max(0, rate / fastest)
        rows.append(
            [
                Cell(run.name, run=index, mark=run.metrics is None),
                Cell(words.number(rate), share=share),
                Cell(words.seconds(_metrics(run).get("train_seconds"))),
                Cell(words.number(len(times)) if times else ""),
                Cell(words.seconds(times[0] if times else None)),
                Cell(
                    words.seconds(statistics.median(times) if times else None)
                ),
                Cell(words.number(_metrics(run).get("parameters"))),
            ]
        )
    head = ["Run", "Tokens/s", "Training,\u00a0s", "Epochs", "First epoch, s"]
    head += ["Median epoch, s", "Parameters"]
    return Table("", [Cell(text) for text in head], rows)
