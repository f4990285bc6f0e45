"""SECURITY.md: each promise names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_promise_has_its_tests():
    rows = ROW.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    numbers = [int(number) for number, _ in rows]
    assert numbers == list(range(1, len(rows) + 1)) and len(rows) > 20
    for number, cell in rows:
        tests = TEST.findall(cell)
        assert tests, number
        for path, name in tests:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            names = {
                node.name
                for node in tree.body
                if isinstance(node, ast.FunctionDef)
            }
            assert not name or name in names, f"{path}::{name}"
            assert any(one.startswith("test_") for one in names), path
