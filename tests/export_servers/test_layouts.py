"""Folders of servers: what lies where, and what the files in them say."""

import dataclasses
import json
import re

import pytest
from random_models import random_classifier, random_language_model

from export import ExportError, scripts, tokenizer_data
from export.exporter import export
from export.onnx import convert
from export.servers.layouts import server_name
from export.servers.tfserving import answered
from export.servers.triton import arrange
from zoo.text import CharacterTokenizer

onnx = pytest.importorskip("onnx")
NAME = "tiny"


def files(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }


def models(config):
    """Name, backend, inputs and outputs of a config.pbtxt."""
    text = config.read_text()
    values = re.findall(
        r'^(input|output) \{\n  name: "(.+)"\n  data_type: (\w+)\n'
        r"  dims: \[ (.+) \]",
        text,
        re.MULTILINE,
    )
    (name,) = re.findall(r'^name: "(.+)"$', text, re.MULTILINE)
    (backend,) = re.findall(
        r'^(?:backend|platform): "(.+)"$', text, re.MULTILINE
    )
    return name, backend, values


def of_file(path):
    """The same of an ONNX file, the axis of rows left out."""
    kinds = {"FLOAT": "TYPE_FP32", "INT32": "TYPE_INT32", "INT64": "TYPE_INT64"}
    graph = onnx.load(path).graph
    return [
        (
            side,
            value.name,
            kinds[onnx.TensorProto.DataType.Name(tensor.elem_type)],
            ", ".join(
                "-1" if x.dim_param else str(x.dim_value)
                for x in tensor.shape.dim[1:]
            ),
        )
        for side, values in (("input", graph.input), ("output", graph.output))
        for value in values
        for tensor in [value.type.tensor_type]
    ]


@pytest.fixture(scope="module")
def triton(tmp_path_factory):
    folder = tmp_path_factory.mktemp("triton") / "out"
    manifest = export(random_classifier(), folder, ("onnx",), layout="triton")
    return folder, manifest


def test_triton_has_a_model_repository(triton):
    folder, manifest = triton
    assert manifest["layout"] == {
        "kind": "triton",
        "model": NAME,
        "folder": "triton",
    }
    # What was there before still is.
    assert (folder / "model.onnx").is_file()
    assert files(folder) - {"manifest.json"} == set(manifest["files"])
    repository = folder / "triton"
    # Each folder is a model, of its own name, with a version.
    found = {}
    for home in repository.iterdir():
        name, backend, _ = models(home / "config.pbtxt")
        assert name == home.name
        assert list((home / "1").iterdir())
        found[name] = backend
    assert found == {
        NAME: "ensemble",
        f"{NAME}_tokenizer": "python",
        f"{NAME}_ids": "onnxruntime",
        f"{NAME}_answer": "python",
    }
    # The module of the export itself, and what it reads.
    read = {"classify.py", "model.py", "tokenizer.json", "words.json"}
    assert files(repository / f"{NAME}_tokenizer" / "1") == read
    for name in (NAME, f"{NAME}_ids", f"{NAME}_answer"):
        labels = (repository / name / "labels.txt").read_text()
        assert labels == "no\nyes\n"


def test_triton_is_told_what_the_file_has(triton):
    folder, _ = triton
    ids = folder / "triton" / f"{NAME}_ids"
    _, _, values = models(ids / "config.pbtxt")
    assert values == of_file(ids / "1" / "model.onnx")


def test_steps_of_the_ensemble_fit_together(triton):
    """What a step reads, the text or a step before has made, as it is."""
    folder, _ = triton
    repository = folder / "triton"
    text = (repository / NAME / "config.pbtxt").read_text()
    _, _, values = models(repository / NAME / "config.pbtxt")
    made = {name: rest for side, name, *rest in values if side == "input"}
    for step in text.split("  step {")[1:]:
        (name,) = re.findall(r'model_name: "(.+)"', step)
        _, _, own = models(repository / name / "config.pbtxt")
        pairs = re.findall(
            r'(in|out)put_map \{ key: "(.+)" value: "(.+)" \}', step
        )
        sides = {side: {} for side in ("input", "output")}
        for side, key, *rest in own:
            sides[side][key] = rest
        assert {key for side, key, _ in pairs if side == "in"} == set(
            sides["input"]
        )
        for side, key, value in pairs:
            if side == "in":
                assert made[value] == sides["input"][key]
        for side, key, value in pairs:
            if side == "out":
                made[value] = sides["output"][key]
    for side, name, *rest in values:
        if side == "output":
            assert made[name] == rest


