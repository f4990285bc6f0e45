"""TensorFlow and JAX: the same outputs and the same gradients."""

import os
import subprocess
import sys

import numpy as np
import pytest

from zoo import cells

pytestmark = pytest.mark.jax

# Sums of a dozen float32 terms of size 1, in another order, through 6 steps.
TOLERANCE = 1e-5

# Writes what every cell and model gives, with weights that depend on names.
SCRIPT = """
import sys
import keras
import numpy as np
from keras import ops
from zoo import cells
from zoo.backend.autodiff import gradients
from zoo.layers import Bidirectional, Recurrent, linear_scan
from zoo.models import classifier, feedforward, language_model, translator
from zoo.models.language_model import step_form

random = np.random.default_rng(0)
x = random.normal(size=(3, 6, 4)).astype("float32")
mask = np.arange(6) < np.array([[6], [2], [0]])
found = {}


def set_weights(layer):
    random = np.random.default_rng(1)
    layer.set_weights(
        [random.normal(0, 0.7, w.shape) for w in layer.get_weights()]
    )


def keep(name, outputs):
    for place, value in enumerate(keras.tree.flatten(outputs)):
        found[f"{name} {place}"] = ops.convert_to_numpy(value)


for cell in cells.names():
    layer = Recurrent(
        cells.get(cell, 5), return_sequences=True, return_state=True
    )
    both = Bidirectional(layer)
    both.build(x.shape)
    set_weights(both)
    weights = [w.value for w in both.trainable_variables]

    def loss(arrays, both=both):
        outputs, _ = both.stateless_call(
            arrays[1:], fixed, arrays[0], mask=mask
        )
        return sum(ops.sum(ops.square(o)) for o in outputs)

    fixed = [w.value for w in both.non_trainable_variables]
    keep(cell, both(x, mask=mask))
    keep(f"{cell} gradient", gradients(loss, [x, *weights]))
ids = np.array([[1, 2, 3, 8], [4, 5, 0, 0], [0, 0, 0, 0]], "int32")
model = classifier(9, 2, cell="lstm", units=3, layers=2, embedding_size=2)
set_weights(model)
keep("classifier", model(ids))
model = language_model(9, units=3, layers=2, embedding_size=2, tied=True)
set_weights(model)
keep("language_model", model(ids))
step = step_form(model)
states = [np.full((3, 3), 0.3, "float32") for _ in range(4)]
names = [name for name in step.output if name != "logits"]
given = {"token_ids": ids, **dict(zip(names, states, strict=True))}
keep("language_model step", list(step(given).values()))
for attention, feeds in (("additive", True), ("multiplicative", False)):
    model = translator(
        9, 9, units=3, attention=attention, input_feeding=feeds
    )
    set_weights(model)
    both = {"source_ids": ids, "target_ids": ids}
    keep(f"translator {attention}", model(both))
model = feedforward(9, 2, window=3, units=3, embedding_size=2)
set_weights(model)
keep("feedforward", model(ids))
for form in ("sequential", "associative"):
    for reverse in (False, True):
        a, b = x * 0.5, x[::-1].copy()
        run = lambda t: ops.sum(linear_scan(*t, None, reverse, form) ** 2)
        keep(f"scan {form} {reverse}", gradients(run, [a, b]))
assert keras.backend.backend() == sys.argv[2]
np.savez(sys.argv[1], **found)
"""


@pytest.fixture(scope="module")
def both(once):
    pytest.importorskip("jax")

    def compute(folder):
        for backend in ("tensorflow", "jax"):
            to = folder / f"{backend}.npz"
            subprocess.run(
                [sys.executable, "-c", SCRIPT, to, backend],
                check=True,
                env={**os.environ, "KERAS_BACKEND": backend},
            )

    folder = once("backends", compute)
    return [np.load(folder / f"{b}.npz") for b in ("tensorflow", "jax")]


@pytest.mark.parametrize(
    "what",
    [
        *cells.names(),
        "classifier",
        "language_model",
        "translator",
        "feedforward",
        "scan",
    ],
)
def test_the_same_on_both(both, what):
    ours, theirs = both
    assert ours.files == theirs.files
    names = [name for name in ours.files if name.split()[0] == what]
    assert names
    for name in names:
        scale = max(1, np.abs(ours[name]).max())
        np.testing.assert_allclose(
            ours[name], theirs[name], rtol=0, atol=TOLERANCE * scale
        )


WITHOUT_TENSORFLOW = """
import sys


class NoTensorFlow:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "tensorflow_datasets"):
            raise ModuleNotFoundError(name, name=name)


sys.meta_path.insert(0, NoTensorFlow())
from zoo.cli.main import main

folder, reviews, story, numbers = sys.argv[1:]
flags = ["--preset", "tiny", "--units", "4", "--train-file", reviews]
flags += ["--prepared", folder + "/prepared"]
run = ["train", "imdb_sentiment", *flags, "--run-dir", folder + "/b"]
assert main(run) == 0
assert main(["predict", folder + "/b", "w1 good w2"]) == 0
flags = ["--preset", "tiny", "--units", "4", "--train-file", story]
flags += ["--batch-size", "4", "--prepared", folder + "/text"]
flags += ["--epochs", "2", "--epoch-windows", "33"]
run = ["train", "char_lm", *flags, "--run-dir", folder + "/c"]
assert main(run) == 0
write = ["generate", folder + "/c", "--prompt", "the"]
assert main([*write, "--length", "40", "--seed", "1"]) == 0
assert main([*write, "--length", "9", "--beams", "2"]) == 0
assert main(["score", folder + "/c", "the writer"]) == 0
flags = ["--preset", "tiny", "--units", "4", "--train-pairs", numbers]
flags += ["--batch-tokens", "4096", "--beams", "2"]
run = ["train", "translation", *flags, "--run-dir", folder + "/d"]
assert main(run) == 0
assert main(["translate", folder + "/d", "1 2", "--nbest", "2"]) == 0
assert main(["translate", folder + "/d", "1", "--temperature", "1"]) == 0
assert main(["translate", folder + "/d", "1", "--show-attention"]) == 0
assert "tensorflow" not in sys.modules
"""


def test_recipes_train_where_tensorflow_is_not_installed(
    tmp_path, reviews, story, numbers
):
    from recipes import imdb_sentiment

    pytest.importorskip("jax")
    mine = tmp_path / "mine.csv"
    mine.write_bytes(reviews.read_bytes())
    arguments = ["--preset", "tiny", "--units", "4", "--train-file", str(mine)]
    prepared = ["--prepared", str(tmp_path / "prepared"), "--prepare-only"]
    imdb_sentiment.main([*arguments, *prepared])
    subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, tmp_path, mine, story]
        + [numbers],
        check=True,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        stdout=subprocess.DEVNULL,
    )
    for run in "bcd":
        assert (tmp_path / run / "metrics.json").exists()
