"""The data sets: what the grammar makes, what files may hold, batches."""

import dataclasses

import numpy as np
import pytest

from recipes import agreement, imdb_sentiment
from recipes.data.examples import Examples, ordered, shuffled
from recipes.datasets import agreement as grammar
from recipes.datasets import imdb
from recipes.evaluation import plots
from zoo.errors import InputError
from zoo.text import WordTokenizer

PLURALS = {f"{noun}s" for noun in grammar._NOUNS}


def number(word):
    """+1 for a plural noun, -1 for a singular one, 0 for another word."""
    return 1 if word in PLURALS else -1 if word in grammar._NOUNS else 0


def test_grammar_by_its_own_account():
    made = grammar.generate(3_000, 20, seed=5)
    assert len(set(made.texts)) == 3_000
    assert 0.45 < made.labels.mean() < 0.55
    assert (np.bincount(made.distances) >= 3_000 // 21).all()
    known = set(grammar.vocabulary())
    for text, label, distance, attractors in zip(
        made.texts,
        made.labels,
        made.distances,
        made.attractors,
        strict=True,
    ):
        words = text.split()
        assert known >= set(words)
        # The subject stands right before the words that are between.
        subject = words[len(words) - 1 - distance]
        assert number(subject) == (1 if label else -1)
        between = [number(w) for w in words[len(words) - distance :]]
        assert between.count(-number(subject)) == attractors


def test_the_same_seed_makes_the_same_sentences():
    first, again = (grammar.generate(50, 9, seed=3) for _ in range(2))
    assert first.texts == again.texts
    assert first.texts != grammar.generate(50, 9, seed=4).texts


def test_splits_share_no_sentence_and_the_test_goes_further(
    all_sentences,
):
    config = agreement.Config(train_examples=2_000)
    _, splits = agreement.data(config)
    texts = [set(split.texts) for split, _ in splits.values()]
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2] and not texts[1] & texts[2]
    assert splits["train"][0].distances.max() == agreement.TRAIN_DISTANCE
    assert splits["test"][0].distances.max() == agreement.TEST_DISTANCE


def test_the_tokenizer_knows_every_word_of_the_grammar():
    tokenizer, splits = agreement.data(agreement.Config(train_examples=500))
    for _, examples in splits.values():
        assert (examples.token_ids >= 2).all()


def examples_of(lengths):
    tokenizer = WordTokenizer(["x"])
    texts = ["x " * length for length in lengths]
    return Examples.from_texts(texts, np.arange(len(lengths)), tokenizer)


def test_shuffled_batches_take_each_example_once_an_epoch():
    examples = examples_of(np.random.default_rng(0).integers(1, 50, 101))
    batches = shuffled(examples, 8, seed=1)
    assert batches.steps == 13
    stream = batches.make(0)
    epochs = [[next(stream)[1]["logits"] for _ in range(13)] for _ in range(3)]
    orders = [np.concatenate(epoch) for epoch in epochs]
    for order in orders:
        assert sorted(order) == list(range(101))
    assert (orders[0] != orders[1]).any()
    # A stream that starts later goes on as the whole one did.
    later = batches.make(2)
    for labels in epochs[2]:
        np.testing.assert_array_equal(next(later)[1]["logits"], labels)


def test_batches_are_of_like_length():
    lengths = np.random.default_rng(0).integers(1, 400, 2_000)
    batches = shuffled(examples_of(lengths), 20, seed=1)
    stream = batches.make(0)
    computed = sum(next(stream)[0].size for _ in range(batches.steps))
    assert computed < 1.1 * lengths.sum()


def test_ordered_batches_and_the_limit_of_tokens():
    examples = examples_of([3, 1, 2])
    (ids, labels), (rest, _) = ordered(examples, 2).make(0)
    np.testing.assert_array_equal(labels["logits"], [1, 2])
    assert ids.shape == (2, 2) and rest.shape == (1, 3)
    ids, _ = examples.batch(np.array([0]), max_tokens=2)
    assert ids.shape == (1, 2)


def test_prepared_data_is_made_once(tmp_path, reviews):
    config = imdb_sentiment.Config(train_file=str(reviews))
    folder = tmp_path / "prepared"
    fresh = imdb_sentiment.data(config, None)
    imdb_sentiment.data(config, None, folder)

    def no_texts(*_, **__):
        raise AssertionError("the texts were read again")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recipes.methods.sentiment_data.texts", no_texts)
        again = imdb_sentiment.data(config, None, folder)
    assert again.labels == fresh.labels
    assert again.tokenizer.vocabulary == fresh.tokenizer.vocabulary
    assert again.splits.keys() == fresh.splits.keys()
    for split, examples in fresh.splits.items():
        for field in dataclasses.fields(Examples):
            ours = getattr(again.splits[split], field.name)
            assert isinstance(ours, np.memmap)
            np.testing.assert_array_equal(ours, getattr(examples, field.name))


