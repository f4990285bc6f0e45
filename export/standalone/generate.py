"""Writes text with step.onnx. Needs Python, NumPy and onnxruntime alone.

python generate.py "ROMEO:" [LENGTH] [TEMPERATURE] [SEED]
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

prompt, length, temperature, seed = (
    sys.argv[1:] + ["", "300", "0.8", "0"][len(sys.argv) - 1 :]
)
folder = Path(__file__).parent
tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
of_bytes = tokenizer["kind"] == "bytes"
known = list(range(256)) if of_bytes else tokenizer["vocabulary"]
first = 1 if of_bytes else 2  # 0 is padding, 1 an unknown character.
ids = {one: first + place for place, one in enumerate(known)}
session = onnxruntime.InferenceSession(str(folder / "step.onnx"))
states = [x for x in session.get_inputs() if x.name != "token_ids"]
values = {x.name: np.zeros((1, x.shape[1]), "float32") for x in states}
random = np.random.default_rng(int(seed))
begin = prompt or "\n"
text: list = [*begin.encode()] if of_bytes else [*begin]
for place in range(len(text) + int(length) - 1):
    token = np.array([[ids.get(text[place], 1)]], "int32")
    logits, *after = session.run(None, {"token_ids": token, **values})
    values = dict(zip(values, after, strict=True))
    if place >= len(text) - 1:
        scores = logits[0, first:].astype("float64")
        if float(temperature) > 0:
            noise = random.gumbel(size=len(scores))
            scores = scores / float(temperature) + noise
        text.append(known[int(scores.argmax())])
out = bytes(text).decode("utf-8", "replace") if of_bytes else "".join(text)
print(out)
