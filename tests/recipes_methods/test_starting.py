"""Runs that begin with another model's weights."""

import dataclasses
import shutil

import keras
import numpy as np
import pytest
from keras import ops
from run_weights import weights

import zoo
from recipes import imdb_sentiment, word_lm
from recipes.methods import warm_start
from recipes.training.optimizer import ClippedAdam
from zoo import models
from zoo.errors import InputError


@pytest.fixture(scope="module")
def language_model(once, reviews):
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

    def train(folder):
        word_lm.train(config, folder / "words", progress=False)

    return once("words_run", train) / "words"


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
        imdb_sentiment.texts(dataclasses.replace(config, seed=seed), None)
        for seed in (1, 2)
    ]
    assert tests[0].splits["test"] == tests[1].splits["test"]


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
