"""What each ONNX file says of itself."""

import hashlib
import json

import numpy as np
import onnx
import onnxruntime
import pytest
from random_models import random_classifier, random_language_model

from export import export, metadata
from zoo.io.files import read_json


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    trained = random_classifier()
    folder = tmp_path_factory.mktemp("metadata") / "out"
    return trained, folder, export(trained, folder, ("onnx",))


def test_a_file_without_its_folder_says_what_its_ids_mean(exported):
    trained, folder, manifest = exported
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["labels"]) == trained.labels
    assert said["task"] == "classifier"
    assert said["padding_side"] == "right"
    assert json.loads(said["ids"]) == {"padding": 0, "unknown": 1}
    assert json.loads(said["inputs"])["token_ids"] == {
        "type": "int32",
        "shape": ["batch", "time"],
    }
    assert json.loads(said["outputs"])["logits"]["type"] == "float"
    changes = json.loads(said["tokenizer"])["rules"]["changes"]
    assert ["table", "words.json"] in changes
    assert [change for change in changes if change[0] == "pattern"]
    arrays = [np.ascontiguousarray(w) for w in trained.model.get_weights()]
    digest = hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()
    assert json.loads(said["weights"])["sha256"] == digest
    assert session.get_modelmeta().producer_name == "recurrent-zoo"
    assert manifest["metadata"]["labels"] == trained.labels


def test_the_files_beside_it_are_those_it_names(exported):
    _, folder, manifest = exported
    files = metadata.read(folder / "model.onnx")["tokenizer"]["files"]
    assert files.keys() == {"tokenizer.json", "words.json"}
    for name, digest in files.items():
        assert manifest["files"][name] == digest
    words = read_json(folder / "words.json")
    assert words["vocabulary"] == exported[0].tokenizer.words_inside


def test_what_is_long_is_not_in_the_file(exported):
    _, folder, _ = exported
    model = onnx.load(folder / "model.onnx")
    said = sum(len(x.value) for x in model.metadata_props)
    assert said < 10_000


def test_the_same_facts_give_the_same_bytes(exported, tmp_path):
    trained, folder, _ = exported
    path = tmp_path / "model.onnx"
    path.write_bytes((folder / "model.onnx").read_bytes())
    metadata.write(path, metadata.described(trained, folder))
    assert path.read_bytes() == (folder / "model.onnx").read_bytes()


def test_ids_that_a_language_model_does_not_write():
    words = metadata.described(random_language_model("a b", tokens="words"))
    assert words["ids"] == {
        "padding": 0,
        "unknown": 1,
        "start": 0,
        "end": 0,
        "opening": [0],
        "banned": [1],
    }
    characters = metadata.described(random_language_model("ab\n"))
    assert characters["ids"]["banned"] == [0, 1]
    assert characters["tokenizer"]["vocabulary"] == ["a", "b", "\n"]
    of_bytes = metadata.described(random_language_model("", tokens="bytes"))
    assert "unknown" not in of_bytes["ids"]
    assert of_bytes["tokenizer"]["first_id"] == 1


def test_half_a_character_becomes_a_question_mark():
    facts = metadata.flat({"name": "a\ud800", "labels": ["\ud800"]})
    assert facts == {"name": "a?", "labels": '["\\ud800"]'}
