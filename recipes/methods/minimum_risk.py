"""Training on how good a translator's own translations are: minimum risk.

Plain training makes the words that a person wrote more probable, one by one;
what counts in the end is how good whole translations are. So the translator
that training starts from makes its n-best translations `y_1` to `y_n` of each
source `x` of the training set, and each has a cost, `c_i` = 1 -
BLEU / 100 of that sentence. What is made small, of a source:

    q_i  = p(y_i | x) / sum_j p(y_j | x)
    risk = sum_i q_i c_i
    loss = nats of the `y_i` of least cost, by unit + weight * risk

The paper has a power of `p` there; here it is 1. The first term keeps the
probability of what is not among the n-best where it was.

    Reference: [Shen et al., 2016](https://aclanthology.org/P16-1159); the first
    term, and that the person's own translation is not one of the `y_i`, after
    [Edunov et al., 2018](https://arxiv.org/abs/1711.04956)
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from recipes.evaluation.translation import of_sentences
from recipes.training.losses import token_cross_entropy
from zoo.backend.tensor import Tensor
from zoo.decoding import BeamSearch
from zoo.errors import InputError
from zoo.io.files import read_json, write_json
from zoo.tasks import Translator
from zoo.text import PairTokenizer, WordTokenizer
from zoo.text.ids import END, PADDING, START

# Translations of a sentence.
BEST = 4
# Of a translation that is not there, the logarithm of its probability.
_NEVER = -1e9


@dataclasses.dataclass(frozen=True)
class Judged:
    """Sources as ids, their translations, and what each of these costs.

    Attributes:
        source: of each sentence, an int32 array.
        targets: of each, up to `BEST` translations as int32 arrays, without
            start and end, the one of least cost first.
        costs: of each of these, a number from 0 to 1.
    """

    source: list[np.ndarray]
    targets: list[list[np.ndarray]]
    costs: list[list[float]]

    @classmethod
    def from_texts(
        cls,
        texts: Sequence[tuple[str, str]],
        tokenizer: PairTokenizer,
        judgement: dict,
        longest: int,
    ) -> "Judged":
        """Encodes the sources, and ranks their translations by cost.

        Args:
            texts: what `judge` was given.
            tokenizer: of both sides.
            judgement: what `judge` returned; sources without a translation
                are left out.
            longest: pairs of which a side has more units are left out.

        Raises:
            InputError: if none are left.
        """
        result = cls([], [], [])
        encoded = tokenizer.source.encode_batch([text for text, _ in texts])
        for source, ids, costs in zip(
            encoded, judgement["ids"], judgement["costs"], strict=True
        ):
            ranked = sorted(
                (cost, index)
                for index, cost in enumerate(costs)
                if 0 < len(ids[index]) <= longest
            )
            if not ranked or len(source) > longest:
                continue
            result.source.append(np.array(source, "int32"))
            result.targets.append(
                [np.array(ids[index], "int32") for _, index in ranked]
            )
            result.costs.append([cost for cost, _ in ranked])
        if not len(result):
            raise InputError(
                "The translator to start from made nothing of at most "
                f"`longest` {longest} units of the training sentences."
            )
        return result

    def __len__(self) -> int:
        return len(self.source)

    @property
    def lengths(self) -> np.ndarray:
        """Steps of the encoder, and of the decoder in all translations, of
        shape `(sentences, 2)`.
        """
        return np.array(
            [
                (len(source), BEST * (max(map(len, targets)) + 1))
                for source, targets in zip(
                    self.source, self.targets, strict=True
                )
            ],
            "int64",
        ).reshape(-1, 2)

    def batch(self, indices: Sequence[int] | np.ndarray) -> tuple[dict, dict]:
        """The sentences at `indices` as inputs of `training_model`.

        Returns:
            A dict of `source_ids`, int32 of shape `(batch, source_time)`,
            `target_ids`, int32 of shape `(batch, BEST, time)`, led by `START`
            and followed by `END`, all padding where there is none, and
            `costs`, float32 of shape `(batch, BEST)`; and `{"logits": zeros}`,
            one for each sentence.
        """
        rows = [
            [START, *target, END]
            for index in indices
            for target in _filled(self.targets[index], ())
        ]
        rows = [row if len(row) > 2 else [] for row in rows]
        target_ids = WordTokenizer.pad(rows)
        costs = [_filled(self.costs[index], 0.0) for index in indices]
        return {
            "source_ids": WordTokenizer.pad([self.source[i] for i in indices]),
            "target_ids": target_ids.reshape(len(indices), BEST, -1),
            "costs": np.array(costs, "float32"),
        }, {"logits": np.zeros(len(indices), "int32")}


def _filled(values, filler):
    return [*values, *[filler] * (BEST - len(values))]


def judge(
    trained: Translator, texts: Sequence[tuple[str, str]], path: Path
) -> dict:
    """What a translator makes of the sources, and what that costs.

    Args:
        trained: the translator.
        texts: sources, and references to judge by.
        path: the file where it is, or will be; a run that goes on learns the
            same.

    Returns:
        Lists of as many as there are texts: `ids`, the units of up to `BEST`
        translations, and `costs`, a number for each.
    """
    if path.exists():
        return read_json(path)
    sources, references = zip(*texts, strict=True)
    n_best = trained.decoder.n_best(sources, BEST, BeamSearch(BEST))
    result: dict[str, list] = {"ids": [], "costs": []}
    for translations, reference in zip(n_best, references, strict=True):
        hypotheses = [translation.text for translation in translations]
        bleu = of_sentences(hypotheses, reference)
        ids = [translation.ids for translation in translations]
        result["ids"].append(ids)
        result["costs"].append([round(1 - x / 100, 4) for x in bleu])
    write_json(path, result)
    return result


def training_model(
    model: keras.Model, weight: float, *, label_smoothing: float
) -> keras.Model:
    """A form of a translator that gives the loss of its translations.

    Args:
        model: a translator; weights are shared with it.
        weight: of the risk.
        label_smoothing: of the nats beside it.

    Returns:
        From what `Judged.batch` gives to `{"logits": (batch,)}`: the loss of
        each sentence.
    """
    inputs = {
        "source_ids": keras.Input((None,), dtype="int32", name="source_ids"),
        "target_ids": keras.Input(
            (BEST, None), dtype="int32", name="target_ids"
        ),
        "costs": keras.Input((BEST,), name="costs"),
    }
    layer = _Risk(model, weight, label_smoothing, dtype="float32")
    return keras.Model(inputs, {"logits": layer(inputs)})


def loss(labels: Tensor, losses: Tensor) -> Tensor:
    """Of what `training_model` gives, which is the loss."""
    return losses


class _Risk(keras.layers.Layer):
    """The equation at the top of this file, of a batch of sentences."""

    def __init__(self, translator, weight, label_smoothing, **kwargs):
        super().__init__(**kwargs)
        self.translator = translator
        self.weight = weight
        self.nats = token_cross_entropy()
        self.smoothed = token_cross_entropy(label_smoothing)

    def build(self, inputs_shape):
        pass

    def call(self, inputs, training=False):
        target_ids, c = inputs["target_ids"], inputs["costs"]
        read, written = target_ids[:, :, :-1], target_ids[:, :, 1:]
        sentences, _, steps = ops.shape(written)
        rows = (sentences * BEST, steps)
        labels = ops.reshape(written, rows)
        source_ids = ops.repeat(inputs["source_ids"], BEST, axis=0)
        logits = self.translator(
            {"source_ids": source_ids, "target_ids": ops.reshape(read, rows)},
            training=training,
        )["logits"]
        log_p = -ops.sum(self.nats(labels, logits), axis=-1)
        exists = ops.any(ops.not_equal(written, PADDING), axis=-1)
        log_p = ops.reshape(log_p, ops.shape(c))
        q = ops.softmax(ops.where(exists, log_p, _NEVER))
        risk = ops.sum(q * c, axis=-1)
        # The first of each is the one of least cost.
        best = self.smoothed(written[:, 0], logits[::BEST])
        units = ops.cast(ops.not_equal(written[:, 0], PADDING), "float32")
        best = ops.sum(best, axis=-1) / ops.sum(units, axis=-1)
        return best + self.weight * risk
