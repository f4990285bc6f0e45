"""Word vectors against a dense float64 account of their definition."""

import numpy as np
import pytest

from recipes.data.examples import Examples
from recipes.methods.ppmi_embedding import SMOOTHING, WINDOW, word_vectors
from zoo.text import WordTokenizer


def made(texts):
    tokenizer = WordTokenizer.from_texts(texts, 50)
    labels = [0 for _ in texts]
    return Examples.from_texts(texts, labels, tokenizer), tokenizer


@pytest.fixture(scope="module")
def random_texts():
    random = np.random.default_rng(3)
    words = [f"w{number}" for number in range(40)]
    odds = 1 / np.arange(1, 41)
    texts = []
    for length in (0, 1, 2, 9, 30, 80, 200):
        texts.append(
            " ".join(random.choice(words, length, p=odds / odds.sum()))
        )
    return made(texts)


def reference(examples, size, rank):
    """Pair by pair, with NumPy's own singular value decomposition."""
    counts = np.zeros((size, size))
    for start, end in zip(examples.starts, examples.starts[1:], strict=False):
        text = examples.token_ids[start:end]
        for i, word in enumerate(text):
            for j, other in enumerate(text):
                if 0 < abs(i - j) <= WINDOW and word > 1 and other > 1:
                    counts[word, other] += 1 / abs(i - j)
    p = counts / counts.sum()
    p_word = p.sum(axis=1, keepdims=True)
    p_context = (p_word**SMOOTHING / (p_word**SMOOTHING).sum()).T
    with np.errstate(divide="ignore", invalid="ignore"):
        m = np.nan_to_num(np.maximum(0, np.log(p / p_word / p_context)))
    u, s, _ = np.linalg.svd(m)
    e = (u * np.sqrt(s))[2:, :rank]
    e = e - e.mean(axis=0)
    norms = np.linalg.norm(e, axis=1, keepdims=True)
    e = e * np.minimum(1, np.quantile(norms, 0.9) / norms)
    return e / e.std() * 0.1


def test_they_are_what_their_docstring_says(random_texts):
    examples, tokenizer = random_texts
    vectors = word_vectors(examples, tokenizer.size, 8)
    assert vectors.shape == (tokenizer.size, 8)
    assert vectors.dtype == "float32"
    assert not vectors[:2].any()
    expected = reference(examples, tokenizer.size, 8)
    # A singular vector's sign is free, so what is compared are products.
    np.testing.assert_allclose(
        vectors[2:] @ vectors[2:].T, expected @ expected.T, atol=1e-5
    )


def test_the_same_texts_give_the_same_vectors(random_texts, monkeypatch):
    examples, tokenizer = random_texts
    for dense in (1_000, 0):
        monkeypatch.setattr("recipes.methods.ppmi_embedding._DENSE", dense)
        first, again = (word_vectors(examples, tokenizer.size, 8) for _ in "ab")
        np.testing.assert_array_equal(first, again)


def test_a_large_vocabulary_goes_another_way_to_the_same(
    random_texts, monkeypatch
):
    examples, tokenizer = random_texts
    dense = word_vectors(examples, tokenizer.size, 8)
    monkeypatch.setattr("recipes.methods.ppmi_embedding._DENSE", 0)
    sparse = word_vectors(examples, tokenizer.size, 8)
    # The sparse one decomposes the square of the matrix, in float32.
    np.testing.assert_allclose(
        sparse @ sparse.T, dense @ dense.T, rtol=1e-3, atol=1e-4
    )
    # A vocabulary most of which does not occur here.
    few = word_vectors(examples, 3_000, 8)
    assert np.isfinite(few).all()


def test_words_of_like_company_start_near_each_other():
    texts = [
        f"the {adjective} {noun} was {adverb} {verb}"
        for adjective in ("dull", "tedious")
        for adverb in ("not", "never")
        for noun, verb in (("film", "seen"), ("meal", "eaten"))
    ]
    examples, tokenizer = made(texts)
    vectors = word_vectors(examples, tokenizer.size, 4)

    def likeness(one, other):
        a, b = (vectors[tokenizer.encode(w)[0]] for w in (one, other))
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    assert likeness("dull", "tedious") > 0.9 > likeness("dull", "eaten")
    assert likeness("not", "never") > 0.9 > likeness("not", "film")


def test_a_word_that_nothing_stands_near_gets_zeros():
    texts = ["alone", "a b c d", "b a d", "c d b b", "d a"]
    examples, tokenizer = made(texts)
    vectors = word_vectors(examples, tokenizer.size, 3)
    (alone,) = tokenizer.encode("alone")
    assert not vectors[alone].any()
    others = np.delete(vectors[2:], alone - 2, axis=0)
    assert abs(others.std() - 0.1) < 1e-6


def test_words_that_are_all_alike_get_zeros():
    examples, tokenizer = made(["a b c", "b c a", "c a b"])
    assert not word_vectors(examples, tokenizer.size, 1).any()


@pytest.mark.parametrize(
    "texts", [[""], ["one"], ["one", "two"], ["a b"], ["a a"], ["a b a b a b"]]
)
def test_too_little_text_gives_numbers(texts):
    examples, tokenizer = made(texts)
    vectors = word_vectors(examples, tokenizer.size, 16)
    assert vectors.shape == (tokenizer.size, 16)
    assert np.isfinite(vectors).all()