def test_prepared_data_of_something_else_is_refused(tmp_path, reviews):
    mine = tmp_path / "mine.csv"
    mine.write_bytes(reviews.read_bytes())
    config = imdb_sentiment.Config(train_file=str(mine))
    folder = tmp_path / "prepared"
    imdb_sentiment.data(config, None, folder)
    other = dataclasses.replace(config, vocabulary_size=10)
    with pytest.raises(InputError, match="vocabulary_size 20000 there, 10"):
        imdb_sentiment.data(other, None, folder)
    with open(mine, "a") as file:
        file.write("one more,good\n")
    with pytest.raises(InputError, match="has changed since"):
        imdb_sentiment.data(config, None, folder)
    mine.unlink()
    assert imdb_sentiment.data(config, None, folder).labels
    (tmp_path / "other").mkdir()
    with pytest.raises(
        InputError, match="is not a folder of recurrent-zoo prepared data"
    ):
        imdb_sentiment.data(config, None, tmp_path / "other")


def test_classes_that_would_be_formulas_are_drawn(tmp_path):
    labels = ["$5% or less", "$_$"] + [f"class {n}" for n in range(60)]
    counts = np.eye(len(labels), dtype=int)
    plots.confusion_matrix(counts, labels, tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").stat().st_size < 1 << 20


# What tensorflow-datasets asks of protobuf when it writes.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("damage", ["lost", "cut", "junk"])
def test_a_damaged_data_folder_says_so(tmp_path, damage):
    tfds = pytest.importorskip("tensorflow_datasets")
    folder = tmp_path / "imdb_reviews" / "plain_text" / "1.0.0"
    folder.mkdir(parents=True)
    features = tfds.features.FeaturesDict(
        {
            "text": tfds.features.Text(),
            "label": tfds.features.ClassLabel(names=["neg", "pos"]),
        }
    )
    names = tfds.core.ShardedFileTemplate(
        data_dir=folder,
        dataset_name="imdb_reviews",
        split="train",
        filetype_suffix="tfrecord",
    )
    path = folder / "imdb_reviews-train.tfrecord-00000-of-00001"
    row = features.serialize_example({"text": "good", "label": 1})
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(row)
    split = tfds.core.SplitInfo(
        name="train",
        shard_lengths=[1],
        num_bytes=9,
        filename_template=names,
    )
    tfds.folder_dataset.write_metadata(
        data_dir=str(folder), features=features, split_infos=[split]
    )
    assert imdb.load("train", tmp_path) == (["good"], [1])
    if damage == "lost":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-5])
    else:
        (folder / "dataset_info.json").write_text("junk")
    with pytest.raises(InputError, match="No whole imdb_reviews in"):
        imdb.load("train", tmp_path)


def test_examples_of_empty_texts():
    examples = Examples.from_texts(["", "a"], [0, 1], WordTokenizer(["a"]))
    ids, _ = next(shuffled(examples, 2, seed=0).make(0))
    assert sorted(ids[:, 0]) == [0, 2]


def test_of_many_classes_those_with_mistakes_are_drawn():
    counts = np.diag(np.full(80, 9))
    # Each even class below 28 is taken for one far away.
    for true in range(0, 28, 2):
        counts[true, 79 - true] = 3
    counts[7, 0] = 1
    shown = plots._most_confused(counts)
    assert len(set(shown)) == 30 and {0, 7, 79} <= set(shown)
    # What is taken for one another stands side by side.
    places = {one: place for place, one in enumerate(shown.tolist())}
    together = [
        abs(places[one] - places[79 - one])
        for one in places
        if 79 - one in places
    ]
    assert together and max(together) <= 2


def test_names_that_the_font_lacks_become_numbers(tmp_path, recwarn):
    plots.confusion_matrix(
        np.eye(2, dtype=int), ["中", "ok"], tmp_path / "a.png"
    )
    assert not [w for w in recwarn if "Glyph" in str(w.message)]
    assert plots._drawable(["中", "ok"]) == ["1", "2"]
    assert plots._drawable(["é $", "ok"]) == [r"é \$", "ok"]


@pytest.mark.parametrize("classes", [2, 3])
def test_how_sure_it_is_is_drawn(tmp_path, classes):
    random = np.random.default_rng(0)
    labels = random.integers(classes, size=25)
    p = random.dirichlet([1.0] * classes, 25)
    names = ["$5 or less", "x" * 300, "c"][:classes]
    for of_labels in (labels, np.zeros(25, int)):
        plots.curves(p, of_labels, names, tmp_path / "curves.png")
        assert 1_000 < (tmp_path / "curves.png").stat().st_size < 1 << 20
