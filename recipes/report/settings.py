"""How runs were configured, and where that differs."""

import recipes.report.words as words
from recipes.report.reading import RunFolder, options
from recipes.report.tables import Cell, Table, first, run_cells


def differences(runs: list[RunFolder]) -> Table:
    """What differs: between the runs, or from the recipe's defaults."""
    if len(runs) == 1:
        return _against_defaults(runs[0])
    settings = []
    for run in runs:
        about = {
            "recipe": run.recipe,
            "trained_on": run.data,
            **run.about["config"],
        }
        # A run's own field of that name is what it was asked for.
        for name in ("keras", "backend", "python"):
            if name in run.about:
                about[name] = run.about[name]
        settings.append({name: _shown(value) for name, value in about.items()})
    names = dict.fromkeys(name for each in settings for name in each)
    different = [
        name for name in names if len({each.get(name) for each in settings}) > 1
    ]
    kept, more = first(different)
    rows = [
        [
            Cell(words.title(name)),
            *(Cell(each.get(name, "")) for each in settings),
        ]
        for name in kept
    ]
    return Table(
        "Differences between the runs",
        [Cell("Setting"), *run_cells(runs)],
        [*rows, *more],
        "" if rows else "The runs have one and the same configuration.",
    )


def _against_defaults(run):
    fields = options(run.recipe)
    rows: list[list[Cell]] = []
    items, more = first(list(run.about["config"].items()))
    for name, value in items:
        default, text = fields.get(name, (None, ""))
        if name not in fields or default != value:
            shown = _shown(default) if name in fields else ""
            cells = (words.title(name), _shown(value), shown, text)
            rows.append([Cell(cell) for cell in cells])
    head = [Cell(text) for text in ("Setting", "Here", "Default", "Meaning")]
    note = "" if rows else "All settings are the recipe's defaults."
    if not fields:
        note = f"This version has no recipe {run.recipe} to compare with."
    return Table(
        "Differences from the defaults of the recipe",
        head,
        [*rows, *more],
        note,
    )


def _shown(value):
    """A value; an empty text is told from one that is not there."""
    return words.plain(value) if value != "" else '""'


def everything(runs: list[RunFolder]) -> list[Table]:
    """All of each run's `config.json`."""
    tables = []
    for run in runs:
        items, more = first(list(_flattened(run.about)))
        rows = [[Cell(name), Cell(words.plain(value))] for name, value in items]
        head = [Cell("Setting"), Cell("Value")]
        tables.append(Table(run.name, head, [*rows, *more]))
    return tables


def _flattened(about):
    for name, value in about.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", each) for key, each in value.items())
        else:
            yield name, value
