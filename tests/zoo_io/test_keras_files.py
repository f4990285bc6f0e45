"""`model.keras`: opened by Keras where nothing but `zoo` was imported."""

import json
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest

import zoo.layers
from zoo import models
from zoo.choices import POOLINGS
from zoo.io.keras_registry import LAYERS

SMALL = {"units": 4, "embedding_size": 4}
ONE = {"vocabulary_size": 9, **SMALL}
TWO = {"source_vocabulary_size": 9, "target_vocabulary_size": 7, **SMALL}
# Every layer that a finished model may have; cells are named by strings.
KINDS = [
    *(
        ("classifier", {**ONE, "classes": 2, "pooling": pooling})
        for pooling in POOLINGS
    ),
    (
        "classifier",
        {
            **ONE,
            "classes": 2,
            "cell": "rglru",
            "bidirectional": True,
            "ngrams": 2,
            "ngram_slots": 31,
            "dropout": 0.1,
        },
    ),
    ("feedforward", {**ONE, "classes": 2, "window": 3}),
    ("language_model", {**ONE, "tied": True}),
    ("translator", {**TWO, "tied": True, "input_feeding": True}),
    ("translator", {**TWO, "attention": "multiplicative"}),
]
# Of each model its logits for the ids 1 to 4, in the order of the files.
OPEN = """
import json, pathlib, sys
{imports}
assert "zoo.layers" not in sys.modules
import numpy as np
ids = np.array([[1, 2, 3, 4]], "int32")
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    model = keras.saving.load_model(path)
    inputs = model.input
    given = dict.fromkeys(inputs, ids) if isinstance(inputs, dict) else ids
    print(json.dumps(np.asarray(model(given)["logits"]).tolist()))
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder of files, and the logits of each model."""
    folder, logits = tmp_path_factory.mktemp("files"), []
    ids = np.array([[1, 2, 3, 4]], "int32")
    for number, (builder, arguments) in enumerate(KINDS):
        model = models.build(builder, arguments)
        model.save(folder / f"{number:02}.keras")
        inputs = model.input
        given = dict.fromkeys(inputs, ids) if isinstance(inputs, dict) else ids
        logits.append(np.asarray(model(given)["logits"]))
    return folder, logits


def opened(folder, imports):
    done = subprocess.run(
        [sys.executable, "-c", OPEN.format(imports=imports), str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.thorough
def test_keras_opens_a_model_of_every_kind(saved):
    folder, logits = saved
    for one, other in zip(
        opened(folder, "import zoo, keras"), logits, strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.thorough
def test_the_order_of_imports_does_not_matter(saved, tmp_path):
    folder, logits = saved
    shutil.copy(folder / "00.keras", tmp_path)
    (one,) = opened(tmp_path, "import keras, zoo")
    np.testing.assert_allclose(one, logits[0], atol=1e-6)


def test_keras_knows_every_layer():
    known = {
        name.removeprefix("recurrent_zoo>")
        for name, value in keras.saving.get_custom_objects().items()
        if name.startswith("recurrent_zoo>")
        and value.__module__.startswith("zoo.layers")
    }
    assert known == set(LAYERS)
    for name in LAYERS:
        layer = keras.saving.get_custom_objects()[f"recurrent_zoo>{name}"]
        assert layer is getattr(zoo.layers, name)


@pytest.mark.thorough
def test_asking_for_keras_does_not_import_it():
    """Whether it is there may be asked before it is imported."""
    code = (
        "import importlib.util, sys, zoo\n"
        "assert importlib.util.find_spec('keras')\n"
        "assert 'keras' not in sys.modules\n"
        "import keras\n"
        "assert 'recurrent_zoo>Stacked' in keras.saving.get_custom_objects()\n"
        "assert 'zoo.layers' not in sys.modules\n"
        "from zoo.cells import GRUCell\n"
        "from zoo.layers import Stacked\n"
        "assert Stacked is "
        "keras.saving.get_registered_object('recurrent_zoo>Stacked')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