@pytest.mark.thorough
def test_a_language_model_in_triton(tmp_path):
    model = random_language_model()
    export(model, tmp_path / "out", ("onnx",), layout="triton")
    repository = tmp_path / "out" / "triton"
    assert {home.name for home in repository.iterdir()} == {
        "toy_ids",
        "toy_step",
    }
    for home in repository.iterdir():
        _, _, values = models(home / "config.pbtxt")
        assert values == of_file(home / "1" / "model.onnx")


@pytest.mark.thorough
def test_a_translator_in_triton(tmp_path, shipped):
    trained = shipped("dates_gru_base")
    export(trained, tmp_path / "out", ("onnx",), layout="triton")
    repository = tmp_path / "out" / "triton"
    assert files(repository / trained.name) == {
        "config.pbtxt",
        "1/decoder_step.onnx",
        "1/encoder.onnx",
        "1/model.py",
        "1/tokenizer.json",
        "1/tokenizer.model",
        "1/translate.py",
    }
    for name in ("translate", "encoder", "decoder_step"):
        home = repository / f"{trained.name}_{name}"
        _, _, values = models(home / "config.pbtxt")
        assert values == of_file(home / "1" / "model.onnx")


@pytest.mark.thorough
@pytest.mark.parametrize("make", [random_classifier, random_language_model])
def test_tensorflow_serving_has_a_version(tmp_path, make):
    folder = tmp_path / "out"
    trained = make()
    export(trained, folder, ("saved_model",), layout="tfserving")
    serving = folder / "tfserving"
    version = serving / trained.name / "1"
    assert (version / "saved_model.pb").is_file()
    assert (folder / "saved_model").is_dir()
    assert (
        f'"/models/{trained.name}"' in (serving / "models.config").read_text()
    )
    request, response = (
        json.loads((serving / f"{name}.json").read_text())
        for name in ("request", "response")
    )
    assert answered(version, request) == response
    assert len(response["predictions"]) == len(request["instances"]) > 1
    if make is random_classifier:
        rows = trained.predict(request["instances"])
        labels = [row["label"] for row in rows]
        assert [row["label"] for row in response["predictions"]] == labels


def test_a_label_is_one_line(tmp_path):
    trained = dataclasses.replace(random_classifier(), labels=["no", "y\nes"])
    with pytest.raises(ExportError, match="a line for each label"):
        export(trained, tmp_path / "out", ("onnx",), layout="triton")
    assert not (tmp_path / "out").exists()


def test_names_in_addresses():
    names = ["imdb_gru", "a b/c", "..\u00e9", ""]
    found = [server_name(name) for name in names]
    assert found == ["imdb_gru", "a_b_c", "_", "model"]


def drafted(trained, folder):
    """A folder of an export, with what `triton.arrange` reads of it."""
    convert.write(trained, folder / "model.onnx")
    trained.tokenizer.save(folder / "tokenizer.json")
    tokenizer_data.write(trained.tokenizer, folder)
    scripts.write(trained, folder)
    return folder


def test_characters_without_case_go_with_their_table(tmp_path):
    tokenizer = CharacterTokenizer("abcd\u00e9", fold_case=True)
    trained = random_classifier(vocabulary_size=tokenizer.size)
    trained = dataclasses.replace(trained, tokenizer=tokenizer)
    draft = drafted(trained, tmp_path)
    arrange(trained, draft, draft / "triton" / NAME)
    copied = draft / "triton" / f"{NAME}_tokenizer" / "1" / "characters.json"
    assert copied.read_bytes() == (draft / "characters.json").read_bytes()


def test_steps_in_python_fit_the_file(tmp_path):
    trained = random_classifier()
    draft = drafted(trained, tmp_path)
    model = onnx.load(draft / "model.onnx")
    for node in model.graph.node:
        node.output[:] = [one.replace("logits", "z") for one in node.output]
        node.input[:] = [one.replace("logits", "z") for one in node.input]
    model.graph.output[0].name = "z"
    onnx.save(model, draft / "model.onnx")
    with pytest.raises(ExportError, match="logits as float32.*'z'"):
        arrange(trained, draft, draft / "triton" / NAME)
