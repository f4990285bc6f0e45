"""What n-grams of words, and of characters within words, say of a class.

Two lines of scikit-learn, tf-idf and logistic regression, are hard to beat on
few texts, with words or with characters. This is both in one regression, put
into the table of `zoo.layers.WithNgrams`: a word's score is its own and that
of all its parts, so a rare form is judged by what it shares with others.
"""

import warnings

import keras
import numpy as np

from recipes.data.examples import Examples
from recipes.methods.ngram_counts import counted
from zoo.models.layer_names import NGRAMS
from zoo.text.ids import UNKNOWN

# Inverse strength of the regularisation.
_C = 10.0
_STEPS, _TOLERANCE = 300, 1e-3
# Characters of a part of a word, its two ends included.
_SHORTEST, _LONGEST = 2, 5
_MOST_PARTS = 300_000
# Of a class without a text in training.
_NEVER = -20.0


def initialise(
    model: keras.Model,
    examples: Examples,
    words: list[str],
    *,
    balanced: bool = False,
) -> None:
    """Gives the layer `ngrams` of a classifier its weights, from texts."""
    layer = model.get_layer(NGRAMS)
    weights = fit(
        examples,
        layer.bias.shape[0],
        layer.longest,
        layer.slots,
        words,
        balanced=balanced,
    )
    for variable, values in zip(layer.weights, weights, strict=True):
        variable.assign(values)


def fit(
    examples: Examples,
    classes: int,
    longest: int,
    slots: int,
    words: list[str],
    *,
    balanced: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of `zoo.layers.WithNgrams` for labelled texts.

    A text of `n` tokens has, for each n-gram `g` of tokens, and for each part
    `p` of a word, 2 to 5 characters, of which the word's ends are two:

        x(g) = idf(g) * count of g in the text / sqrt(n), divided by the mean
               length of these vectors
        x(p)   likewise

    and a multinomial logistic regression on both has weights `a`. The table
    gets `w(g) = idf(g) a(g)`, of a single word with the same of all its parts
    on top. Where several n-grams would have one slot, the shortest one gets
    it, of these the one of most texts.

    Args:
        examples: encoded texts, with classes or probabilities of them.
        classes: number of classes.
        longest: number of tokens of the longest n-gram.
        slots: size of the table.
        words: the tokens of the ids from 2 on, to be taken apart; or none.
        balanced: whether each class counts alike, however many texts it has.

    Returns:
        `scores` of shape `(slots, classes)`, `marks` of shape `(slots,)`, and
        `bias` of shape `(classes,)`, float32.
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    labels = examples.labels
    if labels.ndim == 2:
        labels = labels.argmax(axis=1)
    counts, slot, mark = counted(examples, longest, slots, 1)
    texts = np.bincount(counts.indices, minlength=counts.shape[1])
    # The first columns are those of single tokens.
    single = np.unique(examples.token_ids)
    order = np.argsort(-texts, kind="stable")
    # `unique` finds what is first.
    order = np.concatenate(
        [order[order < len(single)], order[order >= len(single)]]
    )
    _, first = np.unique(slot[order], return_index=True)
    chosen = np.sort(order[first])
    parts = _parts(single, words)
    scale = 1 / np.sqrt(np.maximum(examples.lengths, 1))
    by_length = sparse.diags(scale.astype("float32"))
    x, weight_of = _scaled(by_length @ counts[:, chosen])
    if parts.shape[1]:
        of_text = by_length @ (counts[:, : len(single)] @ parts)
        kept = _most_frequent(of_text, _MOST_PARTS)
        z, weight_of_part = _scaled(of_text[:, kept])
        x = sparse.hstack([x, z], format="csr")
    model = LogisticRegression(
        C=_C,
        max_iter=_STEPS,
        tol=_TOLERANCE,
        class_weight="balanced" if balanced else None,
    )
    scores = np.zeros((slots, classes), "float32")
    marks = np.zeros(slots, "float32")
    marks[slot[chosen]] = mark[chosen]
    seen = np.unique(labels)
    bias = np.full(classes, _NEVER, "float32")
    if len(seen) < 2 or not x.shape[1]:
        # Nothing tells the classes apart, but how many texts each has.
        bias[seen] = np.log(np.bincount(labels)[seen] / len(labels))
        return scores, marks, bias
    with warnings.catch_warnings():
        # That it stopped before the last digit, and that classes are rare.
        warnings.simplefilter("ignore", UserWarning)
        model.fit(x, labels)
    a, b = model.coef_, model.intercept_
    if len(seen) == 2:
        a, b = np.concatenate([-a, a]) / 2, np.concatenate([-b, b]) / 2
    own = len(chosen)
    table = np.zeros((counts.shape[1], len(seen)))
    table[chosen] = (a[:, :own] * weight_of).T
    if parts.shape[1]:
        table[: len(single)] += parts[:, kept] @ (
            (a[:, own:] * weight_of_part).T
        )
    scores[np.ix_(slot[chosen], seen)] = table[chosen]
    bias[seen] = b
    return scores, marks, bias


def judged(
    examples: Examples,
    longest: int,
    weights: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> np.ndarray:
    """What `zoo.layers.WithNgrams` says with these weights, without a model.

    Args:
        examples: encoded texts.
        longest: number of tokens of the longest n-gram.
        weights: what `fit` returned.

    Returns:
        Logits of shape `(texts, classes)`.
    """
    scores, marks, bias = weights
    if not len(examples.token_ids):
        return np.tile(bias, (len(examples), 1))
    counts, slot, mark = counted(examples, longest, len(marks), 1)
    known = marks[slot] == mark
    total = counts[:, known] @ scores[slot[known]]
    return bias + total / np.sqrt(np.maximum(examples.lengths, 1))[:, None]


def _parts(ids, words):
    """How often each of `ids` has which parts, if it is a word."""
    from sklearn.feature_extraction.text import CountVectorizer

    known = [
        words[i - UNKNOWN - 1] if UNKNOWN < i <= len(words) + 1 else ""
        for i in ids
    ]
    vectorizer = CountVectorizer(
        analyzer="char_wb", ngram_range=(_SHORTEST, _LONGEST), dtype="float32"
    )
    try:
        return vectorizer.fit_transform(known)
    except ValueError:
        # None of them is a word.
        from scipy import sparse

        return sparse.csr_matrix((len(ids), 0), dtype="float32")


def _most_frequent(x, most):
    """The columns that are in most rows, ascending; those of one row go."""
    texts = np.bincount(x.indices, minlength=x.shape[1])
    fewest = 2 if x.shape[0] > 1_000 else 1
    order = np.argsort(-texts, kind="stable")[:most]
    return np.sort(order[texts[order] >= fewest])


def _scaled(x):
    """`x` by inverse document frequency, rows of length 1 in the mean.

    Returns:
        The matrix, and what each column was multiplied with.
    """
    from scipy import sparse

    rows = x.shape[0]
    texts = np.bincount(x.indices, minlength=x.shape[1])
    idf = np.log((1 + rows) / (1 + texts)) + 1
    x = x @ sparse.diags(idf.astype("float32"))
    squares = np.asarray(x.multiply(x).sum(axis=1)).ravel()
    mean = float(np.mean(1 / np.sqrt(squares[squares > 0]))) if x.nnz else 1.0
    return x * np.float32(mean), idf * mean
