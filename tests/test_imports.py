"""The house: who may import whom, and whose the package names are."""

import ast
import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
# What each package must not import; the front door alone may reach all.
FORBIDDEN = {
    "zoo": {"recipes", "export"},
    "recipes": {"export"},
    "export": {"recipes"},
}
FILES = [
    path for package in FORBIDDEN for path in (ROOT / package).rglob("*.py")
]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_imports_go_back_to_the_zoo(path):
    if path == ROOT / "zoo" / "cli" / "main.py":
        return
    package = path.relative_to(ROOT).parts[0]
    assert not FORBIDDEN[package] & set(imported(path))


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_files_are_short_and_documented(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert len(text.splitlines()) <= 300


def test_the_packages_are_ours_alone():
    owners = importlib.metadata.packages_distributions()
    for package in FORBIDDEN:
        assert set(owners[package]) == {"recurrent-zoo"}


def test_every_package_is_listed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = set(project["tool"]["setuptools"]["packages"])
    there = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in FORBIDDEN
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert listed == there


@pytest.mark.parametrize("module", ["zoo", "zoo.cli.main", "recipes"])
def test_the_front_door_does_not_wait_for_keras(module):
    heavy = ["keras", "tensorflow", "matplotlib", "numpy", "rich"]
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(heavy) & set(done.stdout.split())


def test_the_tables_of_the_readme_are_up_to_date():
    spec = importlib.util.spec_from_file_location(
        "readme_tables", ROOT / "bench" / "readme_tables.py"
    )
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    readme = (ROOT / "README.md").read_text()
    assert tables.filled(readme) == readme
