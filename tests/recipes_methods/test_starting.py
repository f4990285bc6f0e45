"""Runs that begin with another model's weights, or with what it thinks."""

import dataclasses
import shutil

import keras
import numpy as np
import pytest
from keras import ops
from run_weights import weights

import zoo
from recipes import imdb_sentiment, word_lm
from recipes.data.examples import Examples, shuffled
from recipes.methods import distillation, warm_start
from recipes.training.losses import cross_entropy
from recipes.training.optimizer import ClippedAdam
from zoo import models
from zoo.errors import InputError
from zoo.layers import SampledLogits, TiedEmbedding
from zoo.models.language_model import sampled_form


@pytest.fixture(scope="module")
def language_model(tmp_path_factory, reviews):
    """A run of words, of two layers."""
    config = word_lm.Config(
        train_file=str(reviews),
        vocabulary_size=50,
        units=6,
        layers=2,
        embedding_size=5,
        frequent_words=8,
        drawn_words=16,
        epochs=1,
        batch_size=4,
        window=16,
        precision="float32",
    )
    folder = tmp_path_factory.mktemp("lm") / "words"
    word_lm.train(config, folder, progress=False)
    return folder


@pytest.fixture(scope="module")
def judge(tmp_path_factory, reviews):
    """A classifier of the reviews."""
    config = imdb_sentiment.Config(
        train_file=str(reviews), units=4, embedding_size=4, epochs=1
    )
    folder = tmp_path_factory.mktemp("judge") / "judge"
    imdb_sentiment.train(config, folder, progress=False)
    return folder


def still(config, **changes):
    """A run that changes next to nothing, so that one sees the beginning."""
    return dataclasses.replace(
        config, learning_rate=1e-12, epochs=1, dropout=0.0, **changes
    )


@pytest.mark.training
def test_a_classifier_starts_from_a_language_model(
    tiny, language_model, tmp_path
):
    config = imdb_sentiment.Config(
        train_file=tiny["imdb_sentiment"].train_file,
        source=str(language_model),
    )
    imdb_sentiment.train(still(config), tmp_path / "run", progress=False)
    theirs, ours = zoo.load(language_model), zoo.load(tmp_path / "run")
    assert ours.tokenizer.vocabulary == theirs.tokenizer.vocabulary
    for name in ("units", "layers", "cell", "embedding_size"):
        assert ours.arguments[name] == theirs.arguments[name]
    assert ours.arguments["bidirectional"] is False
    for layer in ("embedding", "recurrent"):
        pairs = zip(
            ours.model.get_layer(layer).weights,
            theirs.model.get_layer(layer).weights,
            strict=False,
        )
        for mine, other in pairs:
            np.testing.assert_allclose(mine, other, atol=1e-6)
    said = ours.about["data"]
    assert said["name"] == "reviews.csv"
    assert ours.about["config"]["source"] == str(language_model)
    again = imdb_sentiment.evaluate(
        ours, imdb_sentiment.Config(**ours.about["config"])
    )
    scores = ours.about["scores"]
    assert again["test_accuracy"] == scores["test_accuracy"]


@pytest.mark.training
def test_a_classifier_starts_from_a_classifier_head_and_all(
    tiny, judge, tmp_path
):
    config = imdb_sentiment.Config(
        train_file=tiny["imdb_sentiment"].train_file, source=str(judge)
    )
    imdb_sentiment.train(still(config), tmp_path / "run", progress=False)
    for mine, other in zip(
        weights(tmp_path / "run"), weights(judge), strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=1e-6)


@pytest.mark.training
def test_other_classes_get_a_head_of_their_own(judge, tmp_path):
    path = tmp_path / "mine.csv"
    rows = [f"w{n} w{n + 1} good,{n % 2}" for n in range(40)]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    config = imdb_sentiment.Config(train_file=str(path), source=str(judge))
    imdb_sentiment.train(still(config), tmp_path / "run", progress=False)
    ours, theirs = zoo.load(tmp_path / "run"), zoo.load(judge)
    assert ours.labels == ["0", "1"]
    assert ours.arguments["pooling"] == theirs.arguments["pooling"]
    mine, other = (x.model.get_layer("embedding") for x in (ours, theirs))
    np.testing.assert_allclose(mine.embeddings, other.embeddings, atol=1e-6)


