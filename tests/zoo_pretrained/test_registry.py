"""The registry: the list, the cards, and three lines for a new user."""

import dataclasses
import importlib
import importlib.util
import json
import platform
import shutil
from pathlib import Path

import numpy as np
import pytest
from sealing import put_manifest

import zoo
from zoo.cli.main import main
from zoo.errors import InputError, PretrainedError
from zoo.pretrained import card_facts, latency, summary
from zoo.pretrained.card import card
from zoo.pretrained.hub_card import hub_page

# The package has a function of the same name.
registry = importlib.import_module("zoo.pretrained.registry")
BENCH = Path(__file__).parents[2] / "bench"
LATENCY = {"milliseconds": 4.25, "what": "one text", "machine": "a machine"}
SPREAD = {"seeds": [1, 2, 3], "test_accuracy": [0.9, 0.91, 0.92]}
FAILURE = {"input": "a | b", "expected": "good", "answered": "bad"}
FACTS = {
    "purpose": "To try out what a card says.",
    "limits": "It reads nothing but English.",
    "spread": SPREAD,
    "failures": [FAILURE],
}


@pytest.fixture(scope="module")
def loaded():
    """Each kind of model, as it ships."""
    known = ("imdb_gru_base", "dates_gru_base", "shakespeare_lstm_base")
    return {name: zoo.load(name) for name in known}


@pytest.fixture
def shipped(tmp_path, monkeypatch):
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


def test_the_list_fits_a_terminal(shipped, capsys, monkeypatch):
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
def test_filters_of_the_list(shipped, capsys, flags, names):
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


def test_a_card_says_what_is_known(tmp_path, capsys):
    about = tmp_path / "about.json"
    about.write_text(json.dumps(FACTS))
    folder = tmp_path / "mine"
    words = ["push", "imdb_gru_base", str(folder), "--about", str(about)]
    assert main(words) == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    assert FACTS.items() <= manifest.items()
    assert manifest["latency"]["what"] == "one text of 100 words"
    capsys.readouterr()
    assert main(["show", str(folder), "--verify"]) == 0
    shown = capsys.readouterr().out
    written = (folder / "card.md").read_text()
    took = f"{manifest['latency']['milliseconds']:g} ms: one text of 100 words"
    for said in (
        FACTS["purpose"],
        FACTS["limits"],
        "ask that their ACL 2011 paper be cited",
        "`zoo train imdb_sentiment`",
        "| test accuracy, seeds 1, 2, 3 | 0.91 ± 0.01 (0.9, 0.91, 0.92) |",
        f"| latency | {took} |",
        "| a \\| b | good | bad |",
    ):
        assert said in shown and said in written, said
    assert "Golden check passed" in shown and "Size: 2.8 MiB." in shown
    assert f'zoo.load("{folder}")' in shown
    # What is known stays known, and a later file says it anew.
    about.write_text('{"limits": "None."}')
    again = tmp_path / "again"
    words = ["push", str(folder), str(again), "--about", str(about)]
    assert main(words) == 0
    later = json.loads((again / "manifest.json").read_text())
    assert later["limits"] == "None."
    assert later["latency"] == manifest["latency"]
    assert later["failures"] == FACTS["failures"]


def test_a_card_steers_no_terminal(loaded):
    trained = loaded["imdb_gru_base"]
    evil = "a\x1b[2J\nb\u202e\x07"
    about = {
        **trained.about,
        **{"purpose": evil, "limits": evil, "command": evil},
        "failures": [dict.fromkeys(FAILURE, evil)],
        "data": {"name": evil, "licence": evil},
        "latency": {**LATENCY, "what": evil, "machine": evil},
        "spread": {"seeds": [1], evil: [1.0]},
        "scores": {evil: evil},
    }
    trained = dataclasses.replace(trained, about=about, labels=[evil])
    text = card(evil, summary.of_task(trained))
    assert not set("\x1b\x07\u202e") & set(text)
    assert "a\ufffd[2J b" in text


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
def test_facts_that_cannot_be(shipped, tmp_path, capsys, change, message):
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


