"""Long texts: read in pieces, split, cut into windows."""

import gzip
import hashlib
import tracemalloc

import numpy as np
import pytest

from recipes.data.token_files import discard, prepared
from recipes.data.token_files import made as there
from recipes.data.utf8 import characters
from recipes.data.windows import windows
from recipes.datasets import long_texts
from recipes.datasets.long_texts import pieces
from zoo.errors import InputError
from zoo.io import drafts

KEY = {"tokens": "characters", "validation_share": 0.1, "test_share": 0.2}
TEXT = "The naïve café 电影🎬 reads.\r\n" * 40


def files(tmp_path, content, **key):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    read = pieces("", str(path), None)
    folder = tmp_path / "tokens"
    return prepared(
        folder, {**KEY, **key}, lambda: read, "text.txt", [str(path)]
    )


def test_the_python_reference_is_in_every_python():
    text = "".join(characters(pieces("python_reference", "", None), ""))
    assert len(text) > 300_000
    assert 'The "class" statement' in text or "class definition" in text


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_splits_are_the_text_in_order(tmp_path, monkeypatch, piece):
    monkeypatch.setattr(long_texts, "_PIECE", piece)
    made = files(tmp_path, TEXT.encode("utf-8"))
    assert made.sha256 == hashlib.sha256(TEXT.encode("utf-8")).hexdigest()
    assert list(made.splits) == ["train", "validation", "test"]
    parts = [made.tokenizer.decode(ids) for ids in made.splits.values()]
    assert "".join(parts) == TEXT
    lengths = [len(part) / len(TEXT) for part in parts]
    np.testing.assert_allclose(lengths, [0.7, 0.1, 0.2], atol=0.002)
    assert made.splits["train"].dtype == np.uint8
    # There already: the text is not read again.
    again = prepared(tmp_path / "tokens", KEY, None, "")
    for name, ids in made.splits.items():
        np.testing.assert_array_equal(again.splits[name], ids)


def test_bytes_know_every_text(tmp_path):
    content = TEXT.encode("utf-8") + b"\xff\xfe\x00" * 50
    made = files(tmp_path, content, tokens="bytes")
    ids = np.concatenate(list(made.splits.values()))
    assert ids.dtype == np.uint16
    np.testing.assert_array_equal(ids - 1, np.frombuffer(content, "uint8"))


def test_only_the_training_part_makes_the_vocabulary(tmp_path):
    text = "ab" * 50 + "c" * 5 + "d"
    made = files(tmp_path, text.encode(), test_share=0.0)
    assert made.tokenizer.vocabulary == ["a", "b"]
    assert list(made.splits["validation"][-6:]) == [1] * 6


def test_a_zipped_text_and_one_with_a_byte_order_mark(tmp_path):
    with gzip.open(tmp_path / "text.gz", "wb") as file:
        file.write(b"\xef\xbb\xbf" + TEXT.encode("utf-8"))
    read = pieces("", str(tmp_path / "text.gz"), None)
    assert "".join(characters(read, "")) == TEXT
    whole = (tmp_path / "text.gz").read_bytes()
    for damaged in (whole[:-20], b"no archive"):
        (tmp_path / "bad.gz").write_bytes(damaged)
        with pytest.raises(InputError, match="cannot be unpacked"):
            list(pieces("", str(tmp_path / "bad.gz"), None)())


@pytest.mark.parametrize("piece", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    "content, line, place, byte",
    [
        (b"first\nsecond \xe9\n", 2, 13, "e9"),
        ("é\n\n电".encode() + b"\xff", 3, 7, "ff"),
        (b"ends in half \xe7\x94", 1, 13, "e7"),
    ],
)
def test_what_is_not_utf8_says_where(
    tmp_path, monkeypatch, piece, content, line, place, byte
):
    monkeypatch.setattr(long_texts, "_PIECE", piece)
    message = rf"line {line}: not UTF-8 \(byte 0x{byte} at place {place}\)"
    with pytest.raises(InputError, match=f"{message}.*--tokens bytes"):
        files(tmp_path, content)
    assert not (tmp_path / "tokens").exists()


def test_texts_that_are_too_short(tmp_path):
    with pytest.raises(InputError, match="text.txt is empty"):
        files(tmp_path, b"")
    with pytest.raises(InputError, match="too short to be split: 2 tokens"):
        files(tmp_path, b"ab")
    assert not (tmp_path / "tokens").exists()


def test_sources_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="There is no text file"):
        pieces("", str(tmp_path / "none.txt"), None)
    with pytest.raises(InputError, match="There is no text file"):
        pieces("", str(tmp_path), None)
    with pytest.raises(InputError, match="Project Gutenberg's eBook 2600"):
        pieces("war_and_peace", "", tmp_path)
    folder = tmp_path / "war_and_peace"
    folder.mkdir()
    with gzip.open(folder / "war_and_peace.txt.gz", "wb") as file:
        file.write(b"another")
    with pytest.raises(InputError, match="not the edition"):
        pieces("war_and_peace", "", tmp_path)
    with pytest.raises(InputError, match="Did you mean 'tiny_shakespeare'"):
        pieces("tiny_shakespear", "", None)


