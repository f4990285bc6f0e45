"""A language model as files: whole, step by step, and as text."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from random_models import random_language_model
from tiers import fast_are

import zoo
from export import MismatchError, export, standalone
from export.runtimes import onnx_runtime
from export.saved_model import language_model as saved
from export.tasks import language_model
from zoo.decoding import Sampling
from zoo.io.files import read_json
from zoo.text.ids import REPLACEMENT

CELLS = zoo.cells.names()
KINDS = ["characters", "bytes", "words", "words, first rules", "subwords"]


class Exports(dict):
    """By kind of tokens a model and the folder of its files, when asked for."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def __missing__(self, kind):
        words = "the a caf\u00e9 film was it's ! ?"
        texts = {
            "characters": "ab\u00e9\u4e2d\U0001f3acTh e$\n",
            "bytes": "",
            "words": words,
            "words, first rules": words,
            "subwords": f"{words} The films of the theatre",
        }
        model = random_language_model(texts[kind], tokens=kind)
        export(model, self.folder / kind)
        self[kind] = model, self.folder / kind
        return self[kind]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return Exports(tmp_path_factory.mktemp("exports"))


@pytest.mark.parametrize(
    "cell, layers, tied",
    fast_are(
        lambda one: one == ("mingru", 2, False),
        [
            (cell, layers, tied)
            for cell in CELLS
            for layers, tied in [(1, True), (2, False)]
        ],
    ),
)
def test_every_cell_step_by_step(cell, layers, tied, tmp_path):
    model = random_language_model(cell=cell, layers=layers, tied=tied, units=5)
    for weight in model.model.weights:
        # Else the states of linear cells, which have no bound, are huge.
        weight.assign(weight * 0.3)
    manifest = export(model, tmp_path / "out", ("onnx",))
    assert manifest["largest_difference"]["onnx_step"] < 1e-5
    assert manifest["compared_steps"] >= 200
    assert manifest["compared_step_batches"] == [1, 8]
    number = layers * len(zoo.cells.get(cell, 5).state_size)
    names = [f"state_{place}" for place in range(number)]
    inputs, outputs = (manifest["step"][n] for n in ("inputs", "outputs"))
    assert list(inputs) == ["token_ids", *names]
    assert list(outputs) == ["logits", *(f"next_{name}" for name in names)]
    proto = onnx.load(tmp_path / "out" / "step.onnx")
    for values, axes in (
        (proto.graph.input, inputs),
        (proto.graph.output, outputs),
    ):
        found = {
            value.name: [
                dimension.dim_param or dimension.dim_value
                for dimension in value.type.tensor_type.shape.dim
            ]
            for value in values
        }
        assert found == axes
    kinds = {node.op_type for node in proto.graph.node}
    assert not kinds & {"Loop", "Scan", "If"}
    whole = onnx.load(tmp_path / "out" / "model.onnx")
    # One operator for each recurrent layer, no loop of tf2onnx's.
    assert "Loop" not in {node.op_type for node in whole.graph.node}
    (logits,) = whole.graph.output
    axes = [
        d.dim_param or d.dim_value for d in logits.type.tensor_type.shape.dim
    ]
    assert axes == ["batch", "time", model.tokenizer.size]


@pytest.mark.every_cell_export
@pytest.mark.parametrize(
    "cell", ["lstm", pytest.param("qrnn", marks=pytest.mark.slow)]
)
def test_the_saved_models_step(cell, tmp_path):
    model = random_language_model(cell=cell, layers=2, units=5)
    manifest = export(model, tmp_path / "out", ("saved_model",))
    assert manifest["largest_difference"]["saved_model_step"] < 1e-4
    assert not (tmp_path / "out" / "step.onnx").exists()


@pytest.mark.parametrize(
    "kind",
    fast_are(lambda one: one in ("bytes", "subwords"), KINDS, "slow"),
)
@pytest.mark.thorough
def test_text_out_of_text(exported, kind):
    model, folder = exported[kind]
    _, _, generate = saved.read(folder / "saved_model")
    one = generate("Th", 80, 1.0, 3)
    assert one == generate("Th", 80, 1.0, 3)
    assert one != generate("Th", 80, 1.0, 4)
    assert one != generate("Th", 80, 0.0, 3)
    assert generate("Th", 80, 0.0, 3) == generate("Th", 80, 0.0, 4)
    if kind == "characters":
        assert len(one) == 80
    assert "\x00" not in one
    for prompt in (
        "",
        "e",
        "the cafe\u0301’s",
        "\u00e9\u4e2d\U0001f3ac unknown \u03a9",
    ):
        stream = zoo.stream(model)
        if prompt:
            stream.feed(prompt)
        text = "".join(stream.generate(60, Sampling(temperature=0)))
        assert generate(prompt, 60, 0.0, 0).rstrip(REPLACEMENT) == (
            text.rstrip(REPLACEMENT)
        )