def test_facts_that_are_not_given(tmp_path, capsys):
    about = tmp_path / "about.json"
    for content, message in (
        ('{"licence": "mine"}', "may hold purpose, limits, spread, failures"),
        (" " * 70_000, "larger than"),
        ("[]", "must hold a JSON object"),
    ):
        about.write_text(content)
        words = ["push", "imdb_gru_base", "to", "--about", str(about)]
        assert main(words) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, what",
    [
        ("imdb_gru_base", "one text of 100 words"),
        ("dates_gru_base", "“3 October 1990” translated greedily"),
        ("shakespeare_lstm_base", "100 characters written"),
    ],
)
def test_latency(loaded, monkeypatch, name, what):
    monkeypatch.setattr(latency, "RUNS", 3)
    measured = latency.measure(loaded[name])
    card_facts.check({"latency": measured}, "here")
    assert measured["what"] == what
    assert 0 < measured["milliseconds"] < 60_000
    assert " core" in measured["machine"]
    assert platform.node() not in measured["machine"]


def test_three_lines(loaded):
    (answer,) = loaded["imdb_gru_base"].predict(["a quiet, moving film"])
    assert answer["label"] == "positive"
    translator = loaded["dates_gru_base"]
    assert translator.translate(["mercredi 3 octobre 1990", ""]) == [
        "1990-10-03",
        "",
    ]
    graphs = len(translator.decoder._graphs)
    translator.translate(["3. Oktober 1990"])
    assert len(translator.decoder._graphs) == graphs
    model = loaded["shakespeare_lstm_base"]
    text = model.generate("ROMEO:", 50, seed=3)
    assert len(text) == 50
    stream = zoo.stream(model)
    stream.feed("ROMEO:")
    assert text == "".join(stream.generate(50, seed=3))
    # What was written before has no say.
    assert model.generate("ROMEO:", 50, seed=3) == text
    assert model.generate("ROMEO:", 50, seed=4) != text
    greedy = model.generate(length=20, temperature=0, seed=1)
    assert model.generate(length=20, temperature=0, seed=2) == greedy


@pytest.mark.thorough
def test_a_task_does_what_the_command_does(loaded, tiny_run, tmp_path):
    """Shows itself in a line, is saved, exported and evaluated by itself."""
    task = loaded["dates_gru_base"]
    assert repr(task).startswith("Translator('dates_gru_base', cell=gru, ")
    assert len(repr(task)) < 80
    assert "classes=2" in repr(loaded["imdb_gru_base"])
    task.save(tmp_path / "again", "float16")
    again = zoo.load(tmp_path / "again")
    assert again.translate(["3. Oktober 1990"]) == ["1990-10-03"]
    manifest = task.export(tmp_path / "out", ("onnx",))
    assert set(manifest["largest_difference"]) == {
        "onnx_step",
        "onnx_translate",
    }
    ((best, *_),) = task.n_best(["3. Oktober 1990"], 2)
    assert best.text == "1990-10-03"
    source, target, weights = task.attention("3. Oktober 1990")
    assert weights.shape == (len(target), len(source))
    np.testing.assert_array_equal(
        weights, task.attention("3. Oktober 1990", best)[2]
    )
    run = zoo.load(tiny_run("gru"))
    metrics = json.loads((tiny_run("gru") / "metrics.json").read_text())
    assert run.evaluate()["test_accuracy"] == metrics["test_accuracy"]


def test_the_wrong_line(loaded):
    classifier, translator, writer = loaded.values()
    for call, message in (
        (lambda: classifier.translate(["a"]), "has no .*logits, predict"),
        (lambda: classifier.generate("a"), "has no .*logits, predict"),
        (lambda: translator.predict(["a"]), "translate, n_best, attention"),
        (lambda: writer.predict(["a"]), "generate, stream, score"),
        (lambda: writer.translate(["a"]), "generate, stream, score"),
    ):
        with pytest.raises(AttributeError, match=message):
            call()
    for call, message in (
        (lambda: classifier.predict("a b"), "must be a list of texts"),
        (lambda: classifier.predict(["a", 3]), "Received: 3 at index 1"),
        (lambda: classifier.predict(None), "must be a list of texts"),
        (lambda: translator.translate("a b"), "must be a list of texts"),
        (lambda: translator.translate([b"a"]), "must be a list of texts"),
        (lambda: translator.n_best("3/10/90", 3), "must be a list of texts"),
        (lambda: translator.attention(["a"]), "`text` must be a text"),
        (lambda: writer.generate(["a"]), "`prompt` must be a text"),
        (lambda: writer.score("a b"), "must be a list of texts"),
        (lambda: writer.stream().feed(["a"]), "`text` must be a text"),
        (lambda: writer.generate("a", 0), "`length` must be"),
        (lambda: writer.generate("a", 5, temperature=-1), "`temperature`"),
    ):
        with pytest.raises(InputError, match=message):
            call()


