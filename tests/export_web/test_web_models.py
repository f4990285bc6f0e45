"""What is allowed of the files of a page, as they are stored."""

import numpy as np
import onnx
import pytest
from random_models import random_classifier

from export.errors import MismatchError
from export.request import Request
from export.web import models


@pytest.mark.thorough
def test_the_tolerance_that_is_asked_for_holds_for_stored_files(
    tmp_path, monkeypatch
):
    def other(proto):
        for one in proto.graph.initializer:
            values = onnx.numpy_helper.to_array(one)
            if values.dtype == np.float32:
                values = values + np.float32(1e-5)
                one.CopyFrom(onnx.numpy_helper.from_array(values, one.name))
        return proto

    monkeypatch.setattr(models, "stored_exactly", other)
    trained = random_classifier("feedforward")
    with pytest.raises(MismatchError):
        models.write(trained, tmp_path, Request(("web",)))
    made = models.write(trained, tmp_path, Request(("web",), atol=0.01))
    assert 1e-6 < made.differences["stored_model"] < 0.01
