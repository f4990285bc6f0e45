"""Characters a second: one text, 64 texts, and how others write.

    python bench/generate.py [--json FILE] [--quick]

An LSTM of 512 units, one layer, a vocabulary of 67 characters, random weights,
drawing from the whole distribution. Ours: `Stream.generate` and `samples`
(compiled), and the exported step.onnx in ONNX Runtime with NumPy, as the
script of the export does it. Beside them a loop over `predict` of the same
Keras model with its states, and a loop over a layer of PyTorch, where it is
installed. All take turns within one run; what counts is the median.
"""

import functools
import importlib.util
import tempfile
from pathlib import Path

import measured

UNITS, CHARACTERS, BATCH = 512, 65, 64
LENGTH, PREDICT_LENGTH, ROUNDS = 480, 24, 7


def model():
    """A language model with random weights."""
    from zoo import models
    from zoo.tasks import LanguageModel
    from zoo.text import CharacterTokenizer

    tokenizer = CharacterTokenizer(map(chr, range(33, 33 + CHARACTERS)))
    arguments = {
        "vocabulary_size": tokenizer.size,
        "cell": "lstm",
        "units": UNITS,
        "embedding_size": 64,
    }
    builder = "language_model"
    net = models.build(builder, arguments)
    return LanguageModel(
        net, tokenizer, name="bench", builder=builder, arguments=arguments
    )


def stream_run(trained):
    import zoo

    stream = zoo.stream(trained)

    def run(length):
        stream.reset()
        return sum(map(len, stream.generate(length, seed=1)))

    return run


def samples_run(trained):
    import zoo
    from zoo.decoding import samples

    stream = zoo.stream(trained)
    return lambda length: sum(map(len, samples(stream, BATCH, length, seed=1)))


def onnx_run(trained, batch):
    """What generate.py of an export does, for `batch` texts."""
    import numpy as np
    import onnxruntime

    from export.onnx.language_model_step import write
    from export.tasks.language_model import step_axes
    from zoo.models.language_model import step_form

    step_model = step_form(trained.model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "step.onnx"
        write(step_model, step_axes(step_model), path)
        session = onnxruntime.InferenceSession(
            str(path), providers=["CPUExecutionProvider"]
        )
    names = [x.name for x in session.get_inputs() if x.name != "token_ids"]

    def run(length):
        random = np.random.default_rng(1)
        states = {n: np.zeros((batch, UNITS), "float32") for n in names}
        token = np.full((batch, 1), 2, "int32")
        for _ in range(length):
            inputs = {"token_ids": token, **states}
            logits, *after = session.run(None, inputs)
            states = dict(zip(names, after, strict=True))
            noise = random.gumbel(size=(batch, CHARACTERS))
            chosen = (logits[:, 2:] + noise).argmax(axis=-1) + 2
            token = chosen.astype("int32")[:, None]
        return batch * length

    return run


def predict_run(trained):
    """A loop over Keras's `predict`, as tutorials have it."""
    import numpy as np

    from zoo.models.language_model import step_form

    step_model = step_form(trained.model)
    names = [name for name in step_model.output if name != "logits"]

    def run(length):
        length = min(length, PREDICT_LENGTH)
        random = np.random.default_rng(1)
        states = {n: np.zeros((1, UNITS), "float32") for n in names}
        token = np.full((1, 1), 2, "int32")
        for _ in range(length):
            inputs = {"token_ids": token, **states}
            outputs = step_model.predict(inputs, verbose=0)
            states = {name: outputs[name] for name in names}
            logits = outputs["logits"][:, 0, 2:]
            noise = random.gumbel(size=(1, CHARACTERS))
            token = (logits + noise).argmax(axis=-1)[:, None] + 2
        return length

    return run


def torch_run(batch):
    """A loop over PyTorch's layer, under `inference_mode`."""
    import torch

    embedding = torch.nn.Embedding(CHARACTERS + 2, 64)
    lstm = torch.nn.LSTM(64, UNITS, batch_first=True)
    dense = torch.nn.Linear(UNITS, CHARACTERS + 2)

    def run(length):
        with torch.inference_mode():
            token, state = torch.full((batch, 1), 2), None
            for _ in range(length):
                y, state = lstm(embedding(token), state)
                p = torch.softmax(dense(y[:, 0]), dim=-1)
                token = torch.multinomial(p, 1)
        return batch * length

    return run


def main() -> None:
    values = measured.parser(__doc__).parse_args()
    measured.quiet()
    length = 64 if values.quick else LENGTH
    trained = model()
    runs = {
        "one text": stream_run(trained),
        "one text, ONNX step": onnx_run(trained, 1),
        f"{BATCH} texts": samples_run(trained),
        f"{BATCH} texts, ONNX step": onnx_run(trained, BATCH),
        "one text, loop over predict": predict_run(trained),
    }
    if importlib.util.find_spec("torch"):
        runs["one text, torch loop"] = torch_run(1)
        runs[f"{BATCH} texts, torch loop"] = torch_run(BATCH)
    count = 5 if values.quick else ROUNDS
    calls = {name: functools.partial(run, length) for name, run in runs.items()}
    found = measured.turns(calls, count)
    speeds = {name: one.result / one.median for name, one in found.items()}
    lines = [["what", "characters/s", "times the loop over predict"]]
    slowest = speeds["one text, loop over predict"]
    for name, speed in speeds.items():
        lines.append([name, f"{speed:,.0f}", f"{speed / slowest:.0f}x"])
    rows = []
    for ours in list(runs)[:4]:
        texts = ours.partition(",")[0]
        references = ["one text, loop over predict", f"{texts}, torch loop"]
        if texts != "one text":
            references.append("one text")
        rows += [
            measured.row(
                f"generate, LSTM {UNITS}, {ours}",
                found[ours],
                found[name],
                name,
                per_second="characters",
            )
            for name in references
            if name in found
        ]
    measured.show(lines)
    if values.json:
        measured.write(values.json, rows=rows, table=lines)


if __name__ == "__main__":
    main()
