"""Sentences a second: greedy, with five beams, as ONNX, and a plain loop.

    python bench/translate.py X [--file FILE] [--json FILE] [--quick]

X is a translator: a run folder or a pretrained name. It translates the lines
of FILE, without one the test set that X was trained for (`--data-dir` as of
zoo train). Ours: `Translator.translate`, compiled, text to text, in batches of
like length; translate.onnx of the export, the same batches of ids. Beside them
a plain loop in eager mode, a step of the Keras model at a time, as tutorials
have it, in the same batches, greedily. All take turns within one run; what
counts is the median.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

ROUNDS, EAGER_SENTENCES = 5, 128


def sentences(trained, file, data_dir) -> list[str]:
    if file:
        return file.read_text("utf-8").rstrip("\n").split("\n")
    import recipes

    module, config = recipes.of(trained)
    test = module.texts(config, data_dir)["test"]
    return [source for source, _ in test]


def batches(trained, texts) -> list:
    """Ids of sentences of like length, as `Translator` forms them."""
    from zoo.decoding.translation_batches import BATCH_SIZE
    from zoo.text import WordTokenizer

    rows = sorted(trained.tokenizer.source.encode_batch(texts), key=len)
    return [
        WordTokenizer.pad(rows[start : start + BATCH_SIZE])
        for start in range(0, len(rows), BATCH_SIZE)
    ]


def translator_run(trained, how):

    translator = trained.decoder
    return lambda texts: len(translator.translate(texts, how))


def onnx_run(trained):
    import onnxruntime

    from export.onnx import convert, greedy_loop
    from export.onnx import translator as onnx_translator
    from zoo.decoding.translator_step import logit_bias
    from zoo.models.translator import encoder_form, step_form

    encoder, step_model = encoder_form(trained.model), step_form(trained.model)
    axes = onnx_translator.step_axes(encoder, step_model)
    proto = greedy_loop.with_greedy_loop(
        onnx_translator.encoder_model(trained.model, encoder),
        onnx_translator.step_proto(step_model, axes),
        logit_bias(step_model, unknown=False),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "translate.onnx"
        convert.save(proto, path)
        session = onnxruntime.InferenceSession(
            str(path), providers=["CPUExecutionProvider"]
        )

    def run(texts):
        for source_ids in batches(trained, texts):
            session.run(None, {"source_ids": source_ids})
        return len(texts)

    return run


def eager_run(trained):
    import numpy as np
    from keras import ops

    from zoo.decoding.translator_step import max_target_length
    from zoo.models.translator import encoder_form, step_form
    from zoo.text.ids import END, START

    encoder, step_model = encoder_form(trained.model), step_form(trained.model)

    def run(texts):
        texts = texts[:EAGER_SENTENCES]
        for source_ids in batches(trained, texts):
            values = dict(encoder(ops.convert_to_tensor(source_ids)))
            token = np.full((len(source_ids), 1), START, "int32")
            ended = np.zeros(len(source_ids), bool)
            for _ in range(max_target_length(source_ids.shape[1])):
                ids = ops.convert_to_tensor(token)
                outputs = step_model({"target_ids": ids, **values})
                chosen = np.asarray(outputs["logits"])[:, 0, END:]
                chosen = chosen.argmax(axis=-1) + END
                ended |= chosen == END
                if ended.all():
                    break
                token = chosen.astype("int32")[:, None]
                values.update({n: v for n, v in outputs.items() if n in values})
        return len(texts)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", metavar="X")
    parser.add_argument("--file", type=Path, metavar="FILE")
    parser.add_argument("--data-dir", type=Path, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    values = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from export.runtimes import telemetry

    telemetry.refuse()
    import keras
    import onnxruntime
    import tensorflow as tf

    import zoo
    from zoo.decoding import BeamSearch

    trained = zoo.load(values.model)
    texts = sentences(trained, values.file, values.data_dir)
    if values.quick:
        texts = texts[:200]
    runs = {
        "greedy": translator_run(trained, None),
        "5 beams": translator_run(trained, BeamSearch(5)),
        "greedy, ONNX with the loop inside": onnx_run(trained),
        "greedy, a loop in eager mode": eager_run(trained),
    }
    speeds = {name: [] for name in runs}
    for turn in range((2 if values.quick else ROUNDS) + 1):
        for name, run in runs.items():
            began = time.perf_counter()
            count = run(texts)
            # The first turn compiles.
            if turn:
                speeds[name].append(count / (time.perf_counter() - began))
    medians = {name: statistics.median(s) for name, s in speeds.items()}
    *ours, reference = medians
    lines = [["what", "sentences/s", "times the eager loop"]]
    for name, speed in medians.items():
        times = speed / medians[reference]
        lines.append([name, f"{speed:,.0f}", f"{times:.1f}x"])
    for line in lines:
        print(" | ".join(line))
    if values.json:
        about = {
            "machine": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "onnxruntime": onnxruntime.__version__,
            "model": trained.name,
            "arguments": trained.arguments,
            "sentences": len(texts),
        }
        about["rows"] = [
            {
                "what": f"translate, {name}",
                "ours": round(medians[name], 1),
                "reference": round(medians[reference], 1),
                "reference_name": reference,
                "unit": "sentences per second",
                "ratio": round(medians[name] / medians[reference], 2),
            }
            for name in ours
        ]
        values.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**about, "table": lines}, indent=1)
        values.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
