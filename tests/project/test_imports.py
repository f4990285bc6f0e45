"""The house: short files, folders that say what they are, our own names.

Who may import whom stands in pyproject.toml; `lint-imports` checks it.
"""

import ast
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PACKAGES = ("zoo", "recipes", "export")
FILES = [
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py")
]


def test_files_are_short_and_documented():
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        assert ast.get_docstring(tree), f"{path}: no docstring"
        assert len(text.splitlines()) <= 300, f"{path}: over 300 lines"
        for node in ast.walk(tree):
            assert not getattr(node, "level", 0), f"{path}: relative import"


def test_tests_are_short_and_no_test_imports_another():
    for path in (ROOT / "tests").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{path}: no docstring"
        assert len(text.splitlines()) <= 300, f"{path}: over 300 lines"
        for node in ast.walk(ast.parse(text)):
            names = [getattr(node, "module", None) or ""]
            names += [one.name for one in getattr(node, "names", ())]
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                taken = [name for name in names if name.startswith("test_")]
                assert not taken, f"{path} imports {taken}"


def test_each_folder_says_what_it_may_import():
    for path in FILES:
        if path.name != "__init__.py" or path.parent == ROOT / "zoo":
            continue
        text = ast.get_docstring(ast.parse(path.read_text()))
        assert "May import" in text, f"{path} does not say it"


def test_the_packages_are_ours_alone():
    owners = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        assert set(owners[package]) == {"recurrent-zoo"}


def test_every_package_is_listed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = set(project["tool"]["setuptools"]["packages"])
    there = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert listed == there


@pytest.mark.parametrize(
    "use",
    [
        "import zoo",
        "import zoo.cli.main",
        "import recipes; recipes.names()",
        "import zoo.cells; zoo.cells.names()",
        "import zoo.pretrained; zoo.pretrained.names()",
        "import zoo.models; zoo.models.task(zoo.models.names()[-1])",
    ],
)
def test_the_front_door_does_not_wait_for_keras(use):
    heavy = ["keras", "tensorflow", "matplotlib", "numpy", "rich"]
    code = f"import sys; {use}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(heavy) & set(done.stdout.split())


NO_TENSORFLOW = """
import importlib
import pkgutil
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name in ("tensorflow", "tensorflow_datasets"):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Refused())
import keras
import recipes
import zoo
for package in (zoo, recipes):
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    for name in [one.name for one in found]:
        if not name.endswith("__main__"):
            importlib.import_module(name)
print("done")
"""


@pytest.mark.jax
def test_without_tensorflow_each_module_of_zoo_and_recipes_is_imported():
    pytest.importorskip("jax")
    done = subprocess.run(
        [sys.executable, "-c", NO_TENSORFLOW],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "done\n", done.stderr


def test_the_tables_of_the_readme_are_up_to_date():
    spec = importlib.util.spec_from_file_location(
        "readme_tables", ROOT / "bench" / "readme_tables.py"
    )
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    for page in tables.PAGES:
        text = page.read_text()
        assert tables.filled(text) == text, page


@pytest.mark.parametrize("how", ["script", "module", "workers"])
@pytest.mark.thorough
def test_files_of_the_user_take_no_place_of_ours(tmp_path, how):
    names = ["recipes", "export"] if how == "module" else ["zoo", "recipes"]
    for name in [*names, "export"]:
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "__init__.py").write_text("raise SystemExit(9)")
    command = {
        "script": [Path(sys.executable).with_name("zoo"), "tune"],
        "module": [sys.executable, "-m", "zoo", "tune"],
        "workers": [Path(sys.executable).with_name("zoo"), "launch", "2", "--"]
        + ["tune"],
    }[how]
    done = subprocess.run(
        [*command, "agreement", "--tuner", "none"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2, done.stderr
    assert "`tuner` must be one of" in done.stderr
