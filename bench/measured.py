"""What the scripts of bench/ that time something have in common.

Contestants take turns within one run, so that all of them see the same machine;
what counts is the median. Beside it stand the spread, which is the middle half
of all turns, and the processor time: of all cores, so it is more than the clock
where several work, and less where this process waits for others.

A row compares ours with a yardstick: `ratio` says how many times better ours
is. Its spread is that of the ratios of single turns, in which both have met the
same machine. `bench/compared.py` compares such rows of two runs.
"""

import argparse
import dataclasses
import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Instructions by which libraries choose their loops.
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16")
INSTRUCTIONS += ("amx_tile", "amx_int8", "amx_bf16", "sve")
LIBRARIES = ("ai_edge_litert", "jax", "keras", "numpy", "onnx", "onnxruntime")
LIBRARIES += ("openvino", "tensorflow", "torch")


@dataclasses.dataclass
class Times:
    """Seconds of one contestant.

    Attributes:
        wall: by the clock, one for each call that counts.
        processor: of all cores, children that have ended among them.
        calls: how many of them are one turn.
        result: what the last call returned.
    """

    wall: list[float] = dataclasses.field(default_factory=list)
    processor: list[float] = dataclasses.field(default_factory=list)
    calls: int = 1
    result: Any = None

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def by_turn(self) -> list[float]:
        """The median of each turn."""
        return [
            statistics.median(self.wall[start : start + self.calls])
            for start in range(0, len(self.wall), self.calls)
        ]

    @property
    def spread(self) -> tuple[float, float]:
        return middle_half(self.wall)


def middle_half(values: list[float]) -> tuple[float, float]:
    """First and third quartile; of one value, that value."""
    if len(values) == 1:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def turns(
    runs: dict[str, Callable[[], object]],
    rounds: int,
    *,
    settle: int = 0,
    calls: int = 1,
    swap: bool = False,
    warm_up: bool = True,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Times]:
    """Times of contestants that take turns.

    Args:
        runs: functions of nothing by name, each of which returns when all is
            done.
        rounds: how many turns of each count.
        settle: calls before those of a turn that count, because threads or
            caches of the one before are in the way.
        calls: how many calls of a turn count.
        swap: whether every other round has the opposite order.
        warm_up: whether there is a first round that does not count, in which
            functions are traced and compiled.
        clock: what tells the seconds of `wall`.
    """
    found = {name: Times(calls=calls) for name in runs}
    names = list(runs)
    for turn in range(-warm_up, rounds):
        for name in reversed(names) if swap and turn % 2 else names:
            run, times = runs[name], found[name]
            for _ in range(settle):
                run()
            for _ in range(calls):
                processor, started = processor_time(), clock()
                times.result = run()
                seconds = clock() - started
                if turn >= 0:
                    times.wall.append(seconds)
                    times.processor.append(processor_time() - processor)
    return found


def processor_time() -> float:
    """Seconds of this process and of its children that have ended."""
    try:
        import resource
    except ModuleNotFoundError:
        return time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def row(
    what: str,
    ours: Times,
    reference: Times,
    reference_name: str,
    *,
    per_second: str = "",
    **more: object,
) -> dict:
    """Ours beside a yardstick of the same run.

    Args:
        what: names the row, the same in each run.
        ours: times of ours.
        reference: times of the yardstick.
        reference_name: its name.
        per_second: what a result counts, where speeds are compared;
            milliseconds are otherwise.
        **more: what else the row holds.
    """
    sides = {"ours": ours, "reference": reference}
    about: dict = {"what": what, **more}
    for name, times in sides.items():
        values = [value(one, times, per_second) for one in times.wall]
        about[name] = short(value(times.median, times, per_second))
        about[f"{name}_spread"] = [short(v) for v in middle_half(values)]
        if times.processor:
            spent = 1e3 * statistics.median(times.processor)
            about[f"{name}_processor_ms"] = short(spent)
    share = 1.0
    if per_second:
        share = ours.result / reference.result
    ratios = [
        share * theirs / mine
        for mine, theirs in zip(ours.by_turn, reference.by_turn, strict=True)
    ]
    about["reference_name"] = reference_name
    about["unit"] = f"{per_second} per second" if per_second else "ms"
    about["ratio"] = short(share * reference.median / ours.median)
    about["ratio_spread"] = [short(ratio) for ratio in middle_half(ratios)]
    about["turns"] = len(ratios)
    return about


def value(seconds: float, times: Times, per_second: str) -> float:
    """Milliseconds, or what there is of the result in a second."""
    return times.result / seconds if per_second else 1e3 * seconds


def short(number: float) -> float:
    """Without digits that no clock can tell."""
    return float(f"{number:.5g}")


def machine() -> dict:
    """The processor, how many of its cores this process has, and GPUs."""
    name, flags = platform.processor() or platform.machine(), set()
    if Path("/proc/cpuinfo").is_file():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            field, _, text = line.partition(":")
            if field.strip() == "model name":
                name = text.strip()
            if field.strip() in ("flags", "Features"):
                flags |= set(text.split())
    elif platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        name = subprocess.check_output(command, text=True).strip()
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    return {
        "processor": name,
        "cores": cores,
        "instructions": [one for one in INSTRUCTIONS if one in flags],
        "gpus": gpus(),
    }


def gpus() -> list[str]:
    """Names of NVIDIA's GPUs, where there are any."""
    if not shutil.which("nvidia-smi"):
        return []
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True)
    return [] if done.returncode else done.stdout.split("\n")[:-1]


def versions(*others: str) -> dict[str, str]:
    """Of Python and of the libraries that this process has imported.

    Args:
        *others: libraries that processes of its own have used.
    """
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        if name in sys.modules:
            found[name] = getattr(sys.modules[name], "__version__", "unknown")
    return found | {name: importlib.metadata.version(name) for name in others}


def command() -> str:
    """What was called; of files elsewhere the names alone."""
    words = [f"bench/{Path(sys.argv[0]).name}", *sys.argv[1:]]
    if "--json" in words:
        place = words.index("--json")
        del words[place : place + 2]
    words = [Path(w).name if Path(w).is_absolute() else w for w in words]
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    before = [] if backend == "tensorflow" else [f"KERAS_BACKEND={backend}"]
    return " ".join([*before, "python", *words])


def write(path: Path, **content: object) -> None:
    """Writes what `--json` asks for: where, when and how, and `content`."""
    about = {
        "command": command(),
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**about, **content}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def show(lines: list[list[str]]) -> None:
    """Prints a table."""
    for line in lines:
        print(" | ".join(line))


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Of a script, with the two flags that all have."""
    found = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawTextHelpFormatter
    )
    found.add_argument("--json", type=Path, metavar="FILE")
    found.add_argument("--quick", action="store_true")
    return found


def quiet() -> None:
    """Before libraries are imported: no noise, and no report to anyone."""
    from export.runtimes import telemetry

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    telemetry.refuse()
