"""How much a network counts beside its n-grams, learned on held-out texts.

Both are trained on the same texts and apart; which one is the better depends on
how many texts there are. Two factors, fitted where neither has trained, say it,
and make the probabilities of the sum honest at the same time.
"""

import keras
import numpy as np

from recipes.data.examples import Examples, joined
from recipes.evaluation.classification import predict
from recipes.methods import tfidf_ngrams
from zoo.models.layer_names import LOGITS, NGRAMS

# What the factors of network and n-grams are where few texts say little: in
# the middle of what many texts gave on the sets of docs/own_texts.md. A factor
# that is e times larger or smaller costs so many nats.
_USUAL = np.array([0.35, 0.7])
_PRIOR = 3.0


def join_parts(
    model: keras.Model,
    train: Examples,
    validation: Examples,
    words: list[str],
    *,
    balanced: bool = False,
) -> dict:
    """Gives both parts of a trained classifier the weight that they deserve.

    The factors come from the validation texts, which neither part has seen;
    then the table of n-grams learns from these too.

    Args:
        model: a network that is trained, beside n-grams.
        train, validation: the examples.
        words, balanced: as of `recipes.methods.tfidf_ngrams.fit`.

    Returns:
        `network_factor` and `ngram_factor`.
    """
    # Of a class without a training text they can say nothing.
    known = np.isin(validation.labels, classes_of(train.labels))
    network, ngrams = parts(model, validation)
    a, b = factors(network[known], ngrams[known], validation.labels[known])
    tfidf_ngrams.initialise(
        model, joined(train, validation), words, balanced=balanced
    )
    apply(model, a, b)
    return {"network_factor": round(a, 3), "ngram_factor": round(b, 3)}


def classes_of(labels: np.ndarray) -> np.ndarray:
    """The classes that there are; of probabilities, the likeliest ones."""
    return np.unique(labels.argmax(axis=1) if labels.ndim == 2 else labels)


def parts(
    model: keras.Model, examples: Examples
) -> tuple[np.ndarray, np.ndarray]:
    """The logits of the network and of its n-grams, `(examples, classes)`."""
    network = keras.Model(
        model.inputs, {"logits": model.get_layer(LOGITS).output}
    )
    a = predict(network, examples)
    # The layer gives the mean of the two.
    return a, 2 * predict(model, examples) - a


def factors(
    network: np.ndarray, ngrams: np.ndarray, labels: np.ndarray
) -> tuple[float, float]:
    """What to multiply the two with, so that their sum is most probable.

    Args:
        network, ngrams: logits of held-out texts, `(texts, classes)`.
        labels: of the texts, the right classes.

    Returns:
        Two positive factors that make the sum of cross-entropies least, with a
        penalty of `_PRIOR` times the square of the logarithm of each factor
        over its usual value.
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    rows = np.arange(len(labels))

    def nats(logs):
        a, b = _USUAL * np.exp(logs)
        z = a * network + b * ngrams
        lost = (logsumexp(z, axis=1) - z[rows, labels]).sum()
        return lost + _PRIOR * float(np.sum(np.square(logs)))

    found = minimize(nats, np.zeros(2), method="Nelder-Mead").x
    a, b = _USUAL * np.exp(found)
    return float(a), float(b)


def apply(model: keras.Model, network: float, ngrams: float) -> None:
    """Multiplies the two parts of a classifier's logits with factors."""
    # The layer gives the mean of the two.
    for layer, factor in ((LOGITS, 2 * network), (NGRAMS, 2 * ngrams)):
        names = ("kernel", "bias") if layer == LOGITS else ("scores", "bias")
        for name in names:
            variable = getattr(model.get_layer(layer), name)
            variable.assign(factor * variable.value)
