"""How long the command takes to answer, from its start to its end.

    python bench/startup.py [--runs 7] [--json FILE] [--quick]

Each command runs in a process of its own, all of them in turn, after one run
that is not counted. What counts is the median, beside that of a Python that
does nothing, the processor time, which other work on the machine changes less,
and the memory of the largest (on Linux).

A model answers by Keras, and by ONNX Runtime from a file in an empty cache,
which the run that is not counted makes.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable

import measured

COMMANDS = ("", "--version", "list", "show imdb_gru_base", "train agreement -h")
COMMANDS += ("train agreement --untis 3", "predict nope text", "train")
PREDICT = "predict imdb_gru_base film --engine"
COMMANDS += (f"{PREDICT} onnx", f"{PREDICT} keras")
NOTHING = "python -c pass"


def run_of(words: list[str], sizes: list[float]) -> Callable[[], None]:
    """A function that runs a process, and notes its largest memory in MiB."""

    def run():
        process = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        if status and "--engine" in words:
            raise SystemExit(f"It does not answer: {' '.join(words)}")
        sizes.append(used.ru_maxrss / 1024)

    return run


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--runs", type=int, default=7, metavar="N")
    values = parser.parse_args()
    commands = {NOTHING: [sys.executable, "-c", "pass"]}
    for text in COMMANDS:
        words = [sys.executable, "-m", "zoo", *text.split()]
        commands[f"zoo {text}".strip()] = words
    sizes: dict[str, list[float]] = {name: [] for name in commands}
    runs = {
        name: run_of(words, sizes[name]) for name, words in commands.items()
    }
    with tempfile.TemporaryDirectory() as cache:
        os.environ["RECURRENT_ZOO_CACHE"] = cache
        found = measured.turns(runs, 5 if values.quick else values.runs)
    nothing = found[NOTHING]
    print(f"{'command':<46} {'seconds':>7} {'times':>6} {'processor':>9} MiB")
    rows = []
    for name, one in found.items():
        # The first is of the run that is not counted.
        largest, times = max(sizes[name][1:]), one.median / nothing.median
        processor = statistics.median(one.processor)
        print(
            f"{name:<46} {one.median:>7.2f} {times:>6.1f} "
            f"{processor:>9.2f} {largest:>3.0f}"
        )
        if name != NOTHING:
            rows.append(
                measured.row(name, one, nothing, NOTHING, mib=round(largest))
            )
    if values.json:
        measured.write(values.json, rows=rows)


if __name__ == "__main__":
    main()
