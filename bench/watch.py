"""Whether something became slower: the quick forms, and what fell.

    python bench/watch.py [NAME ...] [--keep]

`make bench` does it. Each script of `SCRIPTS` runs in its quick form, and
bench/compared.py compares it with the last results of the same kind of machine
and the same command. With `--keep` the new ones take their place.

docs/results/speed/NAME.json holds them: a list of runs, of each kind of machine
and each command the newest that was kept. `make bench` alone keeps nothing: a
little less each time would never be a tenth less. Keep what a quiet machine
says, after a change that was meant, or where nothing of its kind is known.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import compared
import measured

BENCH = Path(__file__).parent
RESULTS = BENCH.parent / "docs" / "results" / "speed"
# Those with a yardstick that takes turns, and what they are told.
SCRIPTS: dict[str, list[str]] = {
    "startup": [],
    "cells": [],
    "sequence_forms": ["--cells", "gru", "lstm"],
    "inference": [],
    "litert": ["--cells", "lstm", "gru", "mingru"],
    "quantize": [],
    "generate": [],
    "translate": ["dates_gru_base"],
}


def measure(name: str) -> dict | None:
    """What a script writes; `None`, and its errors, where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.json"
        command = [sys.executable, str(BENCH / f"{name}.py"), *SCRIPTS[name]]
        command += ["--quick", "--json", str(path)]
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if done.returncode:
            sys.stderr.buffer.write(done.stderr)
            return None
        run: dict = json.loads(path.read_text("utf-8"))
    return run


def key(run: dict) -> tuple[str, str]:
    return compared.kind(run), run["command"]


def last(runs: list[dict], run: dict) -> dict | None:
    """The known run of the same kind of machine and the same command."""
    return next((one for one in runs if key(one) == key(run)), None)


def kept(runs: list[dict], run: dict) -> list[dict]:
    """The runs that are known, with this one in the place of its like."""
    others = [one for one in runs if key(one) != key(run)]
    names = ("command", "date", "machine", "versions", "rows")
    return [*others, {name: run[name] for name in names}]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--keep", action="store_true")
    values = parser.parse_args()
    unknown = set(values.names) - set(SCRIPTS)
    if unknown:
        parser.error(f"NAME must be one of {', '.join(SCRIPTS)}.")
    failed = False
    for name in values.names or SCRIPTS:
        started, processor = time.perf_counter(), measured.processor_time()
        run = measure(name)
        seconds = time.perf_counter() - started
        processor = measured.processor_time() - processor
        print(f"\n{name}: {seconds:.0f} s, {processor:.0f} s of processors")
        if run is None:
            failed = True
            print("It failed; why stands above.")
            continue
        path = RESULTS / f"{name}.json"
        runs = json.loads(path.read_text("utf-8")) if path.exists() else []
        before = last(runs, run)
        if before is None:
            print(
                f"No results of this kind of machine ({compared.kind(run)}) "
                f"and of `{run['command']}` are known; --keep keeps these."
            )
        else:
            print(*compared.report(before, run), sep="\n", flush=True)
        if values.keep:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(kept(runs, run), indent=1, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
