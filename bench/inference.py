"""Inference: our ONNX files against Keras's own export, TensorFlow, PyTorch.

    python bench/inference.py [--json FILE] [--quick]

A masked sequence of 128 features, one layer of 128 units, its last state and
two logits, on two threads. For each cell the same Keras model goes through our
exporter, through Keras's own `export(format="onnx")`, through `tf.function`
and through `predict`; for LSTM, GRU and RNN a model of Keras's own layers
goes through Keras's export as well, and PyTorch runs its own layer where it
is installed. All take turns within one run; what counts is the median.

`bench/quantize.py` measures the same files with smaller weights, and
`bench/onnx_versions.py` what two versions of the exporter write.
"""

import functools
import importlib.util
import sys
import tempfile
from pathlib import Path

import measured

UNITS, WORDS, THREADS = 128, 1000, 2
SIZES = [(1, 50), (1, 250), (32, 50), (32, 250)]
KERAS = {"elman": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
TORCH = {"elman": "RNN", "gru": "GRU", "lstm": "LSTM"}


def session(path: Path, threads: int = THREADS):
    """An ONNX file as a function of ids; states are zeros."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait by spinning would take the cores from whoever is next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    opened = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    ids_name, *states = [value.name for value in opened.get_inputs()]
    widths = [value.shape[-1] for value in opened.get_inputs()[1:]]

    def run(ids):
        zeros = [np.zeros((len(ids), width), "float32") for width in widths]
        inputs = dict(zip(states, zeros, strict=True))
        return opened.run(None, {ids_name: ids, **inputs})[0]

    return run


def keras_export(model, ids, path: Path):
    """Keras's own ONNX file of a model, opened; None if it does not open."""
    from onnxruntime.capi.onnxruntime_pybind11_state import InvalidGraph

    from zoo.backend.quiet_loggers import only_errors

    # Keras refuses to export a model that was never called.
    model(ids[:1, :2])
    with only_errors("tensorflow"):
        model.export(str(path), format="onnx", verbose=False)
    try:
        return session(path)
    except InvalidGraph as error:
        # It says nothing of operations that ONNX lacks.
        print(error, file=sys.stderr)
        return None


def model_of(cell: str):
    from zoo.models import classifier

    return classifier(
        WORDS,
        2,
        cell=cell,
        units=UNITS,
        embedding_size=UNITS,
        bidirectional=False,
        pooling="last",
    )


def contestants(cell: str, ids, folder: Path) -> dict:
    """Functions of ids by name, ours first."""
    import keras
    import onnx

    from export.onnx import convert
    from zoo.backend.compile import logits_function

    model = model_of(cell)
    onnx.save(convert.native(model), folder / "ours.onnx")
    runs = {
        "ours": session(folder / "ours.onnx"),
        "keras export": keras_export(model, ids, folder / "keras.onnx"),
        "tf.function": logits_function(model),
        "predict": lambda ids: model.predict(ids, verbose=0),
    }
    if cell in KERAS:
        layers = keras.layers
        theirs = keras.Sequential(
            [
                keras.Input((None,), dtype="int32"),
                layers.Embedding(WORDS, UNITS, mask_zero=True),
                getattr(layers, KERAS[cell])(UNITS),
                layers.Dense(2),
            ]
        )
        name = f"keras {KERAS[cell]}, keras export"
        runs[name] = keras_export(theirs, ids, folder / "theirs.onnx")
    if cell in TORCH and importlib.util.find_spec("torch"):
        runs[f"torch {TORCH[cell]}"] = torch_model(TORCH[cell])
    return {name: run for name, run in runs.items() if run is not None}


def torch_model(name: str):
    """The same in PyTorch, rows packed to their lengths."""
    import torch

    torch.set_num_threads(THREADS)
    embedding = torch.nn.Embedding(WORDS, UNITS)
    layer = getattr(torch.nn, name)(UNITS, UNITS, batch_first=True)
    dense = torch.nn.Linear(UNITS, 2)

    def run(ids):
        with torch.inference_mode():
            rows = torch.from_numpy(ids).long()
            packed = torch.nn.utils.rnn.pack_padded_sequence(
                embedding(rows),
                (rows != 0).sum(1),
                batch_first=True,
                enforce_sorted=False,
            )
            state = layer(packed)[1]
            state = state[0] if isinstance(state, tuple) else state
            return dense(state[-1]).numpy()

    return run


def token_ids(batch: int, length: int, words: int = WORDS):
    """Rows between half of `length` and all of it."""
    import numpy as np

    random = np.random.default_rng(0)
    ids = random.integers(1, words, (batch, length)).astype("int32")
    lengths = random.integers((length + 1) // 2, length + 1, batch)
    lengths[0] = length
    ids[np.arange(length) >= lengths[:, None]] = 0
    return ids


def times(runs: dict, ids, rounds: int) -> dict[str, measured.Times]:
    """Of each, on these ids."""
    calls = {name: functools.partial(run, ids) for name, run in runs.items()}
    # Threads of the one before may still spin, waiting for work.
    return measured.turns(calls, rounds, settle=1, calls=2)


def rows_of(cell: str, batch: int, length: int, found: dict) -> list[dict]:
    return [
        measured.row(
            f"{cell} inference, B {batch} T {length}",
            found["ours"],
            reference,
            name,
            cell=cell,
            batch=batch,
            length=length,
        )
        for name, reference in found.items()
        if name != "ours"
    ]


def table(rows: list[dict]) -> list[list[str]]:
    """A head, and for each cell and size how many times faster ours is."""
    names = list(dict.fromkeys(row["reference_name"] for row in rows))
    names = [n for n in names if n.split()[0] not in ("keras", "torch")]
    groups = ["keras export", "own layer, keras export", *names, "torch"]
    lines = [["cell", "batch", "length", "ours, ms", *groups]]
    by_case = {}
    for row in rows:
        case = (row["cell"], row["batch"], row["length"])
        name = row["reference_name"]
        if name.endswith(", keras export"):
            name = "own layer, keras export"
        if name.startswith("torch"):
            name = "torch"
        by_case.setdefault(case, {"ours": row["ours"]})[name] = row["ratio"]
    for case, found in by_case.items():
        ratios = [
            f"{found[name]:.1f}x" if name in found else "" for name in groups
        ]
        if not ratios[0]:
            ratios[0] = "does not load"
        lines.append([*map(str, case), f"{found['ours']:.2f}", *ratios])
    return lines


def main() -> None:
    values = measured.parser(__doc__).parse_args()
    measured.quiet()
    import tensorflow as tf

    from zoo import cells

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    rows = []
    for cell in ["gru", "mingru"] if values.quick else cells.names():
        print(f"{cell} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            runs = contestants(cell, token_ids(1, 5), Path(folder))
            for batch, length in [(1, 50)] if values.quick else SIZES:
                ids = token_ids(batch, length)
                found = times(runs, ids, 9 if values.quick else 12)
                rows += rows_of(cell, batch, length, found)
    lines = table(rows)
    measured.show(lines)
    if values.json:
        measured.write(values.json, rows=rows, table=lines)


if __name__ == "__main__":
    main()
