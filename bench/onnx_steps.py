"""Two exports of one model, side by side: their steps and their loop.

    python bench/onnx_steps.py BEFORE AFTER [--rounds N] [--json FILE]

BEFORE and AFTER are folders that `zoo export X --formats onnx` wrote, of two
versions of this project. Each ONNX file that both have runs in ONNX Runtime
on two threads, at batch 1 and 32: a step with random states, an encoder and a
whole translation over the same random sentences. The two take turns within one
run, so that both see the same machine; the figures are medians over the
rounds. Sizes are in MB.
"""

import argparse
import functools
import json
import statistics
import time
from pathlib import Path

import measured

BATCHES, LENGTH, THREADS = (1, 32), 16, 2
# About as many seconds of one file in one round.
SECONDS = 0.05


def session(path: Path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    # Threads that wait by spinning would take the cores from whoever is next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )


def inputs_of(opened, vocabulary: int, batch: int) -> dict:
    """Random ids, and random values for everything else; masks of ones."""
    import numpy as np

    random = np.random.default_rng(0)
    found = {}
    for value in opened.get_inputs():
        sizes = {"batch": batch, "source_time": LENGTH, "time": LENGTH}
        shape = [sizes.get(axis, axis) for axis in value.shape]
        if value.name.endswith("_ids"):
            ids = random.integers(4, vocabulary, shape)
            found[value.name] = ids.astype("int32")
        elif value.name.endswith("mask"):
            found[value.name] = np.ones(shape, "float32")
        else:
            numbers = random.normal(0, 0.3, shape)
            found[value.name] = numbers.astype("float32")
    return found


def compared(before, after, inputs: dict, rounds: int) -> tuple:
    """Milliseconds of both, and the median of the ratios of the rounds."""
    sides = {"before": before, "after": after}
    runs = {
        name: functools.partial(one.run, None, inputs)
        for name, one in sides.items()
    }
    started = time.perf_counter()
    runs["before"]()
    once = time.perf_counter() - started
    count = max(3, min(200, int(SECONDS / once)))
    # Whoever runs second may find a warmer machine.
    found = measured.turns(runs, rounds, settle=1, calls=count, swap=True)
    times = [one.by_turn for one in found.values()]
    ratios = [b / a for a, b in zip(*times, strict=True)]
    medians = [1e3 * statistics.median(one) for one in times]
    return *medians, statistics.median(ratios)


def vocabulary_of(folder: Path) -> int:
    """Ids below this are in each vocabulary of the model."""
    arguments = json.loads((folder / "manifest.json").read_text())["arguments"]
    return min(n for name, n in arguments.items() if "vocabulary" in name)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path, metavar="FILE")
    values = parser.parse_args()
    measured.quiet()
    rows = []
    print("file | MB | MB now | batch | ms | ms now | ratio")
    for path in sorted(values.before.glob("*.onnx")):
        other = values.after / path.name
        if not other.is_file():
            continue
        sizes = [one.stat().st_size / 1e6 for one in (path, other)]
        opened = [session(path), session(other)]
        for batch in BATCHES:
            inputs = inputs_of(opened[0], vocabulary_of(values.before), batch)
            found = compared(opened[0], opened[1], inputs, values.rounds)
            names = ("file", "mb", "mb_now", "batch", "ms", "ms_now", "ratio")
            row = (path.name, *sizes, batch, *found)
            rows.append(dict(zip(names, row, strict=True)))
            name, size, now, batch, one, two, ratio = row
            print(
                f"{name} | {size:.2f} | {now:.2f} | {batch} | {one:.3f} | "
                f"{two:.3f} | {ratio:.2f}",
                flush=True,
            )
    if values.json:
        measured.write(values.json, rows=rows)


if __name__ == "__main__":
    main()
