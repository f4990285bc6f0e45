"""How good translations are: sacreBLEU's scores, also by length."""

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from recipes.data.pairs import Pairs, in_order
from recipes.evaluation import plots as pictures
from recipes.training.losses import token_cross_entropy
from zoo.backend.compile import compiled
from zoo.decoding import BeamSearch, Translator
from zoo.decoding.translation import LONGEST_SOURCE
from zoo.errors import InputError
from zoo.inspect import attention
from zoo.printable import printable
from zoo.text import PairTokenizer, scripts

# sacreBLEU's tokenizer of scripts with spaces; share of letters without them
# from which it is another, and of Chinese ones from which it is Chinese:
# Japanese has others between them.
_WORDS, _MOSTLY, _ALL_CHINESE = "13a", 0.3, 0.9
# Groups of like length, and units of either side that are read at once.
_GROUPS, _BATCH_TOKENS = 5, 4096


def scores(hypotheses: Sequence[str], references: Sequence[str]) -> dict:
    """BLEU and chrF with their signatures, and the share that is exact.

    BLEU is lower-cased, of tokens by the rules of mteval-v13a, as Multi30k's
    published figures are; chrF and `exact_match` keep the case. Where the
    references are in a script without spaces, BLEU is of characters, in Chinese
    by sacreBLEU's rules for it, and both sides are brought to Unicode's NFKC
    first: full-width punctuation is equal to the narrow kind that the units of
    a translator write.

    Args:
        hypotheses: the translations.
        references: one for each.

    Raises:
        InputError: where sacreBLEU is not installed.

    Reference:
        - [Post, 2018](https://aclanthology.org/W18-6319)
        - chrF: [Popovic, 2015](https://aclanthology.org/W15-3049)
    """
    metrics = _sacrebleu()
    tokenize = _tokens(references)
    bleu, chrf = metrics.BLEU(lowercase=True, tokenize=tokenize), metrics.CHRF()
    references = list(references)
    if tokenize != _WORDS:
        hypotheses, references = (
            [unicodedata.normalize("NFKC", text) for text in side]
            for side in (hypotheses, references)
        )
    equal = [h == r for h, r in zip(hypotheses, references, strict=True)]
    return {
        "bleu": round(bleu.corpus_score(hypotheses, [references]).score, 2),
        "bleu_signature": str(bleu.get_signature()),
        "chrf": round(chrf.corpus_score(hypotheses, [references]).score, 2),
        "chrf_signature": str(chrf.get_signature()),
        "exact_match": round(float(np.mean(equal)), 5),
    }


def _tokens(texts: Sequence[str]) -> str:
    """What sacreBLEU is to make tokens by."""
    shares = scripts.shares(texts)
    if sum(shares.values()) < _MOSTLY:
        return _WORDS
    return "zh" if shares["CJK"] > _ALL_CHINESE else "char"


def of_sentences(hypotheses: Sequence[str], reference: str) -> list[float]:
    """BLEU of each of several translations of one sentence, from 0 to 100.

    Lower-cased, smoothed, of n-grams no longer than the sentence.

    Raises:
        InputError: where sacreBLEU is not installed.
    """
    bleu = _sacrebleu().BLEU(
        lowercase=True, tokenize=_tokens([reference]), effective_order=True
    )
    return [bleu.sentence_score(h, [reference]).score for h in hypotheses]


def _sacrebleu():
    try:
        from sacrebleu import metrics
    except ModuleNotFoundError as error:
        raise InputError(
            'Scores need sacrebleu: pip install "recurrent-zoo[recipes]"'
        ) from error
    return metrics


