"""Writes words with step.onnx. Needs Python, NumPy and onnxruntime alone.

python generate.py "This film" [WORDS] [TEMPERATURE] [SEED]

Id 0 is the end of a text and the beginning of the next, 1 an unknown word.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import onnxruntime

prompt, length, temperature, seed = (
    sys.argv[1:] + ["", "100", "0.8", "0"][len(sys.argv) - 1 :]
)
folder = Path(__file__).parent
words = json.loads((folder / "words.json").read_text("utf-8"))
ids = {word: 2 + place for place, word in enumerate(words["vocabulary"])}
read = prompt.encode("utf-8", "replace").decode("utf-8")
changes: dict = {
    "pattern": lambda text, a, b: re.sub(a, b, text, flags=re.ASCII),
    "table": lambda text, to: text.translate(str.maketrans(to)),
    "lower case": str.lower,
}
for change, *how in words["rules"]:
    read = changes[change](read, *how)
text = [0, *(ids.get(word, 1) for word in read.split(" ") if word)]
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
        scores[1] = -np.inf
        if float(temperature) > 0:
            noise = random.gumbel(size=len(scores))
            scores = scores / float(temperature) + noise
        text.append(int(scores.argmax()))
print(prompt + "".join(words["pieces"][one] for one in text[start:]))