def test_a_text_that_has_changed_since(tmp_path):
    files(tmp_path, TEXT.encode("utf-8"))
    with pytest.raises(InputError, match="has changed since"):
        files(tmp_path, TEXT.encode("utf-8") + b"!")
    files(tmp_path, TEXT.encode("utf-8"))


def test_only_what_is_ours_is_discarded(tmp_path):
    files(tmp_path, TEXT.encode("utf-8"))
    with drafts.named(tmp_path / "tokens", file=False) as draft:
        (draft / "new").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    discard(tmp_path / "mine")
    assert there(tmp_path / "mine") == []
    discard(tmp_path / "tokens")
    assert {path.name for path in tmp_path.iterdir()} == {"text.txt", "mine"}


def test_what_was_put_among_the_ids_stays(tmp_path):
    files(tmp_path, TEXT.encode("utf-8"))
    (tmp_path / "tokens" / "notes.txt").write_text("mine")
    (tmp_path / "tokens" / "train.npy").write_text("mine")
    discard(tmp_path / "tokens")
    left = {path.name for path in (tmp_path / "tokens").iterdir()}
    assert left == {"notes.txt", "train.npy"}


def test_a_byte_order_mark_counts_among_the_bytes(tmp_path):
    with pytest.raises(InputError, match="at place 5"):
        files(tmp_path, b"\xef\xbb\xbfab\xff")


def test_a_folder_of_something_else(tmp_path):
    made = files(tmp_path, TEXT.encode("utf-8"))
    assert made.splits
    with pytest.raises(InputError, match="test_share 0.2 there, 0.3 here"):
        files(tmp_path, TEXT.encode("utf-8"), test_share=0.3)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").write_text("mine")
    with pytest.raises(
        InputError, match="not a folder of recurrent-zoo tokens"
    ):
        prepared(tmp_path / "other", KEY, None, "")


@pytest.mark.parametrize("tokens", ["characters", "bytes"])
def test_memory_does_not_grow_with_the_text(tmp_path, tokens):
    content = TEXT.encode("utf-8") * 20_000
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    size = len(content)
    assert size > 25 << 20
    del content
    read = pieces("", str(path), None)
    tracemalloc.start()
    try:
        key = {**KEY, "tokens": tokens}
        made = prepared(tmp_path / "tokens", key, lambda: read, "")
        made = windows(made.splits["train"], 8, 16, seed=1)
        stream = made.make(0)
        for _ in range(50):
            next(stream)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A piece of one MiB as text, code points and ids, several times over.
    assert peak < 20 << 20


def test_windows_read_each_row_on_and_on():
    ids = np.arange(1000)
    made = windows(ids, rows=3, steps=10, seed=4)
    assert made.steps == 33
    stream, last = made.make(0), None
    for number in range(2 * made.steps):
        inputs, targets = next(stream)
        place = number % made.steps
        np.testing.assert_array_equal(inputs["carry"], [[float(place > 0)]] * 3)
        np.testing.assert_array_equal(
            targets["logits"], inputs["token_ids"] + 1
        )
        if place:
            np.testing.assert_array_equal(
                inputs["token_ids"][:, 0], last[:, -1] + 1
            )
        else:
            starts = inputs["token_ids"][:, 0] - np.array([0, 333, 666])
            assert len(set(starts)) == 1 and 0 <= starts[0] < 3
        last = inputs["token_ids"]
        assert (last // 333 == [[0], [1], [2]]).all()


def test_each_pass_cuts_elsewhere():
    stream = windows(np.arange(1000), rows=1, steps=90, seed=4).make(0)
    batches = [next(stream)[0] for _ in range(11 * 8)]
    starts = {
        int(batch["token_ids"][0, 0])
        for batch in batches
        if batch["carry"][0, 0] == 0
    }
    assert len(starts) > 3


@pytest.mark.parametrize("per_epoch", [0, 1, 5, 50])
def test_windows_of_a_later_epoch(per_epoch):
    made = windows(np.arange(1000), 3, 10, seed=4, per_epoch=per_epoch)
    assert made.steps == (per_epoch or 33)
    whole, later = made.make(0), made.make(3)
    for _ in range(3 * made.steps):
        next(whole)
    for _ in range(40):
        one, other = next(whole), next(later)
        np.testing.assert_equal(one, other)


def test_windows_of_a_part_of_a_mapped_array(tmp_path):
    np.save(tmp_path / "ids.npy", np.arange(100))
    part = np.load(tmp_path / "ids.npy", mmap_mode="r")[60:]
    inputs, _ = next(windows(part, rows=1, steps=30, seed=0).make(0))
    assert inputs["token_ids"].min() >= 60


def test_a_text_shorter_than_a_window():
    with pytest.raises(InputError, match="has 32 tokens; .* takes 33"):
        windows(np.arange(32), rows=3, steps=10, seed=1)
    windows(np.arange(33), rows=3, steps=10, seed=1)
