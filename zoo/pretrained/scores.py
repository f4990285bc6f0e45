"""What the scores of a model say in a word."""

from typing import Any


def known_for(scores: dict[str, Any]) -> str:
    """The score that a model is known for, in a word.

    Args:
        scores: as a file has them: what is no number is none of them.
    """
    numbers = {
        name: value
        for name, value in scores.items()
        # Beyond that it is no score, and may be too large for a float.
        if type(value) in (int, float) and abs(value) < 1e15
    }
    if "test_accuracy" in numbers:
        return f"{100 * numbers['test_accuracy']:.2f} %"
    if scores.get("pair") == "any-iso" and "exact_match" in numbers:
        return f"{100 * numbers['exact_match']:.2f} % exact"
    if "bleu" in numbers:
        return f"{numbers['bleu']:.1f} BLEU"
    for unit in ("character", "byte", "subword"):
        nats = numbers.get(f"validation_nats_per_{unit}")
        if nats is not None:
            return f"{nats:.3f} nats/{unit}"
    if "validation_perplexity" in numbers:
        return f"perplexity {numbers['validation_perplexity']:.1f}"
    return ""
