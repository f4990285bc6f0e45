"""How other forms of a trained model are scored: on held-out examples.

On a bounded part of them, always the same: what is wanted is the difference
between two forms of one model over the same examples, which needs fewer of them
than a score does. Where the examples come from is said in
`recipes.evaluation.sources`.
"""

from collections.abc import Sequence

import numpy as np

from recipes.data.examples import Examples, ordered
from recipes.evaluation import translation
from recipes.evaluation.classification import BATCH_SIZE
from zoo.decoding.scoring import nats
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.tasks import (
    LanguageModel,
    Task,
    TextClassifier,
    Translator,
    labels_of,
)
from zoo.text import WordTokenizer
from zoo.text.ids import END, PADDING

# Texts, tokens and sentences at most, and tokens of a stretch of a text.
TEXTS, TOKENS, SENTENCES, _STRETCH = 2_000, 50_000, 1_000, 500
# Logits, and units of all sentences, that are computed in one call.
_LOGITS, _UNITS = 1 << 23, 1 << 12
# What may be lost: half a point of accuracy, of exact matches or of BLEU, which
# is below the standard error of those scores on so many examples; of a language
# model 0.02 nats a token, 2 % of its perplexity, which two seeds differ by.
LARGEST_LOSSES = {"accuracy": 0.005, "exact_match": 0.005, "bleu": 0.5}
_NATS = 0.02
# Ids in a translation that are no unit of it.
_NO_UNITS = (PADDING, END)


def of_classes(
    trained: TextClassifier,
    texts: Sequence[str],
    classes: Sequence[int],
    split: str = "validation",
) -> Validation:
    """The accuracy over texts.

    Args:
        trained: a classifier.
        texts: spread evenly over these are those that are taken.
        classes: of each, the index of its label.
        split: where they are from.
    """
    indices = _spread(len(texts), TEXTS)
    examples = Examples.from_texts(
        [texts[index] for index in indices],
        [classes[index] for index in indices],
        trained.tokenizer,
    )
    batches = ordered(examples, BATCH_SIZE)

    def measure(logits):
        right = [
            np.asarray(logits(ids)).argmax(axis=-1) == targets["logits"]
            for ids, targets in batches.make(0)
        ]
        return float(np.concatenate(right).mean())

    return Validation(
        "accuracy",
        measure,
        more_is_better=True,
        largest_loss=LARGEST_LOSSES["accuracy"],
        examples=len(indices),
        unit="texts",
        split=split,
    )


def of_text(
    trained: LanguageModel, ids: np.ndarray, split: str = "validation"
) -> Validation:
    """Nats per token over the first stretches of a text.

    Each is read from a state of zeros, so the mean is a little above that of a
    text that is read as one.

    Args:
        trained: a language model.
        ids: the text.
        split: where it is from.

    Raises:
        InputError: for a text of less than two tokens.
    """
    if len(ids) < 2:
        raise InputError(
            f"A text to score needs at least two tokens. Received: {len(ids)}"
        )
    ids = np.asarray(ids[: TOKENS + 1], "int32")
    steps = min(_STRETCH, len(ids) - 1)
    count = (len(ids) - 1) // steps
    first = np.arange(count)[:, None] * steps
    rows = ids[first + np.arange(steps + 1)]
    together = max(1, _LOGITS // (steps * trained.tokenizer.size))

    def measure(logits):
        parts = np.split(rows, range(together, len(rows), together))
        of_parts = [
            nats(np.asarray(logits(part[:, :-1])), part[:, 1:])
            for part in parts
        ]
        return float(np.concatenate(of_parts).mean())

    unit = trained.tokenizer.unit
    return Validation(
        f"nats_per_{unit}",
        measure,
        more_is_better=False,
        largest_loss=_NATS,
        examples=rows[:, 1:].size,
        unit=f"{unit}s",
        split=split,
    )


def of_pairs(
    trained: Translator,
    pairs: Sequence[tuple[str, str]],
    score: str = "bleu",
    split: str = "validation",
) -> Validation:
    """BLEU, or the share that is exact, of greedy translations.

    Args:
        trained: a translator.
        pairs: sentences and translations; spread evenly over these are those
            that are taken.
        score: `bleu` or `exact_match`.
        split: where they are from.
    """
    pairs = [pairs[index] for index in _spread(len(pairs), SENTENCES)]
    sources = [source for source, _ in pairs]
    rows = trained.tokenizer.source.encode_batch(sources)
    order = sorted(range(len(pairs)), key=lambda index: len(rows[index]))
    references = [pairs[index][1] for index in order]
    together = max(1, _UNITS // max(1, len(rows[order[-1]])))
    batches = [
        WordTokenizer.pad([rows[index] for index in order[start:][:together]])
        for start in range(0, len(order), together)
    ]
    target = trained.tokenizer.target

    def measure(translate):
        rows = [row for ids in batches for row in np.asarray(translate(ids))]
        hypotheses = [
            target.decode([int(unit) for unit in row if unit not in _NO_UNITS])
            for row in rows
        ]
        return translation.scores(hypotheses, references)[score]

    return Validation(
        score,
        measure,
        more_is_better=True,
        largest_loss=LARGEST_LOSSES[score],
        examples=len(pairs),
        unit="sentences",
        split=split,
    )


def check_labels(trained: Task, labels: Sequence[str]) -> None:
    """Checks that data have the classes of a model.

    Raises:
        InputError: otherwise.
    """
    if list(labels) != labels_of(trained):
        raise InputError(
            f"The data has the classes {', '.join(labels)}; the model was "
            f"trained on {', '.join(labels_of(trained))}."
        )


def _spread(count, most):
    """Places of at most so many of `count`, evenly spread."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(int)
