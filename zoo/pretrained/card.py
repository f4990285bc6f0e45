"""The card of a trained model: what a person should know before using it."""

from zoo.trained import Trained


def card(name: str, trained: Trained) -> str:
    """A page in Markdown, made from what the run recorded."""
    about = trained.about
    data = about.get("data", {})
    scores = about.get("scores", {})
    arguments = trained.arguments
    lines = [
        f"# {name}",
        "",
        f"A recurrent-zoo `{trained.builder}` for {len(trained.labels)} "
        f"classes: {', '.join(trained.labels)}.",
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
    lines += [
        "",
        "```python",
        "import zoo",
        "",
        f'model = zoo.load("{name}")',
        'model.predict(["a quiet, moving film"])',
        "```",
        "",
        "Limits: it knows only the words of its vocabulary (others count as "
        "one unknown word), and only texts like those it was trained on; for "
        "any other text its answer is a guess, however high the probability.",
        "",
    ]
    return "\n".join(lines)
