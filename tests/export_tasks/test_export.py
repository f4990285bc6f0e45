"""Every export: names, axes, values, and what happens when it is wrong."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
from random_models import SHAPES, random_classifier, random_language_model
from tiers import fast_are

import export
import zoo
from export import verify
from export.exporter import export as export_model
from export.onnx import convert
from export.runtimes import onnx_runtime
from export.saved_model import classifier as saved_classifier
from zoo import cells
from zoo.backend.compile import logits_function
from zoo.text import ByteTokenizer, CharacterTokenizer, TextSubwordTokenizer

onnx = pytest.importorskip("onnx")

IN_CI = [
    {"cell": "gru"},
    {"cell": "qrnn"},
    {"pooling": "last", "bidirectional": False, "layers": 2},
]
# Of cells alone, a classical and a linear one: export_runtimes has all.
OTHERS = [{"cell": c} for c in cells.names() if c not in ("gru", "qrnn")]
VARIANTS = fast_are(lambda a: a.get("cell") == "gru", IN_CI)
VARIANTS += fast_are(lambda a: False, OTHERS, "slow")

THOROUGH = pytest.mark.thorough


def check(trained, folder):
    manifest = export_model(trained, folder)
    assert manifest["largest_difference"].keys() == {
        "saved_model",
        "saved_model_text",
        "onnx",
    }
    model = onnx.load(folder / "model.onnx")
    (given,), (returned,) = model.graph.input, model.graph.output
    assert (given.name, returned.name) == ("token_ids", "logits")
    axes = [d.dim_param for d in given.type.tensor_type.shape.dim]
    assert axes == ["batch", "time"]
    dims = returned.type.tensor_type.shape.dim
    assert dims[0].dim_param == "batch" and dims[1].dim_value == 2
    opsets = {i.domain: i.version for i in model.opset_import}
    assert opsets[""] == convert.OPSET
    session = onnx_runtime.from_ids(folder / "model.onnx")
    expected = logits_function(trained.model)
    random = np.random.default_rng(3)
    for batch, time in SHAPES:
        ids = random.integers(1, trained.tokenizer.size, (batch, time))
        ids[0, time - 1 :] = 0
        ids[-1, 1:] = 0
        ids = ids.astype("int32")
        np.testing.assert_allclose(
            session(ids), expected(ids), rtol=0, atol=verify.ONNX_TOLERANCE
        )


@pytest.mark.parametrize("arguments", VARIANTS, ids=str)
def test_classifiers(arguments, tmp_path):
    check(random_classifier(**arguments), tmp_path / "out")


@pytest.mark.thorough
def test_feedforward(tmp_path):
    check(random_classifier("feedforward", window=3), tmp_path / "out")


ALONE = """
import sys, json
import numpy as np, tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1] + "/saved_model")
texts = ["The writer of books!", "", "film"]
from_text = loaded.signatures["serving_default"](text=tf.constant(texts))
ids = np.array(json.loads(sys.argv[2]), "int32")
from_ids = loaded.signatures["token_ids"](token_ids=tf.constant(ids))
names = {"logits", "probabilities", "labels", "label"}
assert set(from_text) == set(from_ids) == names
assert "zoo" not in sys.modules
print(json.dumps([from_text["logits"].numpy().tolist(),
                  from_ids["logits"].numpy().tolist()]))