def by_length(
    sources: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[str],
) -> dict[str, dict]:
    """The same of groups of sentences of like length, the shortest first.

    Returns:
        By the lengths of their sources in words ("4-9"), of about as many
        sentences each: `sentences`, the mean length in `words`, `bleu`, `chrf`
        and `exact_match`.
    """
    words = np.array([len(source.split()) for source in sources])
    bounds = np.unique(np.quantile(words, np.linspace(0, 1, _GROUPS + 1)[1:]))
    groups = np.searchsorted(bounds, words)
    result = {}
    for group in np.unique(groups):
        indices = np.flatnonzero(groups == group).tolist()
        quality = scores(
            [hypotheses[index] for index in indices],
            [references[index] for index in indices],
        )
        low, high = words[indices].min(), words[indices].max()
        result[f"{low}-{high}" if low < high else f"{low}"] = {
            "sentences": len(indices),
            "words": round(float(words[indices].mean()), 2),
            **{name: quality[name] for name in ("bleu", "chrf", "exact_match")},
        }
    return result


def tested(
    translator: Translator,
    pairs: Sequence[tuple[str, str]],
    *,
    beams: int,
    length_penalty: float,
    label: str,
    plots: Path | None = None,
) -> dict:
    """The scores of a test set, greedily and with a beam, and by length.

    Args:
        translator: what translates.
        pairs: sources and references.
        beams: of the search.
        length_penalty: likewise; see `zoo.decoding.BeamSearch`.
        label: of the model in the pictures.
        plots: folder for pictures of the scores by length and of where the
            model looked in a sentence of usual length; without one, none are
            drawn.
    """
    sources, references = zip(*pairs, strict=True)
    greedy = _texts(translator.translate(sources, None))
    search = BeamSearch(beams, length_penalty)
    hypotheses = _texts(translator.translate(sources, search))
    result = scores(hypotheses, references)
    of_greedy = scores(greedy, references)
    for name in ("bleu", "chrf", "exact_match"):
        result[f"greedy_{name}"] = of_greedy[name]
    groups = by_length(sources, hypotheses, references)
    if plots is not None:
        title = "chrF of the test set"
        pictures.by_length({label: groups}, "chrf", title, plots / "length.png")
    if plots is not None and translator.attentive:
        usual = sorted(sources, key=len)[len(sources) // 2]
        (translation,) = translator.translate([usual], None)
        source, target, weights = translator.attention(usual, translation.ids)
        attention.picture(source, target, weights, plots / "attention.png")
    return {**result, "test_pairs": len(pairs), "by_length": groups}


def _texts(translations):
    return [translation.text for translation in translations]


def of_sample(
    model: keras.Model,
    translator: Translator,
    pairs: Sequence[tuple[str, str]],
    tokenizer: PairTokenizer,
    *,
    shown: int,
) -> Callable[[], dict]:
    """A function of nothing to `val_loss`, `val_bleu`, `val_chrf` and
    `val_exact_match` of greedy translations.

    Args:
        model: a translator; its weights are read anew at every call.
        translator: translates with it.
        pairs: sources and references.
        tokenizer: of both sides.
        shown: how many of the translations are printed.
    """
    sources, references = zip(*pairs, strict=True)
    encoded = Pairs.from_texts(pairs, tokenizer, LONGEST_SOURCE)
    loss = nats(model, encoded)

    def measure():
        written = _texts(translator.translate(sources, None))
        quality = scores(written, references)
        for pair in zip(sources[:shown], written, strict=False):
            print("", *map(printable, pair), sep="\n", flush=True)
        names = ("bleu", "chrf", "exact_match")
        return {
            "val_loss": loss(),
            **{f"val_{name}": quality[name] for name in names},
        }

    return measure


def nats(model: keras.Model, pairs: Pairs) -> Callable[[], float]:
    """A function of nothing to the mean nats of a unit of the targets.

    Args:
        model: a translator; its weights are read anew at every call.
        pairs: what it reads; the ends of the targets count too.
    """
    loss = token_cross_entropy()
    batches = in_order(pairs, _BATCH_TOKENS)

    def total(source_ids, target_ids, labels):
        inputs = {"source_ids": source_ids, "target_ids": target_ids}
        logits = model(inputs, training=False)["logits"]
        return ops.sum(loss(labels, logits))

    graph = compiled(total, model)

    def mean():
        sums = [
            float(graph(*inputs.values(), targets["logits"]))
            for inputs, targets in batches.make(0)
        ]
        return sum(sums) / float(pairs.lengths[:, 1].sum())

    return mean
