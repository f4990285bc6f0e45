"""The tree of README.md, made from the folders and their docstrings.

A line for each folder: the first sentence of its docstring, without its end
mark, and the files in it.
"""

import ast
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("zoo", "recipes", "export")
# Folders that hold no package.
OTHERS = {
    "bench": "Side by side with others; readme_tables.py fills this page.",
    "tests": "A folder a package; a package of others: plugin.",
    "docs": "Measurements, results, and the pictures that this page shows.",
}
_WIDTH, _INDENT = 80, 16


def tree() -> str:
    """The tree as a code block."""
    lines = []
    for package in PACKAGES:
        folders = [ROOT / package, *sorted((ROOT / package).rglob("*/"))]
        for folder in folders:
            if (folder / "__init__.py").exists():
                lines += _entry(folder)
    for name, text in OTHERS.items():
        lines += _wrapped(f"{name}/", text.rstrip("."))
    return "\n".join(["```", *lines, "```"])


def _entry(folder):
    module = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    sentence = (ast.get_docstring(module) or "").partition("\n\n")[0]
    text = " ".join(sentence.split()).rstrip(".")
    files = [
        path.stem
        for path in sorted(folder.glob("*.py"))
        if not path.stem.startswith("__")
    ]
    if files:
        text = f"{text}: {', '.join(files)}"
    depth = len(folder.relative_to(ROOT).parts) - 1
    return _wrapped(f"{'  ' * depth}{folder.name}/", text)


def _wrapped(name, text):
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=name.ljust(_INDENT),
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
