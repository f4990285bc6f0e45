"""Every cell, forward and backward, against Keras's and PyTorch's own layers.

    python bench/cells.py [--json FILE] [--plot FILE] [--quick]
    KERAS_BACKEND=jax python bench/cells.py

One layer of 128 units over 128 features, no mask: the outputs of all steps,
and the gradients of their sum of squares with respect to the inputs and all
weights. All contestants take turns within one run; what counts is the median.
Behind minGRU stands what its one matrix product costs alone. Then the growth
with the length, and the memory (on Linux), each in a process of its own.
PyTorch takes part where it is installed.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

UNITS = 128
# (batch, time): the sizes that the table shows.
SIZES = [(64, 200), (16, 1000)]
# Lengths for the growth, at this batch.
LENGTHS, LENGTHS_BATCH = [50, 200, 1000, 4000], 8
KERAS = {"elman": "SimpleRNN", "gated": "LSTM", "gru": "GRU", "lstm": "LSTM"}
TORCH = {"torch RNN": "RNN", "torch GRU": "GRU", "torch LSTM": "LSTM"}
# What no layer that computes two sums of a unit for each step can undercut.
FLOOR = "its product alone"


def contestants() -> list[str]:
    """Names: ours, Keras's and, where it is there, PyTorch's."""
    import importlib.util

    from zoo import cells

    names = cells.names() + ["keras SimpleRNN", "keras GRU", "keras LSTM"]
    names.insert(names.index("mingru") + 1, FLOOR)
    if importlib.util.find_spec("torch"):
        names += TORCH
    return names


def step(name: str, batch: int, length: int):
    """A function of nothing that runs one training step to its end."""
    if name in TORCH:
        return _torch_step(TORCH[name], batch, length)
    import keras

    if name == FLOOR:
        layer = keras.layers.EinsumDense("btd,dh->bth", (None, 2 * UNITS))
    elif name.startswith("keras "):
        cls = getattr(keras.layers, name.split()[1])
        layer = cls(UNITS, return_sequences=True)
    else:
        from zoo.cells import get
        from zoo.layers import Recurrent

        layer = Recurrent(get(name, UNITS), return_sequences=True)
    layer.build((None, None, UNITS))
    x = keras.random.normal((batch, length, UNITS), seed=1)
    if keras.backend.backend() == "jax":
        return _jax_step(layer, x)
    return _tensorflow_step(layer, x)


def _tensorflow_step(layer, x):
    import tensorflow as tf

    @tf.function
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(layer(x, training=True)))
        return tape.gradient(loss, [x, *layer.trainable_variables])

    # One of them read is all of them done: a function ends as a whole.
    return lambda: run(x)[-1].numpy()


def _jax_step(layer, x):
    import jax

    def loss(weights, x):
        outputs, _ = layer.stateless_call(weights, fixed, x, training=True)
        return (outputs**2).sum()

    fixed = [v.value for v in layer.non_trainable_variables]
    weights = [v.value for v in layer.trainable_variables]
    run = jax.jit(jax.grad(loss, argnums=(0, 1)))
    return lambda: jax.block_until_ready(run(weights, x))


def _torch_step(name, batch, length):
    import torch

    layer = getattr(torch.nn, name)(UNITS, UNITS, batch_first=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    layer = layer.to(device)
    x = torch.randn(batch, length, UNITS, device=device, requires_grad=True)

    def run():
        layer.zero_grad()
        x.grad = None
        layer(x)[0].square().sum().backward()
        return x.grad.cpu()

    return run


def medians(names: list[str], batch: int, length: int, rounds: int) -> dict:
    """Seconds of a step by name; the contestants alternate."""
    steps = {name: step(name, batch, length) for name in names}
    seconds = {name: [] for name in names}
    for turn in range(rounds + 1):
        for name, run in steps.items():
            started = time.perf_counter()
            run()
            # The first turn traces and compiles.
            if turn:
                seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(s) for name, s in seconds.items()}


def peak_memory(name: str, batch: int, length: int) -> float:
    """MiB that three steps took on top of what was there before."""
    run = step(name, batch, 2)
    run()
    # Linux forgets the peak so far, which imports have made.
    Path("/proc/self/clear_refs").write_text("5")
    before = _mebibytes("VmRSS")
    run = step(name, batch, length)
    for _ in range(3):
        run()
    return _mebibytes("VmHWM") - before


def _mebibytes(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"This system does not tell {name}.")


def reference_of(name: str) -> str:
    """Keras's layer of the same equations, or of about the same work."""
    return f"keras {KERAS.get(name, 'LSTM')}"


