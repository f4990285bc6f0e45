"""What the scores of a model say in a word."""


def known_for(scores: dict) -> str:
    """The score that a model is known for, in a word."""
    if "test_accuracy" in scores:
        return f"{100 * scores['test_accuracy']:.2f} %"
    if scores.get("pair") == "any-iso":
        return f"{100 * scores['exact_match']:.2f} % exact"
    if "bleu" in scores:
        return f"{scores['bleu']:.1f} BLEU"
    for unit in ("character", "byte", "subword"):
        nats = scores.get(f"validation_nats_per_{unit}")
        if nats is not None:
            return f"{nats:.3f} nats/{unit}"
    if "validation_perplexity" in scores:
        return f"perplexity {scores['validation_perplexity']:.1f}"
    return ""
