"""Every cell, direction and padding in LiteRT, against the Keras model."""

import numpy as np
import pytest
from litert_files import (
    TOLERANCE,
    assert_same,
    converted,
    example_ids,
    interpreted,
)
from random_models import random_classifier, random_language_model

from export.litert import convert, file_format, forms, fused_lstm, recurrent
from export.litert import files as litert_files
from export.request import Request
from zoo import cells
from zoo.backend.compile import logits_function

# A cell of each form, with what the file of a stack has for it.
FUSED = file_format.FUSED_LSTM
OPERATORS = {"lstm": FUSED, "mingru": "WHILE", "gru": "WHILE"}
CELLS = cells.names()
VARIANTS = [
    (cell, *rest)
    for cell in CELLS
    for rest in [
        (True, 2, "last", 1, None),
        (False, 1, "mean_max", 3, None),
        (True, 1, "attention", 2, 12),
    ]
    # Conversion takes seconds: of what cells have in common, one of each form.
    if cell in OPERATORS or rest[1] == 2
]


@pytest.mark.every_cell_export
@pytest.mark.parametrize(
    ("cell", "both", "layers", "pooling", "batch", "length"), VARIANTS
)
def test_a_classifier_of_every_cell(cell, both, layers, pooling, batch, length):
    model = random_classifier(
        cell=cell, bidirectional=both, layers=layers, pooling=pooling
    ).model
    content = converted(model, batch, length)
    found = file_format.operators(content)
    assert not [name for name in found if name.startswith("CUSTOM")]
    assert ("WHILE" if cell != "lstm" else FUSED) in found
    assert ("WHILE" in found) == (cell != "lstm")
    assert_same(content, model, 8, batch, length)


def of_usual_size(trained):
    """A model whose logits are as large as those of one that was trained."""
    weights = trained.model.get_weights()
    trained.model.set_weights([0.4 * one for one in weights])
    return trained


@pytest.mark.every_cell_export
@pytest.mark.parametrize("cell", CELLS)
def test_a_step_of_every_cell(cell):
    """Fifty tokens, one after the other; there is no loop in the file."""
    trained = of_usual_size(random_language_model(cell=cell, layers=2))
    files, axes = litert_files.of(trained, Request())
    content = convert.converted(files["step.tflite"])
    assert not {"WHILE", FUSED} & set(file_format.operators(content))
    step = interpreted(content)
    random = np.random.default_rng(0)
    ids = random.integers(1, trained.tokenizer.size, (1, 50)).astype("int32")
    states = {
        name: np.zeros((1, shape[1]), "float32")
        for name, shape in axes["inputs"].items()
        if name != "token_ids"
    }
    logits = []
    for t in range(50):
        outputs = step(token_ids=ids[:, t : t + 1], **states)
        logits.append(outputs["logits"])
        states = {name: outputs[f"next_{name}"] for name in states}
    expected = logits_function(trained.model)(ids)
    np.testing.assert_allclose(
        np.stack(logits, axis=1), expected, rtol=0, atol=1e-4
    )


@pytest.mark.every_cell_export
@pytest.mark.parametrize("cell", ["lstm", "mingru", "gru"])
def test_a_language_model_reads_padding_like_any_token(cell):
    trained = random_language_model(cell=cell, layers=2, tied=True)
    model = of_usual_size(trained).model
    content = converted(model)
    run, expected = interpreted(content), logits_function(model)
    for ids in example_ids(9):
        np.testing.assert_allclose(
            run(token_ids=ids)["logits"],
            expected(ids),
            rtol=0,
            atol=1e-4,
        )
    none = run(token_ids=np.zeros((1, 0), "int32"))["logits"]
    assert none.shape == (1, 0, model.outputs[0].shape[-1])


def test_a_fused_lstm_begins_anew_at_each_call_and_cuts_no_memory_off():
    """Its states are variables of the file; the converter limits them to 10."""
    layer = recurrent.Recurrent(cells.get("lstm", 1), return_sequences=True)
    layer.build((1, None, 1))
    # It counts the steps of 1 up, those of -1 down, and shows the memory
    # through a gate that depends on the state.
    layer.cell.set_weights(
        [
            np.array([[0.0, 0.0, 30.0, 0.0]]),
            np.array([[0.0, 0.0, 0.0, 1.0]]),
            np.array([30.0, 30.0, 0.0, 0.0]),
        ]
    )

    def run(x):
        return {"y": fused_lstm.lstm("counts", layer.cell, x, None)}

    content = convert.converted(
        forms.Form(run, {"x": [1, None, 1]}, _Weights(layer))
    )
    assert FUSED in file_format.operators(content)
    x = np.repeat([1, -1], [20, 18]).astype("float32")[None, :, None]
    expected = np.asarray(layer(x))
    lstm = interpreted(content)
    for _ in range(2):
        np.testing.assert_allclose(lstm(x=x)["y"], expected, rtol=0, atol=1e-6)


class _Weights:
    def __init__(self, layer):
        self.variables = layer.variables


@pytest.mark.thorough
@pytest.mark.parametrize("batch", [1, 3])
def test_a_new_length_is_right_at_the_first_call(batch):
    """Memory of the length before gave a wrong answer once in ten times."""
    model = random_classifier(
        cell="gru", units=128, embedding_size=64, pooling="mean_max"
    )
    model = of_usual_size(model).model
    content, answer = converted(model, batch), logits_function(model)
    random = np.random.default_rng(0)
    # Within sixteen steps, and several times as many.
    texts = [
        random.integers(1, 8, (batch, time)).astype("int32") for time in (7, 33)
    ]
    expected = [answer(ids) for ids in texts]
    for _ in range(60):
        run = interpreted(content)
        for ids, logits in zip(texts, expected, strict=True):
            np.testing.assert_allclose(
                run(token_ids=ids)["logits"], logits, rtol=0, atol=TOLERANCE
            )