@pytest.mark.training
def test_a_language_model_goes_on_with_other_texts(
    language_model, tmp_path, tiny
):
    config = word_lm.Config(
        train_file=tiny["word_lm"].train_file,
        source=str(language_model),
        frequent_words=8,
        drawn_words=16,
        batch_size=4,
        window=16,
        embedding_dropout=0.0,
        precision="float32",
    )
    word_lm.train(still(config), tmp_path / "run", progress=False)
    for mine, other in zip(
        weights(tmp_path / "run"), weights(language_model), strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=1e-6)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"source": "nowhere"}, "no pretrained model 'nowhere'"),
        ({"source": "shakespeare_lstm_base"}, "of characters"),
        ({"source": "dates_gru_base"}, "a translator"),
        ({"source": "LM", "units": 32}, "`units` of .* is 6"),
        ({"source": "JUDGE", "pooling": "max"}, "`pooling` of .* 'mean_max'"),
        ({"teacher": "LM"}, "knows none"),
        ({"teacher": "imdb_gru_base"}, "knows negative, positive"),
    ],
)
@pytest.mark.training
def test_what_does_not_fit_is_refused(
    changes, message, tiny, language_model, judge, tmp_path
):
    names = {"LM": str(language_model), "JUDGE": str(judge)}
    changes = {name: names.get(x, x) for name, x in changes.items()}
    config = imdb_sentiment.Config(
        train_file=tiny["imdb_sentiment"].train_file, **changes
    )
    with pytest.raises(InputError, match=message):
        imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert not (tmp_path / "run" / "config.json").exists()


@pytest.mark.parametrize("field", ["source", "teacher"])
@pytest.mark.training
def test_data_prepared_with_a_model_go_out_of_date(
    field, tiny, judge, tmp_path
):
    """A model that was trained again has other words and thinks otherwise."""
    copy = tmp_path / "judge"
    shutil.copytree(judge, copy)
    config = imdb_sentiment.Config(
        train_file=tiny["imdb_sentiment"].train_file, **{field: str(copy)}
    )
    folder = tmp_path / "prepared"
    imdb_sentiment.data(config, None, folder)
    imdb_sentiment.data(config, None, folder)
    with open(copy / "model.keras", "ab") as file:
        file.write(b" ")
    with pytest.raises(InputError, match="model.keras has changed since"):
        imdb_sentiment.data(config, None, folder)


@pytest.mark.training
def test_prepared_words_are_those_of_the_model_to_start_from(
    language_model, tiny, tmp_path
):
    config = dataclasses.replace(tiny["word_lm"], source=str(language_model))
    ready = word_lm.data(config, None, tmp_path / "prepared")
    words = zoo.load(language_model).tokenizer.vocabulary
    assert ready.tokenizer.vocabulary == words
    plain = dataclasses.replace(config, source="")
    assert word_lm.data(plain, None).tokenizer.vocabulary != words


@pytest.mark.parametrize("recipe", [imdb_sentiment, word_lm])
def test_a_search_leaves_sizes_to_the_model_to_start_from(recipe):
    space = pytest.importorskip("keras_tuner").HyperParameters()
    recipe.search_space(space, recipe.Config(source="any"))
    assert "dropout" in space.values and "units" not in space.values
    recipe.search_space(space, recipe.Config())
    assert "units" in space.values


def test_the_test_of_a_file_does_not_depend_on_the_run(tiny):
    config = tiny["imdb_sentiment"]
    tests = [
        imdb_sentiment.texts(dataclasses.replace(config, seed=seed), None)[1][
            "test"
        ]
        for seed in (1, 2)
    ]
    assert tests[0] == tests[1]


def test_rates_fall_and_layers_unfreeze_from_the_top_down():
    net = models.build(
        "classifier",
        {"vocabulary_size": 9, "classes": 2, "units": 3, "layers": 2},
    )
    config = imdb_sentiment.Config(
        source="any", rate_decay=0.5, unfreeze=0.3, epochs=2
    )
    with pytest.raises(InputError, match="need a model: --from"):
        dataclasses.replace(config, source="")
    rates = warm_start.layerwise_learning_rates(
        net, decay=0.5, unfreeze=0.3, epochs=2, steps=50
    )
    assert rates == [
        ["recurrent/layer_1_both/", 0.5, 10],
        ["recurrent/layer_0_both/", 0.25, 20],
        ["embedding/", 0.125, 30],
    ]
    optimizer = ClippedAdam(0.1, 1.0, layerwise_rates=rates)
    optimizer.build(net.trainable_variables)
    fitting = {rate[0]: 0 for rate in rates}
    for variable in net.trainable_variables:
        for prefix in fitting:
            fitting[prefix] += variable.path.startswith(prefix)
    assert all(fitting.values())
    again = ClippedAdam.from_config(optimizer.get_config())
    assert again.layerwise_rates == rates


def test_a_layer_learns_late_and_slowly():
    a, b, c = (keras.Variable(np.ones(2), name=name) for name in "abc")
    optimizer = ClippedAdam(
        0.1, 10.0, layerwise_rates=[["b", 0.5, 0], ["c", 0.25, 2]]
    )
    optimizer.build([a, b, c])
    moved = []
    for _ in range(3):
        before = [np.array(v) for v in (a, b, c)]
        optimizer.apply([ops.ones(2)] * 3)
        after = [np.array(v) for v in (a, b, c)]
        pairs = zip(before, after, strict=True)
        moved.append([float((x - y)[0]) for x, y in pairs])
    np.testing.assert_allclose(moved[0], [0.1, 0.05, 0], atol=1e-6)
    np.testing.assert_allclose(moved[1], [0.1, 0.05, 0], atol=1e-6)
    np.testing.assert_allclose(moved[2], [0.1, 0.05, 0.025], atol=1e-6)


