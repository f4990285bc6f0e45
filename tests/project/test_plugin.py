"""A package of others: `tests/plugin`, installed into an environment."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import onnx
import pytest

pytestmark = pytest.mark.process

TESTS = Path(__file__).parents[1]
ROWS = ["7 0 0 0 0 0 0 0 0 0 0 0", "4 1 1 1 1 1 1 1 1 1 1 1"]


@pytest.fixture(scope="module")
def environment(once):
    """A folder with an environment that has this project and the package.

    Both are installed as their users install them; what they need is read from
    the environment of the tests, so that nothing is downloaded.
    """
    return once("installed", install)


def install(folder):
    venv.create(folder / "env", with_pip=True)
    # On some systems `lib64` is a link to `lib`.
    found = (folder / "env").glob("[Ll]ib*/**/site-packages")
    (site,) = {path.resolve() for path in found}
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    # Python 3.11 puts one there that is too old to build with.
    run(folder, *"-m pip uninstall --quiet --yes setuptools".split())
    # What builds a package writes beside its source.
    sources = folder / "sources"
    left_out = shutil.ignore_patterns(".*", "build", "*.egg-info", "tests")
    shutil.copytree(TESTS.parent, sources / "zoo", ignore=left_out)
    shutil.copytree(TESTS / "plugin", sources / "plugin")
    words = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    words += ["--no-build-isolation", sources / "zoo", sources / "plugin"]
    run(folder, *words)
    shutil.rmtree(sources)


def variables():
    """The environment, without what is about this process alone."""
    own = ("PYTHONPATH", "PYTEST_")
    return {k: v for k, v in os.environ.items() if not k.startswith(own)}


def run(folder, *words):
    """What Python says in the environment, away from the source."""
    scripts = "Scripts" if os.name == "nt" else "bin"
    done = subprocess.run(
        [folder / "env" / scripts / "python", *words],
        cwd=folder,
        env=variables(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_listed_and_shown(environment):
    listed = json.loads(run(environment, "-m", "zoo", "list", "--json"))
    assert "first_digit_indrnn" in [model["name"] for model in listed]
    shown = run(environment, "-m", "zoo", "show", "first_digit_indrnn")
    assert "indrnn" in shown and "rows of digits" in shown
    assert "digits    of the package indrnn-zoo 1.0" in run(
        environment, "-m", "zoo", "--help"
    )
    assert len(run(environment, "-m", "zoo", "digits", "3").splitlines()) == 3


COMMANDS = """
from zoo.cli.main import main
for words in (
    "train first_digit --preset tiny --run-dir run",
    "export run --to out",
    "report run --to run.html",
):
    assert main(words.split()) == 0

# What another process has trained and saved.
import json, pathlib, sys
import zoo
assert "env" in pathlib.Path(zoo.__file__).parts
task = zoo.load("first_digit_indrnn")
answers = [one["label"] for one in task.predict(json.loads(sys.argv[1]))]
assert answers == ["odd", "even"], answers
assert task.evaluate()["test_accuracy"] > 0.95
"""


def test_it_trains_exports_reports_and_loads(environment):
    run(environment, "-c", COMMANDS, json.dumps(ROWS))
    scores = json.loads((environment / "run" / "metrics.json").read_text())
    assert scores["recipe"] == "first_digit" and scores["cell"] == "indrnn"
    graph = onnx.load(environment / "out" / "model.onnx").graph
    operators = {node.op_type for node in graph.node}
    # Its own form, not the loop of tf2onnx.
    assert "Scan" in operators and "Loop" not in operators
    assert "rows to train on" in (environment / "run.html").read_text()


def test_contributing_a_cell_and_a_recipe(tmp_path, request):
    """One new file each, and one line each, as CONTRIBUTING.md says."""
    source = TESTS.parent
    for name in ("zoo", "recipes", "export", "tests"):
        left_out = shutil.ignore_patterns("__pycache__", "plugin", "models")
        shutil.copytree(source / name, tmp_path / name, ignore=left_out)
    shutil.copytree(source / "zoo" / "models", tmp_path / "zoo" / "models")
    shutil.copy(source / "pyproject.toml", tmp_path)
    package = TESTS / "plugin" / "indrnn_zoo"
    code, _, _ = (package / "cell.py").read_text().partition("INDRNN = ")
    code = code.replace("from zoo.cells import Registration\n", "")
    (tmp_path / "zoo" / "cells" / "indrnn.py").write_text(code)
    shutil.copy(package / "first_digit.py", tmp_path / "recipes")
    add_line(
        tmp_path / "zoo" / "cells" / "registry.py",
        '    "indrnn": Registration("zoo.cells.indrnn:IndRNNCell", '
        'True, reference="zoo.cells.indrnn:reference"),',
    )
    add_line(
        tmp_path / "recipes" / "__init__.py",
        '    "first_digit": "recipes.first_digit",',
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-m", "", "-n", "0"]
        + ["-k", "indrnn or first_digit"]
        # As this run itself: `make test-lowest` lets some warnings through.
        + [
            f"-W{one}"
            for one in request.config.getoption("pythonwarnings") or []
        ]
        + [f"tests/{name}" for name in ("zoo_cells", "zoo_layers")]
        + ["tests/recipes_training/test_recipes.py"],
        cwd=tmp_path,
        env={**variables(), "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for test in (
        "test_equations[indrnn-True]",
        "test_the_run_folder[first_digit]",
    ):
        assert f"{test} PASSED" in done.stdout


def add_line(file, line):
    """Adds a row to the table of what is built in."""
    before, table, after = file.read_text().partition("BUILT_IN = {\n")
    assert table
    file.write_text(before + table + line + "\n" + after)
