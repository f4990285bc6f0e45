"""Run folders written by hand, and what a page of `zoo report` holds."""

import base64
import csv
import html.parser
import json
import re

from zoo.cli.main import main

# The smallest PNG there is: one grey pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81yt"
    "gAAAABJRU5ErkJggg=="
)
VILE = "<script>alert(1)</script> \"'&amp; $x$ \u202e電影 {{ 7*7 }}"
PICTURE = "data:image/png;base64,"
VOID = {"meta", "img", "br", "link", "input", "hr"}


def made(folder, metrics=None, rows=(), recipe="agreement", **config):
    """Writes a run folder by hand; finished if it has `metrics`."""
    (folder / "plots").mkdir(parents=True)
    about = {
        "recipe": recipe,
        "command": f"zoo train {recipe} --units 3",
        "config": config,
        "data": {"name": "sentences", "licence": "your own"},
        "labels": ["is", "are"],
        "keras": "3.14.0",
        "backend": "tensorflow",
        "python": "3.11.0",
    }
    (folder / "config.json").write_text(json.dumps(about), encoding="utf-8")
    if metrics is not None:
        metrics = {"recipe": recipe, "epochs": len(rows), **metrics}
        (folder / "metrics.json").write_text(json.dumps(metrics))
        (folder / "plots" / "curves.png").write_bytes(PIXEL)
        (folder / "plots" / "confusion.png").write_bytes(PIXEL)
    if rows:
        with open(folder / "history.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def epochs(*losses):
    """Rows of a history."""
    return [
        {
            "epoch": place,
            "seconds": 2.0,
            "loss": loss,
            "val_loss": loss,
            "val_accuracy": 0.5,
            "gradient_norm": 1.0,
            "gradient_norm_max": 3.0,
            "learning_rate": 0.01,
        }
        for place, loss in enumerate(losses, start=1)
    ]


SCORES = {
    "train_seconds": 12.5,
    "parameters": 12_345,
    "tokens_per_second": 6_789,
    "test_accuracy": 0.875,
    "test_accuracy_by_distance": {"0": 0.9, "1-5": 0.85},
}


class Outline(html.parser.HTMLParser):
    """The elements of a page; fails where one is closed that is not open."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1:], data))

    def named(self, tag):
        return [found for name, found in self.elements if name == tag]

    @property
    def text(self):
        shown = (text for inside, text in self.texts if inside != ["style"])
        return " ".join(" ".join(shown).split())


def report(capsys, to, *folders):
    """The page of a report on `folders`, and what is in it."""
    command = ["report", *map(str, folders), "--to", str(to)]
    assert main(command) == 0
    assert str(to) in capsys.readouterr().out
    page = to.read_text(encoding="utf-8")
    # One file: nothing is fetched, nothing is run.
    assert not re.search(r"https?://|url\(|@import|<script", page)
    outline = Outline(page)
    for tag, attributes in outline.elements:
        assert attributes.get("src", PICTURE).startswith(PICTURE)
        assert attributes.get("href", "#").startswith("#")
        assert not {name for name in attributes if name.startswith("on")}, tag
    ids = [found["id"] for _, found in outline.elements if "id" in found]
    assert len(set(ids)) == len(ids)
    for link in outline.named("a"):
        assert link["href"][1:] in ids
    for one in ("main", "h1", "head"):
        assert len(outline.named(one)) == 1
    assert outline.named("html") == [{"lang": "en"}]
    return page, outline
