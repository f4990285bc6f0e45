"""Sentences in, translations out: the `Translator`."""

import numpy as np
import pytest

import zoo
from recipes import translation
from zoo import models
from zoo.decoding import BeamSearch, Sampling, Translator
from zoo.decoding.batched_search import BatchedSearch
from zoo.decoding.copy_unknown import copy_unknown, words
from zoo.decoding.translation import LONGEST_SOURCE
from zoo.decoding.translator_step import logit_bias, max_target_length
from zoo.errors import InputError
from zoo.tasks import require
from zoo.text import PairTokenizer, SubwordTokenizer, WordTokenizer

# All look at one translator, which is trained for it.
pytestmark = pytest.mark.training
NAMES = "zero one two three vier fünf six seven 八 nine".split()


@pytest.fixture(scope="session")
def translator(numbers_run):
    return zoo.load(numbers_run).decoder


def spelt(text):
    return " ".join(NAMES[int(digit)] for digit in text.split())


SENTENCES = ["1 2 3", "4", "9 0 9 0", "", "5 5", "8 7 6 5", " 2  7\n"]


def test_it_translates(translator):
    greedy = translator.translate(SENTENCES, None)
    right = [
        one.text == spelt(text)
        for one, text in zip(greedy, SENTENCES, strict=True)
    ]
    assert sum(right) >= len(SENTENCES) - 1
    assert greedy[3].text == "" and greedy[3].score == 0
    assert all(one.ended for one in greedy)


def test_beams_and_greed(translator):
    greedy = translator.translate(SENTENCES, None)
    for how in (BeamSearch(1), BeamSearch(1, 0.0), Sampling(0.0)):
        for one, other in zip(
            greedy, translator.translate(SENTENCES, how), strict=True
        ):
            assert one.ids == other.ids
    for ranked in translator.n_best(SENTENCES, 3):
        scores = [one.score for one in ranked]
        assert scores == sorted(scores, reverse=True)
        assert len({tuple(one.ids) for one in ranked}) == len(ranked)
    sure = translator.n_best(SENTENCES[:2], 1, BeamSearch(4, 0.0))
    for (best,), one in zip(sure, greedy, strict=False):
        assert best.score >= one.score - 1e-4


def test_neighbours_do_not_matter(translator):
    together = translator.translate(SENTENCES)
    for text, one in zip(SENTENCES, together, strict=True):
        (alone,) = translator.translate([text])
        assert alone.ids == one.ids
        assert alone.score == pytest.approx(one.score, abs=1e-4)


