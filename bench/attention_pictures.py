"""Why attention exists: two pictures from runs of the recipe.

    python bench/attention_pictures.py WITH WITHOUT --to docs/pictures

WITH and WITHOUT are run folders of `zoo train translation` that differ in
`--attention`. length.png: how good each is on sentences of like length.
attention.png: what the first looked at as it wrote a sentence (`--text`).
"""

import argparse
import os
from pathlib import Path

TEXT = "Ein schwarzer Hund und ein weißer Hund rennen durch den tiefen Schnee."


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("with_attention", type=Path, metavar="WITH")
    parser.add_argument("without", type=Path, metavar="WITHOUT")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR")
    parser.add_argument("--text", default=TEXT, metavar="TEXT")
    values = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import zoo
    from recipes.evaluation import plots
    from zoo.inspect.attention import picture
    from zoo.io.files import read_json

    groups = {}
    for folder in (values.with_attention, values.without):
        arguments = read_json(folder / "config.json")["arguments"]
        kind = arguments["attention"]
        name = "no attention" if kind == "none" else f"{kind} attention"
        groups[name] = read_json(folder / "metrics.json")["by_length"]
    plots.by_length(groups, "bleu", "BLEU", values.to / "length.png")
    translator = zoo.load(values.with_attention)
    assert isinstance(translator, zoo.tasks.Translator)
    ((best, *_),) = translator.n_best([values.text], 1)
    source, target, weights = translator.attention(values.text, best)
    picture(source, target, weights, values.to / "attention.png")
    print(best.text)


if __name__ == "__main__":
    main()
