"""Other people's texts, with default flags, beside the baselines.

    python bench/own_texts.py --sets DIR [--seeds 1 2 3] [--only NAME ...]
        [--json FILE] [--quick]

Public sets of different kinds. Their files are fetched into DIR, each from a
fixed commit and checked by its SHA-256 (`pip install ".[hub]"`); what lies
there already is taken. None of them is part of this project, and the terms are
those of their authors.

For each set and seed one `zoo train imdb_sentiment --train-file FILE --seed N`
and no other flag but `--test-file`, where the set has a test of its own; else
the recipe sets one aside. The baselines are those that the run prints, trained
on all but the test.
"""

import csv
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import measured
import numpy as np

Rows = list[tuple[str, str]]
# By name: where each file comes from (owner, repository, commit, path), and its
# SHA-256.
FILES = json.loads(
    Path(__file__).with_name("own_texts_files.json").read_text("utf-8")
)
# Of this owner's files, the encoding.
_LATIN_1 = "harvardnlp/"


def fetched(name: str, folder: Path) -> str:
    """The content of a file, from `folder` or from where it is published."""
    import pooch

    address, digest = FILES[name]["from"], FILES[name]["sha256"]
    path = pooch.retrieve(
        f"https://raw.githubusercontent.com/{address}",
        known_hash=f"sha256:{digest}",
        fname=name,
        path=folder,
        progressbar=False,
    )
    encoding = "latin-1" if address.startswith(_LATIN_1) else "utf-8-sig"
    return Path(path).read_bytes().decode(encoding)


def label_first(content: str) -> Rows:
    """Lines of a label, a space and a text."""
    parts = (line.partition(" ") for line in content.split("\n"))
    return [(text.strip(), label) for label, _, text in parts if text.strip()]


def table(content: str, text: str, label: str) -> Rows:
    rows = csv.DictReader(io.StringIO(content, newline=""))
    return [(row[text], row[label]) for row in rows if row[text].strip()]


