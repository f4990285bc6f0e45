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

import functools
import tempfile
from pathlib import Path

import measured

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
    parser = measured.parser(__doc__)
    parser.add_argument("model", metavar="X")
    parser.add_argument("--file", type=Path, metavar="FILE")
    parser.add_argument("--data-dir", type=Path, metavar="DIR")
    values = parser.parse_args()
    measured.quiet()
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
    count = 5 if values.quick else ROUNDS
    calls = {name: functools.partial(run, texts) for name, run in runs.items()}
    found = measured.turns(calls, count)
    speeds = {name: one.result / one.median for name, one in found.items()}
    *ours, reference = found
    lines = [["what", "sentences/s", "times the eager loop"]]
    for name, speed in speeds.items():
        times = speed / speeds[reference]
        lines.append([name, f"{speed:,.0f}", f"{times:.1f}x"])
    measured.show(lines)
    if values.json:
        rows = [
            measured.row(
                f"translate, {name}",
                found[name],
                found[reference],
                reference,
                per_second="sentences",
            )
            for name in ours
        ]
        measured.write(
            values.json,
            model=trained.name,
            arguments=trained.arguments,
            sentences=len(texts),
            rows=rows,
            table=lines,
        )


if __name__ == "__main__":
    main()
