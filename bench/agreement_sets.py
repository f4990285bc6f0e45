"""Does a language model of words know that verbs agree? Three published sets.

    python bench/agreement_sets.py NAME --sets DIR [--json FILE] [--quick]

NAME is what `zoo.load` takes; DIR holds the sets as they are published,
compressed: `colorless_green_en/generated.tab.gz` (Gulordava et al., 2018),
`linzen_filtered/subj_agr_filtered.{text,gold}.gz` (Linzen et al., 2016, as
filtered there) and `marvin_linzen_syneval/pairs.tsv.gz` (Marvin and Linzen,
2018). Their texts are not part of this repository.

For the first two, what counts is whether the right form of the verb is more
probable than the wrong one behind all that stands before it; for the third,
whether the right sentence is more probable as a whole, from its first word to
its end, for at most 1,000 pairs of a case (every n-th). A pair whose forms are
not both in the vocabulary cannot be told apart and is left out; how many there
were is said.

References: [Linzen et al., 2016](https://aclanthology.org/Q16-1037),
[Gulordava et al., 2018](https://aclanthology.org/N18-1108),
[Marvin and Linzen, 2018](https://aclanthology.org/D18-1151)
"""

import argparse
import csv
import gzip
import json
from pathlib import Path

import numpy as np

import zoo
from zoo.backend.compile import logits_function
from zoo.decoding.scoring import nats
from zoo.tasks import LanguageModel
from zoo.text import WordTokenizer
from zoo.text.ids import UNKNOWN

_ROWS, _PAIRS = 64, 1_000
# What Gulordava's LSTM (650 units, 80 million words of Wikipedia) gets right.
_PUBLISHED = {"original": "81.0", "nonce": "73.6"}


def lines(path: Path) -> list[str]:
    """The lines of a compressed file."""
    return gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()


def colorless(folder: Path) -> dict[str, list]:
    """By kind of sentence: what stands before, the right and wrong form."""
    table = csv.DictReader(
        lines(folder / "colorless_green_en" / "generated.tab.gz"),
        delimiter="\t",
    )
    forms = {}
    for row in table:
        key = (row["pattern"], row["constr_id"], row["sent_id"], row["type"])
        item = forms.setdefault(key, {"prefix": row["prefix"]})
        item[row["class"]] = row["form"]
    found = {"original": [], "generated": []}
    for (*_, kind), item in forms.items():
        found[kind].append((item["prefix"], item["correct"], item["wrong"]))
    return {"original": found["original"], "nonce": found["generated"]}


def linzen(folder: Path) -> dict[str, list]:
    """By number of attractors: what stands before, right and wrong form."""
    stem = folder / "linzen_filtered" / "subj_agr_filtered"
    texts, gold = (
        lines(stem.with_name(f"{stem.name}.{x}.gz")) for x in ("text", "gold")
    )
    found = {}
    for text, line in zip(texts, gold, strict=True):
        place, right, wrong, attractors = line.split("\t")
        prefix = " ".join(text.split()[: int(place)])
        key = f"{attractors} attractors"
        found.setdefault(key, []).append((prefix, right, wrong))
    return dict(sorted(found.items()))


def marvin_linzen(folder: Path) -> dict[str, list]:
    """By case: the right and the wrong sentence."""
    path = folder / "marvin_linzen_syneval" / "pairs.tsv.gz"
    found = {}
    for row in csv.DictReader(lines(path), delimiter="\t"):
        pair = (row["grammatical"], row["ungrammatical"])
        found.setdefault(row["test_case"], []).append(pair)
    return dict(sorted(found.items()))


def read(trained: LanguageModel, rows: list[list[int]], score) -> list:
    """`score` of the logits and ids of each row, in batches of like length."""
    call = logits_function(trained.model)
    result = [None] * len(rows)
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    for start in range(0, len(order), _ROWS):
        places = order[start : start + _ROWS]
        logits = call(WordTokenizer.pad([rows[place] for place in places]))
        for place, of_row in zip(places, logits, strict=True):
            result[place] = score(of_row, rows[place])
    return result


def of_forms(trained: LanguageModel, items: list) -> dict:
    """How often the right form is more probable."""
    encode, rows, forms = trained.tokenizer.encode, [], []
    for prefix, *both in items:
        ids = [encode(form) for form in both]
        if all(len(i) == 1 and i != [UNKNOWN] for i in ids):
            rows.append([0, *encode(prefix)])
            forms.append([i[0] for i in ids])
    last = read(trained, rows, lambda logits, ids: logits[len(ids) - 1].copy())
    pairs = zip(last, forms, strict=True)
    right = [logits[form[0]] > logits[form[1]] for logits, form in pairs]
    return share(right, len(items))


def of_sentences(trained: LanguageModel, items: list) -> dict:
    """How often the right sentence is more probable."""
    items = items[:: -(-len(items) // _PAIRS)]
    known = set(trained.tokenizer.vocabulary)
    split = trained.tokenizer.split
    pairs = [
        both
        for both in items
        if not set.symmetric_difference(*map(set, map(split, both))) - known
    ]
    encode = trained.tokenizer.encode
    rows = [[0, *encode(text), 0] for both in pairs for text in both]
    total = read(
        trained,
        rows,
        lambda logits, ids: nats(
            logits[: len(ids) - 1], np.array(ids[1:])
        ).sum(),
    )
    right = [
        total[place] < total[place + 1] for place in range(0, len(rows), 2)
    ]
    return share(right, len(items))


def share(right: list, count: int) -> dict:
    """Percent of right answers, with its standard error."""
    found = {"known": len(right), "pairs": count}
    if right:
        p = float(np.mean(right))
        error = (p * (1 - p) / len(right)) ** 0.5
        found["right"] = round(100 * p, 1)
        found["standard_error"] = round(100 * error, 1)
    return found


def scores(trained: LanguageModel, folder: Path, quick: bool = False) -> dict:
    """By set and by part of it, what `share` says."""
    found = {}
    for name, load, judge in (
        ("colorless green", colorless, of_forms),
        ("Linzen", linzen, of_forms),
        ("Marvin and Linzen", marvin_linzen, of_sentences),
    ):
        found[name] = {}
        for part, items in load(folder).items():
            chosen = items[:: max(1, len(items) // 20)] if quick else items
            found[name][part] = judge(trained, chosen)
            print(f"{name:<18} {part:<32}", found[name][part], flush=True)
    return found


def table(found: dict) -> list[list[str]]:
    """Head and rows of what `scores` found, published figures beside it."""
    head = ["set", "part", "pairs", "right, %", "standard error"]
    rows = [
        [
            name,
            part.replace("_", " "),
            f"{one['known']:,} of {one['pairs']:,}",
            f"{one['right']:.1f}" if one["known"] else "",
            f"{one['standard_error']:.1f}" if one["known"] else "",
            _PUBLISHED.get(part, ""),
        ]
        for name, parts in found.items()
        for part, one in parts.items()
    ]
    return [[*head, "LSTM of Gulordava et al."], *rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", metavar="NAME")
    parser.add_argument("--sets", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    values = parser.parse_args()
    trained = zoo.load(values.model)
    if not (
        isinstance(trained, LanguageModel)
        and isinstance(trained.tokenizer, WordTokenizer)
    ):
        parser.error(f"{values.model} is not a language model of words")
    found = scores(trained, values.sets, values.quick)
    if values.json:
        content = {"model": values.model, "sets": found, "table": table(found)}
        values.json.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
