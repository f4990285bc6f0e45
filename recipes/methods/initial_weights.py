"""What a classifier knows before its first epoch."""

import keras

from recipes.data.examples import Examples
from recipes.methods import nbsvm, tfidf_ngrams, warm_start
from recipes.methods.ppmi_embedding import word_vectors
from zoo.models.layer_names import EMBEDDING
from zoo.tasks import LanguageModel, TextClassifier


def initialise(
    model: keras.Model,
    train: Examples,
    labels: list[str],
    *,
    start: TextClassifier | LanguageModel | None,
    from_word_vectors: bool,
    ngram_method: str,
    words: list[str],
    balanced: bool,
) -> None:
    """Gives a classifier its first weights.

    Args:
        model: the classifier, with random weights.
        train: the training texts.
        labels: names of the classes.
        start: the model whose weights it begins with.
        from_word_vectors: without one, whether its embedding begins with the
            words' neighbours.
        ngram_method: what gives its n-grams their scores, `nbsvm` or `tfidf`;
            "" for a model without any.
        words, balanced: as of `recipes.methods.tfidf_ngrams.fit`.
    """
    if ngram_method == "tfidf":
        tfidf_ngrams.initialise(model, train, words, balanced=balanced)
    elif ngram_method:
        nbsvm.initialise(model, train)
    if start is not None:
        warm_start.load_shared_weights(model, start, labels)
    elif from_word_vectors:
        embeddings = model.get_layer(EMBEDDING).embeddings
        embeddings.assign(word_vectors(train, *embeddings.shape))