ModelCard = pytest.importorskip("huggingface_hub").ModelCard


@pytest.mark.parametrize(
    "name, licence, said",
    [
        ("none stated; derived from", "unknown", "none stated"),
        ("CC BY 2.0; attribution", "cc-by-2.0", "CC BY 2.0"),
        ("Unicode License v3", "other", "Unicode License v3"),
    ],
)
def test_the_page_on_the_hub(loaded, name, licence, said):
    trained = loaded["dates_gru_base"]
    about = {
        **trained.about,
        "data": {"name": "sentences", "licence": name},
        "scores": {"pair": "en-de", "bleu": 41.5, "chrf": True},
    }
    trained = dataclasses.replace(trained, about=about)
    page = ModelCard(hub_page("hf://me/x", trained))
    known, text = page.data, page.text
    assert known.license == licence
    assert (known.license_name is not None) == (licence == "other")
    assert known.library_name == "recurrent-zoo"
    assert known.pipeline_tag == "translation"
    assert known.language == ["en", "de"]
    assert {"recurrent-zoo", "keras", "gru"} <= set(known.tags)
    (result,) = known.eval_results
    assert known.metrics == [result.metric_type] == ["bleu"]
    assert (result.metric_value, result.dataset_split) == (41.5, "test")
    assert result.dataset_name == result.dataset_type == "sentences"
    assert known.model_name == "x"
    assert f"| terms of the data | {said}" in text
    assert 'zoo.load("hf://me/x")' in text


def test_the_page_on_the_hub_without_scores(loaded):
    trained = loaded["dates_gru_base"]
    page = hub_page("hf://me/x", dataclasses.replace(trained, about={}))
    known = ModelCard(page).data
    assert not known.metrics and not known.eval_results
    assert known.license == "unknown"


def test_the_page_on_the_hub_names_its_data_set(loaded):
    trained = loaded["dates_gru_base"]
    data = {"name": "Multi30k, task 1 (Elliott et al., 2016 and 2017)"}
    about = {"data": data, "scores": {"bleu": 41.5}}
    page = hub_page("hf://me/x", dataclasses.replace(trained, about=about))
    assert ModelCard(page).data.datasets == ["bentrevett/multi30k"]
    assert "type: bentrevett/multi30k" in page


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location(
        "failures", BENCH / "failures.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.thorough
def test_failures_are_found(script, loaded, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "load", loaded.get, raising=False)
    about = tmp_path / "about.json"
    about.write_text('{"purpose": "mine"}')
    for name, trained in loaded.items():
        script.main([name, "--to", str(about), "--most", "3"])
        found = json.loads(about.read_text())
        card_facts.check(found, "here")
        assert found["purpose"] == "mine"
        assert len(found["failures"]) == 3
        for one in found["failures"]:
            if trained.builder == "classifier":
                (answer,) = trained.predict([one["input"]])
                assert one["answered"].startswith(answer["label"])
                assert answer["label"] != one["expected"]
            elif trained.builder == "translator":
                assert trained.translate([one["input"]]) == [one["answered"]]
                assert one["answered"] != one["expected"]
            else:
                assert not one["answered"].startswith(one["expected"])


def test_sentences_to_try_are_all_there(script):
    probes = json.loads(script.PROBES.read_text())
    for name, rows in probes.items():
        assert 20 <= len(rows) <= 40, name
        for row in rows:
            assert row.keys() == {"input", "expected"}
            assert row["input"] and row["expected"]
        assert len({row["input"] for row in rows}) == len(rows), name
