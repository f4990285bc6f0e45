"""`generate` of a SavedModel: many prompts, each as if it were alone."""

import numpy as np
import pytest
import tensorflow as tf
from random_models import random_language_model

from export.saved_model import generate, language_model
from export.saved_model.readme import PLACE
from export.tasks.language_model import step_axes
from zoo.models.language_model import step_form

pytestmark = pytest.mark.thorough
TEXTS = {"characters": "abcdefgh \n", "words": "the cafe film"}
# Of different lengths, one empty.
PROMPTS = ["the", "the cafe the film abc", "", "abcdab", "d"]


@pytest.fixture(scope="module", params=list(TEXTS))
def written(request, tmp_path_factory):
    """Its signature `generate` as a function, and the folder."""
    folder = tmp_path_factory.mktemp("saved") / request.param
    model = random_language_model(TEXTS[request.param], tokens=request.param)
    step = step_form(model.model)
    language_model.write(model, step, step_axes(step), folder)
    return language_model.read(folder)[2], folder


def test_a_batch_is_its_rows(written):
    texts, _ = written
    single = [texts(prompt, 40, 0.0, 0) for prompt in PROMPTS]
    assert texts(PROMPTS, 40, 0.0, 0) == single
    assert len(set(single)) > 1
    lengths, temperatures = [9, 40, 0, 23, 1], [1.0, 0.5, 2.0, 0.0, 3.0]
    asked = zip(PROMPTS, lengths, temperatures, range(5), strict=True)
    rows = list(asked)
    assert texts(*map(list, zip(*rows, strict=True))) == [
        texts(*row) for row in rows
    ]


def test_seeds_are_of_rows(written):
    texts, _ = written
    one, same, other = texts(["the"] * 3, 60, 1.0, [5, 5, 6])
    assert one == same != other


def test_no_prompt_and_no_length(written):
    texts, _ = written
    assert texts([], 40, 1.0, 0) == []
    assert texts(PROMPTS, 0, 1.0, 0) == [""] * len(PROMPTS)


@pytest.mark.parametrize(
    "asked, message",
    [
        ((PROMPTS, -1, 0.0, 0), "`length` must not be negative"),
        ((PROMPTS, 5, -0.5, 0), "`temperature` must not be negative"),
        ((PROMPTS, [5, 6], 0.0, 0), "`length` must have one value, or one"),
        ((PROMPTS, 5, 0.0, [1, 2]), "`seed` must have one value, or one"),
    ],
)
def test_what_is_refused(written, asked, message):
    texts, _ = written
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        texts(*asked)


def test_by_default(written):
    texts, folder = written
    loaded = tf.saved_model.load(str(folder))
    default = loaded.signatures["serving_default"]
    found = default(prompt=tf.constant(PROMPTS))["text"].numpy()
    settings = generate.LENGTH, generate.TEMPERATURE, generate.SEED
    expected = texts(PROMPTS, *settings)
    assert [x.decode("utf-8", "replace") for x in found] == expected


def test_no_rows_and_no_steps(written):
    _, folder = written
    whole, step, _ = language_model.read(folder)
    size = whole(np.zeros((1, 1), "int32")).shape[-1]
    for shape in ((0, 5), (2, 0), (0, 0)):
        assert whole(np.zeros(shape, "int32")).shape == (*shape, size)
    states = {f"state_{n}": np.zeros((0, 6), "float32") for n in range(2)}
    answer = step({"token_ids": np.zeros((0, 1), "int32"), **states})
    assert answer["logits"].shape == (0, size)


def test_the_readme_has_the_signatures(written):
    _, folder = written
    text = (folder / PLACE).read_text()
    assert "in   temperature  float32  (?)" in text
    assert "tensorflow-text" not in text


def test_shares_of_the_probability():
    """A token is drawn as often as its share says, and no other ever."""
    share = np.float32([0.0, 0.2, 0.0, 0.5, 0.3, 0.0])
    with np.errstate(divide="ignore"):
        logits = np.tile(np.log(share), (5_000, 1))
    numbers = np.linspace(0, 1, 5_000, endpoint=False, dtype="float32")
    numbers[-1] = np.float32(1 - 2**-23)
    drawn = generate._drawn(tf.constant(logits), tf.constant(numbers[:, None]))
    counts = np.bincount(drawn.numpy(), minlength=6)
    np.testing.assert_allclose(counts / 5_000, share, atol=1e-3)
    assert not counts[share == 0].any()
