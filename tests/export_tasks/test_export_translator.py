"""A translator as files: text in and out, the step, and the loop inside."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from empty_inputs import EMPTY, answers
from tiers import fast_are

import zoo
from export import MismatchError, export
from export.onnx import edges, greedy_loop
from export.onnx import translator as onnx_translator
from export.runtimes import onnx_runtime
from export.saved_model import translator as saved_translator
from export.tasks import translator as exporter
from export.tasks import translator_checks
from zoo import models
from zoo.cli.main import main
from zoo.decoding import BeamSearch
from zoo.tasks import Translator
from zoo.text import PairTokenizer, SubwordTokenizer

LINES = ["ein Hund läuft", "zwei Männer und 3 Hunde", "a dog runs", "42 é"] * 9


def trained(shared=True, **arguments):
    """A translator with random weights, large enough to say something."""
    source = SubwordTokenizer.from_texts(LINES, 40)
    target = source
    if not shared:
        target = SubwordTokenizer.from_texts(LINES[1:3], 30)
    pair = PairTokenizer(source, target)
    arguments = {
        **pair.sizes,
        "units": 6,
        "embedding_size": 6,
        "shared": shared,
        **arguments,
    }
    model = models.build("translator", arguments)
    random = np.random.default_rng(4)
    for weight in model.trainable_weights:
        weight.assign(random.normal(0, 0.3, weight.shape))
    return Translator(model, pair, name="tiny", arguments=arguments)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A translator and the folder of all its files."""
    folder = tmp_path_factory.mktemp("exports") / "out"
    model = trained()
    return model, folder, export(model, folder)


CASES = [
    *({"cell": cell} for cell in zoo.cells.names()),
    {"cell": "lstm", "encoder_layers": 2, "decoder_layers": 2},
    {"attention": "multiplicative", "input_feeding": False},
    {"attention": "none"},
    {"bidirectional": False, "shared": False, "tied": False},
    {"embedding_size": 4},
]


# Of cells alone, a classical and a linear one: tests/export_runtimes has all.
IN_CI = ({"cell": "gru"}, {"cell": "qrnn"})


@pytest.mark.every_cell_export
@pytest.mark.parametrize(
    "arguments",
    fast_are(lambda one: one in IN_CI or list(one) != ["cell"], CASES, "slow"),
    ids=str,
)
def test_every_kind_as_onnx(arguments, tmp_path):
    manifest = export(trained(**arguments), tmp_path / "out", ("onnx",))
    assert manifest["largest_difference"]["onnx_step"] < 1e-4
    assert manifest["compared_sentences"] >= 200
    for name, axes in (
        ("encoder", manifest["encoder"]),
        ("decoder_step", manifest["step"]),
    ):
        proto = onnx.load(tmp_path / "out" / f"{name}.onnx")
        for values, expected in (
            (proto.graph.input, axes["inputs"]),
            (proto.graph.output, axes["outputs"]),
        ):
            found = {
                value.name: [
                    dimension.dim_param or dimension.dim_value
                    for dimension in value.type.tensor_type.shape.dim
                ]
                for value in values
            }
            assert found == expected
    encoder = onnx.load(tmp_path / "out" / "encoder.onnx").graph
    # Recurrence is an operator, or a loop over what cannot be done at once.
    if arguments.get("cell", "gru") in ("gru", "lstm", "gated"):
        assert not {"Loop", "Scan"} & {node.op_type for node in encoder.node}
    step = onnx.load(tmp_path / "out" / "decoder_step.onnx").graph
    assert not {"Loop", "Scan"} & {node.op_type for node in step.node}


@pytest.mark.thorough
def test_the_loop_inside_ends_where_the_sentence_does(exported):
    model, folder, _ = exported
    run = onnx_runtime.open_file(folder / "translate.onnx")
    sentences = ["ein Hund", "3 é 42 a dog runs", "zwei"]
    rows = model.tokenizer.source.encode_batch(sentences)
    width = max(map(len, rows))
    ids = np.array([row + [0] * (width - len(row)) for row in rows], "int32")
    found = run({"source_ids": ids})["target_ids"]
    ours = model.decoder.translate(sentences, None)
    for row, one in zip(found, ours, strict=True):
        assert [int(i) for i in row if i not in (0, 3)] == one.ids
    # No longer than the longest of them.
    assert found.shape[1] == max(len(one.ids) + one.ended for one in ours)


@pytest.mark.thorough
def test_the_saved_model_translates_text(exported):
    model, folder, manifest = exported
    assert manifest["largest_difference"]["saved_model"] < 1e-6
    logits, greedy, beam = saved_translator.read_back(folder / "saved_model")
    texts = [*exporter.TEXTS, "zwei Hunde"]
    translator = model.decoder
    ours = translator.translate(texts, None)
    assert greedy(texts) == [one.text for one in ours]
    for ranked, expected in zip(
        beam(texts), translator.n_best(texts, 5), strict=True
    ):
        for (text, score), one in zip(ranked, expected, strict=False):
            assert text == one.text
            if one.ended and one.text:
                assert score == pytest.approx(one.score, abs=1e-3)
    assert greedy([]) == [] and greedy([""]) == [""]