@pytest.mark.thorough
def test_temperature_in_the_graph(exported):
    _, folder = exported["characters"]
    _, _, generate = saved.read(folder / "saved_model")
    greedy = generate("Th", 60, 0.0, 1)
    assert generate("Th", 60, 1e-4, 1) == greedy
    hot = "".join(generate("Th", 200, 50.0, seed) for seed in range(5))
    counts = [hot.count(one) for one in set(hot)]
    # Nearly uniform: every character of the vocabulary comes, none often.
    assert len(counts) == 11 and max(counts) < 200


WITHOUT_FRAMEWORKS = """
import runpy, sys


class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in forbidden:
            raise ModuleNotFoundError(name, name=name)


forbidden = {"tensorflow", "keras", "zoo", "export", "recipes", "onnx", "jax"}
sys.meta_path.insert(0, Nothing())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
assert not forbidden & set(sys.modules)
"""


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
def test_the_script_needs_onnx_runtime_and_numpy_alone(exported, kind):
    model, folder = exported[kind]

    def run(*arguments):
        return subprocess.run(
            [
                sys.executable,
                "-c",
                WITHOUT_FRAMEWORKS,
                folder / "generate.py",
                *arguments,
            ],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONIOENCODING": "utf-8"},
        ).stdout

    stream = zoo.stream(model)
    stream.feed("The")
    text = "".join(stream.generate(60, Sampling(temperature=0)))
    greedy = run("The", "60", "0").rstrip("\n")
    assert greedy.rstrip(REPLACEMENT) == f"The{text}".rstrip(REPLACEMENT)
    assert run("The", "60", "1", "5") == run("The", "60", "1", "5")
    assert run("The", "60", "1", "5") != run("The", "60", "1", "6")
    assert len(run()) > 100


@pytest.mark.parametrize(
    "name", ["classify.py", "generate.py", "translate.py", "text_in.py"]
)
def test_the_script_is_short(name):
    """Short enough to be read by who deploys it, `--help` and errors too."""
    lines = (Path(standalone.__file__).parent / name).read_text().splitlines()
    code = [line for line in lines[lines.index('"""', 1) + 1 :] if line]
    assert len(code) <= 260


@pytest.mark.thorough
def test_the_manifest_says_how_to_use_the_step(exported):
    _, folder = exported["characters"]
    manifest = read_json(folder / "manifest.json")
    assert manifest["tokens"] == "characters"
    assert {"model.onnx", "step.onnx", "generate.py", "tokenizer.json"} <= (
        manifest["files"].keys()
    )
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    assert manifest["step"]["outputs"]["logits"] == [
        "batch",
        len(tokenizer["vocabulary"]) + 2,
    ]


@pytest.mark.thorough
def test_a_step_that_computes_something_else_is_found(tmp_path, monkeypatch):
    open_file = onnx_runtime.open_file

    def forgetful(path):
        step = open_file(path)

        def call(inputs):
            outputs = step(inputs)
            if "next_state_1" not in outputs:
                return outputs
            # Loses a little of a state at every step.
            return {**outputs, "next_state_1": outputs["next_state_1"] * 0.99}

        return call

    monkeypatch.setattr(onnx_runtime, "open_file", forgetful)
    with pytest.raises(MismatchError, match="The ONNX file's step form"):
        export(random_language_model(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.thorough
def test_a_text_that_is_another_is_found(tmp_path, monkeypatch):
    read = saved.read

    def another(folder):
        whole, step, generate = read(folder)
        return whole, step, lambda *a: "!" + generate(*a)[1:]

    monkeypatch.setattr(saved, "read", another)
    with pytest.raises(MismatchError, match="`generate`"):
        export(random_language_model(), tmp_path / "out", ("saved_model",))


def test_tokens_of_a_step_need_not_be_one_text():
    """Eight texts side by side, each with states of its own."""
    ids = language_model.step_ids(9)
    assert [array.shape for array in ids] == [(1, 200), (8, 200)]
    assert len(np.unique(ids[1], axis=0)) == 8