def trec(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    return label_first(read("trec_train.txt")), label_first(
        read("trec_test.txt")
    )


def hundred(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    """A hundred rows of the same, each class by its share."""
    train, test = trec(read)
    order = np.random.default_rng(3).permutation(len(train))
    rows = [train[index] for index in order]
    chosen: Rows = []
    for name in sorted({label for _, label in rows}):
        of_class = [row for row in rows if row[1] == name]
        chosen += of_class[: max(2, round(100 * len(of_class) / len(rows)))]
    return chosen, test


def banking(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    names = ("text", "category")
    return (
        table(read("banking_train.csv"), *names),
        table(read("banking_test.csv"), *names),
    )


def intents(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    content = json.loads(read("intents.json"))
    train, test = content["train"], content["test"]
    return [tuple(row) for row in train], [tuple(row) for row in test]


def two_of_each(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    """Every 25th row of the same: two of each class, to learn from."""
    train, test = intents(read)
    return train[::25], test


def articles(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    """Its test part, 1,028 of 10,273 articles: few and long."""
    content = io.StringIO(read("articles.csv"), newline="")
    rows = csv.reader(content, delimiter=";", quotechar="'")
    return [(row[1], row[0]) for row in rows if len(row) == 2], []


def hotels(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    return table(read("hotels.csv"), "review", "label"), []


def sms(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    lines = [line.split("\t", 1) for line in read("sms.tsv").splitlines()]
    return [(line[1], line[0]) for line in lines if len(line) == 2], []


def emotion(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    def part(name: str) -> Rows:
        texts = read(f"emotion_{name}.txt").split("\n")
        labels = read(f"emotion_{name}_labels.txt").split("\n")
        both = zip(texts, labels, strict=True)
        return [(text, label) for text, label in both if text.strip()]

    return part("train"), part("test")


def news(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    rows = csv.reader(io.StringIO(read("news.csv"), newline=""))
    return [(f"{row[1]} {row[2]}", row[0]) for row in rows], []


def products(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    return label_first(read("products.txt")), []


def reviews(read: Callable[[str], str]) -> tuple[Rows, Rows]:
    return label_first(read("reviews.txt")), []


# By name: what reads it, and what it is.
SETS: dict[str, tuple[Callable, str]] = {
    "trec": (trec, "questions by what they ask for (TREC)"),
    "trec_100": (hundred, "a hundred of these"),
    "sms": (sms, "text messages: spam or not"),
    "customer_reviews": (products, "sentences of product reviews"),
    "movie_reviews": (reviews, "sentences of film reviews"),
    "emotion": (emotion, "tweets by emotion"),
    "banking77": (banking, "questions to a bank by intent"),
    "clinc150": (intents, "requests to an assistant by intent, 50 each"),
    "clinc150_300": (two_of_each, "two of each of these"),
    "hotels_zh": (hotels, "Chinese hotel reviews"),
    "10kgnad": (articles, "German newspaper articles by topic"),
    "ag_news": (news, "news by topic, the test part"),
}


def write(path: Path, rows: Rows) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])


def runs_of(name: str, sets: Path, seeds: list[int], quick: bool) -> dict:
    """The runs of one set, by seed, and what they have in common."""
    load, what = SETS[name]
    train, test = load(lambda file: fetched(file, sets))
    if quick:
        train, test = (rows[:: len(rows) // 300 + 1] for rows in (train, test))
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        words = ["--train-file", str(Path(folder, f"{name}.csv"))]
        write(Path(folder, f"{name}.csv"), train)
        if test:
            known = {label for _, label in train}
            test = [row for row in test if row[1] in known]
            words += ["--test-file", str(Path(folder, "test.csv"))]
            write(Path(folder, "test.csv"), test)
        for seed in seeds:
            run = Path(folder, str(seed))
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "zoo", "train", "imdb_sentiment"]
                + [*words, "--seed", str(seed), "--run-dir", str(run)]
                + ["--epochs", "1"] * quick,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            seconds = time.perf_counter() - began
            runs.append(json.loads((run / "metrics.json").read_text()))
            runs[-1]["seconds"] = round(seconds, 1)
            shown = runs[-1]["test_accuracy"], runs[-1]["baselines"]
            print(name, seed, *shown, f"{seconds:.0f} s", flush=True)
    baselines = runs[0]["baselines"]
    return {
        "what": what,
        "rows": len(train),
        "classes": len({label for _, label in train}),
        "test": runs[0]["test_examples"],
        "baselines": baselines,
        "accuracy": [run["test_accuracy"] for run in runs],
        "macro_f1": [run["macro_f1"] for run in runs],
        "train_seconds": [run["train_seconds"] for run in runs],
        "seconds": [run["seconds"] for run in runs],
        "seeds": seeds,
    }


def lines(sets: dict[str, dict]) -> list[list[str]]:
    """Head and rows of the table."""
    head = ["set", "rows", "classes", "words", "characters", "ours"]
    head += ["gain", "macro F1: best baseline", "ours", "gain", "seconds"]
    found = [head]
    gains = []
    for name, one in sets.items():
        row = [
            f"{name}: {one['what']}",
            f"{one['rows']:,}",
            str(one["classes"]),
        ]
        scores = list(one["baselines"].values())[1:]
        row += [f"{100 * score['accuracy']:.1f}" for score in scores]
        gain = []
        for measure in ("accuracy", "macro_f1"):
            best = max(score[measure] for score in scores)
            mean = statistics.mean(one[measure])
            spread = (max(one[measure]) - min(one[measure])) / 2
            if measure == "macro_f1":
                row.append(f"{100 * best:.1f}")
            row.append(f"{100 * mean:.1f} ± {100 * spread:.1f}")
            gain.append(100 * (mean - best))
            row.append(f"{gain[-1]:+.1f}")
        gains.append(gain)
        row.append(f"{statistics.median(one['seconds']):.0f}")
        found.append(row)
    means = [statistics.mean(side) for side in zip(*gains, strict=True)]
    last = ["mean", *[""] * 5, f"{means[0]:+.1f}", "", "", f"{means[1]:+.1f}"]
    return [*found, [*last, ""]]


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--sets", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", choices=SETS, metavar="NAME")
    values = parser.parse_args()
    found: dict = {}
    for name in values.only or SETS:
        found[name] = runs_of(name, values.sets, values.seeds, values.quick)
        table = lines(found)
        # What is done is kept, for all of it takes most of an hour.
        if values.json:
            measured.write(
                values.json,
                versions=measured.versions("keras", "tensorflow"),
                sets=found,
                table=table,
            )
    measured.show(table)


if __name__ == "__main__":
    main()
