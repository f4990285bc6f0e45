"""`zoo report` in a real browser: all is there, and it fits."""

import html
import json
import re
import shutil
import subprocess

import pytest
from report_pages import PIXEL, SCORES, VILE, epochs, made, report

pytestmark = pytest.mark.browser

BROWSER = next(
    filter(
        None,
        map(shutil.which, ("chromium", "google-chrome", "chromium-browser")),
    ),
    None,
)
# What the page's own policy forbids, so it runs in a copy without that.
PROBE = """<script>addEventListener("load", () => {
  const images = [...document.images];
  parent.postMessage(JSON.stringify({
    images: images.length,
    loaded: images.filter((one) => one.naturalWidth > 0).length,
    wide: document.documentElement.scrollWidth,
    room: innerWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    ground: getComputedStyle(document.body).backgroundColor,
  }), "*");
})</script></body>"""
# A window has a least width, a frame has none.
FRAME = """<!DOCTYPE html><html><meta name="color-scheme" content="light dark">
<script>addEventListener("message", ({data}) => {
  document.documentElement.dataset.probe = data;
})</script><iframe src="copy.html" width="{width}" height="900"
style="border: 0"></iframe></html>"""


def browse(folder, page, width, *flags):
    """What a browser makes of a page: its DOM and its complaints."""
    command = [
        *[BROWSER, "--headless", "--no-sandbox", "--disable-gpu"],
        *[f"--window-size={width},900", f"--user-data-dir={folder / 'user'}"],
        *["--virtual-time-budget=2000", "--enable-logging=stderr", *flags],
        page.as_uri(),
    ]
    done = subprocess.run(
        command, capture_output=True, check=True, timeout=60, cwd=folder
    )
    complaints = done.stderr.decode("utf-8", "replace").splitlines()
    return done.stdout.decode("utf-8", "replace"), [
        line for line in complaints if "CONSOLE" in line
    ]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium")
@pytest.mark.parametrize("width", [400, 1400])
def test_in_a_browser(capsys, tmp_path, width):
    long = "name_" * 40
    rows = epochs(2.0, 1.0, float("nan"), 0.5)
    runs = [
        made(tmp_path / name, SCORES, rows, cell=VILE * 5, units=place)
        for place, name in enumerate((long, "<b>", "c" * 200))
    ]
    runs.append(made(tmp_path / "begun", recipe="char_lm", **{long: long}))
    for shown in (runs, runs[:1]):
        page, _ = report(capsys, tmp_path / "page.html", *shown)
        picture = tmp_path / f"{len(shown)}.png"
        _, complaints = browse(
            *[tmp_path, tmp_path / "page.html", width],
            f"--screenshot={picture}",
        )
        assert not complaints
        assert picture.read_bytes().startswith(PIXEL[:8])
        copy = re.sub("<meta http-equiv[^>]*>", "", page)
        copy = copy.replace("</body>", PROBE).replace(
            "<details", "<details open"
        )
        (tmp_path / "copy.html").write_text(copy, encoding="utf-8")
        frame = FRAME.replace("{width}", str(width))
        (tmp_path / "frame.html").write_text(frame, encoding="utf-8")
        grounds = set()
        for scheme in ("0", "1"):
            dom, complaints = browse(
                *[tmp_path, tmp_path / "frame.html", 1600, "--dump-dom"],
                f"--blink-settings=preferredColorScheme={scheme}",
            )
            assert not complaints
            probe = re.search('data-probe="([^"]*)"', dom)[1]
            seen = json.loads(html.unescape(probe))
            finished = sum(run.name != "begun" for run in shown)
            assert seen["images"] == seen["loaded"] == finished
            assert seen["wide"] <= seen["room"] == width
            assert seen["dark"] == (scheme == "0")
            grounds.add(seen["ground"])
        assert len(grounds) == 2
