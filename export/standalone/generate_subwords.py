"""Writes subwords with step.onnx. Needs NumPy, onnxruntime and sentencepiece.

python generate.py "This film" [WORDS] [TEMPERATURE] [SEED]
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import sentencepiece

prompt, length, temperature, seed = (
    sys.argv[1:] + ["", "100", "0.8", "0"][len(sys.argv) - 1 :]
)
folder = Path(__file__).parent
units = sentencepiece.SentencePieceProcessor(
    model_file=str(folder / "tokenizer.model")
)
# 0 is the end of a text and the beginning of the next, 1 an unknown character;
# 2 and 3 are not used.
pieces = [units.id_to_piece(one) for one in range(len(units))]
pieces = ["\n", "", "", "", *(p.replace("\u2581", " ") for p in pieces[4:])]
read = prompt.encode("utf-8", "replace").decode("utf-8")
text = [0, *units.encode(read)]
session = onnxruntime.InferenceSession(str(folder / "step.onnx"))
_, *states = session.get_inputs()
values = {x.name: np.zeros((1, x.shape[1]), "float32") for x in states}
random = np.random.default_rng(int(seed))
start = len(text)
for place in range(start + int(length) - 1):
    token = np.array([[text[place]]], "int32")
    logits, *after = session.run(None, {"token_ids": token, **values})
    values = dict(zip(values, after, strict=True))
    if place >= start - 1:
        scores = logits[0].astype("float64")
        scores[1:4] = -np.inf
        if float(temperature) > 0:
            noise = random.gumbel(size=len(scores))
            scores = scores / float(temperature) + noise
        text.append(int(scores.argmax()))
print(prompt + "".join(pieces[one] for one in text[start:]))
