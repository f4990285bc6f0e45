"""A text read and written piece by piece, also across processes."""

import subprocess
import sys

import numpy as np
import pytest
from random_models import random_language_model
from tiers import fast_are

import zoo
from zoo import pretrained
from zoo.decoding import Sampling, Stream
from zoo.errors import InputError
from zoo.inspect.surprise import coloured, picture, surprise

TEXT = "abc hgf\ndea bcd efg " * 5
# Two float32 programs for the same sums, over a hundred steps; logits of the
# linear cells, whose states have no bound, are in the hundreds here.
TOLERANCE, RELATIVE = 1e-5, 1e-5


def expected_nats(model, text):
    """Of each token but the first, from the whole-sequence form."""
    ids = model.tokenizer.encode(text)
    logits = np.asarray(model.model(ids[None])["logits"][0], "float64")
    highest = logits.max(axis=-1)
    total = np.log(np.exp(logits - highest[:, None]).sum(axis=-1)) + highest
    return total[:-1] - logits[np.arange(len(ids) - 1), ids[1:]]


@pytest.mark.parametrize(
    "cell",
    fast_are({"gru", "lstm"}.__contains__, zoo.cells.names(), "thorough"),
)
def test_pieces_are_the_whole(cell):
    model = random_language_model(cell=cell, layers=2)
    expected = expected_nats(model, TEXT)
    for cuts in ([0, 100], [0, 1, 2, 50, 50, 100]):
        stream = zoo.stream(model)
        nats = np.concatenate(
            [
                stream.feed(TEXT[start:end])
                for start, end in zip(cuts, cuts[1:], strict=False)
            ]
        )
        assert np.isnan(nats[0])
        # Each is a difference of logits, which are rounded by their size.
        rounding = TOLERANCE + RELATIVE * expected.max() / 4
        np.testing.assert_allclose(nats[1:], expected, atol=rounding, rtol=0)


@pytest.mark.thorough
def test_a_text_longer_than_one_call_takes():
    model = random_language_model()
    text = TEXT * 60
    nats = zoo.stream(model).feed(text)
    np.testing.assert_allclose(
        nats[1:], expected_nats(model, text), atol=10 * TOLERANCE
    )


def test_what_was_written_is_part_of_the_text():
    model = random_language_model()
    stream = zoo.stream(model)
    stream.feed("abc")
    text = "".join(stream.generate(21, seed=3))
    assert len(text) == 21
    again = zoo.stream(model)
    again.feed("abc" + text)
    np.testing.assert_allclose(stream.feed("hg"), again.feed("hg"), atol=1e-5)


def test_an_empty_prompt_is_the_start_of_a_line():
    model = random_language_model()
    stream, line = zoo.stream(model), zoo.stream(model)
    line.feed("\n")
    text = "".join(stream.generate(20, seed=1))
    assert text == "".join(line.generate(20, seed=1))
    assert stream.feed("").shape == (0,)


def test_a_character_that_was_never_seen():
    model = random_language_model()
    nats = zoo.stream(model).feed("a\u00e9\u4e2da")
    assert np.isfinite(nats[1:]).all()
    # They are all the same to it.
    same = zoo.stream(model).feed("a\u4e2d\u00e9a")
    np.testing.assert_array_equal(nats, same)


SCRIPT = """
import sys
import zoo
stream = zoo.stream(sys.argv[1], sys.argv[2])
print(ascii("".join(stream.generate(50, seed=9))))
"""


