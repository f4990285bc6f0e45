"""Public functions say what they take and return; the package says so too."""

import ast
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PACKAGES = ("zoo", "recipes", "export")
# Methods that Keras calls; a layer says what they take in its docstring.
KERAS = {"build", "call", "get_config", "from_config", "compute_mask"}
KERAS |= {"compute_output_shape", "compute_output_spec", "metrics"}
KERAS |= {"train_step", "make_train_function", "apply", "update_step"}


def functions(body, inside=None):
    """The public functions and methods, and the class of the latter."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node.body, node)
        elif isinstance(node, ast.FunctionDef):
            public = not node.name.startswith("_") or node.name == "__init__"
            keras = inside and inside.bases and node.name in KERAS
            if public and not keras:
                yield node, inside


def missing(function, inside):
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    static = any(
        isinstance(one, ast.Name) and one.id == "staticmethod"
        for one in function.decorator_list
    )
    if inside and not static:
        del arguments[0]
    arguments += [one for one in (given.vararg, given.kwarg) if one]
    names = [one.arg for one in arguments if one.annotation is None]
    if function.returns is None and function.name != "__init__":
        names.append("return")
    return names


def test_public_functions_are_annotated():
    lacking = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            place = path.relative_to(ROOT)
            for function, inside in functions(ast.parse(path.read_text()).body):
                if names := missing(function, inside):
                    lacking.append(f"{place}: {function.name}: {names}")
    assert not lacking


def test_the_package_says_that_it_is_typed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    data = project["tool"]["setuptools"]["package-data"]
    for package in PACKAGES:
        assert "py.typed" in data[package]
        assert (ROOT / package / "py.typed").is_file()
