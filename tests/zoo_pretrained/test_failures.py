"""bench/failures.py: what a model gets wrong, for its card."""

import importlib.util
import json
from pathlib import Path

import pytest

import zoo
from zoo.pretrained import card_facts

BENCH = Path(__file__).parents[2] / "bench"


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