@pytest.mark.training
def test_a_pupil_reads_unlabelled_texts_too(judge, tiny, tmp_path):
    more = tmp_path / "more.txt"
    more.write_text("w1 w2 good\n\nw3 bad w4\n", encoding="utf-8")
    config = imdb_sentiment.Config(
        train_file=tiny["imdb_sentiment"].train_file,
        teacher=str(judge),
        unlabelled_file=str(more),
        units=5,
        embedding_size=4,
        epochs=1,
    )
    splits = imdb_sentiment.data(config, None).splits
    untaught = dataclasses.replace(config, teacher="", unlabelled_file="")
    labelled = imdb_sentiment.data(untaught, None).splits
    count = len(labelled["train"])
    p = splits["train"].labels
    assert p.shape == (count + 2, 3)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    # Half of a label is the truth.
    truth = p[np.arange(count), labelled["train"].labels]
    assert (truth > 0.5).all() and (p[count:] < 0.99).all()
    assert splits["validation"].labels.ndim == 1
    metrics = imdb_sentiment.train(config, tmp_path / "run", progress=False)
    assert metrics["parameters"] > 0
    name = zoo.load(tmp_path / "run").about["data"]["name"]
    assert name.endswith(f", more.txt; taught by {judge}")
    # Several teachers count alike.
    teachers, texts = (str(judge), str(tmp_path / "run")), ["good w1", "bad"]
    labels = zoo.load(judge).labels
    alone, other, both = (
        distillation.probabilities(names, texts, labels)
        for names in (*teachers, ",".join(teachers))
    )
    np.testing.assert_allclose(both, (alone + other) / 2, atol=1e-6)
    assert np.abs(alone - other).max() > 1e-4
    with pytest.raises(InputError, match="needs a `teacher`"):
        dataclasses.replace(config, teacher="")


def test_labels_are_drawn_anew_from_probabilities():
    p = np.tile(np.array([[0.2, 0.5, 0.3]], "float32"), (3000, 1))
    texts = Examples(np.arange(1, 3001, dtype="int32"), np.arange(3001), p)
    batches = shuffled(texts, 3000, seed=3)
    stream = batches.make(0)
    (ids, first), (_, second) = next(stream), next(stream)
    shares = np.bincount(first["logits"], minlength=3) / 3000
    np.testing.assert_allclose(shares, p[0], atol=0.04)
    assert (first["logits"] != second["logits"]).any()
    _, again = next(shuffled(texts, 3000, seed=3).make(0))
    np.testing.assert_array_equal(again["logits"], first["logits"])
    assert ids.shape == (3000, 1)


def test_of_a_label_half_is_true():
    thought = np.array([[0.8, 0.2], [0.4, 0.6], [0.1, 0.9]], "float32")
    found = distillation.mix_with_labels(thought, np.array([0, 0]))
    np.testing.assert_allclose(
        found, [[0.9, 0.1], [0.7, 0.3], [0.1, 0.9]], atol=1e-6
    )


def test_sampled_logits_estimate_the_whole_softmax():
    words, size = 300, 6
    random = np.random.default_rng(0)
    embedding = TiedEmbedding(words, size)
    embedding.build()
    embedding.embeddings.assign(random.normal(size=(words, size)) / 2)
    embedding.bias.assign(random.normal(size=words) / 2)
    layer = SampledLogits(embedding, frequent=40, drawn=120, seed=1)
    h = random.normal(size=(2, 5, size)).astype("float32")
    following = random.integers(0, words, (2, 5)).astype("int32")
    following[0, :2] = (0, 39)
    whole = np.asarray(embedding(h, reverse=True), "float64")
    sums = []
    for _ in range(200):
        logits = np.asarray(layer(h, following), "float64")
        assert logits.shape == (2, 5, 161)
        right = np.minimum(following, 40)[..., None]
        np.testing.assert_allclose(
            np.take_along_axis(logits, right, -1),
            np.take_along_axis(whole, following[..., None], -1),
            atol=1e-5,
        )
        sums.append(np.exp(logits).sum(axis=-1))
    # The standard error of the mean is 2 % here.
    np.testing.assert_allclose(
        np.mean(sums, axis=0), np.exp(whole).sum(axis=-1), rtol=0.1
    )
    nats = cross_entropy()(np.minimum(following, 40), logits)
    assert np.isfinite(np.asarray(nats)).all()


def test_sampled_words_need_a_tied_model():
    net = models.build("language_model", {"vocabulary_size": 9, "units": 3})
    with pytest.raises(InputError, match="`tied`"):
        sampled_form(net, 2, 3, 4)
