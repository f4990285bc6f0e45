"""What a search found: a table, the best configuration, pictures."""

import contextlib
import json
from pathlib import Path

from recipes import run_files
from recipes.tuning import search_files
from recipes.tuning.trials import DEFAULT, run_folder
from zoo.cli.output import print_rich
from zoo.io import json_reader
from zoo.io.files import read_json, write_json, write_text
from zoo.printable import printable


def rows(folder: Path) -> list[dict]:
    """A row for the default and for each trial so far, in order.

    Returns:
        Of each: `trial`, `status`, `score`, `seconds`, `differences` from the
        default, `message`, `fields` with their values, and `config`.
    """
    table = []
    for path in (folder / "results").glob("*.json"):
        # Another worker may take it away: an interrupted trial has no result.
        with contextlib.suppress(FileNotFoundError):
            table.append(search_files.result(path))
    table.sort(key=lambda row: (row["trial"] != DEFAULT, row["trial"].zfill(9)))
    start = searched(folder)["config"]
    for row in table:
        row["fields"] = row["config"] or row["values"]
        row["differences"] = {
            name: value
            for name, value in row["fields"].items()
            if name in start and value != start[name]
        }
    return table


def searched(folder: Path) -> dict:
    """What the search in a folder looks for, and where.

    Raises:
        InputError: for a file that does not say it.
    """
    path = folder / "search.json"
    about = read_json(path)
    with json_reader.damage(path):
        name, direction = about["objective"]
        if not isinstance(name, str) or direction not in ("min", "max"):
            raise TypeError("objective")
        about["config"], about["space"] = {**about["config"]}, about["space"]
    return about


def best(table: list[dict], direction: str) -> dict | None:
    """The row of the best score; of equals the first, so the default."""
    done = [row for row in table if row["status"] == "completed"]
    sign = 1 if direction == "min" else -1
    return min(done, key=lambda row: sign * row["score"], default=None)


def write(folder: Path) -> tuple[list[dict], dict | None]:
    """Writes `trials.json`, `best.json` and the plots.

    Each file is replaced in one piece, so it does not matter which worker
    comes last.

    Returns:
        The table and its best row, if any trial came to a score.
    """
    about = searched(folder)
    name, direction = about["objective"]
    table = rows(folder)
    chosen = best(table, direction)
    columns = "trial status score seconds differences message".split()
    short = [{column: row[column] for column in columns} for row in table]
    text = json.dumps(short, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(folder / "trials.json", text + "\n")
    if chosen is not None:
        write_json(folder / "best.json", chosen["config"])
    # Matplotlib takes most of a second to import.
    from recipes.tuning import plots as tune_plots

    plots = folder / "plots"
    tune_plots.score_by_trial(
        table, name, direction, plots / "score_by_trial.png"
    )
    tune_plots.score_by_parameter(
        table, about["space"], name, plots / "score_by_parameter.png"
    )
    tune_plots.parallel_coordinates(
        table,
        about["space"],
        name,
        direction,
        plots / "parallel_coordinates.png",
    )
    return table, chosen


def verdict(table: list[dict], chosen: dict, objective: str) -> str:
    """One line about the best trial and the default."""
    default = next((r for r in table if r["trial"] == DEFAULT), None)
    if default is None or default["status"] == "running":
        return "The default is not trained yet."
    if chosen is default:
        return (
            f"No trial beat the default's {objective} of {default['score']}: "
            "best.json is the default."
        )
    text = f"Trial {chosen['trial']} is best: {objective} {chosen['score']}"
    if default["status"] == "failed":
        return f"{text}; the default failed ({default['message']})."
    return f"{text}, the default's {default['score']}."


def rests_on(folder: Path, chosen: dict, objective: str) -> str:
    """How many examples the scores rest on, and what difference is chance.

    Returns:
        A line; "" for a score that is no share of counted examples.
    """
    path = run_folder(folder, chosen["trial"]) / run_files.METRICS
    metrics = read_json(path) if path.is_file() else {}
    count, share = metrics.get("validation_examples"), chosen["score"]
    if type(count) is not int or count < 1:
        return ""
    if not objective.endswith("accuracy") or not 0 <= share <= 1:
        return ""
    # Of a count, never quite nothing.
    error = max(share * (1 - share), 1 / count) ** 0.5 / count**0.5
    return (
        f"Each score rests on {count:,} examples: a difference below "
        f"{2 * 100 * error:.1f} points may be chance."
    )


def show(table: list[dict], chosen: dict | None, objective: str) -> None:
    """Prints the table."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD)
    for name in ("trial", objective, "seconds"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("differs from the default in", overflow="fold")
    for row in table:
        differences = " ".join(
            f"{name}={value}" for name, value in row["differences"].items()
        )
        if row["status"] == "failed":
            differences = f"{differences}\n{row['message']}".strip()
        score = row["status"] if row["score"] is None else f"{row['score']:.5g}"
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
        style = "bold green" if row is chosen else ""
        style = "red" if row["status"] == "failed" else style
        # Not as markup: a message may hold brackets.
        cells = (row["trial"], score, seconds, differences)
        printed = (Text(printable(cell, keep="\n")) for cell in cells)
        shown.add_row(*printed, style=style)
    print_rich(shown)
