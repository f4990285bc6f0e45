"""How long a user waits for a model: one answer, on this machine."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from zoo.backend.compile import logits_function
from zoo.tasks import LanguageModel, Task, TextClassifier, Translator

# Of a text that is classified, and of one that is written.
TOKENS = 100
RUNS = 11
# Something to translate, by the language of the source; what a model does
# with a sentence of another language would say little.
_SENTENCES = {
    "any": "3 October 1990",
    "de": "Ein Mann spielt im Park Gitarre.",
    "fr": "Un homme joue de la guitare dans le parc.",
}
_SENTENCE = "A man is playing the guitar in the park."


def measure(trained: Task) -> dict:
    """The median of several runs, after one that compiles.

    Returns:
        `milliseconds`, `what` was timed, and the `machine`.
    """
    run, what = _PREPARE[type(trained)](trained)
    run()
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    milliseconds = 1000 * statistics.median(seconds)
    return {
        # Three digits: more would not come out again.
        "milliseconds": float(f"{milliseconds:.3g}"),
        "what": what,
        "machine": machine(),
    }


def _classifying(trained) -> tuple[Callable, str]:
    random = np.random.default_rng(0)
    size = trained.tokenizer.size
    ids = random.integers(1, size, (1, TOKENS)).astype("int32")
    call = logits_function(trained.model)
    return lambda: call(ids), f"one text of {TOKENS} {_units(trained)}"


def _writing(trained):
    def run():
        return trained.generate(length=TOKENS)

    return run, f"{TOKENS} {_units(trained)} written"


def _translating(trained):
    source = str(trained.about.get("scores", {}).get("pair", ""))
    sentence = _SENTENCES.get(source.partition("-")[0], _SENTENCE)

    def run():
        return trained.translate([sentence], beams=1)

    return run, f"“{sentence}” translated greedily"


_PREPARE = {
    TextClassifier: _classifying,
    LanguageModel: _writing,
    Translator: _translating,
}


def _units(trained):
    return f"{trained.tokenizer.unit}s"


def machine() -> str:
    """The processor and how many of its cores may be used; no names."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                name = value.strip()
                break
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    said = f"{name[:60]}, {cores} core{'s' if cores > 1 else ''}"
    devices = keras.distribution.list_devices()
    if any("gpu" in device.lower() for device in devices):
        said += ", with a GPU"
    return said
