"""What the pages of the shipped models compute in Chromium, beside Keras.

Writes docs/results/browser.json: for each model how many random Unicode texts
were compared and how many got other ids, how many answers (classes, greedy
texts, greedy translations) and how many were others, and the largest difference
of logits. Of translators, these are the logits behind the units that Keras
chose, and there is the largest difference of attention, too. The pages have no
network by then.

Needs Node, Chromium and `npm install` in tests/export_web.

python bench/browser.py [MODEL ...]
"""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import web_browser  # noqa: E402
import web_texts  # noqa: E402

import zoo  # noqa: E402
from export.request import Request  # noqa: E402
from export.web import artifacts  # noqa: E402

RESULTS = ROOT / "docs" / "results" / "browser.json"
# Beside odd and random characters, what makes some of the texts: words.
KNOWN = "a quiet film ! the man is not 3. Oktober 1990 \u4e2d na\u00efve <br />"


def measured(name: str) -> dict:
    """The comparison of one model, and the size of its page."""
    trained = zoo.load(name)
    with tempfile.TemporaryDirectory() as place:
        draft = Path(place)
        artifacts.add(trained, draft, Request(("web",)))
        folder = draft / artifacts.FOLDER
        size = sum(path.stat().st_size for path in folder.iterdir())
        web_texts.with_modules(folder)
        found = web_browser.compared(trained, folder, web_texts.texts(KNOWN))
    return {"task": trained.kind, "bytes": size, **found}


def main() -> None:
    if web_browser.MISSING:
        sys.exit(f"There is no {web_browser.MISSING}.")
    names = sys.argv[1:] or zoo.pretrained.names()
    results = {}
    if RESULTS.is_file():
        results = json.loads(RESULTS.read_text("utf-8"))["models"]
    for name in names:
        results[name] = measured(name)
        print(name, results[name], flush=True)
        package = json.loads(
            (artifacts.SOURCES / "package.json").read_text("utf-8")
        )
        content = {
            "command": "python bench/browser.py",
            "runtime": package["dependencies"],
            "models": dict(sorted(results.items())),
        }
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
