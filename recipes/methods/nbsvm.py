"""What n-grams say of a class: the scores that a classifier looks up."""

import keras
import numpy as np

from recipes.data.examples import Examples
from recipes.methods.ngram_counts import counted
from zoo.models.layer_names import NGRAMS

# An n-gram of fewer texts is chance.
_FEWEST_TEXTS = 4
# Inverse strength of the regularisation.
_C = 30.0


def initialise(model: keras.Model, examples: Examples) -> None:
    """Gives the layer `ngrams` of a classifier its weights, from texts."""
    layer = model.get_layer(NGRAMS)
    classes = layer.bias.shape[0]
    weights = fit(examples, classes, layer.longest, layer.slots)
    for variable, values in zip(layer.weights, weights, strict=True):
        variable.assign(values)


def fit(
    examples: Examples, classes: int, longest: int, slots: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of `zoo.layers.WithNgrams` for labelled texts.

    For each class, with `p(g)` the share of its texts among the texts with
    the n-gram `g`, `q(g)` that of the others, both with one text added:

        r(g) = log(p(g) / q(g)), normalised over all n-grams
        x(g) = r(g) * count of g in the text / sqrt(tokens of the text)

    and a logistic regression on `x` with weights `a` (Wang and Manning's
    NB-SVM with another loss): `w(g) = r(g) a(g)`. Where several n-grams would
    have one slot, the most relevant one gets it, by `|r(g)|` times the square
    root of the number of its texts.

    Args:
        examples: encoded texts, with classes or probabilities of them.
        classes: number of classes.
        longest: number of tokens of the longest n-gram.
        slots: size of the table.

    Returns:
        `scores` of shape `(slots, classes)`, `marks` of shape `(slots,)`, and
        `bias` of shape `(classes,)`, float32.

    Reference:
        - [Wang and Manning, 2012](https://aclanthology.org/P12-2018)
    """
    from scipy import sparse

    labels = examples.labels
    if labels.ndim == 2:
        labels = labels.argmax(axis=1)
    counts, slot, mark = counted(examples, longest, slots, _FEWEST_TEXTS)
    # Of two classes, the second; the first has the opposite scores.
    targets = range(classes) if classes > 2 else [1]
    ratios = np.stack([_ratio(counts, labels == each) for each in targets])
    texts = np.diff(counts.tocsc().indptr)
    relevance = np.abs(ratios).max(axis=0) * np.sqrt(texts)
    # The most relevant one comes first, and `unique` finds what is first.
    order = np.argsort(-relevance, kind="stable")
    _, first = np.unique(slot[order], return_index=True)
    chosen = order[first]

    scale = 1 / np.sqrt(np.maximum(examples.lengths, 1))
    x = sparse.diags(scale.astype("float32")) @ counts[:, chosen]
    scores = np.zeros((slots, classes), "float32")
    marks = np.zeros(slots, "float32")
    marks[slot[chosen]] = mark[chosen]
    bias = np.zeros(classes, "float32")
    for target, ratio in zip(targets, ratios[:, chosen], strict=True):
        weights, bias[target] = _regression(x, ratio, labels == target)
        scores[slot[chosen], target] = weights
    if classes == 2:
        scores[:, 1] /= 2
        bias[1] /= 2
        scores[:, 0], bias[0] = -scores[:, 1], -bias[1]
    return scores, marks, bias


def _ratio(counts, positive):
    """`log(p / q)` of each n-gram."""
    present = counts.sign()
    p = np.asarray(present[positive].sum(axis=0)).ravel() + 1
    q = np.asarray(present[~positive].sum(axis=0)).ravel() + 1
    return np.log((p / p.sum()) / (q / q.sum())).astype("float32")


def _regression(x, ratio, positive):
    """Weights of the columns of `x`, and a bias."""
    from scipy import sparse

    if not x.shape[1] or positive.all() or not positive.any():
        # Nothing to tell apart, or by.
        return np.zeros_like(ratio), 0

    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=_C, solver="liblinear", dual=True, max_iter=1000, random_state=0
    )
    model.fit(x @ sparse.diags(ratio), positive)
    return ratio * model.coef_[0], model.intercept_[0]
