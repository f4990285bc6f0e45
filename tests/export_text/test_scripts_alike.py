"""What all scripts of an export have in common."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import export

FOLDER = Path(export.__file__).parent / "standalone"
NAMES = ["classify", "generate", "translate", "text_in"]

# Says what ONNX Runtime would find when it is imported.
STAND_IN = """
import os, sys

print("telemetry", os.environ.get("ORT_DISABLE_TELEMETRY"), file=sys.stderr)


def disable_telemetry_events():
    print("called", file=sys.stderr)
"""
ERRORS = ["Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf"]
ERRORS += ["NoSuchFile", "NotImplemented", "RuntimeException"]


def body(name):
    return ast.parse((FOLDER / f"{name}.py").read_text("utf-8")).body


def defined(name):
    """What a script defines at its top, by name."""
    found = {}
    for node in body(name):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign):
            found[ast.unparse(node.targets[0])] = ast.dump(node)
    return found


def test_what_scripts_share_is_the_same():
    scripts = {name: defined(name) for name in NAMES}
    for shared in ("ERRORS", "Parser", "fail", "lines_of_input"):
        assert len({found[shared] for found in scripts.values()}) == 1, shared
    for shared in ("HERE", "UNKNOWN", "characters", "words"):
        classify, generate = scripts["classify"], scripts["generate"]
        assert classify[shared] == generate[shared], shared


def test_each_prints_in_utf_8_before_all_else():
    first = {
        ast.unparse(node.body[0])
        for name in NAMES
        for node in body(name)
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    }
    (statement,) = first
    assert "reconfigure(encoding='utf-8', errors='replace')" in statement


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """A folder whose `onnxruntime` only says whether it may report."""
    folder = tmp_path_factory.mktemp("stand_in")
    (folder / "onnxruntime_extensions.py").touch()
    package = folder / "onnxruntime"
    (package / "capi").mkdir(parents=True)
    (package / "__init__.py").write_text(STAND_IN)
    (package / "capi" / "__init__.py").touch()
    state = [f"class {name}(Exception): pass\n" for name in ERRORS]
    path = package / "capi" / "onnxruntime_pybind11_state.py"
    path.write_text("".join(state))
    return folder


def run(name, *arguments, at, **options):
    env = {k: v for k, v in os.environ.items() if "TELEMETRY" not in k}
    return subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**env, "PYTHONPATH": str(at)},
        **options,
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_reported(stand_in, name):
    done = run(name, "--help", at=stand_in)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "telemetry 1\ncalled\n"


def test_a_missing_package_is_one_line(tmp_path):
    text = 'raise ImportError("No module", name="onnxruntime.capi")\n'
    (tmp_path / "onnxruntime.py").write_text(text)
    for name in NAMES:
        done = run(name, "--help", at=tmp_path)
        assert done.returncode == 2
        needs = "needs onnxruntime: pip install -r requirements.txt"
        assert done.stderr == f"{name}.py: {needs}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind")
@pytest.mark.parametrize("name", ["classify", "translate", "text_in"])
def test_at_a_terminal_a_text_is_needed(stand_in, name):
    ours, theirs = os.openpty()
    try:
        done = run(name, at=stand_in, stdin=theirs, timeout=30)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert done.stderr.splitlines()[2:] == [
        f"{name}.py: a text is needed, as an argument or in standard input."
    ]
