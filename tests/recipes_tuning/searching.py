"""Runs a search, and reads what it wrote."""

import json

from zoo.cli.main import main


def tune(folder, *words, recipe="agreement"):
    return main(["tune", recipe, "--run-dir", str(folder), *map(str, words)])


def table(folder):
    return json.loads((folder / "trials.json").read_text())
