"""What is installed: versions that stand still; TensorFlow only if wanted."""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = [Requirement(line) for line in PROJECT["dependencies"]]
DIRECT = NEEDED + [
    Requirement(line)
    for lines in EXTRAS.values()
    for line in lines
    if not line.startswith("recurrent-zoo")
]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def lines(name):
    """The requirements in a file, its comments left out."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and line[0] != "#"]


def normal(name):
    return re.sub("[-_.]+", "-", name).lower()


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_constraints_name_one_version_of_all_that_we_need(python, system):
    where = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": system,
        "extra": "",
    }
    found = {}
    for line in lines("constraints.txt"):
        pinned = Requirement(line)
        if pinned.marker is None or pinned.marker.evaluate(where):
            assert pinned.name not in found
            (one,) = pinned.specifier
            assert one.operator == "=="
            found[pinned.name] = Version(one.version)
    for direct in DIRECT:
        if direct.marker is None or direct.marker.evaluate(where):
            assert found[normal(direct.name)] in direct.specifier, direct


def test_constraints_say_nothing_of_the_machine_that_made_them():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "make update" in text
    assert not re.search(r"://|\s@\s|\s/|^-", text, re.MULTILINE)


def test_every_dependency_has_a_lower_bound():
    for direct in DIRECT:
        bounds = [one for one in direct.specifier if one.operator == ">="]
        assert len(bounds) == 1, direct


def test_the_extra_of_tensorflow_is_what_every_installation_brings():
    tensorflow = {Requirement(line) for line in EXTRAS["tensorflow"]}
    assert {one.name for one in tensorflow} == {"tensorboard", "tensorflow"}
    assert tensorflow <= set(NEEDED)


def test_the_requirements_of_jax_are_all_but_tensorflow():
    tensorflow = {Requirement(line) for line in EXTRAS["tensorflow"]}
    jax = {Requirement(line) for line in EXTRAS["jax"]}
    said = [Requirement(line) for line in lines("requirements-jax.txt")]
    assert len(said) == len(set(said))
    assert set(said) == (set(NEEDED) - tensorflow) | jax


USED = """
import importlib.util
import sys

for name in ("tensorflow", "tensorboard", "tensorflow_datasets"):
    assert importlib.util.find_spec(name) is None, name
import zoo
from zoo.cli.main import main

folder, reviews = sys.argv[1:]
trained = zoo.load("imdb_gru_base")
(answer,) = trained.predict(["a quiet, moving film"])
assert answer["label"] == "positive", answer
print(zoo.load("shakespeare_lstm_base").generate("ROMEO:", 30))
(date,) = zoo.load("dates_gru_base").translate(["mercredi 3 octobre 1990"])
assert str(date) == "1990-10-03", date
flags = ["--preset", "tiny", "--units", "4", "--train-file", reviews]
flags += ["--prepared", folder + "/prepared", "--run-dir", folder + "/run"]
assert main(["train", "imdb_sentiment", *flags]) == 0
assert main(["predict", folder + "/run", "w1 good w2"]) == 0
assert main(["train", "agreement", "--preset", "tiny"]) == 0
assert main(["train", "char_lm", "--preset", "tiny", "--units", "8"]) == 0
"""


@pytest.mark.slow
def test_an_installation_without_tensorflow(reviews, tmp_path):
    """As the README says, in an environment of its own, from a clean tree."""
    from recipes import imdb_sentiment

    mine = tmp_path / "mine.csv"
    mine.write_bytes(reviews.read_bytes())
    prepared = ["--preset", "tiny", "--units", "4", "--train-file", str(mine)]
    prepared += ["--prepared", str(tmp_path / "prepared"), "--prepare-only"]
    imdb_sentiment.main(prepared)
    tree = tmp_path / "tree"
    wanted = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "runs")
    shutil.copytree(ROOT, tree, ignore=wanted)
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "TF_"))
    }
    environment["KERAS_BACKEND"] = "jax"

    def run(*command):
        command = [scripts / command[0], *command[1:]]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    pip = ["python", "-m", "pip", "install", "--quiet"]
    constraints = ["--constraint", str(tree / "constraints.txt")]
    run(*pip, "--upgrade", "pip")
    run(*pip, *constraints, "--requirement", str(tree / "requirements-jax.txt"))
    run(*pip, "--no-deps", str(tree))
    assert "imdb_gru_base" in run("zoo", "list")
    run("python", "-c", USED, str(tmp_path), str(mine))
    assert (tmp_path / "run" / "metrics.json").exists()
