"""Chromium, and what a page in it computes beside what Keras does."""

import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import web_texts
from web_server import served

from zoo.backend.compile import logits_function
from zoo.tasks import LanguageModel, TextClassifier
from zoo.text.ids import START

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
# Of the translations, each how manieth has its logits compared, all of a
# vocabulary for each unit.
_FORCED = 6

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
const forced = [];
for (const [text, read] of given.forced) {
  const source_ids = [Array.from(model.source.encode(text))];
  let values = await model.encoder.run({ source_ids });
  const logits = [];
  for (const id of read) {
    const feeds = { target_ids: [[id]] };
    for (const name of Object.keys(model.about.step.inputs)) {
      feeds[name] ??= values[name];
    }
    const answer = await model.step.run(feeds);
    logits.push(Array.from(answer.logits.data));
    for (const [name, value] of Object.entries(answer)) {
      if (!name.startsWith("next_")) continue;
      values = { ...values, [name.slice("next_".length)]: value };
    }
  }
  forced.push(logits);
}
return { ids, answers, forced };
"""


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
    translations = trained.decoder.translate(few, None)
    # Behind the start, as the model reads them.
    forced = [
        (text, [START, *one.ids])
        for text, one in list(zip(few, translations, strict=True))[1::_FORCED]
    ]
    found, result = _run(
        *[trained, url, texts, _TRANSLATE], few=few, forced=forced
    )
    same = [
        one.text == theirs["text"]
        for one, theirs in zip(translations, found["answers"], strict=True)
    ]
    answers = zip(few, translations, found["answers"], strict=True)
    looked = [
        _attention_gap(trained, text, one.ids, theirs["attention"])
        for (text, one, theirs), equal in zip(answers, same, strict=True)
        if equal and theirs["attention"]
    ]
    assert bool(looked) == trained.decoder.attentive
    return {
        **result,
        "answers": len(few),
        "different_answers": same.count(False),
        "largest_difference": max(
            _logits_gap(trained, *pair, logits)
            for pair, logits in zip(forced, found["forced"], strict=True)
        ),
        "largest_difference_of_attention": max(looked, default=None),
    }


def _logits_gap(trained, text, read, theirs):
    """The largest difference of logits behind each unit of a translation."""
    arrays = {
        "source_ids": np.array([trained.tokenizer.source.encode(text)]),
        "target_ids": np.array([read]),
    }
    ours = trained.model(arrays, training=False)["logits"]
    return float(np.abs(np.asarray(ours)[0] - np.array(theirs)).max())


def _attention_gap(trained, text, ids, theirs):
    *_, ours = trained.decoder.attention(text, ids)
    # One that was cut off has no end that looks anywhere.
    return float(np.abs(ours[: len(theirs)] - np.array(theirs)).max())


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
