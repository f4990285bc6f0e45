"""LiteRT files of small models, in its interpreter."""

import numpy as np
import pytest

from export.litert import convert, forms
from zoo.backend.compile import logits_function

# As of ONNX Runtime: another order of sums, other polynomials.
TOLERANCE = 1e-5


def interpreted(content):
    """A file as a function of names and arrays to a dict."""
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    kinds = interpreter.OpResolverType
    opened = interpreter.Interpreter(
        model_content=content,
        num_threads=1,
        # With it, 4 of 70,020 first calls at a new length were wrong.
        experimental_op_resolver_type=kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    return opened.get_signature_runner()


def converted(model, batch=1, length=None, weights=None):
    return convert.converted(forms.whole(model, batch, length), weights)


def example_ids(vocabulary, batch=1, length=None):
    """Ids of several lengths, with padding behind, before and between."""
    random = np.random.default_rng(3)
    for time in (1, 4, 17):
        ids = random.integers(1, vocabulary, (batch, time))
        lengths = random.integers(0, time + 1, batch)
        behind = np.where(np.arange(time) < lengths[:, None], ids, 0)
        between = ids * (random.random(ids.shape) < 0.6)
        for one in (ids, behind, behind[:, ::-1], between):
            if length is not None:
                one = np.pad(one, [[0, 0], [0, length]])[:, :length]
            yield one.astype("int32")


def assert_same(content, model, vocabulary, batch=1, length=None):
    """The file gives the logits of the Keras model."""
    run, expected = interpreted(content), logits_function(model)
    for ids in example_ids(vocabulary, batch, length):
        np.testing.assert_allclose(
            run(token_ids=ids)["logits"],
            expected(ids),
            rtol=0,
            atol=TOLERANCE,
        )
