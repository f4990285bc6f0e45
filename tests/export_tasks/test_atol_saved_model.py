"""The largest difference that is asked for holds for a SavedModel too."""

import numpy as np
import pytest
from random_models import random_classifier, random_language_model
from untrained import untrained

from export import MismatchError, exporter
from export.request import Request
from export.tasks import classifier, language_model, translator
from export.tasks import translator_reference as references
from zoo.backend.compile import logits_function
from zoo.models.language_model import step_form
from zoo.models.translator import encoder_form
from zoo.models.translator import step_form as translator_step
from zoo.text.ids import pad

# By how much the SavedModels of this file are wrong.
OFF = 1e-3


def of_classifier(patch):
    trained = random_classifier()
    answer = logits_function(trained.model)

    def of_ids(ids):
        return answer(ids) + np.float32(OFF)

    def of_texts(texts):
        return of_ids(pad([trained.tokenizer.encode(text) for text in texts]))

    patch.setattr(classifier.classifier, "write", lambda *_: None)
    patch.setattr(classifier.classifier, "read", lambda _: (of_texts, of_ids))
    return trained


def of_language_model(patch):
    trained = random_language_model()
    answer = logits_function(trained.model)
    model = step_form(trained.model)

    def whole(ids):
        return answer(ids) + np.float32(OFF)

    def step(inputs):
        found = model(inputs, training=False)
        return {
            "logits" if name == "logits" else f"next_{name}": np.asarray(one)
            + OFF * (name == "logits")
            for name, one in found.items()
        }

    saved = language_model.language_model
    patch.setattr(language_model, "STEPS", 3)
    patch.setattr(language_model, "_check_text", lambda *_: None)
    patch.setattr(saved, "write", lambda *_: None)
    patch.setattr(saved, "read", lambda _: (whole, step, None))
    return trained


def of_translator(patch):
    from export.saved_model import translator as saved

    trained = untrained("translator")
    forms = encoder_form(trained.model), translator_step(trained.model)
    reference = references.Reference(trained, *forms)

    def logits(*pair):
        return reference.logits(pair) + np.float32(OFF)

    def texts(found):
        return [("",)] * len(found)

    patch.setattr(translator, "_check_text", lambda *_: None)
    patch.setattr(references, "SENTENCES", 1)
    patch.setattr(saved, "write", lambda *_: None)
    patch.setattr(saved, "read_back", lambda _: (logits, texts, texts))
    return trained


@pytest.mark.thorough
@pytest.mark.parametrize(
    "make", [of_classifier, of_language_model, of_translator]
)
def test_a_saved_model(make, monkeypatch, tmp_path):
    trained = make(monkeypatch)
    write = exporter.artifacts_of(trained)
    asked = Request(("saved_model",), atol=2 * OFF)
    differences, _ = write(trained, tmp_path, asked)
    assert max(differences.values()) == pytest.approx(OFF, rel=0.05)
    for atol in (None, OFF / 2):
        with pytest.raises(MismatchError):
            write(trained, tmp_path, Request(("saved_model",), atol=atol))
