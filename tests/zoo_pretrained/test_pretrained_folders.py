"""Pretrained folders: saved and loaded again, and refused where changed."""

import json
import shutil

import numpy as np
import pytest
from sealing import put, rewrite

import zoo
from zoo import pretrained
from zoo.errors import InputError, PretrainedError
from zoo.pretrained.folder_names import check_name
from zoo.pretrained.limits import FILES


@pytest.fixture(scope="module")
def saved(tiny_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained") / "agreement_gru_tiny"
    pretrained.save(tiny_run("gru"), folder)
    return folder


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / saved.name)


@pytest.mark.parametrize(
    "manifest", ['{"manifest_version": 3}', '{"kind": "recurrent-zoo export"}']
)
def test_a_folder_that_is_not_a_model_is_not_replaced(
    tiny_run, tmp_path, manifest
):
    (tmp_path / "manifest.json").write_text(manifest)
    for name in (None, "mine.js"):
        if name:
            (tmp_path / name).write_text("mine")
        before = {p: p.read_bytes() for p in tmp_path.iterdir()}
        with pytest.raises(InputError, match="is not a pretrained folder"):
            pretrained.save(tiny_run("gru"), tmp_path)
        assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_damaged_run_says_so(tiny_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(tiny_run("gru"), run)
    whole = (run / "model.safetensors").read_bytes()
    (run / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PretrainedError, match="model.safetensors"):
        zoo.load(run)
    (run / "model.safetensors").write_bytes(whole)
    config = json.loads((run / "config.json").read_text())
    config["arguments"]["units"] = 9
    (run / "config.json").write_text(json.dumps(config))
    with pytest.raises(PretrainedError, match="must have shape"):
        zoo.load(run)


def test_a_run_saved_and_loaded_is_the_same_model(tiny_run, saved):
    run, loaded = zoo.load(tiny_run("gru")), zoo.load(saved)
    texts = ["the writer of the books", "", "the old kings that saw the sea"]
    # The weights were rounded to float16.
    np.testing.assert_allclose(
        loaded.logits(texts), run.logits(texts), atol=5e-3
    )
    assert pretrained.golden_difference(loaded) == 0
    assert loaded.labels == run.labels
    assert {path.name for path in saved.iterdir()} == {*FILES, "manifest.json"}


def test_a_pretrained_folder_can_be_saved_again(copy, tmp_path):
    pretrained.save(copy, copy)
    assert pretrained.golden_difference(zoo.load(copy)) == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    with pytest.raises(InputError, match="is not a pretrained folder"):
        pretrained.save(copy, tmp_path / "mine")
    (copy / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="notes.txt in it is not of its"):
        pretrained.save(copy, copy)
    assert (copy / "notes.txt").read_text() == "mine"
    with pytest.raises(InputError, match="can be no folder on Windows"):
        pretrained.save(copy, tmp_path / "nul")


@pytest.mark.parametrize(
    "name",
    ["nul", "CON", "com1.gru", "a:b", "what?", "dots..", "space ", "a\x1bb"],
)
def test_names_that_no_folder_has_on_windows(name):
    with pytest.raises(InputError, match="can be no folder on Windows"):
        check_name(name)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_noticed(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(PretrainedError, match=f"{name} has been changed"):
        zoo.load(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_noticed(copy, name):
    (copy / name).unlink()
    with pytest.raises(PretrainedError, match=f"{name} is missing"):
        zoo.load(copy)


def test_a_link_is_refused(copy, saved):
    (copy / "card.md").unlink()
    (copy / "card.md").symlink_to(saved / "card.md")
    with pytest.raises(PretrainedError, match="not a plain file"):
        zoo.load(copy)


@pytest.mark.parametrize(
    "name", ["../card.md", "/etc/passwd", "a/b", "..", "model.pkl", "a\\b"]
)
def test_a_name_that_is_not_ours_is_refused(copy, name):
    rewrite(copy, "manifest.json", lambda m: m["files"].update({name: "0"}))
    with pytest.raises(PretrainedError, match="and nothing else"):
        zoo.load(copy)


def set_argument(name, value):
    return lambda config: config["arguments"].update({name: value})


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda c: c.update(builder="os.system"), "`builder` must be one of"),
        (lambda c: c.update(arguments=[]), "has no `arguments`"),
        (lambda c: c.update(labels=["is"]), "name each of its classes"),
        (set_argument("cell", "import os"), "`cell` must be one of"),
        (set_argument("evil", 1), "`argument` must be one of"),
        (set_argument("units", 10**9), "`units` is 1000000000"),
        (set_argument("units", "8"), "must be of type int"),
        (set_argument("units", 9), "must have shape"),
        (set_argument("layers", 2), "is missing"),
        (set_argument("vocabulary_size", 10**12), "the tokenizer has"),
    ],
)
def test_a_config_that_is_not_ours_is_refused(copy, change, message):
    rewrite(copy, "config.json", change)
    with pytest.raises(PretrainedError, match=message):
        zoo.load(copy)


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "must be JSON"),
        ("[]", "must hold a JSON object"),
        ("{}", "must have format 1 or 2"),
        ('{"format": 1}', "has no `files`"),
        ('{"format": 1, "files": {}}', "does not name config.json"),
        ('{"format": 1, "files": {}, "scores": []}', "`scores` must be an"),
        ("[" * 60_000, "must be JSON"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused(copy, content, message):
    (copy / "manifest.json").write_text(content)
    with pytest.raises(PretrainedError, match=message):
        zoo.load(copy)


def test_weights_that_are_no_weights_are_refused(copy):
    put(copy, "model.safetensors", b"\x80\x04K*.")
    with pytest.raises(PretrainedError, match="cannot be read"):
        zoo.load(copy)


def test_weights_that_are_not_finite_are_refused(copy):
    import safetensors.numpy

    path = copy / "model.safetensors"
    weights = safetensors.numpy.load_file(path)
    weights[next(iter(weights))][0] = np.nan
    put(copy, path.name, safetensors.numpy.save(weights))
    with pytest.raises(PretrainedError, match="is not finite"):
        zoo.load(copy)


@pytest.mark.parametrize(
    "source, message",
    [
        ("imdb_gru_bass", "Did you mean 'imdb_gru_base'"),
        ("no/such/folder", "There is no folder"),
        ("ftp://host/name", "Models come from hf:// and https://"),
    ],
)
def test_a_name_that_is_not_there(source, message):
    with pytest.raises(InputError, match=message):
        zoo.load(source)


def test_folders_of_other_kinds(tiny_run, tmp_path):
    with pytest.raises(InputError, match="neither a run folder"):
        zoo.load(tmp_path)
    run = shutil.copytree(tiny_run("gru"), tmp_path / "run")
    (run / "metrics.json").unlink()
    with pytest.raises(InputError, match="is not done"):
        zoo.load(run)


def test_an_export_is_no_model(tmp_path):
    (tmp_path / "manifest.json").write_text('{"kind": "recurrent-zoo export"}')
    with pytest.raises(PretrainedError, match="is an export. Name the run"):
        zoo.load(tmp_path)
