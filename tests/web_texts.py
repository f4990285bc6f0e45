"""Random Unicode texts, and Node with what a page needs of it."""

import functools
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

WEB = Path(__file__).parents[1] / "export" / "web"
SCRIPTS = Path(__file__).parent / "export_web"
# `npm install` in that folder puts it there; .ci/run does.
NODE_MODULES = SCRIPTS / "node_modules"
NODE = shutil.which("node")
COUNT = 2_000
# What is easily gone about in two ways.
ODD = [
    *["\x00", "\ud800", "\udfff", "\u2581", "\ufeff", "\ufffd", "\ue000"],
    *["\u03a3", "\u03a3\u0301", "A\u03a3", "\u0130", "I\u0307", "\u0131"],
    *["\u0345", "\u00ad", "\u200d", "\u0301", "\u0323\u0301", "\u0301\u0323"],
    *["\U00010400", "\U00010570", "\u1e9e", "\ufb01", "\uff21", "\u212b"],
    *["\uac00\ub098", "\u1100\u1161\u11a8", "\u4e2d", "\U00020000", "\u3000"],
    *["<br />", "<BR>", "<br\x85>", "<br\t/>", "<s>", "<unk>", "<pad>", "</s>"],
    *["'", "''a''", "\u2019", "!", "?", "\uff1f", "\u061f", "\r\n", "\t", "  "],
    *["\x1c", "\x85", "\xa0", "\u2028", "\v", "\f", "e\u0301", "\u0651\u064e"],
    *["aaaaa", "\U0001f3ac\U0001f3fd", "$1", "\\1", "$&", "\u00bd", "\u0660"],
]


@functools.cache
def texts(known: str, count: int = COUNT) -> list[str]:
    """Texts of known words, odd strings and any characters, one of each kind.

    Args:
        known: words, separated by spaces.
        count: number of texts.
    """
    draw = random.Random(20)
    kinds = [
        known.split() or ["a"],
        ODD,
        [" ", " ", ", ", ".", "-"],
        [chr(draw.randrange(0x250)) for _ in range(200)],
        [chr(draw.randrange(0x3000)) for _ in range(2000)],
        [chr(draw.randrange(sys.maxunicode + 1)) for _ in range(4000)],
    ]
    made = ["", " ", known, *ODD, " ".join(ODD)]
    while len(made) < count:
        parts = draw.choices(kinds, [6, 2, 6, 1, 2, 1], k=draw.randrange(1, 16))
        made.append("".join(map(draw.choice, parts)))
    # Two halves of a character side by side are one to JavaScript.
    return [
        text.encode("utf-16-le", "surrogatepass").decode(
            "utf-16-le", "surrogatepass"
        )
        for text in made
    ]


def page_folder(folder: Path) -> Path:
    """The modules of a page, and what `npm install` brings, in `folder`."""
    folder.mkdir(exist_ok=True)
    for path in WEB.glob("*.mjs"):
        shutil.copy(path, folder)
    with_modules(folder)
    return folder


def with_modules(folder: Path) -> None:
    """As if `npm install` had run in `folder`."""
    if NODE_MODULES.is_dir():
        (folder / "node_modules").symlink_to(NODE_MODULES)


def node(script: Path, given: dict, timeout: int = 120) -> Any:
    """What a script of Node writes as JSON into its second argument.

    Args:
        script: it reads `given` from its first argument, a file.
        given: as JSON.
        timeout: in seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder, "given.json"), Path(folder, "found.json")
        asked.write_text(json.dumps(given), "ascii")
        done = subprocess.run(
            [str(NODE), str(script), str(asked), str(found)],
            capture_output=True,
            timeout=timeout,
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return json.loads(found.read_text("utf-8"))