@pytest.mark.thorough
def test_no_sentences_and_no_words(exported):
    _, folder, manifest = exported
    assert manifest["input_rules"] == edges.RULES
    found = answers(folder / "translate.onnx")
    assert [len(ids) for (ids,) in found] == [rows for rows, _ in EMPTY]
    for outputs, (rows, _) in zip(
        answers(folder / "encoder.onnx"), EMPTY, strict=True
    ):
        assert {len(output) for output in outputs} == {rows}


@pytest.mark.thorough
def test_the_script_needs_no_keras(tmp_path):
    """Where neither can be imported, it finds what our beam finds."""
    model = trained()
    # Its sentences end.
    bias = model.model.get_layer("target_embedding").bias
    bias.assign(bias + 2 * (np.arange(bias.shape[0]) == 3))
    export(model, tmp_path / "out", ("onnx",))
    program = (
        "import sys, runpy\n"
        "for name in ('tensorflow', 'keras', 'zoo', 'export', 'recipes'):\n"
        "    sys.modules[name] = None\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    script = str(tmp_path / "out" / "translate.py")
    for text, beams in (("zwei Hunde", 5), ("a dog", 1), ("", 5)):
        done = subprocess.run(
            [sys.executable, "-c", program, script, text, str(beams)],
            check=True,
            capture_output=True,
            encoding="utf-8",
        )
        found = [line.split("\t") for line in done.stdout.split("\n")[:-1]]
        expected = model.decoder.n_best([text], beams, BeamSearch(beams))[0]
        ended = [one for one in expected if one.ended]
        assert ended
        found = found[: len(ended)]
        assert [text for _, text in found] == [one.text for one in ended]
        assert [float(score) for score, _ in found] == pytest.approx(
            [one.score for one in ended], abs=1e-3
        )


@pytest.mark.thorough
def test_the_manifest_names_what_lies_there(exported):
    _, folder, manifest = exported
    written = json.loads((folder / "manifest.json").read_text())
    assert written["files"] == manifest["files"]
    names = ("encoder.onnx", "decoder_step.onnx", "translate.onnx")
    for name in (*names, "translate.py", "tokenizer.model", "card.md"):
        assert name in manifest["files"]


@pytest.mark.thorough
def test_a_step_that_computes_something_else_is_found(tmp_path, monkeypatch):
    right = onnx_translator.step_proto

    def wrong(step_model, axes, opset):
        model = trained()
        model.model.get_layer("bridge")
        other = trained(units=6)
        for weight in other.model.trainable_weights:
            weight.assign(weight * 1.01)
        from zoo.models.translator import step_form

        return right(step_form(other.model), axes, opset)

    monkeypatch.setattr(onnx_translator, "step_proto", wrong)
    with pytest.raises(MismatchError, match="decoder_step.onnx in ONNX Run"):
        export(trained(), tmp_path / "out", ("onnx",))
    assert not (tmp_path / "out").exists()


@pytest.mark.thorough
def test_a_loop_that_chooses_something_else_is_found(tmp_path, monkeypatch):
    right = greedy_loop.with_greedy_loop

    def wrong(encoder, step, bias):
        noise = np.random.default_rng(0).normal(0, 20, bias.shape)
        return right(encoder, step, (bias + noise).astype("float32"))

    monkeypatch.setattr(greedy_loop, "with_greedy_loop", wrong)
    with pytest.raises(MismatchError, match="A translation by translate.onnx"):
        export(trained(), tmp_path / "out", ("onnx",))


@pytest.mark.thorough
def test_a_text_that_is_another_is_found(tmp_path, monkeypatch):
    from zoo.decoding import translator_step

    def wrong(step_model, unknown):
        bias = translator_step.logit_bias(step_model, unknown)
        noise = np.random.default_rng(0).normal(0, 20, bias.shape)
        return (bias + noise).astype("float32")

    monkeypatch.setattr(saved_translator, "logit_bias", wrong)
    with pytest.raises(MismatchError, match="by the SavedModel's `greedy`"):
        export(trained(), tmp_path / "out", ("saved_model",))


def test_two_tokens_that_are_as_good_as_each_other():
    class Tie:
        def logits(self, ids):
            length = ids[1].shape[1]
            return np.tile(np.float32([0, 0, 0, 0, 5, 5, 4]), (1, length, 1))

    source = np.ones((1, 3), "int32")
    one, other = np.array([[4, 4]]), np.array([[5, 6, 6]])
    translator_checks.same_tokens(Tie(), source, one, other)
    with pytest.raises(MismatchError):
        translator_checks.same_tokens(Tie(), source, np.array([[6, 4]]), other)


@pytest.mark.thorough
def test_the_command(tmp_path, capsys):
    model = trained()
    from zoo.pretrained.writer import save

    save(model, tmp_path / "tiny")
    command = ["export", str(tmp_path / "tiny"), "--to", str(tmp_path / "out")]
    assert main([*command, "--formats", "onnx"]) == 0
    assert "onnx_step" in capsys.readouterr().out
