"""Translates with encoder.onnx and decoder_step.onnx, by beam search.

Needs Python, NumPy, onnxruntime and sentencepiece alone.

python translate.py "Ein Hund läuft." [BEAMS] [LENGTH_PENALTY]
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import sentencepiece

PADDING, UNKNOWN, START, END = range(4)
folder = Path(__file__).parent
arguments = sys.argv[1:4] + ["", "5", "1.0"][len(sys.argv) - 1 :]
text, beams, penalty = arguments[0], int(arguments[1]), float(arguments[2])
shared = json.loads((folder / "tokenizer.json").read_text("utf-8"))["shared"]
names = ["tokenizer.model"] * 2 if shared else ["source.model", "target.model"]
source, target = (
    sentencepiece.SentencePieceProcessor(model_file=str(folder / name))
    for name in names
)
encoder, decoder = (
    onnxruntime.InferenceSession(str(folder / f"{name}.onnx"))
    for name in ("encoder", "decoder_step")
)


def run(session: onnxruntime.InferenceSession, inputs: dict) -> dict:
    wanted = {value.name for value in session.get_inputs()}
    inputs = {name: x for name, x in inputs.items() if name in wanted}
    outputs = [value.name for value in session.get_outputs()]
    return dict(zip(outputs, session.run(None, inputs), strict=True))


def translated(text: str) -> list[tuple[str, float]]:
    """The translations that a beam finds and their scores, best first."""
    ids = source.encode(text)
    if not ids:
        return [("", 0.0)]
    values = run(encoder, {"source_ids": np.array([ids], "int32")})
    values = {name: x.repeat(beams, axis=0) for name, x in values.items()}
    rows: list[list[int]] = [[] for _ in range(beams)]
    total, ended = np.zeros(beams), []
    total[1:] = -np.inf  # At first all beams are the same.
    for length in range(1, 3 * len(ids) + 31):
        last = [[row[-1] if row else START] for row in rows]
        values["target_ids"] = np.array(last, "int32")
        step = run(decoder, values)
        logits = step.pop("logits").astype("float64")
        logits[:, [PADDING, UNKNOWN, START]] = -np.inf
        logits -= logits.max(axis=1, keepdims=True)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        every = (total[:, None] + log_p).ravel()
        best = np.argsort(-every, kind="stable")[: 2 * beams]
        kept = []
        for rank, place in enumerate(best):
            parent, token = divmod(int(place), log_p.shape[1])
            if token != END:
                kept.append((parent, token, every[place]))
            elif rank < beams:
                score = every[place] / ((5 + length) / 6) ** penalty
                ended.append((target.decode(rows[parent]), score))
        if len(ended) >= beams:
            break
        kept = kept[:beams]
        parents = [parent for parent, _, _ in kept]
        rows = [rows[parent] + [token] for parent, token, _ in kept]
        total = np.array([score for _, _, score in kept])
        for name, x in step.items():
            if name.startswith("next_"):
                values[name.removeprefix("next_")] = x[parents]
    if not ended:
        ended = [(target.decode(rows[0]), total[0])]
    return sorted(ended, key=lambda pair: -pair[1])[:beams]


for sentence, score in translated(text):
    print(f"{score:.4f}\t{sentence}")