def rows_of(seconds: dict, batch: int, length: int) -> list[dict]:
    from zoo import cells

    return [
        {
            "what": f"{name} forward and backward, B {batch} T {length}",
            "cell": name,
            "batch": batch,
            "length": length,
            "ours": round(1e3 * seconds[name], 2),
            "reference": round(1e3 * seconds[reference_of(name)], 2),
            "reference_name": reference_of(name),
            "unit": "ms",
            "ratio": round(seconds[reference_of(name)] / seconds[name], 2),
            "tokens_per_second": round(batch * length / seconds[name]),
        }
        for name in cells.names()
    ]


def table(results: dict) -> list[list[str]]:
    """A head, and a row for each contestant."""
    from zoo import cells

    sizes = list(results["seconds"])
    head = ["layer of 128 units"]
    for size in sizes:
        head += [f"{size}, ms", "tokens/s", "times Keras's"]
    head += [f"MiB, {sizes[0]}"]
    lines = [head]
    for name in results["seconds"][sizes[0]]:
        line = [name]
        for size in sizes:
            seconds = results["seconds"][size]
            batch, length = map(int, size.removeprefix("B ").split(" T "))
            ratio = ""
            if name in cells.names():
                reference = reference_of(name)
                ratio = f"{seconds[reference] / seconds[name]:.2f}"
                ratio += f" ({reference.removeprefix('keras ')})"
            speed = batch * length / seconds[name]
            line += [f"{1e3 * seconds[name]:.1f}", f"{speed:,.0f}", ratio]
        line.append(f"{results['memory'].get(name, float('nan')):.0f}")
        lines.append(line)
    return lines


def plot(growth: dict, path: Path) -> None:
    """Milliseconds of a step against the length, both logarithmic."""
    from zoo.inspect import figures

    figure, axes = figures.figure(8, 4.8)
    lengths = [int(length) for length in growth]
    names = list(growth[str(lengths[0])])
    for place, name in enumerate(names):
        axes.loglog(
            lengths,
            [1e3 * growth[str(length)][name] for length in lengths],
            label=name,
            color=figures.COLOURS[place % len(figures.COLOURS)],
            linestyle=["-", "--"][place >= len(figures.COLOURS)],
            marker=".",
        )
    axes.set_xlabel("length of the sequences (steps)")
    axes.set_ylabel("forward + backward (ms)")
    axes.set_title(f"One layer of {UNITS} units, batch {LENGTHS_BATCH}")
    axes.legend(fontsize=8, ncols=2)
    figures.save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--memory-of", metavar="NAME", help=argparse.SUPPRESS)
    values = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sizes = [(4, 20), (2, 40)] if values.quick else SIZES
    lengths = [10, 40] if values.quick else LENGTHS
    if values.memory_of:
        print(peak_memory(values.memory_of, *sizes[0]))
        return
    names = contestants()
    results = {"seconds": {}, "memory": {}, "growth": {}}
    for batch, length in sizes:
        print(f"B {batch} T {length} ...", file=sys.stderr, flush=True)
        rounds = 2 if values.quick else 9
        found = medians(names, batch, length, rounds)
        results["seconds"][f"B {batch} T {length}"] = found
    for length in lengths:
        print(f"length {length} ...", file=sys.stderr, flush=True)
        rounds = 2 if values.quick else 3
        found = medians(names, LENGTHS_BATCH, length, rounds)
        results["growth"][str(length)] = found
    for name in () if values.quick else names:
        command = [sys.executable, __file__, "--memory-of", name]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True
        )
        results["memory"][name] = float(done.stdout.split()[-1])
    results["table"] = table(results)
    for line in results["table"]:
        print(" | ".join(line))
    if values.plot:
        plot(results["growth"], values.plot)
    if values.json:
        import keras

        results["rows"] = [
            row
            for (batch, length), found in zip(
                sizes, results["seconds"].values(), strict=True
            )
            for row in rows_of(found, batch, length)
        ]
        results["machine"] = platform.processor() or platform.machine()
        results["cores"] = os.cpu_count()
        results["python"] = platform.python_version()
        results["keras"] = keras.__version__
        results["backend"] = keras.backend.backend()
        values.json.parent.mkdir(parents=True, exist_ok=True)
        values.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
