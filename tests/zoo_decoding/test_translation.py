"""Sentences in, translations out: the `Translator`, and `zoo translate`."""

import io
import json

import numpy as np
import pytest
from command_line import mistake

import zoo
from recipes import translation
from zoo import models
from zoo.cli.main import main
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


def translated(numbers_run, capsys, *flags):
    assert main(["translate", str(numbers_run), *map(str, flags)]) == 0
    return capsys.readouterr().out


def test_the_command(numbers_run, translator, capsys, tmp_path, monkeypatch):
    expected = [one.text for one in translator.translate(["1 2", "3"])]
    assert (
        translated(numbers_run, capsys, "1 2", "3").split("\n")[:-1] == expected
    )
    (tmp_path / "in.txt").write_text("1 2\n\n3\n")
    lines = translated(
        numbers_run, capsys, "--file", tmp_path / "in.txt"
    ).split("\n")
    assert lines[:-1] == [expected[0], "", expected[1]]
    monkeypatch.setattr("sys.stdin", io.StringIO("1 2\n3"))
    assert translated(numbers_run, capsys).split("\n")[:-1] == expected
    best = translated(numbers_run, capsys, "1 2", "--nbest", 3).rstrip("\n")
    scores = [float(line.split("\t")[0]) for line in best.split("\n")]
    assert scores == sorted(scores, reverse=True) and len(scores) == 3
    rows = json.loads(
        translated(numbers_run, capsys, "1 2", "--show-attention", "--json")
    )
    assert rows[0]["translations"][0]["text"] == expected[0]
    looked = rows[0]["attention"]
    assert len(looked["weights"]) == len(looked["target"])
    drawn = ["1 2", "--temperature", 3, "--seed", 1]
    assert translated(numbers_run, capsys, *drawn) == translated(
        numbers_run, capsys, *drawn
    )


def test_the_command_shows_where_it_looked(numbers_run, capsys, tmp_path):
    shown = translated(
        numbers_run, capsys, "1 2", "4 $", "--show-attention", "--to", tmp_path
    )
    assert "\u23ce" in shown
    for number in (1, 2):
        picture = tmp_path / f"attention_{number}.png"
        assert picture.stat().st_size > 5_000


@pytest.mark.parametrize(
    "flags, message",
    [
        (["1", "--beams", "0"], "`beams`"),
        (["1", "--nbest", "0"], "`nbest`"),
        (["1", "--length-penalty", "-1"], "`length_penalty`"),
        (["1", "--temperature", "-1"], "`temperature`"),
        (["1", "--temperature", "1", "--nbest", "2"], "no --temperature"),
        (["1", "--to", "x"], "--to is for"),
        (["1", "--file", "x"], "command line or from --file"),
        (["--file", "no_such_file.txt"], "No such file"),
        (["1", "--seed", "-1"], "`seed`"),
        (["1 " * 5_000], "may have 2,000 units"),
    ],
)
def test_mistakes(numbers_run, capsys, flags, message):
    assert message in mistake(capsys, "translate", numbers_run, *flags)


def test_other_commands_say_what_a_translator_is_for(numbers_run, capsys):
    assert "Use `zoo translate`" in mistake(capsys, "predict", numbers_run, "1")
    flow = mistake(capsys, "inspect", numbers_run, "--gradient-flow")
    assert "--show-attention" in flow
    assert "not a language model" in mistake(capsys, "generate", numbers_run)


def test_it_is_shown_pushed_and_evaluated(numbers_run, capsys, tmp_path):
    folder = tmp_path / "numbers_gru_tiny"
    assert main(["push", str(numbers_run), str(folder)]) == 0
    capsys.readouterr()
    assert main(["show", str(folder), "--verify"]) == 0
    assert "Golden check passed" in capsys.readouterr().out
    assert main(["evaluate", str(numbers_run), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    metrics = json.loads((numbers_run / "metrics.json").read_text())
    assert again == {name: metrics[name] for name in again}
    (folder / "tokenizer.model").write_bytes(b"other")
    assert "has been changed" in mistake(capsys, "show", folder)
