"""Names and numbers of run folders, as a reader wants them."""

import json
import math
import re
from collections.abc import Callable
from typing import Any, TypeGuard

_WORDS = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "loss": "loss",
    "val": "validation",
    "tfds": "TFDS",
}
_MAIN = re.compile(
    r"((test|validation)_)?(accuracy|bleu|chrf|exact_match|nats_per_\w+)"
)
_HIGH = re.compile(r"accuracy|exact_match|bleu|chrf")
_TWO_DIGITS = re.compile(r"bleu|chrf|words")
_LOW = re.compile(r"_per_|perplexity|loss")
# Of `metrics.json`, what `recipes.training.run` writes whatever the recipe is.
OF_EVERY_RUN = (
    *("recipe", "epochs", "train_seconds", "parameters"),
    "tokens_per_second",
)
# A float beyond that is no measurement, and its square is infinite.
_LARGEST = 1e100


def title(name: str) -> str:
    """`test_accuracy` in words."""
    words = [_WORDS.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:] if words[0].islower() else text


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it can be compared and drawn."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # An integer of JSON may be larger than any float, so no `isfinite`.
    return -_LARGEST < value < _LARGEST


def is_main(name: str) -> bool:
    """Whether a score is one that a run is known for."""
    return _MAIN.fullmatch(name) is not None


def direction(name: str) -> Callable[..., Any] | None:
    """`max` or `min`, whichever of two scores is better; `None`: neither."""
    if name in OF_EVERY_RUN:
        return None
    if _LOW.search(name):
        return min
    return max if _HIGH.search(name) else None


def is_share(name: str) -> bool:
    """Whether a score lies between 0 and 1 and is read in per cent."""
    return "accuracy" in name or "exact_match" in name


def number(value: Any, name: str = "") -> str:
    """A score or a size, as short as it can be without a loss."""
    if value is None:
        return ""
    if not is_number(value):
        odd = isinstance(value, float) and not math.isfinite(value)
        return "not a number" if odd and math.isnan(value) else plain(value)
    if is_share(name):
        return f"{100 * value:.2f}\u202f%"
    if isinstance(value, int):
        return f"{value:,}"
    if _TWO_DIGITS.search(name):
        return f"{value:.2f}"
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.5g}"


def seconds(value: Any) -> str:
    """A time, in seconds."""
    if not is_number(value):
        return number(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def plain(value: Any) -> str:
    """What JSON holds, as text."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def as_json(value: Any) -> Any:
    """The same, with `None` for what JSON has no number for."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
