"""The largest difference that is asked for holds for a SavedModel too."""

import numpy as np
import pytest
from random_models import random_classifier, random_language_model
from untrained import untrained

from export import MismatchError, exporter
from export.request import Request
from export.saved_model import translator as saved_translator
from export.tasks import classifier, language_model, translator
from export.tasks.translator_reference import Reference
from zoo.backend.compile import logits_function
from zoo.models.translator import encoder_form, step_form
from zoo.text.ids import pad

# By how much the SavedModels of this file are wrong.
OFF = np.float32(1e-3)


def of_classifier(patch):
    trained = random_classifier()
    answer = logits_function(trained.model)

    def of_ids(ids):
        return answer(ids) + OFF

    def of_texts(texts):
        return of_ids(pad([trained.tokenizer.encode(text) for text in texts]))

    patch.setattr(classifier.classifier, "write", lambda *_: None)
    patch.setattr(classifier.classifier, "read", lambda _: (of_texts, of_ids))
    return trained


def of_language_model(patch, whole=OFF, step=0):
    trained = random_language_model()
    answer = logits_function(trained.model)
    saved = language_model.language_model
    forms = (lambda ids: answer(ids) + whole, lambda ids: answer(ids) + step)
    patch.setattr(saved, "write", lambda *_: None)
    patch.setattr(saved, "read", lambda _: (*forms, None))
    patch.setattr(language_model, "stepped", lambda form, _, ids: form(ids))
    patch.setattr(language_model, "_check_text", lambda *_: None)
    return trained


def of_language_models_step(patch):
    return of_language_model(patch, whole=0, step=OFF)


def of_translator(patch):
    trained = untrained("translator")
    model = trained.model
    reference = Reference(trained, encoder_form(model), step_form(model))

    def of_ids(*pair):
        return reference.logits(pair) + OFF

    found = (of_ids, lambda texts: texts, lambda texts: [])
    patch.setattr(saved_translator, "write", lambda *_: None)
    patch.setattr(saved_translator, "read_back", lambda _: found)
    patch.setattr(translator, "_check_text", lambda *_: None)
    return trained


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kind",
    [
        of_classifier,
        of_language_model,
        of_language_models_step,
        pytest.param(of_translator, marks=pytest.mark.slow),
    ],
)
def test_a_saved_model(kind, monkeypatch, tmp_path):
    trained = kind(monkeypatch)
    write = exporter.artifacts_of(trained)
    asked = Request(("saved_model",), atol=2 * OFF)
    differences, _ = write(trained, tmp_path, asked)
    assert max(differences.values()) == pytest.approx(OFF, rel=0.05)
    for atol in (None, OFF / 2):
        with pytest.raises(MismatchError):
            write(trained, tmp_path, Request(("saved_model",), atol=atol))