"""


@pytest.mark.thorough
def test_the_saved_model_needs_tensorflow_only(tmp_path):
    trained = random_classifier()
    export_model(trained, tmp_path / "out", ("saved_model",))
    assert not (tmp_path / "out" / "model.onnx").exists()
    texts = ["The writer of books!", "", "film"]
    ids = trained.tokenizer.encode_batch(texts)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            ALONE,
            tmp_path / "out",
            json.dumps(ids.tolist()),
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    expected = logits_function(trained.model)(ids)
    for logits in json.loads(done.stdout):
        np.testing.assert_allclose(
            logits, expected, atol=verify.SAVED_MODEL_TOLERANCE
        )


@pytest.mark.thorough
def test_a_run_becomes_files_that_answer(tiny_run, tmp_path):
    trained = zoo.load(tiny_run("gru"))
    export_model(trained, tmp_path / "out")
    texts = ["the writer of the books", "the writers", "", "\x00 🎬"]
    answers = export.answer(tmp_path / "out", texts)
    predicted = [row["label"] for row in trained.predict(texts)]
    for text, label in zip(texts, predicted, strict=True):
        assert answers[text] == {"SavedModel": label, "ONNX": label}


@pytest.mark.parametrize(
    "tokenizer",
    [
        pytest.param(CharacterTokenizer("abcdef"), marks=THOROUGH),
        pytest.param(
            CharacterTokenizer("abcdefé", fold_case=True), marks=THOROUGH
        ),
        pytest.param(ByteTokenizer(), marks=THOROUGH),
        pytest.param(
            TextSubwordTokenizer.from_texts(["abba feeds", "Feeding ABBA"], 40),
            marks=THOROUGH,
        ),
    ],
    ids=["characters", "characters without case", "bytes", "subwords"],
)
def test_a_classifier_of_other_tokens(tmp_path, tokenizer):
    trained = random_classifier(vocabulary_size=tokenizer.size)
    trained = dataclasses.replace(trained, tokenizer=tokenizer)
    export_model(trained, tmp_path / "out", ("saved_model", "onnx"))
    texts = [
        "abba",
        "Fed",
        "",
        " ",
        "z \U0001f3ac",
        "FEEDING\tthe abba e\u0301",
    ]
    answers = export.answer(tmp_path / "out", texts)
    for text, predicted in zip(texts, trained.predict(texts), strict=True):
        names = ("SavedModel", "ONNX")
        assert answers[text] == dict.fromkeys(names, predicted["label"])


def test_not_a_number_is_a_mismatch():
    with pytest.raises(export.MismatchError):
        verify.largest_difference(
            "x",
            lambda ids: np.full((1, 2), np.nan),
            lambda ids: np.zeros((1, 2)),
            [None],
            1.0,
        )


WRITERS = {"saved_model": saved_classifier, "onnx": convert}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("artifact", "name", "message"),
    [
        ("onnx", ".", "is no ONNX file"),
        ("saved_model", "saved_model.pb", "TensorFlow cannot load"),
    ],
)
def test_an_unloadable_file_is_named(
    tmp_path, monkeypatch, artifact, name, message
):
    def write(_, path, *rest):
        if name != ".":
            path.mkdir()
        (path / name if name != "." else path).write_bytes(b"nonsense")

    monkeypatch.setattr(WRITERS[artifact], "write", write)
    with pytest.raises(export.ConversionError, match=message):
        export_model(random_classifier(), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_an_operation_that_onnx_lacks_is_named(tmp_path, monkeypatch):
    import tensorflow as tf

    class Strings:
        """A model with a step that has no ONNX counterpart."""

        layers = ()
        outputs = [tf.zeros((2, 3))]

        def __call__(self, ids, training=False):
            length = tf.strings.length(tf.strings.as_string(ids))
            return {"logits": tf.cast(length, tf.float32)}

    trained = random_classifier()
    object.__setattr__(trained, "model", Strings())
    with pytest.raises(export.ConversionError):
        convert.write(trained, tmp_path / "model.onnx")
        onnx_runtime.from_ids(tmp_path / "model.onnx")


@pytest.mark.thorough
def test_the_onnx_file_stands_alone(tmp_path):
    export_model(random_classifier(), tmp_path / "out")
    model = onnx.load(tmp_path / "out" / "model.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        assert tensor.data_location != onnx.TensorProto.EXTERNAL


_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from export.saved_model import classifier, language_model

from_text, _ = classifier.read(Path(sys.argv[1]))
print(from_text(["abba", ""]).shape)
print(repr(language_model.read(Path(sys.argv[2]))[2]("ab", 5, 0.0, 0)))
"""


@pytest.mark.thorough
@pytest.mark.slow
def test_subwords_are_read_where_nothing_was_imported_before(tmp_path):
    tokenizer = TextSubwordTokenizer.from_texts(["abba feeds", "ABBA"], 40)
    trained = random_classifier(vocabulary_size=tokenizer.size)
    trained = dataclasses.replace(trained, tokenizer=tokenizer)
    export_model(trained, tmp_path / "one", ("saved_model",))
    model = random_language_model("abba feeds", tokens="subwords")
    export_model(model, tmp_path / "other", ("saved_model",))
    folders = [str(tmp_path / n / "saved_model") for n in ("one", "other")]
    done = subprocess.run(
        [sys.executable, "-c", _IN_ANOTHER_PROCESS, *folders],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("(2, 2)")
