"""A search folder whose files are not what was written there."""

import json
import shutil

import pytest
from searching import tune

pytest.importorskip("keras_tuner")
from command_line import mistake

from recipes.tuning import search_files, tuner
from zoo.errors import InputError

pytestmark = [
    # KerasTuner asks for the name of the thread by a name that has gone.
    pytest.mark.filterwarnings("ignore:currentThread\\(\\) is deprecated"),
    pytest.mark.filterwarnings("ignore:getName\\(\\) is deprecated"),
]
RESULT = {
    "trial": "0",
    "status": "completed",
    "score": 0.5,
    "seconds": 1.0,
    "values": {},
    "config": {},
    "message": "",
}


@pytest.mark.parametrize(
    "name,value",
    [
        ("trial", "1"),
        ("trial", None),
        ("status", "ended"),
        ("status", ["completed"]),
        ("score", None),
        ("score", "0.5"),
        ("seconds", []),
        ("values", None),
        ("config", [1]),
        ("message", 3),
    ],
)
def test_results_of_wrong_types(tmp_path, name, value):
    path = tmp_path / "0.json"
    path.write_text(json.dumps(RESULT))
    assert search_files.result(path) == RESULT
    path.write_text(json.dumps({**RESULT, name: value}))
    with pytest.raises(InputError, match="is damaged"):
        search_files.result(path)
    without = {key: was for key, was in RESULT.items() if key != name}
    path.write_text(json.dumps(without))
    with pytest.raises(InputError, match="is damaged"):
        search_files.result(path)


@pytest.mark.parametrize("trials", ['"2"', "true", "[]", "1.5"])
def test_an_end_of_wrong_types(tmp_path, trials):
    path = tmp_path / "search" / "over.json"
    path.parent.mkdir()
    path.write_text(f'{{"trials": {trials}}}')
    with pytest.raises(InputError, match=r"over\.json is damaged"):
        tuner.wait_for_chief(tmp_path, 2)


DAMAGES = ["", "[]", "{}", "null", "\udcff", "[" * 10_000]
FILES = {
    "search.json": ['{"config": [], "fixed": {}}', '{"fixed": 3}'],
    "results/default.json": ['{"status": "completed"}'],
    "search/oracle.json": [
        '{"ongoing_trials": 3}',
        '{"ongoing_trials": {}, "start_order": {"a": 1}}',
    ],
    "search/trial_0/trial.json": ['{"trial_id": 3}'],
}


@pytest.mark.thorough
def test_damaged_files_are_named(trained, tmp_path, capsys):
    whole, folder = tmp_path / "whole", tmp_path / "search"
    assert tune(whole, "--trials", 1) == 0
    capsys.readouterr()
    for name, more in FILES.items():
        for content in [*DAMAGES, *more]:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(whole, folder)
            path = folder / name
            path.write_text(content, errors="surrogateescape")
            said = mistake(
                capsys, "tune", "agreement", "--run-dir", folder, "--trials", 2
            )
            assert str(folder) in said, (name, content)
