"""Run folders of the last version that kept its weights in `model.keras`.

`old_runs` holds one of each recipe, trained for a few steps on invented texts;
`recorded.json` is what that version computed from them.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from tiers import fast_are

import zoo
from zoo.tasks import LanguageModel, TextClassifier, Translator

RUNS = Path(__file__).parent / "old_runs"
RECORDED = json.loads((RUNS / "recorded.json").read_text("utf-8"))


def answers(task, inputs):
    if isinstance(task, Translator):
        return task.translate(inputs)
    if isinstance(task, LanguageModel):
        return task.generate(inputs, length=20, temperature=0)
    return task.predict(inputs)


@pytest.mark.parametrize(
    "name", fast_are("translation".__eq__, list(RECORDED), "thorough")
)
def test_an_old_run_loads_and_answers_as_before(name):
    recorded, task = RECORDED[name], zoo.load(RUNS / name)
    ids = [np.array(rows, "int32") for rows in recorded["ids"]]
    if isinstance(task.model.input, dict):
        ids = [dict(zip(task.model.input, ids, strict=True))]
    logits = np.ravel(task.model(*ids)["logits"])[:24]
    np.testing.assert_allclose(logits, recorded["logits"], atol=1e-5)
    said, before = answers(task, recorded["inputs"]), recorded["answers"]
    if not isinstance(task, TextClassifier):
        assert said == before
        return
    assert [a["label"] for a in said] == [a["label"] for a in before]
    for one, other in zip(said, before, strict=True):
        assert one["probabilities"] == pytest.approx(
            other["probabilities"], abs=1e-5
        )


def test_there_is_one_of_every_recipe():
    assert {path.name for path in RUNS.iterdir() if path.is_dir()} == set(
        RECORDED
    )
    for name in RECORDED:
        assert not (RUNS / name / "model.safetensors").exists()
