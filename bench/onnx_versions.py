"""Inference: the ONNX files that two versions of the exporter write.

    python bench/onnx_versions.py --write FOLDER
    python bench/onnx_versions.py --against FOLDER [--rounds N] [--threads N]
                                  [--only NAME ...] [--json FILE]

`--write` writes a file for every cell, in one direction (128 features, 128
units, the last state) and in both (mean and maximum), and for shipped models;
run it in a checkout of the other version, with this script. `--against` writes
the same files as the exporter does it now, and runs each beside that of the
folder: in one process, in turns that change their order, in many short rounds.
What counts is the ratio of the medians; the median of the ratios of the rounds
stands beside it. `--threads 1` counts the processor time of the one thread
instead of the clock: whoever else uses the machine disturbs that less.
"""

import argparse
import functools
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import measured

UNITS, WORDS, THREADS, ROUNDS = 128, 1000, 2, 15
# (batch, time), and how many times the rounds that one of the longest gets.
SIZES = {(1, 50): 8, (1, 250): 4, (32, 250): 1}
SHIPPED = ["imdb_gru_tiny", "imdb_gru_base", "shakespeare_lstm_base"]
# They have no padding: 0 is one of their tokens.
UNPADDED = ["shakespeare_lstm_base"]


def models() -> Iterator[tuple[str, object]]:
    """Names and Keras models, of the same numbers in every version."""
    import numpy as np

    import zoo
    from zoo import cells
    from zoo.models import classifier

    for cell in cells.names():
        for both in (False, True):
            model = classifier(
                WORDS,
                2,
                cell=cell,
                units=UNITS,
                embedding_size=UNITS,
                bidirectional=both,
                pooling="mean_max" if both else "last",
            )
            random = np.random.default_rng(1)
            model.set_weights(
                [random.normal(0, 0.1, w.shape) for w in model.get_weights()]
            )
            yield f"{cell}_{'both' if both else 'one'}", model
    for name in SHIPPED:
        yield name, zoo.load(name).model


def write_files(folder: Path, only: list[str]) -> None:
    """Writes the file of each of `models`, as this exporter does it."""
    import onnx

    from export.onnx import convert

    folder.mkdir(parents=True, exist_ok=True)
    for name, model in models():
        if not only or name in only:
            onnx.save(convert.native(model), folder / f"{name}.onnx")


def session(path: Path, threads: int):
    """A file as a function of ids."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait by spinning would take the cores from whoever is next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    opened = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    return lambda ids: opened.run(None, {"token_ids": ids})[0]


def token_ids(batch: int, length: int, padded: bool):
    """Rows of all of `length`, or the others between half of it and all."""
    import numpy as np

    random = np.random.default_rng(0)
    # As few as the shipped model with fewest has.
    ids = random.integers(1, 60, (batch, length)).astype("int32")
    if padded:
        lengths = random.integers((length + 1) // 2, length + 1, batch)
        lengths[0] = length
        ids[np.arange(length) >= lengths[:, None]] = 0
    return ids


def compared(runs: list, ids, rounds: int, one_thread: bool) -> dict:
    """Medians of the two, and how their answers differ."""
    import numpy as np

    calls = {"before": runs[0], "now": runs[1]}
    found = measured.turns(
        {name: functools.partial(run, ids) for name, run in calls.items()},
        rounds,
        # What lies in the caches is of the other one.
        settle=1,
        swap=True,
        clock=time.thread_time if one_thread else time.perf_counter,
    )
    both = list(found.values())
    times = [one.wall for one in both]
    before, now = (1e3 * one.median for one in both)
    ratios = [after / first for first, after in zip(*times, strict=True)]
    gap = np.abs(both[0].result - both[1].result).max()
    return {
        "before": round(before, 3),
        "now": round(now, 3),
        "ratio": round(now / before, 3),
        "paired_ratio": round(statistics.median(ratios), 3),
        "difference": float(f"{gap:.2g}"),
    }


def against(
    before: Path, rounds: int, threads: int, only: list[str]
) -> list[dict]:
    """Milliseconds of the files of two exporters, one row a file and size."""
    rows = []
    with tempfile.TemporaryDirectory() as now:
        write_files(Path(now), only)
        for path in sorted(Path(now).glob("*.onnx")):
            runs = [session(p, threads) for p in (before / path.name, path)]
            for (batch, length), times in SIZES.items():
                ids = token_ids(batch, length, path.stem not in UNPADDED)
                row = {"model": path.stem, "batch": batch, "length": length}
                row |= compared(runs, ids, rounds * times, threads == 1)
                print(" | ".join(map(str, row.values())), flush=True)
                rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, metavar="FOLDER")
    what.add_argument("--against", type=Path, metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    values = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if values.write:
        write_files(values.write, values.only)
        return
    # Not before: a checkout of another version need not know it.
    measured.quiet()
    print("model | batch | length | before, ms | now, ms | ratio | paired")
    rows = against(values.against, values.rounds, values.threads, values.only)
    if values.json:
        measured.write(values.json, rows=rows)


if __name__ == "__main__":
    main()
