"""Pages in Chromium, without a network, beside the Keras model."""

import dataclasses
import os

import pytest
import web_texts
from web_browser import MISSING, READY, browse, compared
from web_server import served

import zoo
from export.request import Request
from export.web import artifacts

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"no {MISSING}"),
]

KNOWN = "a quiet film \u03b1\u03c3\u03c2 \u4e2d <br /> 3. Oktober 1990 i\u0307"
# Other kernels add in another order. Logits of writers are in the tens.
TOLERANCES = {
    "imdb_gru_tiny": 1e-5,
    "shakespeare_lstm_base": 1e-4,
    "dates_gru_base": 1e-4,
}


@pytest.fixture(scope="module", params=TOLERANCES)
def page(request, tmp_path_factory):
    """A model, and the folder of its page."""
    trained = zoo.load(request.param)
    draft = tmp_path_factory.mktemp(request.param)
    artifacts.add(trained, draft, Request(("web",)))
    web_texts.with_modules(draft / artifacts.FOLDER)
    return trained, draft / artifacts.FOLDER


def test_a_page_computes_what_keras_does_without_a_network(page):
    trained, folder = page
    found = compared(trained, folder, web_texts.texts(KNOWN))
    assert found["texts"] == web_texts.COUNT
    assert found["different_ids"] == found["different_answers"] == 0
    assert found["largest_difference"] < TOLERANCES[trained.name]
    of_attention = found.get("largest_difference_of_attention", 0.0)
    assert of_attention < TOLERANCES[trained.name]


# Of a phone, in pixels.
WIDTH = 360
# What a person does on a page, and what is there then.
CLICK = """
const wait = () => new Promise((go) => setTimeout(go, 50));
const until = async (found) => {
  for (let round = 0; !found(); round += 1) {
    if (round > 600) throw new Error(`never: ${found}`);
    await wait();
  }
};
const get = (id) => document.getElementById(id);
"""
USES = {
    "imdb_gru_tiny": """
      get("text").value = "dull, badly acted";
      get("text").dispatchEvent(new Event("input"));
      await until(() => get("answer").textContent.startsWith("negative"));
      await until(() => document.querySelectorAll("#words .against").length);
      return get("words").textContent;""",
    "shakespeare_lstm_base": """
      get("pace").value = "0";
      get("write").click();
      await until(() => get("written").textContent.length > 100);
      get("stop").click();
      await until(() => get("rate").textContent.endsWith("s"));
      return get("written").textContent.slice(0, 7);""",
    # What is too long for it, and then an answer, before which that is said.
    "dates_gru_base": """
      get("source").value = "1".repeat(2001);
      get("source").dispatchEvent(new Event("input"));
      await until(() => !get("problem").hidden);
      get("source").value = "4. Oktober 1991";
      get("source").dispatchEvent(new Event("input"));
      await until(() => get("target").textContent === "1991-10-04");
      await until(() => get("problem").hidden);
      return document.querySelectorAll("#attention td").length > 100;""",
}
SEEN = {
    "imdb_gru_tiny": "dull, badly acted",
    "shakespeare_lstm_base": "ROMEO:\n",
    "dates_gru_base": True,
}


def test_a_person_uses_a_page(page):
    trained, folder = page
    script = CLICK + USES[trained.name].replace("return ", "const seen = ")
    script += "return [seen, document.documentElement.scrollWidth];"
    with served(folder) as url:
        found = browse(url, width=WIDTH, run=script)
    assert found == [SEEN[trained.name], WIDTH]


# The name on a page; and, where a new export is there, when that was loaded, of
# what the page loads from then on.
NAME = "return [document.getElementById('name').textContent];"
WAITS = f"""{CLICK}
const found = await navigator.serviceWorker.getRegistration();
for (let round = 0; !found.waiting && round < 200; round += 1) await wait();
const about = await (await fetch("model.json")).json();
return [get("name").textContent, about.name];
"""


def test_a_new_export_is_used_as_a_whole_when_all_tabs_were_closed(tmp_path):
    trained = zoo.load("imdb_gru_tiny")
    folders = []
    for name in ("older", "newer"):
        draft = tmp_path / name
        draft.mkdir()
        named = dataclasses.replace(trained, name=name)
        artifacts.add(named, draft, Request(("web",)))
        web_texts.with_modules(draft / artifacts.FOLDER)
        folders.append(draft / artifacts.FOLDER)
        # Dates long ago, by which a browser keeps a file for weeks.
        for path in folders[-1].iterdir():
            os.utime(path, (1e9, 1e9), follow_symlinks=False)
    # By its date, a server knows of this file alone that it is a newer one.
    os.utime(folders[-1] / "sw.js", (1.1e9, 1.1e9))
    wait = READY.replace("Ready", "Ready, also")
    with served(*folders, kept=True) as url:
        seen = browse(url, wait=wait, run=NAME, visits=[WAITS, NAME])
    assert seen == [["older"], ["older", "older"], ["newer"]]


def test_a_page_without_its_runtime_says_so(tmp_path):
    (tmp_path / "index.html").write_bytes(
        (web_texts.WEB / "translator.html").read_bytes()
    )
    for path in web_texts.WEB.glob("*.mjs"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    script = "return document.getElementById('problem').textContent;"
    with served(tmp_path) as url:
        said = browse(
            url,
            wait="!document.getElementById('problem').hidden",
            run=script,
            faultless=False,
        )
    assert "npm install" in said
