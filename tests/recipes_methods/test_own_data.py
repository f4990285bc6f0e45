"""A network and n-grams for a user's own texts, and how they are joined."""

import shlex

import numpy as np
import pytest

from recipes.config import fit_to_texts, flags
from recipes.config.imdb_sentiment import FITTED, Config
from recipes.data.examples import Examples, joined
from recipes.methods import stacking, tfidf_ngrams
from zoo import models
from zoo.layers import WithNgrams
from zoo.text import CharacterTokenizer, WordTokenizer

SLOTS = 8_191
TEXTS = ["he walks", "she talked", "he talks", "she walked", "he plays"] * 6
LABELS = ["now", "then", "now", "then", "now"] * 6


def encoded(texts, labels, tokenizer):
    names = sorted(set(LABELS))
    return Examples.from_texts(
        texts, [names.index(one) for one in labels], tokenizer
    )


def judged(weights, examples, longest=2):
    layer = WithNgrams(longest, SLOTS)
    layer.build((None, weights[0].shape[1]), (None, None))
    for variable, values in zip(layer.weights, weights, strict=True):
        variable.assign(values)
    ids, _ = examples.batch(np.arange(len(examples)))
    return np.asarray(layer.judged(ids))


def by_hand(texts, labels, asked):
    """The same with scikit-learn alone: features of every text, no table."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    tokens = CountVectorizer(
        ngram_range=(1, 2), token_pattern=r"\S+", lowercase=False
    )
    parts = CountVectorizer(analyzer="char_wb", ngram_range=(2, 5))
    blocks, asked_blocks = [], []
    for vectorizer in (tokens, parts):
        counts = vectorizer.fit_transform(texts).toarray().astype(float)
        wanted = vectorizer.transform(asked).toarray().astype(float)
        idf = np.log((1 + len(texts)) / (1 + (counts > 0).sum(0))) + 1
        lengths = [np.sqrt([len(t.split()) for t in s]) for s in (texts, asked)]
        counts = counts * idf / lengths[0][:, None]
        wanted = wanted * idf / lengths[1][:, None]
        mean = np.mean(1 / np.linalg.norm(counts, axis=1))
        blocks.append(counts * mean)
        asked_blocks.append(wanted * mean)
    model = LogisticRegression(C=10.0, max_iter=300, tol=1e-3)
    model.fit(np.hstack(blocks), labels)
    return model.decision_function(np.hstack(asked_blocks))


def test_the_table_says_what_the_regression_says():
    tokenizer = WordTokenizer.from_texts(TEXTS, 100)
    examples = encoded(TEXTS, LABELS, tokenizer)
    weights = tfidf_ngrams.fit(examples, 2, 2, SLOTS, tokenizer.vocabulary)
    asked = [*TEXTS[:5], "she walks he plays", "he he he"]
    scores = judged(weights, encoded(asked, ["now"] * len(asked), tokenizer))
    expected = by_hand(TEXTS, LABELS, asked)
    np.testing.assert_allclose(
        scores[:, 1] - scores[:, 0], expected, rtol=1e-3, atol=1e-3
    )


def test_a_word_is_judged_by_its_parts():
    """A word of no class by itself has the ending of one."""
    tokenizer = WordTokenizer(sorted({w for t in TEXTS for w in t.split()}))
    examples = encoded(TEXTS, LABELS, tokenizer)
    ids = examples.token_ids
    # "played" is known to the tokenizer, and not in training.
    vocabulary = [*tokenizer.vocabulary, "played"]
    with_parts = tfidf_ngrams.fit(examples, 2, 1, SLOTS, vocabulary)
    without = tfidf_ngrams.fit(examples, 2, 1, SLOTS, [])
    assert max(ids) < len(vocabulary) + 1
    asked = encoded(["walked", "plays"], ["then", "now"], tokenizer)
    for weights in (with_parts, without):
        assert (judged(weights, asked, 1).argmax(axis=1) == [1, 0]).all()
    assert with_parts[0].any() and without[0].any()
    assert not np.allclose(with_parts[0], without[0])


def test_more_classes_one_of_them_without_a_text():
    tokenizer = WordTokenizer.from_texts(TEXTS, 100)
    examples = encoded(TEXTS, LABELS, tokenizer)
    labels = np.where(np.arange(30) % 5 == 4, 3, examples.labels)
    examples = Examples(examples.token_ids, examples.starts, labels)
    weights = tfidf_ngrams.fit(examples, 4, 2, SLOTS, tokenizer.vocabulary)
    found = judged(weights, examples)
    assert (found.argmax(axis=1) == labels).all()
    assert weights[2][2] == -20 and not weights[0][:, 2].any()
    one = Examples(examples.token_ids, examples.starts, 0 * labels)
    weights = tfidf_ngrams.fit(one, 4, 2, SLOTS, [])
    assert (judged(weights, one).argmax(axis=1) == 0).all()


def test_balanced_regression_finds_the_rare_class():
    texts = ["a b"] * 95 + ["a c"] * 5 + ["a c"] * 5
    classes = [0] * 95 + [1] * 5 + [0] * 5
    tokenizer = WordTokenizer.from_texts(texts, 100)
    examples = Examples.from_texts(texts, classes, tokenizer)
    asked = Examples.from_texts(["a c"], None, tokenizer)
    gap = [
        np.diff(
            judged(
                tfidf_ngrams.fit(examples, 2, 1, SLOTS, [], balanced=balanced),
                asked,
                1,
            )
        )[0, 0]
        for balanced in (False, True)
    ]
    assert gap[0] == pytest.approx(0, abs=0.3) and gap[1] > 1


def test_factors_prefer_what_is_right():
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 400)
    good = 3.0 * np.eye(3)[labels] + random.normal(size=(400, 3))
    noise = random.normal(size=(400, 3))
    a, b = stacking.factors(good, noise, labels)
    assert b < 0.5 < 0.8 < a
    a, b = stacking.factors(noise, good, labels)
    assert a < 0.5 < 0.8 < b
    # Few texts hardly move them.
    a, b = stacking.factors(good[:2], noise[:2], labels[:2])
    assert 0.25 < a < 0.5 and 0.5 < b < 1


def test_factors_reach_the_model():
    tokenizer = WordTokenizer.from_texts(TEXTS, 100)
    examples = encoded(TEXTS, LABELS, tokenizer)
    model = models.build(
        "classifier",
        {
            "vocabulary_size": tokenizer.size,
            "classes": 2,
            "units": 4,
            "embedding_size": 4,
            "ngrams": 2,
            "ngram_slots": SLOTS,
        },
    )
    tfidf_ngrams.initialise(model, examples, tokenizer.vocabulary)
    network, ngrams = stacking.parts(model, examples)
    assert not np.allclose(network, ngrams, atol=0.1)
    stacking.apply(model, 0.7, 1.9)
    ids, _ = examples.batch(np.arange(len(examples)))
    np.testing.assert_allclose(
        np.asarray(model(ids)["logits"]),
        0.7 * network + 1.9 * ngrams,
        rtol=1e-4,
        atol=1e-4,
    )


def test_examples_are_joined():
    tokenizer = WordTokenizer.from_texts(TEXTS, 100)
    whole = encoded(TEXTS, LABELS, tokenizer)
    parts = [
        encoded(TEXTS[a:b], LABELS[a:b], tokenizer)
        for a, b in ((0, 7), (7, 30))
    ]
    both = joined(*parts)
    for name in ("token_ids", "starts", "labels"):
        np.testing.assert_array_equal(getattr(both, name), getattr(whole, name))
    likely = Examples(
        parts[0].token_ids, parts[0].starts, np.eye(2)[parts[0].labels]
    )
    np.testing.assert_array_equal(joined(likely, parts[1]).labels, whole.labels)


def facts(**options):
    known = {"texts": 5_000, "classes": 2, "rarest": 900, "words": 12}
    known |= {"unspaced": 0.0, "ngrams": 40_000}
    return fit_to_texts.Facts(**{**known, **options})


def test_settings_that_suit_the_texts():
    few = fit_to_texts.settings(facts(texts=100, ngrams=900))
    some = fit_to_texts.settings(facts())
    many = fit_to_texts.settings(facts(texts=50_000, ngrams=10**6))
    assert few["epochs"] > some["epochs"] > many["epochs"] >= 6
    assert few["batch_size"] < some["batch_size"] < many["batch_size"]
    assert few["validation_share"] == 0.2 and many["validation_share"] == 0.05
    assert few["ngram_slots"] == 8_191 and some["ngram_slots"] == 131_071
    # A table for many classes is not larger than one for few.
    classes = fit_to_texts.settings(facts(classes=77))
    assert classes["ngram_slots"] * 77 < 2**23
    for known in (few, some, many, classes):
        config = Config(train_file="mine.csv", **known)
        assert tuple(sorted(known)) == tuple(sorted(FITTED))
        # Given as a command, it is the same again, at its default or not.
        words = shlex.split(flags.command("imdb_sentiment", config))[3:]
        parser = flags.parser("imdb_sentiment", Config, {}, "")
        assert flags.parse(parser, words, Config, {})[0] == config
        assert set(FITTED) <= set(flags.given(parser.parse_args(words), Config))


def test_flags_given_by_hand_win_and_reasons_are_said():
    config = Config(train_file="mine.csv", epochs=3, ngrams=0)
    found, lines = fit_to_texts.fitted(config, ["epochs", "ngrams"], facts())
    assert (found.epochs, found.ngrams, found.batch_size) == (3, 0, 32)
    assert found.split == "stratified"
    start = Config(train_file="mine.csv", source="imdb_gru_base")
    found, _ = fit_to_texts.fitted(start, [], facts(unspaced=1.0))
    # What it starts from has tokens of its own.
    assert (found.tokens, found.vocabulary_size) == ("words", 20_000)
    assert found.word_rules == 1
    assert len(lines) == 2 and "at most 3 epochs" in lines[0]
    assert "5,000 texts in 2 classes, the rarest with 900" in lines[1]


def test_a_model_to_start_from_is_proposed_where_it_may_help():
    texts = ["a quiet and moving film about the war", "it was dull and bad"]
    known = fit_to_texts.facts(texts, ["a", "b"])
    assert known.known_to > 0.9
    _, lines = fit_to_texts.fitted(Config(train_file="a.csv"), [], known)
    assert "--from imdb_gru_base" in lines[2]
    german = ["ein ruhiger Spielfilm vom Krieg", "langweilig war es trotzdem"]
    assert fit_to_texts.facts(german, ["a", "b"]).known_to < 0.85
    for other in (facts(known_to=0.5), facts(known_to=0.95, texts=9_000)):
        _, lines = fit_to_texts.fitted(Config(train_file="a.csv"), [], other)
        assert len(lines) == 2


def test_scripts_without_spaces_are_read_by_character():
    chinese = ["夜海他票生晚末学难看城乐。", "周演电票员末电那好看友学。"]
    known = fit_to_texts.facts(chinese * 3, ["a", "b"] * 3)
    assert known.unspaced == 1 and known.rarest == 3
    assert fit_to_texts.settings(known)["tokens"] == "characters"
    for texts in (["так было", "한국어 글"], ["..."], ["a 夜 word or two"]):
        known = fit_to_texts.facts(texts, ["a"] * len(texts))
        assert fit_to_texts.settings(known)["tokens"] == "words"
    tokenizer = CharacterTokenizer.from_texts(chinese, 5)
    assert tokenizer.vocabulary == ["。", "学", "末"]


def test_a_table_says_the_same_without_a_model():
    tokenizer = WordTokenizer.from_texts(TEXTS, 100)
    examples = encoded(TEXTS, LABELS, tokenizer)
    weights = tfidf_ngrams.fit(examples, 2, 2, SLOTS, tokenizer.vocabulary)
    asked = encoded(["he talks walks", "", "new she"], ["now"] * 3, tokenizer)
    np.testing.assert_allclose(
        tfidf_ngrams.judged(asked, 2, weights),
        judged(weights, asked),
        rtol=1e-5,
        atol=1e-6,
    )