@pytest.mark.parametrize("tokens", ["characters", "bytes"])
@pytest.mark.process
def test_a_state_goes_on_in_another_process(tokens, tmp_path):
    model = random_language_model(tokens=tokens)
    pretrained.writer.save(model, tmp_path / "toy")
    stream = zoo.stream(tmp_path / "toy")
    stream.feed(TEXT)
    list(stream.generate(30, seed=1))
    stream.save(tmp_path / "state.npz")
    here = "".join(stream.generate(50, seed=9))
    there = subprocess.run(
        [
            sys.executable,
            "-c",
            SCRIPT,
            tmp_path / "toy",
            tmp_path / "state.npz",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert there.stdout.strip().endswith(ascii(here))


@pytest.mark.parametrize(
    "written", ["\u20ac", "\U0001f3ac", "a\u20ac", b"\xe2\xf0\x9f\x8e\xac"]
)
def test_half_a_character_is_kept(tmp_path, written):
    content = written if isinstance(written, bytes) else written.encode()
    model = random_language_model(tokens="bytes")
    for cut in range(len(content) + 1):
        stream = zoo.stream(model)
        head = "".join(stream._decoded(one + 1) for one in content[:cut])
        stream.save(tmp_path / "state.npz")
        later = zoo.stream(model, tmp_path / "state.npz")
        tail = "".join(later._decoded(one + 1) for one in content[cut:])
        assert head + tail == content.decode("utf-8", "replace")


def test_a_state_of_another_model_is_refused(tmp_path):
    stream = zoo.stream(random_language_model())
    stream.feed("abc")
    path = tmp_path / "state.npz"
    stream.save(path)
    zoo.stream(random_language_model(), path)
    for other in (
        random_language_model(seed=6),
        random_language_model("abcdefgh \t"),
        random_language_model(units=7),
    ):
        with pytest.raises(InputError, match="state of another model"):
            zoo.stream(other, path)
    with pytest.raises(InputError, match="state of another model"):
        zoo.stream(random_language_model(layers=2), path)
    for content in (b"", b"text", path.read_bytes()[:100]):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(InputError, match="does not hold the state"):
            zoo.stream(random_language_model(), tmp_path / "bad.npz")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(InputError, match="does not hold the state"):
        zoo.stream(random_language_model(), tmp_path / "array.npy")
    with pytest.raises(OSError):
        zoo.stream(random_language_model(), tmp_path / "none.npz")


def test_a_classifier_does_not_stream(tiny_run):
    with pytest.raises(InputError, match="not a language model"):
        zoo.stream(tiny_run("gru"))


def test_scores_are_those_of_the_whole_sequence():
    model = random_language_model()
    nothing, one, text = model.score(["", "a", TEXT])
    assert nothing["tokens"] == 0 and nothing["perplexity"] is None
    # The opening is read first, so something is expected of each token.
    opened = "\n" + TEXT
    expected = expected_nats(model, opened)
    assert text["tokens"] == len(TEXT) == len(expected)
    np.testing.assert_allclose(text["nats"], expected.sum(), rtol=1e-5)
    mean = expected.mean()
    np.testing.assert_allclose(text["nats_per_token"], mean, rtol=1e-5)
    np.testing.assert_allclose(text["perplexity"], np.exp(mean), rtol=1e-4)
    assert one["tokens"] == 1 and np.isfinite(one["nats"])


def test_a_task_alone_is_taken_for_one_release():
    model = random_language_model()
    with pytest.warns(DeprecationWarning, match="task.tokenizer"):
        stream = Stream(model)
    given = Stream(model.model, model.tokenizer)
    np.testing.assert_array_equal(stream.feed(TEXT), given.feed(TEXT))


@pytest.mark.parametrize("tokens", ["characters", "bytes"])
def test_surprise_is_by_character(tokens, tmp_path):
    model = random_language_model(tokens=tokens)
    text = "ab\u00e9 $h\n" * 30
    scored = surprise(zoo.stream(model), text)
    assert len(scored.nats) == len(text)
    ids = model.tokenizer.encode(text)
    expected = expected_nats(model, text)
    # The first byte of all is the first character.
    assert scored.counted == len(text) - 1
    total = np.nansum(scored.nats)
    np.testing.assert_allclose(total, expected.sum(), rtol=1e-5)
    assert (len(ids) > len(text)) == (tokens == "bytes")
    assert scored.mean == pytest.approx(total / scored.counted)
    shown = coloured(scored)
    assert shown.plain.replace("\u23ce", "") == text
    assert len({span.style for span in shown.spans}) > 3
    picture(scored, tmp_path / "s.png")
    assert (tmp_path / "s.png").stat().st_size > 10_000
    numbers = scored.as_json()
    assert numbers["nats"][0] is None
    assert len(numbers["nats"]) == len(text)


def test_words_are_read_behind_an_end_and_written_with_spaces(tmp_path):
    model = random_language_model("the film was ! it's", tokens="words")
    stream = zoo.stream(model)
    nats = stream.feed("The film, the FILM was it's unheard-of!")
    ids = [0, *model.tokenizer.encode("the film the film was it's x y !")]
    logits = np.asarray(model.model(np.array([ids]))["logits"][0], "float64")
    total = np.log(np.exp(logits).sum(axis=-1))
    expected = total[:-1] - logits[np.arange(len(ids) - 1), ids[1:]]
    np.testing.assert_allclose(nats, expected, atol=1e-4)
    text = "".join(stream.generate(40, seed=2))
    assert set(text.replace("!", " !").split()) <= {*model.tokenizer.vocabulary}
    scored = surprise(zoo.stream(model), "The film was!")
    assert scored.pieces == ["the", "film", "was", "!"]
    assert scored.counted == 4
    np.testing.assert_allclose(scored.nats[:2], nats[:2], atol=1e-5)
    assert coloured(scored).plain == "the film was !"
    assert scored.as_json()["words"] == 4
    picture(scored, tmp_path / "s.png")
    with pytest.raises(InputError, match="no word"):
        surprise(zoo.stream(model), "...")


def test_surprise_of_next_to_nothing(tmp_path):
    one = surprise(zoo.stream(random_language_model()), "a")
    assert one.counted == 0
    assert one.as_json()["nats_per_character"] is None
    picture(one, tmp_path / "one.png")
    with pytest.raises(InputError, match="no text to score"):
        surprise(zoo.stream(random_language_model()), "")


def test_greedy_and_sampled_pieces_alternate():
    model = random_language_model()
    stream, again = zoo.stream(model), zoo.stream(model)
    for one in (stream, again):
        one.feed("abc")
        list(one.generate(7, seed=1))
    greedy = Sampling(temperature=0)
    assert list(stream.generate(9, greedy)) == list(again.generate(9, greedy))
