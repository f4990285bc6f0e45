"""Chromium, and what a page in it computes beside what Keras does."""

import contextlib
import functools
import http.server
import random
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import web_texts

from zoo.backend.compile import logits_function
from zoo.tasks import LanguageModel, TextClassifier

CHROMIUM = next(
    filter(
        None,
        map(shutil.which, ("chromium", "google-chrome", "chromium-browser")),
    ),
    None,
)
# What is missing here, for a test to be left out; nothing where all is there.
MISSING = ", ".join(
    name
    for name, there in (
        ("Chromium", CHROMIUM),
        ("Node", web_texts.NODE),
        ("`npm install` in tests/export_web", web_texts.NODE_MODULES.is_dir()),
    )
    if not there
)
READY = "document.getElementById('status').textContent.startsWith('Ready')"
_BROWSE = web_texts.SCRIPTS / "browse.mjs"
# Texts whose answers are compared, and tokens of those that are written.
_ANSWERS, _WRITTEN = 200, 200

# Before each script: the model of the page once more.
_LOAD = """
const at = (name) => new URL(name, location.href).href;
const runtime = "node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";
const ort = await import(at(runtime));
const { load, tokenizer } = await import(at("zoo.mjs"));
const model = await load(ort);
const side = model.tokenizer ?? model.source;
const ids = given.texts.map((text) => Array.from(side.encode(text)));
"""
_CLASSIFY = """
const answers = [];
for (let at = 0; at < given.few.length; at += 8) {
  answers.push(...(await model.classify(given.few.slice(at, at + 8))));
}
return { ids, answers };
"""
_GENERATE = """
const written = [];
for (const prompt of given.prompts) {
  const options = { length: given.length, temperature: 0 };
  let text = "";
  for await (const piece of model.generate(prompt, options)) text += piece;
  written.push(text);
}
let states = model.zeros();
const logits = [];
for (const id of given.read) {
  const answer = await model.next(id, states);
  states = answer.states;
  logits.push(Array.from(answer.logits));
}
return { ids, written, logits };
"""
_TRANSLATE = """
const answers = [];
for (const text of given.few) answers.push(await model.translate(text));
return { ids, answers };
"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Sends files until `stop` is asked for, and nothing from then on."""

    def do_GET(self):
        if self.path == "/stop":
            self.server.stopped = True
        if getattr(self.server, "stopped", False):
            self.send_error(503)
        else:
            super().do_GET()

    def end_headers(self):
        # What a browser keeps by itself would be a network, too.
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which a server serves a folder."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def browse(url: str, faultless: bool = True, **asked: Any) -> Any:
    """What browse.mjs finds at an address.

    Args:
        url: the address.
        faultless: whether the browser may not complain about anything.
        **asked: see browse.mjs.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as user:
        asked = {"wait": READY, **asked}
        asked.update(chromium=CHROMIUM, user=user, url=url)
        found = web_texts.node(_BROWSE, asked, timeout=500)
    assert not faultless or found["complaints"] == []
    return found["result"]


def compared(trained: Any, folder: Path, texts: list[str]) -> dict:
    """What the page of a model computes without a network, beside Keras.

    Args:
        trained: the model.
        folder: of its page.
        texts: those whose ids are compared.

    Returns:
        Numbers of texts, of those that are different, and differences.
    """
    compare = _translations
    if isinstance(trained, TextClassifier):
        compare = _classes
    elif isinstance(trained, LanguageModel):
        compare = _written
    with served(folder) as url:
        return compare(trained, url, texts)


def _run(trained, url, texts, script, **given):
    """Runs a script in the page, and counts ids that are not the same."""
    script, given = _LOAD + script, {"texts": texts, **given}
    found = browse(
        url,
        wait=f"{READY} && {READY.replace('Ready', 'Ready, also')}",
        offline=True,
        run=script,
        given=given,
    )
    tokenizer = getattr(trained.tokenizer, "source", trained.tokenizer)
    wrong = sum(
        [*map(int, tokenizer.encode(text))] != ids
        for text, ids in zip(texts, found["ids"], strict=True)
    )
    return found, {"texts": len(texts), "different_ids": wrong}


def _classes(trained, url, texts):
    few = texts[-_ANSWERS:]
    found, result = _run(trained, url, texts, _CLASSIFY, few=few)
    logits = np.array([one["logits"] for one in found["answers"]])
    labels = [one["label"] for one in found["answers"]]
    ours = trained.logits(few)
    named = [trained.labels[best] for best in ours.argmax(axis=1)]
    return {
        **result,
        "answers": len(few),
        "different_answers": sum(map(str.__ne__, labels, named)),
        "largest_difference": float(np.abs(ours - logits).max()),
    }


def _written(trained, url, texts):
    size = trained.tokenizer.size
    prompts = ["", "The ", "KING:\nWhat ", "\u00e9\u4e2d\U0001f3ac this"]
    read = np.random.default_rng(3).integers(1, size, (1, 100), "int32")
    found, result = _run(
        *[trained, url, texts, _GENERATE],
        prompts=prompts,
        length=_WRITTEN,
        read=read[0].tolist(),
    )
    ours = [trained.generate(prompt, _WRITTEN, 0) for prompt in prompts]
    logits = logits_function(trained.model)(read)[0]
    gap = np.abs(logits - np.array(found["logits"])).max()
    return {
        **result,
        "answers": len(prompts),
        "different_answers": sum(map(str.__ne__, ours, found["written"])),
        "largest_difference": float(gap),
    }


def _translations(trained, url, texts):
    few = _sentences(trained.tokenizer.source)
    found, result = _run(trained, url, texts, _TRANSLATE, few=few)
    translations = trained.decoder.translate(few, None)
    gaps = [0.0]
    for text, one, theirs in zip(
        few, translations, found["answers"], strict=True
    ):
        if theirs["attention"] and one.text == theirs["text"]:
            *_, ours = trained.decoder.attention(text, one.ids)
            rows = np.array(theirs["attention"])
            # One that was cut off has no end that looks anywhere.
            gaps.append(float(np.abs(ours[: len(rows)] - rows).max()))
    texts = [one["text"] for one in found["answers"]]
    return {
        **result,
        "answers": len(few),
        "different_answers": sum(
            one.text != text
            for one, text in zip(translations, texts, strict=True)
        ),
        "largest_difference": max(gaps),
    }


def _sentences(tokenizer):
    """Random units of a vocabulary as texts, and one of none."""
    draw = random.Random(8)
    return [""] + [
        tokenizer.decode(
            [draw.randrange(4, tokenizer.size) for _ in range(length)]
        )
        for length in range(1, 13)
        for _ in range(4)
    ]
