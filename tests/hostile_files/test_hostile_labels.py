"""A model whose classes or name would steer a terminal is not loaded."""

import json
import shutil

import pytest
from untrained import write_run

import zoo
from zoo.errors import InputError
from zoo.pretrained import summary
from zoo.printable import unprintable

ORDERS = ["a\x1b[2J", "a\nb", "a\rb", "a\u202eb", "\u2066", "\x9b", "\u2028"]


def with_label(folder, label):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["labels"][0] = label
    path.write_text(json.dumps(config))


@pytest.mark.parametrize("label", ORDERS)
def test_labels_of_a_run(tmp_path, label):
    write_run(tmp_path / "run")
    with_label(tmp_path / "run", label)
    for read in (zoo.load, summary.of_folder):
        with pytest.raises(InputError) as caught:
            read(tmp_path / "run")
        message = str(caught.value)
        assert "config.json" in message and unprintable(message) is None


def test_labels_of_every_script_are_loaded(tmp_path):
    write_run(tmp_path / "run")
    for label in ("très bien", "好", "ممتاز", "👩‍👩‍👧", "a b"):
        with_label(tmp_path / "run", label)
        assert zoo.load(tmp_path / "run").labels[0] == label


def test_the_name_of_a_run_folder_may_be_anything(tmp_path, capsys):
    """It is the user's own; it is shown as what it is."""
    from zoo.cli.main import main

    folder = tmp_path / "a\x1b[2J"
    write_run(folder)
    assert main(["show", str(folder)]) == 0
    assert main(["predict", str(folder), "the film"]) == 0
    shutil.rmtree(folder)
    assert main(["show", str(folder)]) == 2
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert r"a\x1b[2J" in printed.out
