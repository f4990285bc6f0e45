"""Every cell, forward and backward, against Keras's and PyTorch's own layers.

    python bench/cells.py [--json FILE] [--plot FILE] [--quick] [--units 128]
        [--sizes 64x200 16x1000] [--lengths 50 200 1000 4000]
        [--precision mixed_bfloat16] [--cells NAME ...] [--no-memory]
    KERAS_BACKEND=jax python bench/cells.py

One layer of as many units as features, no mask: the step of
bench/training_step.py. All contestants take turns within one run; what counts
is the median. Behind minGRU stands what its one matrix product costs alone.
Then the growth with the length, and the memory, of the GPU that computes or of
the host (on Linux), each in a process of its own. PyTorch takes part where it
is installed.
"""

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

import measured
import peak_memory
import training_step

# (batch, time): the sizes that the table shows.
SIZES = [(64, 200), (16, 1000)]
QUICK = (16, 100)
# Lengths for the growth, at this batch.
LENGTHS, LENGTHS_BATCH = [50, 200, 1000, 4000], 8
KERAS = {"elman": "SimpleRNN", "gated": "LSTM", "gru": "GRU", "lstm": "LSTM"}
TORCH = {"torch RNN": "RNN", "torch GRU": "GRU", "torch LSTM": "LSTM"}
# What no layer that computes two sums of a unit for each step can undercut.
FLOOR = "its product alone"


def contestants(chosen: list[str]) -> list[str]:
    """Names: ours, Keras's and, where it is there, PyTorch's."""
    names = chosen + ["keras SimpleRNN", "keras GRU", "keras LSTM"]
    if "mingru" in names:
        names.insert(names.index("mingru") + 1, FLOOR)
    if importlib.util.find_spec("torch"):
        names += TORCH
    return names


def step(name: str, batch: int, length: int, units: int):
    """A function of nothing that runs one training step to its end."""
    import keras

    dtype = keras.config.dtype_policy().compute_dtype
    if name in TORCH:
        return training_step.of_torch(
            TORCH[name], batch, length, units, dtype == "bfloat16"
        )
    if name == FLOOR:
        layer = keras.layers.EinsumDense("btd,dh->bth", (None, 2 * units))
    elif name.startswith("keras "):
        layer_class = getattr(keras.layers, name.split()[1])
        layer = layer_class(units, return_sequences=True)
    else:
        from zoo.cells import get
        from zoo.layers import Recurrent

        layer = Recurrent(get(name, units), return_sequences=True)
    layer.build((None, None, units))
    x = keras.random.normal((batch, length, units), dtype=dtype, seed=1)
    return training_step.of_layer(layer, x)


def times(names, batch, length, units, rounds) -> dict[str, measured.Times]:
    steps = {name: step(name, batch, length, units) for name in names}
    return measured.turns(steps, rounds)


def memory_of(name: str, batch: int, length: int, units: int) -> float:
    """MiB of three steps."""
    import keras

    return peak_memory.of_runs(
        step(name, batch, 2, units),
        lambda: step(name, batch, length, units),
        "torch" if name in TORCH else keras.backend.backend(),
    )


def reference_of(name: str) -> str:
    """Keras's layer of the same equations, or of about the same work."""
    return f"keras {KERAS.get(name, 'LSTM')}"


def rows_of(found: dict, batch: int, length: int, units: int) -> list[dict]:
    from zoo import cells

    width = "" if units == 128 else f", {units} units"
    return [
        measured.row(
            f"{name} forward and backward, B {batch} T {length}{width}",
            found[name],
            found[reference_of(name)],
            reference_of(name),
            cell=name,
            batch=batch,
            length=length,
            units=units,
            tokens_per_second=round(batch * length / found[name].median),
        )
        for name in found
        if name in cells.names()
    ]


def table(results: dict, units: int) -> list[list[str]]:
    """A head, and a row for each contestant."""
    from zoo import cells

    sizes = list(results["seconds"])
    head = [f"layer of {units} units"]
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


def plot(growth: dict, units: int, path: Path) -> None:
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
    axes.set_title(f"One layer of {units} units, batch {LENGTHS_BATCH}")
    axes.legend(fontsize=8, ncols=2)
    figures.save(figure, path)


def medians(found: dict[str, measured.Times]) -> dict[str, float]:
    return {name: one.median for name, one in found.items()}


def size(text: str) -> tuple[int, int]:
    """Batch and length, as in `64x200`."""
    batch, length = map(int, text.split("x"))
    return batch, length


def main() -> None:
    parser = measured.parser(__doc__)
    parser.add_argument("--plot", type=Path, metavar="FILE")
    parser.add_argument("--cells", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--sizes", nargs="+", type=size, default=SIZES)
    parser.add_argument("--lengths", nargs="*", type=int, default=LENGTHS)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--memory-of", metavar="NAME", help=argparse.SUPPRESS)
    values = parser.parse_args()
    measured.quiet()
    import keras

    from zoo import cells

    keras.config.set_dtype_policy(values.precision)
    sizes, lengths, units = values.sizes, values.lengths, values.units
    if values.quick:
        sizes, lengths = [QUICK], [10, 40] if values.plot else []
    if values.memory_of:
        batch, length = sizes[0]
        print(memory_of(values.memory_of, batch, length, units))
        return
    names = contestants(values.cells or cells.names())
    results = {"seconds": {}, "memory": {}, "growth": {}}
    rows = []
    for batch, length in sizes:
        print(f"B {batch} T {length} ...", file=sys.stderr, flush=True)
        found = times(names, batch, length, units, 9)
        rows += rows_of(found, batch, length, units)
        results["seconds"][f"B {batch} T {length}"] = medians(found)
    for length in lengths:
        print(f"length {length} ...", file=sys.stderr, flush=True)
        found = times(names, LENGTHS_BATCH, length, units, 3)
        results["growth"][str(length)] = medians(found)
    for name in () if values.quick or values.no_memory else names:
        done = subprocess.run(
            [sys.executable, *sys.argv, "--memory-of", name],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        results["memory"][name] = float(done.stdout.split()[-1])
    results["table"] = table(results, units)
    measured.show(results["table"])
    if values.plot:
        plot(results["growth"], units, values.plot)
    if values.json:
        measured.write(
            values.json,
            **results,
            rows=rows,
            units=units,
            precision=values.precision,
            backend=keras.backend.backend(),
        )


if __name__ == "__main__":
    main()
