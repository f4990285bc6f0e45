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
_TRANSLATOR = (
    [
        "from zoo.decoding import Translator",
        "",
        'translator = Translator(zoo.load("{name}"))',
        'print(translator.translate(["..."])[0].text)',
    ],
    "Limits: it translates sentences like those it was trained on, one by one; "
    "of others it writes something fluent, and means nothing by it. Characters "
    "that it has not seen are all the same to it.",
)
_USAGE = {"language_model": _LANGUAGE_MODEL, "translator": _TRANSLATOR}


def card(name: str, trained: Trained) -> str:
    """A page in Markdown, made from what the run recorded."""
    about = trained.about
    data = about.get("data", {})
    scores = about.get("scores", {})
    arguments = trained.arguments
    kind = {
        "language_model": f"of {trained.tokenizer.kind}.",
        "translator": f"of {trained.tokenizer.kind}, "
        f"{scores.get('pair') or 'of your own languages'}.",
    }
    lines = [
        f"# {name}",
        "",
        f"A recurrent-zoo `{trained.builder}` "
        + kind.get(
            trained.builder,
            f"for {len(trained.labels)} classes: {', '.join(trained.labels)}.",
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
    known = ("cell", "units", "layers", "encoder_layers", "decoder_layers")
    known += ("bidirectional", "pooling", "attention", "input_feeding")
    for key in known:
        if key in arguments:
            lines.append(f"| {key} | {arguments[key]} |")
    said = {"recipe", "parameters", *arguments}
    for key, value in scores.items():
        if key not in said and not isinstance(value, dict):
            shown = str(value).replace("|", "\\|")
            lines.append(f"| {key.replace('_', ' ')} | {shown} |")
    usage, limits = _USAGE.get(trained.builder, _CLASSIFIER)
    code = ["```python", "import zoo", "", *usage, "```"]
    lines += ["", *(line.format(name=name) for line in code), "", limits, ""]
    return "\n".join(lines)