def test_a_batch_that_shrinks_finds_the_same(translator):
    random = np.random.default_rng(0)
    texts = [
        " ".join(map(str, random.integers(0, 10, length)))
        for length in (*range(1, 9), 25, 40)
    ]
    rows = translator.tokenizer.source.encode_batch(texts)
    source_ids = WordTokenizer.pad(rows)
    for how in (BeamSearch(3), BeamSearch(2, 0.5, 0.3)):
        search = BatchedSearch(
            translator.encoder,
            translator.step_model,
            logit_bias(translator.step_model, unknown=False),
            how,
        )
        sizes = []
        go_on = search._go_on

        def counted(*arguments, go_on=go_on, sizes=sizes):
            sizes.append(len(arguments[2]))
            return go_on(*arguments)

        search._go_on = counted
        for ours, theirs in zip(
            search(source_ids), search._whole(source_ids), strict=True
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
        assert sizes[0] == len(texts) > sizes[-1]  # rows that ended left


def test_draws_depend_on_the_seed_alone(translator):
    hot = Sampling(2.0)
    first, again = (
        [one.text for one in translator.translate(SENTENCES, hot, seed=3)]
        for _ in "12"
    )
    assert first == again
    other = translator.translate(SENTENCES, hot, seed=4)
    assert first != [one.text for one in other]
    few = translator.translate(SENTENCES[:2], hot, seed=3)
    assert [one.text for one in few] == first[:2]


def test_where_it_looked(translator):
    text = "1 2 3"
    (one,) = translator.translate([text], None)
    source, target, weights = translator.attention(text, one.ids)
    assert "".join(source).replace("\u2581", " ").strip() == text
    assert target[-1] == "</s>"
    assert weights.shape == (len(target), len(source))
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_words_that_are_copied():
    tokenizer = SubwordTokenizer.from_texts(["ab abc", "b c d"] * 9, 12)
    pair = PairTokenizer(tokenizer, tokenizer)
    source = "ab Zürich c"
    pieces = tokenizer.split(source)
    name = next(i for i, piece in enumerate(pieces) if "Z" in piece)
    known = tokenizer.encode("d b")
    ids = [*known, *tokenizer.encode("Ω")]
    weights = np.zeros((len(ids), len(pieces)))
    weights[:, 0] = 0.1
    weights[-1, name] = 0.9
    assert copy_unknown(pair, source, ids, weights) == "d b Zürich"
    assert [end - start for start, end in words(pieces)] == [
        sum(1 for _ in tokenizer.split(word)) for word in source.split()
    ]


def test_unknown_words_are_written_only_to_be_copied():
    """A model that always says that it does not know."""
    tokenizer = SubwordTokenizer.from_texts(["ab abc", "b c d"] * 9, 12)
    pair = PairTokenizer(tokenizer, tokenizer)
    arguments = {**pair.sizes, "units": 4, "embedding_size": 4, "tied": False}
    arguments["shared"] = True
    model = models.build("translator", arguments)
    bias = np.zeros(tokenizer.size)
    # A whole word of which nothing is known, again and again.
    bias[1] = 9
    model.get_layer("logits").bias.assign(bias)
    it = Translator(model, pair)
    (plain,) = it.translate(["ab c"], None)
    assert 1 not in plain.ids and not plain.ended
    assert len(plain.ids) == max_target_length(len(tokenizer.encode("ab c")))
    for how in (None, BeamSearch(2)):
        (one,) = it.translate(["ab c"], how, copy_unknown=True)
        assert set(one.text.split()) <= {"ab", "c"} and one.text


def test_limits(translator):
    with pytest.raises(InputError, match="may have 2,000 units. Received"):
        translator.translate(["1", "1 " * 5_000])
    long = "1 " * (LONGEST_SOURCE // 2 - 50)
    (one,) = translator.translate([long], None)
    assert len(one.ids) <= max_target_length(LONGEST_SOURCE)
    for text in ("\x00\x07", "\u200b", "\ud800", "☃" * 30):
        (one,) = translator.translate([text])
        assert isinstance(one.text, str)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda t: t.n_best(["1"], 3, BeamSearch(2)), "need as many beams"),
        (lambda t: t.n_best(["1"], 0), "`count`"),
        (
            lambda t: t.translate(["1"], Sampling(1, repetition_penalty=2)),
            "no repetition penalty",
        ),
    ],
)
def test_what_cannot_be_asked_for(translator, call, message):
    with pytest.raises(InputError, match=message):
        call(translator)


@pytest.mark.training
def test_without_attention_there_is_nothing_to_look_at(numbers, tmp_path):
    config = translation.Config(
        train_pairs=str(numbers),
        units=4,
        vocabulary_size=60,
        epochs=1,
        attention="none",
        shared=False,
        beams=1,
    )
    translation.train(config, tmp_path / "run", progress=False)
    it = zoo.load(tmp_path / "run").decoder
    assert it.tokenizer.files == ["source.model", "target.model"]
    with pytest.raises(InputError, match="no attention"):
        it.attention("1 2", [4])
    with pytest.raises(InputError, match="copied by attention"):
        it.translate(["1"], copy_unknown=True)
    with pytest.raises(InputError, match="`coverage_penalty` needs attention"):
        it.translate(["1"], BeamSearch(2, 1.0, 0.5))


def test_another_model_is_no_translator(tiny_run):
    classifier = zoo.load(tiny_run("lstm"))
    with pytest.raises(InputError, match="is no translator"):
        Translator(classifier.model, classifier.tokenizer)
    with pytest.raises(InputError, match="is a classifier, not a translator"):
        require(classifier, zoo.tasks.Translator)
