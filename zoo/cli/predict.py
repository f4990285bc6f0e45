"""`zoo predict`: which class a text is most likely of."""

import sys

from zoo.cli import refuse
from zoo.cli.output import print_json
from zoo.cli.parser import command_parser


def predict(arguments: list[str]) -> None:
    """Prints a line for each text: the class, its probability, the text."""
    parser = command_parser("predict")
    parser.add_argument("model", metavar="X")
    parser.add_argument(
        "texts",
        nargs="*",
        metavar="TEXT",
        help="texts; without any, each line of standard input is one",
    )
    parser.add_json()
    values = parser.parse_intermixed_args(arguments)
    refuse.model(values.model, "classifier")

    from zoo import pretrained
    from zoo.tasks import TextClassifier, require

    task = require(pretrained.load(values.model), TextClassifier)
    texts = values.texts or [line.rstrip("\n") for line in sys.stdin]
    answers = task.predict(texts)
    if values.json:
        rows = zip(texts, answers, strict=True)
        return print_json([{"text": text, **row} for text, row in rows])
    width = max(map(len, task.labels))
    for text, answer in zip(texts, answers, strict=True):
        shown = " ".join(text.split())
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        print(f"{answer['label']:<{width}} {answer['probability']:.3f} {shown}")
