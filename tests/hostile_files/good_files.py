"""Files that are good, one for each reader."""

import base64
import gzip
import io
import json

import numpy as np
from mutations import packed
from random_models import random_language_model
from readers import prepared_data, stream
from untrained import TEXTS, untrained, write_run

from recipes.training import checkpoint
from zoo.pretrained import writer
from zoo.text import SubwordTokenizer

# One grey pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81yt"
    "gAAAABJRU5ErkJggg=="
)
HISTORY = "epoch,seconds,loss,val_loss\n1,2,0.5,\n2,2,nan,1e9\n"


def write_all(folder):
    """Folders and files that are good, by their names."""
    keras_model = untrained("feedforward").model
    write_run(folder / "run")
    write_run(folder / "old", old=True)
    about = json.loads((folder / "run" / "config.json").read_text())
    about |= {"config": {"epochs": 2}, "data": {"name": "x"}, "keras": "3"}
    (folder / "run" / "config.json").write_text(json.dumps(about))
    scores = {"test_accuracy": 0.5, "classes": {"a": {"f1": 0.5}}, "notes": []}
    (folder / "run" / "metrics.json").write_text(json.dumps(scores))
    (folder / "run" / "history.csv").write_text(HISTORY)
    (folder / "run" / "plots").mkdir()
    (folder / "run" / "plots" / "a.png").write_bytes(PIXEL)
    writer.save(untrained("feedforward"), folder / "pretrained", "int8")
    writer.save(random_language_model(), folder / "lm")
    stream().feed("abc")
    stream().save(folder / "state.npz")
    variables = keras_model.variables
    run = {
        "variables": checkpoint.description(variables),
        "rows": [{"epoch": 1, "score": 0.5}],
        **{"seconds": 1.5, "in_epoch": 0.5, "finished": False, "position": 0},
    }
    (folder / "training").mkdir()
    config = {"config": {"units": 384}, "recipe": "char_lm", "labels": []}
    config["data"] = {"name": "x", "sha256": "0" * 64}
    (folder / "training/config.json").write_text(json.dumps(config))
    prepared_data(folder / "prepared" / "prepared.json")
    (folder / "search" / "results").mkdir(parents=True)
    search = {"objective": ["a", "max"], "config": {"b": 1}, "space": {}}
    (folder / "search/search.json").write_text(json.dumps(search))
    result = {"trial": "1", "status": "completed", "score": 0.5, "message": ""}
    result |= {"seconds": 1.5, "values": {"b": 2}, "config": None}
    (folder / "search/results/1.json").write_text(json.dumps(result))
    arrays = {"variable": variables, "metric": [], "best": variables}
    table = {"text": "one, two", "label": "é"}
    files = {
        "x.json": b'{"test": ["a"], "validation": [], "b": {"c": [1, 0.5]}}',
        "about.json": b'{"purpose": "a", "limits": "b", "spread": {"seeds": '
        b'[1], "bleu": [0.5]}, "failures": [{"input": "a", "expected": "b", '
        b'"answered": "c"}]}',
        "best.json": b'{"units": 4, "dropout": 0.5, "tied": true, "cell": '
        b'"gru", "data": "zoo_sources"}',
        "x.safetensors": (folder / "run/model.safetensors").read_bytes(),
        "x.npz": saved(ids=np.zeros(3, "<i4"), logits=np.zeros((2, 3), "<f4")),
        "x.model": SubwordTokenizer.from_texts(TEXTS, 40, "characters").content,
        "x.zip": packed(
            {p.name: p.read_bytes() for p in (folder / "lm").iterdir()}
        ),
        "x.keras": (folder / "old/model.keras").read_bytes(),
        "x.csv": b'text,label\n"one, ""two""",a\nthree,b\n',
        "x.tsv": b"text\tlabel\none\ta\ntwo\tb\n",
        "x.jsonl": f"{json.dumps(table)}\n{json.dumps(table)}\n".encode(),
        "y.json": json.dumps([table, table]).encode(),
        "x.csv.gz": gzip.compress(b"text,label\none,a\ntwo,b\n", mtime=0),
        "backup.npz": checkpoint.packed(run, arrays),
        "words.json": b'{"kind": "words", "rules": 2, "vocabulary": '
        b'["a", "\xc3\xa9t\xc3\xa9"]}',
        "characters.json": b'{"kind": "characters", "fold_case": true, '
        b'"vocabulary": ["a", "\xc3\xa9"]}',
        "tokenizer.json": b'{"kind": "subwords_of_texts"}',
    }
    files["tokenizer.model"] = files["x.model"]
    for name, content in files.items():
        (folder / name).write_bytes(content)


def saved(**arrays):
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()
