"""Where an export goes: nothing that lies there is lost."""

import pytest
from random_models import random_classifier
from tiers import fast_are

import export
from export.exporter import export as export_model
from export.onnx import convert
from export.saved_model import classifier as saved_classifier
from zoo.errors import InputError

WRITERS = {"saved_model": saved_classifier, "onnx": convert}


@pytest.mark.parametrize("existing", ["nothing", "an export"])
@pytest.mark.parametrize(
    "artifact",
    fast_are(lambda one: one == "onnx", ["saved_model", "onnx"], "thorough"),
)
def test_a_mismatch_leaves_the_destination_alone(
    tmp_path, monkeypatch, artifact, existing
):
    folder = tmp_path / "out"
    if existing == "an export":
        export_model(random_classifier(), folder, (artifact,))
    before = {
        path: path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    module = WRITERS[artifact]
    write = module.write
    # An artifact of other weights, which its runtime opens without complaint.
    monkeypatch.setattr(
        module,
        "write",
        lambda _, *others: write(random_classifier(seed=1), *others),
    )
    with pytest.raises(export.MismatchError, match="differs .* by") as error:
        export_model(random_classifier(), folder, (artifact,))
    assert error.value.difference > 1e-3
    after = {
        path: path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert after == before


def test_what_is_not_an_export_is_not_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(export.ExportError, match="is not an export"):
        export_model(random_classifier(), tmp_path)
    with pytest.raises(export.ExportError, match="is not a folder"):
        export_model(random_classifier(), tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.thorough
def test_an_export_is_replaced(tmp_path):
    export_model(random_classifier(), tmp_path / "out", ("saved_model",))
    export_model(random_classifier(seed=1), tmp_path / "out")
    assert (tmp_path / "out" / "model.onnx").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("formats", [(), [], "", "onnx", ("",)])
def test_an_export_of_nothing_replaces_nothing(tmp_path, formats):
    folder = tmp_path / "out"
    with pytest.raises(InputError, match="`formats` must be one"):
        export_model(random_classifier(), folder, formats)
    assert not folder.exists()


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_file_in_an_export_is_not_lost(tmp_path, monkeypatch, when):
    trained, folder = random_classifier(), tmp_path / "out"
    export_model(trained, folder, ("onnx",))
    mine = folder / "notes.txt"
    mine.write_text("mine")
    if when == "meanwhile":
        mine.unlink()
        write = convert.write

        def writing(*arguments):
            mine.write_text("mine")
            write(*arguments)

        monkeypatch.setattr(convert, "write", writing)
    with pytest.raises(InputError, match="notes.txt in it is not of its"):
        export_model(trained, folder, ("onnx",))
    assert mine.read_text() == "mine"
    assert (folder / "model.onnx").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
