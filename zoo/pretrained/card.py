"""The card of a trained model: what a person should know before using it."""

import statistics
import unicodedata

from zoo.pretrained.summary import Summary

_CLASSIFIER = (
    "It says of a text which of {labels} it is most likely to be.",
    ['model = zoo.load("{source}")', 'model.predict(["a quiet, moving film"])'],
    "Limits: it knows only the words of its vocabulary (others count as one "
    "unknown word), and only texts like those it was trained on; for any other "
    "text its answer is a guess, however high the probability.",
)
_LANGUAGE_MODEL = (
    "It writes on from the beginning of a text, and says how likely each part "
    "of a text is.",
    [
        'model = zoo.load("{source}")',
        'print(model.generate("What is", length=300))',
    ],
    "Limits: it writes what looks like the text it was trained on, and means "
    "nothing by it; what is not in that text, be it characters or words, is "
    "all the same to it.",
)
_TRANSLATOR = (
    "It translates sentences, one by one.",
    ['model = zoo.load("{source}")', 'print(model.translate(["..."]))'],
    "Limits: it translates sentences like those it was trained on, one by one; "
    "of others it writes something fluent, and means nothing by it. Characters "
    "that it has not seen are all the same to it.",
)
_USAGE = {
    "classifier": _CLASSIFIER,
    "language_model": _LANGUAGE_MODEL,
    "translator": _TRANSLATOR,
}


def card(name: str, model: Summary, source: str | None = None) -> str:
    """A page in Markdown, made from what the run recorded.

    Args:
        name: of the model.
        model: what is known of it.
        source: what `zoo.load` takes for it; by default its name.
    """
    about = model.about
    data = about.get("data", {})
    scores = about.get("scores", {})
    arguments = model.arguments
    labels = ", ".join(map(_plain, model.labels))
    kind = {
        "language_model": f"of {model.tokenizer}.",
        "translator": f"of {model.tokenizer}, "
        f"{_plain(scores.get('pair') or 'of your own languages')}.",
    }
    purpose, usage, limits = _USAGE[model.task]
    lines = [
        f"# {_plain(name)}",
        "",
        f"A recurrent-zoo `{model.builder}` "
        + kind.get(model.task, f"for {len(model.labels)} classes: {labels}."),
        _plain(about.get("purpose") or purpose.format(labels=labels)),
        "",
        "| | |",
        "|---|---|",
    ]
    rows = [
        ("recipe", f"`{about.get('recipe')}`"),
        ("command", f"`{about.get('command')}`"),
        ("data", data.get("name")),
        ("terms of the data", data.get("licence")),
        *_content(data),
        ("parameters", _number(model.parameters)),
    ]
    known = (
        *("cell", "units", "layers", "encoder_layers", "decoder_layers"),
        *("bidirectional", "pooling", "attention", "input_feeding"),
    )
    rows += [(key, arguments[key]) for key in known if key in arguments]
    if arguments.get("ngrams"):
        rows.append(("beside its states", f"1- to {arguments['ngrams']}-grams"))
    said = {"recipe", "parameters", *arguments}
    rows += [
        (key.replace("_", " "), value)
        for key, value in scores.items()
        if key not in said and not isinstance(value, dict)
    ]
    rows += _spread(about.get("spread"))
    if "latency" in about:
        took = about["latency"]
        milliseconds = f"{took['milliseconds']:g} ms"
        rows.append(("latency", f"{milliseconds}: {took['what']}"))
        rows.append(("measured on", took["machine"]))
    lines += [f"| {_cell(key)} | {_cell(value)} |" for key, value in rows]
    code = ["```python", "import zoo", "", *usage, "```"]
    source = _plain(source or name)
    lines += ["", *(line.format(source=source) for line in code)]
    lines += ["", limits]
    if about.get("limits"):
        lines += ["", _plain(about["limits"])]
    lines += _failures(about.get("failures"))
    return "\n".join([*lines, ""])


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


def _failures(failures):
    """What it was seen to get wrong."""
    if not failures:
        return []
    rows = [
        f"| {_cell(one['input'])} | {_cell(one['expected'])} "
        f"| {_cell(one['answered'])} |"
        for one in failures
    ]
    head = [
        "Of sentences made to be hard, it got these wrong, among others:",
        "",
    ]
    head += ["| given | expected | answered |", "|---|---|---|"]
    return ["", *head, *rows]


def _plain(value) -> str:
    """One line, without what would steer a terminal."""
    text = " ".join(str(value).split())
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(one) in ("Cc", "Cf", "Cs")
        else one
        for one in text
    )


def _cell(value) -> str:
    return _plain(value).replace("|", "\\|")
