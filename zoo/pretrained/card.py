"""The card of a trained model: what a person should know before using it."""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoo.pretrained.summary import Summary
from zoo.printable import printable
from zoo.redaction import without_secrets

_TEMPLATE = Path(__file__).with_name("card.md.jinja")
# What a card says of how a model is built.
_ARGUMENTS = ["cell", "units", "layers", "encoder_layers", "decoder_layers"]
_ARGUMENTS += ["bidirectional", "pooling", "attention", "input_feeding"]

# By `zoo.text.word_rules`; what a user of the older ones should know.
_RULES = {
    1: "1 (only punctuation and spaces of ASCII separate words)",
    2: "2 (punctuation, spaces and letters of all scripts)",
}


def card(
    name: str,
    model: Summary,
    source: str | None = None,
    *,
    template: Path = _TEMPLATE,
    **more: Any,
) -> str:
    """A page in Markdown, made from what the run recorded.

    Args:
        name: of the model.
        model: what is known of it.
        source: what `zoo.load` takes for it; by default its name.
        template: a file that extends `card.md.jinja`.
        **more: what that template reads.
    """
    # A command that shows no card does not wait for it.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, _TEMPLATE.parent]),
        finalize=_plain,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["table_cell"] = lambda value: _plain(value).replace(
        "|", "\\|"
    )
    return environment.get_template(template.name).render(
        name=name,
        task=model.task,
        builder=model.builder,
        tokenizer=model.tokenizer,
        count=len(model.labels),
        labels=", ".join(model.labels),
        pair=model.about.get("scores", {}).get("pair"),
        purpose=model.about.get("purpose"),
        limits=model.about.get("limits"),
        failures=model.about.get("failures"),
        rows=list(_rows(model)),
        source=source or name,
        **more,
    )


def _rows(model: Summary) -> Iterator[tuple[str, Any]]:
    """What is known, in a word, and its value."""
    about, arguments = model.about, model.arguments
    data, scores = about.get("data", {}), about.get("scores", {})
    yield "recipe", f"`{about.get('recipe')}`"
    yield "command", f"`{about.get('command')}`"
    yield "data", data.get("name")
    yield "terms of the data", data.get("licence")
    yield from _content(data)
    yield "parameters", _number(model.parameters)
    for key in _ARGUMENTS:
        if key in arguments:
            yield key, arguments[key]
    if model.word_rules is not None:
        yield "rules of words", _RULES.get(model.word_rules, model.word_rules)
    if arguments.get("ngrams"):
        yield "beside its states", f"1- to {arguments['ngrams']}-grams"
    said = {"recipe", "parameters", *arguments}
    for key, value in scores.items():
        if key not in said and not isinstance(value, dict):
            yield key.replace("_", " "), value
    yield from _spread(about.get("spread"))
    if "latency" in about:
        took = about["latency"]
        yield "latency", f"{took['milliseconds']:g} ms: {took['what']}"
        yield "measured on", took["machine"]


def _number(value):
    return "not known" if value is None else f"{value:,}"


def _content(data):
    """Rows that tell which data of a name they were, where that is known."""
    sums = data.get("sha256", [])
    sums = ", ".join(map(str, sums)) if isinstance(sums, list) else sums
    for key, value in (("version", data.get("version")), ("SHA-256", sums)):
        if value:
            yield f"{key} of the data", value


def _spread(spread):
    """A row for each score of runs that differ in nothing but their seed."""
    if not spread:
        return
    seeds = ", ".join(map(str, spread["seeds"]))
    for name, scores in spread.items():
        if name == "seeds":
            continue
        said = ", ".join(f"{score:g}" for score in scores)
        if len(scores) > 1:
            mean, deviation = statistics.mean(scores), statistics.stdev(scores)
            said = f"{mean:.4g} ± {deviation:.2g} ({said})"
        yield f"{name.replace('_', ' ')}, seeds {seeds}", said


def _plain(value) -> str:
    """One line, without what would steer a terminal, or a password."""
    return printable(" ".join(without_secrets(value).split()))
