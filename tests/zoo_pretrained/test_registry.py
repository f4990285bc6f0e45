"""The registry: the list, its filters, and what no model in it may say."""

import importlib
import json
import shutil

import pytest
from cards import FAILURE, LATENCY
from sealing import put_manifest

from zoo.cli.main import main
from zoo.errors import PretrainedError
from zoo.pretrained import card_facts

# The package has a function of the same name.
registry = importlib.import_module("zoo.pretrained.registry")


@pytest.fixture
def long_names(tmp_path, monkeypatch):
    """Models of long names in the place of those that ship."""

    def add(name, like, mib, latency, **change):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(registry.SHIPPED / like / "config.json", folder)
        manifest = json.loads(
            (registry.SHIPPED / like / "manifest.json").read_text()
        )
        # Not theirs, which change with what ships.
        manifest.update(name=name, bytes=int(mib * 2**20), latency=latency)
        if latency is None:
            del manifest["latency"]
        for key, value in change.items():
            manifest[key] = {**manifest.get(key, {}), **value}
        put_manifest(folder, json.dumps(manifest))

    english = {"name": "Multi30k, task 1", "licence": "none stated"}
    add(
        "multi30k_gru_base_en_de",
        "dates_gru_base",
        1.3,
        {**LATENCY, "milliseconds": 1234.5},
        data=english,
        config={"data": "multi30k"},
        scores={"pair": "en-de", "bleu": 41.04},
    )
    add(
        "shakespeare_mingru_large",
        "shakespeare_lstm_base",
        1.4,
        LATENCY,
        scores={"cell": "mingru", "validation_nats_per_character": 1.437},
    )
    # A manifest of before latencies were measured has none.
    add(
        "imdb_gru_base",
        "imdb_gru_base",
        2.8,
        None,
        scores={"test_accuracy": 0.9079},
    )
    monkeypatch.setattr(registry, "SHIPPED", tmp_path)
    monkeypatch.setattr(registry._REGISTRY, "_own", {"here": tmp_path})
    monkeypatch.setattr(registry._REGISTRY, "_loaded", {})


def test_the_list_fits_a_terminal(long_names, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "…" not in text
    head, *rows = lines
    columns = "name task data cell MiB score latency".split()
    assert head.split() == columns
    for words in (
        "multi30k_gru_base_en_de translate multi30k gru 1.3 41.0 BLEU 1.23 s",
        "shakespeare_mingru_large generate tiny mingru 1.4 1.437 nats/char "
        "4.25 ms",
        "imdb_gru_base predict IMDB gru 2.8 90.79 %",
    ):
        start = words.split()[0]
        (row,) = [row for row in rows if row.startswith(start)]
        assert " ".join(row.split()).startswith(words), row


@pytest.mark.parametrize(
    "flags, names",
    [
        (["--task", "generate"], ["shakespeare_mingru_large"]),
        (["--cell", "gru"], ["imdb_gru_base", "multi30k_gru_base_en_de"]),
        (["--data", "TASK 1"], ["multi30k_gru_base_en_de"]),
        (["--max-mib", "1.3"], ["multi30k_gru_base_en_de"]),
        (["--cell", "gru", "--task", "predict"], ["imdb_gru_base"]),
        (["--cell", "sru"], []),
    ],
)
def test_filters_of_the_list(long_names, capsys, flags, names):
    assert main(["list", "--json", *flags]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == names
    for row in rows:
        assert {"task", "bytes", "scores", "files"} <= row.keys()
    assert main(["list", *flags]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in names)
    assert names or "zoo list shows them all" in out


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--task", "classify"], "`task` must be one of predict, generate"),
        (["--max-mib", "0"], "`max_mib` must be above 0"),
        (["--max-mib", "nan"], "`max_mib` must be above 0"),
    ],
)
def test_filters_that_cannot_be(capsys, flags, message):
    assert main(["list", *flags]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "change, message",
    [
        ({"purpose": "x" * 501}, "at most 500 characters"),
        ({"limits": ["x"]}, "must be a text"),
        ({"spread": [1]}, "with `seeds`"),
        ({"spread": {"seeds": []}}, "with `seeds`"),
        ({"spread": {"seeds": ["1"], "a": [1]}}, "with `seeds`"),
        ({"spread": {"seeds": [10**16], "a": [1]}}, "with `seeds`"),
        ({"spread": {"seeds": [1]}}, "1 to 8 scores"),
        ({"spread": {"seeds": [1], "a": [1, 2]}}, "a number for each seed"),
        ({"spread": {"seeds": [1], "a": [True]}}, "a number for each seed"),
        ({"spread": {"seeds": [1], "a": [10**16]}}, "a number for each"),
        ({"spread": {"seeds": [1], "x" * 101: [1]}}, "at most 100"),
        ({"failures": [FAILURE] * 11}, "at most 10 examples"),
        ({"failures": [{"input": "x"}]}, "must have input, expected"),
        ({"failures": [{**FAILURE, "input": 1}]}, "must be a text"),
        ({"failures": [{**FAILURE, "input": "x" * 301}]}, "at most 300"),
        ({"latency": {"milliseconds": 1}}, "must have machine"),
        ({"latency": {**LATENCY, "milliseconds": 0}}, "must be above 0"),
        ({"latency": {**LATENCY, "milliseconds": "1"}}, "must be above 0"),
        ({"latency": {**LATENCY, "machine": "x" * 101}}, "at most 100"),
    ],
)
def test_facts_that_cannot_be(long_names, tmp_path, capsys, change, message):
    with pytest.raises(PretrainedError, match=message):
        card_facts.check(change, "here")
    # In the manifest of a folder from elsewhere, and in what is pushed.
    manifest = registry.SHIPPED / "imdb_gru_base" / "manifest.json"
    content = json.loads(manifest.read_text())
    put_manifest(manifest.parent, json.dumps({**content, **change}))
    assert main(["list"]) == 2
    about = tmp_path / "about.json"
    about.write_text(json.dumps(change))
    words = ["push", "no_model", "to", "--about", str(about)]
    assert main(words) == 2
    err = capsys.readouterr().err
    assert message in err.splitlines()[0]
    assert message in err.splitlines()[1] or "may hold" in err
