"""How long the command takes to answer, from its start to its end.

    python bench/startup.py [--runs 7]

Each command runs in a process of its own, all of them in turn, after one run
that is not counted. What counts is the median, beside that of a Python that
does nothing, the processor time, which other work on the machine changes less,
and the memory of the largest (on Linux).

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


def seconds(words: list[str]) -> tuple[float, float, float]:
    """Wall and processor time of a process, and its largest memory in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status and "--engine" in words:
        raise SystemExit(f"It does not answer: {' '.join(words)}")
    wall, processor = time.perf_counter() - began, used.ru_utime + used.ru_stime
    return wall, processor, used.ru_maxrss / 1024


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
    nothing = statistics.median(wall for wall, *_ in taken[NOTHING])
    print(f"{'command':<46} {'seconds':>7} {'times':>6} {'processor':>9} MiB")
    for name, values in taken.items():
        walls, processors, sizes = zip(*values, strict=True)
        wall, processor = map(statistics.median, (walls, processors))
        print(
            f"{name:<46} {wall:>7.2f} {wall / nothing:>6.1f} "
            f"{processor:>9.2f} {max(sizes):>3.0f}"
        )


if __name__ == "__main__":
    main()
