"""How long the command takes to answer, from its start to its end.

    python bench/startup.py [--runs 7]

Each command runs in a process of its own, all of them in turn, after one run
that is not counted. What counts is the median, beside that of a Python that
does nothing, and the memory of the largest (on Linux).

A model answers by Keras, and by ONNX Runtime from a file in an empty cache,
which the run that is not counted makes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

COMMANDS = ("", "--version", "list", "show imdb_gru_base", "train agreement -h")
COMMANDS += ("train agreement --untis 3", "predict nope text", "train")
PREDICT = "predict imdb_gru_base film --engine"
COMMANDS += (f"{PREDICT} onnx", f"{PREDICT} keras")
NOTHING = "python -c pass"


def seconds(words: list[str]) -> tuple[float, float]:
    """Wall time of a process, and its largest memory in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status and "--engine" in words:
        raise SystemExit(f"It does not answer: {' '.join(words)}")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, metavar="N")
    runs = parser.parse_args().runs
    commands = {NOTHING: [sys.executable, "-c", "pass"]}
    for text in COMMANDS:
        words = [sys.executable, "-m", "zoo", *text.split()]
        commands[f"zoo {text}".strip()] = words
    taken: dict[str, list] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as cache:
        os.environ["RECURRENT_ZOO_CACHE"] = cache
        for run in range(runs + 1):
            for name, words in commands.items():
                found = seconds(words)
                taken[name] += [found] if run else []
    nothing = statistics.median(time for time, _ in taken[NOTHING])
    print(f"{'command':<42} {'seconds':>7} {'times':>6} {'MiB':>5}")
    for name, values in taken.items():
        median = statistics.median(time for time, _ in values)
        largest = max(size for _, size in values)
        times = median / nothing
        print(f"{name:<42} {median:>7.2f} {times:>6.1f} {largest:>5.0f}")


if __name__ == "__main__":
    main()
