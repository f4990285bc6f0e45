"""What is known of a model beyond its run, for its card.

    purpose   what it is for, in a sentence or two
    limits    what it cannot do
    spread    scores of equal runs: {"seeds": [1, 2], "test_accuracy": [...]}
    failures  [{"input": ..., "expected": ..., "answered": ...}, ...]
    latency   {"milliseconds": ..., "what": ..., "machine": ...}

The first four come from a JSON file (`zoo push --about`), the last is measured.
All are bounded, for a manifest may come from anywhere.
"""

import math
from pathlib import Path

from zoo.errors import InputError, PretrainedError
from zoo.io.files import read_json

GIVEN = ("purpose", "limits", "spread", "failures")
FAILURE = ("input", "expected", "answered")
_LONGEST = {"purpose": 500, "limits": 2000, "what": 100, "machine": 100}
_LONGEST_EXAMPLE, _MOST_EXAMPLES = 300, 10
_MOST_SCORES, _MOST_SEEDS = 8, 32
_LARGEST_FILE = 1 << 16


def read(path: Path) -> dict:
    """The facts in a JSON file.

    Raises:
        InputError: for a file that holds anything else, or too much.
    """
    if Path(path).stat().st_size > _LARGEST_FILE:
        raise InputError(f"{path} is larger than {_LARGEST_FILE:,} bytes.")
    facts = read_json(path)
    for key in facts:
        if key not in GIVEN:
            raise InputError(
                f"{path} may hold {', '.join(GIVEN)}. Received: {key[:80]!r}"
            )
    check(facts, str(path))
    return facts


def check(about: dict, where: str) -> None:
    """Checks the facts among what is known of a model.

    Raises:
        PretrainedError: for the first that has another form, or is too long.
    """
    for key in ("purpose", "limits"):
        if key in about:
            _text(about[key], _LONGEST[key], f"{where}: `{key}`")
    if "spread" in about:
        _spread(about["spread"], f"{where}: `spread`")
    if "failures" in about:
        _failures(about["failures"], f"{where}: `failures`")
    if "latency" in about:
        _latency(about["latency"], f"{where}: `latency`")


def _text(value, longest, where):
    if not isinstance(value, str) or len(value) > longest:
        raise PretrainedError(
            f"{where} must be a text of at most {longest:,} characters."
        )


def _number(value):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # A whole number may be too large for a float.
    return number and abs(value) < 1e15 and math.isfinite(value)


def _spread(value, where):
    seeds = value.get("seeds") if isinstance(value, dict) else None
    if (
        not isinstance(seeds, list)
        or not 1 <= len(seeds) <= _MOST_SEEDS
        or not all(isinstance(s, int) and abs(s) < 1 << 32 for s in seeds)
    ):
        raise PretrainedError(
            f"{where} must be an object with `seeds`, at most {_MOST_SEEDS} "
            "whole numbers."
        )
    if not 2 <= len(value) <= 1 + _MOST_SCORES:
        raise PretrainedError(
            f"{where} must have 1 to {_MOST_SCORES} scores beside `seeds`."
        )
    for name, scores in value.items():
        _text(name, 100, f"{where}: the name of a score")
        if (
            not isinstance(scores, list)
            or len(scores) != len(seeds)
            or not all(map(_number, scores))
        ):
            raise PretrainedError(
                f"{where}: {name} must have a number for each seed."
            )


def _failures(value, where):
    if not isinstance(value, list) or len(value) > _MOST_EXAMPLES:
        raise PretrainedError(
            f"{where} must be a list of at most {_MOST_EXAMPLES} examples."
        )
    for example in value:
        if not isinstance(example, dict) or example.keys() != set(FAILURE):
            raise PretrainedError(
                f"{where}: each must have {', '.join(FAILURE)}."
            )
        for key, text in example.items():
            _text(text, _LONGEST_EXAMPLE, f"{where}: `{key}`")


def _latency(value, where):
    keys = {"milliseconds", "what", "machine"}
    if not isinstance(value, dict) or value.keys() != keys:
        raise PretrainedError(f"{where} must have {', '.join(sorted(keys))}.")
    if not _number(value["milliseconds"]) or value["milliseconds"] <= 0:
        raise PretrainedError(f"{where}: `milliseconds` must be above 0.")
    for key in ("what", "machine"):
        _text(value[key], _LONGEST[key], f"{where}: `{key}`")
