"""The card of a trained model: what a person should know before using it."""

from zoo.trained import Trained

_CLASSIFIER = (
    ['model = zoo.load("{name}")', 'model.predict(["a quiet, moving film"])'],
    "Limits: it knows only the words of its vocabulary (others count as one "
    "unknown word), and only texts like those it was trained on; for any other "
    "text its answer is a guess, however high the probability.",
)
_LANGUAGE_MODEL = (
    [
        'text = zoo.stream("{name}")',
        'text.feed("What is")',
        'print("".join(text.generate(300, seed=1)))',
    ],
    "Limits: it writes what looks like the text it was trained on, and means "
    "nothing by it; characters that are not in that text are all the same to "
    "it.",
)


def card(name: str, trained: Trained) -> str:
    """A page in Markdown, made from what the run recorded."""
    about = trained.about
    data = about.get("data", {})
    scores = about.get("scores", {})
    arguments = trained.arguments
    is_classifier = bool(trained.labels)
    lines = [
        f"# {name}",
        "",
        f"A recurrent-zoo `{trained.builder}` "
        + (
            f"for {len(trained.labels)} classes: {', '.join(trained.labels)}."
            if is_classifier
            else f"of {trained.tokenizer.kind}."
        ),
        "",
        "| | |",
        "|---|---|",
        f"| recipe | `{about.get('recipe')}` |",
        f"| command | `{about.get('command')}` |",
        f"| data | {data.get('name')} |",
        f"| terms of the data | {data.get('licence')} |",
        f"| parameters | {trained.model.count_params():,} |",
    ]
    for key in ("cell", "units", "layers", "bidirectional", "pooling"):
        if key in arguments:
            lines.append(f"| {key} | {arguments[key]} |")
    said = {"recipe", "parameters", *arguments}
    for key, value in scores.items():
        if key not in said and not isinstance(value, dict):
            lines.append(f"| {key.replace('_', ' ')} | {value} |")
    usage, limits = _CLASSIFIER if is_classifier else _LANGUAGE_MODEL
    code = ["```python", "import zoo", "", *usage, "```"]
    lines += ["", *(line.format(name=name) for line in code), "", limits, ""]
    return "\n".join(lines)
