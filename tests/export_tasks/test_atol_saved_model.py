"""The largest difference that is asked for holds for a SavedModel too."""

import numpy as np
import pytest
from random_models import random_classifier

from export import MismatchError, exporter
from export.request import Request
from export.tasks import classifier
from zoo.backend.compile import logits_function
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


@pytest.mark.thorough
def test_a_saved_model(monkeypatch, tmp_path):
    trained = of_classifier(monkeypatch)
    write = exporter.artifacts_of(trained)
    asked = Request(("saved_model",), atol=2 * OFF)
    differences, _ = write(trained, tmp_path, asked)
    assert max(differences.values()) == pytest.approx(OFF, rel=0.05)
    for atol in (None, OFF / 2):
        with pytest.raises(MismatchError):
            write(trained, tmp_path, Request(("saved_model",), atol=atol))
