"""A language model that goes on learning while it is tested.

    python bench/dynamic_evaluation.py shakespeare_lstm_base --data-dir DIR
        [--json FILE] [--quick]

Dynamic evaluation (Krause et al., 2018): the text is read window by window, and
what a window cost is counted before anything is learned from it; then the
weights make a step down its gradient `g`, each by its own scale, and a step
back to where they were trained to, `w0`:

    w = w - rate * g / (sqrt(m) + e) + min(1, decay * sqrt(m) / mean) * (w0 - w)

where `m` is the mean of the squared gradients over some 200,000 characters of
the training text, `mean` the mean of its root, and `e` a hundredth of that. No
character is predicted from itself or from what comes after it, yet the weights
at the end are not those of the model: the score stands for itself, beside that
of the model as it is. `rate` and `decay` are chosen on the first half of the
validation text, which is tensorflow-datasets' `validation` for Tiny
Shakespeare; what the second half says was not looked at for it.

Reference: [Krause et al., 2018](https://proceedings.mlr.press/v80/krause18a.html),
equations 3 to 7
"""

import argparse
import itertools
import json
import math
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

import zoo
from recipes import char_lm
from recipes.training.losses import cross_entropy
from zoo.models.language_model import step_form

_WINDOW, _ROWS = 32, 16
RATES, DECAYS = (1e-4, 3e-4, 1e-3), (0.0, 0.003)


class Reader:
    """Reads windows, and learns from them if it is told to."""

    def __init__(self, trained):
        self.net = step_form(trained.model)
        self.weights = self.net.trainable_variables
        self.start = [tf.constant(w.numpy()) for w in self.weights]
        self.names = [name for name in self.net.output if name != "logits"]
        nats = cross_entropy()

        @tf.function(reduce_retracing=True)
        def read(ids, states, learns):
            with tf.GradientTape() as tape:
                inputs = dict(zip(self.names, states, strict=True))
                out = self.net({"token_ids": ids[:, :-1], **inputs})
                loss = tf.reduce_mean(nats(ids[:, 1:], out["logits"]))
            gradients = (
                [
                    tf.convert_to_tensor(g)
                    for g in tape.gradient(
                        loss, [w.value for w in self.weights]
                    )
                ]
                if learns
                else []
            )
            return loss, [out[name] for name in self.names], gradients

        self.read = read

    def zeros(self, rows):
        return [
            tf.zeros((rows, self.net.input[name].shape[-1]))
            for name in self.names
        ]

    def scales(self, ids, windows):
        """Root of the mean squared gradient of each weight, on a text."""
        squares = [tf.zeros_like(w) for w in self.start]
        stretch = (len(ids) - 1) // _ROWS
        states = self.zeros(_ROWS)
        for place in range(windows):
            start = np.arange(_ROWS)[:, None] * stretch + place * _WINDOW
            window = ids[start + np.arange(_WINDOW + 1)].astype("int32")
            _, states, gradients = self.read(tf.constant(window), states, True)
            squares = [
                s + g * g / windows
                for s, g in zip(squares, gradients, strict=True)
            ]
        return [tf.sqrt(s) for s in squares]

    def nats(self, ids, scales, rate, decay):
        """Nats of each window of a text, read from the trained weights on."""
        for weight, start in zip(self.weights, self.start, strict=True):
            weight.assign(start)
        flat = tf.concat([tf.reshape(s, [-1]) for s in scales], 0)
        mean = tf.reduce_mean(flat)

        @tf.function
        def learn(gradients):
            for w, w0, g, m in zip(
                self.weights, self.start, gradients, scales, strict=True
            ):
                back = tf.minimum(decay * m / mean, 1.0) * (w0 - w.value)
                w.assign(w.value - rate * g / (m + 0.01 * mean) + back)

        states, found = self.zeros(1), []
        for start in range(0, len(ids) - 1, _WINDOW):
            window = ids[None, start : start + _WINDOW + 1].astype("int32")
            loss, states, gradients = self.read(
                tf.constant(window), states, rate > 0
            )
            found.append((float(loss), window.shape[1] - 1))
            if rate > 0:
                learn(gradients)
        return np.array(found)


def mean(found):
    """Nats per character."""
    return float((found[:, 0] * found[:, 1]).sum() / found[:, 1].sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", metavar="NAME")
    parser.add_argument("--data-dir", type=Path, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    values = parser.parse_args()
    trained = zoo.load(values.model)
    assert isinstance(trained, zoo.tasks.LanguageModel)
    config = char_lm.Config(**trained.about["config"])
    with tempfile.TemporaryDirectory() as folder:
        splits = char_lm.data(
            config, values.data_dir, Path(folder), trained.tokenizer
        ).splits
        texts = {name: np.array(ids) for name, ids in splits.items()}
    text = texts["validation"]
    if values.quick:
        text = text[:4_000]
    half = text[: len(text) // 2]
    reader = Reader(trained)
    scales = reader.scales(texts["train"], 20 if values.quick else 400)
    tried = {}
    for rate, decay in itertools.product(RATES, DECAYS):
        tried[rate, decay] = mean(reader.nats(half, scales, rate, decay))
        print(
            f"rate {rate:g} decay {decay:g}  {tried[rate, decay]:.4f} on the "
            "first half",
            flush=True,
        )
    rate, decay = min(tried, key=lambda pair: tried[pair])
    rows = {}
    for name, chosen in (("as it is", (0.0, 0.0)), ("dynamic", (rate, decay))):
        found = reader.nats(text, scales, *chosen)
        halves = np.split(found, [math.ceil((len(half) - 1) / _WINDOW)])
        rows[name] = [round(mean(part), 4) for part in (found, *halves)]
        print(f"{name:<10} whole, first half, second half:", *rows[name])
    if values.json:
        content = {"model": values.model, "rate": rate, "decay": decay}
        content["nats_per_character"] = rows
        values.json.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
