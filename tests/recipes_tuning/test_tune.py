"""The search: what it writes, what it goes on with, what it refuses."""

import dataclasses
import importlib.util
import json

import pytest
from searching import table, tune

pytest.importorskip("keras_tuner")
from command_line import mistake

import recipes
from recipes import agreement, imdb_sentiment
from recipes.config import flags
from recipes.evaluation import classification
from recipes.tuning import oracles, results, trials

pytestmark = [
    # KerasTuner asks for the name of the thread by a name that has gone.
    pytest.mark.filterwarnings("ignore:currentThread\\(\\) is deprecated"),
    pytest.mark.filterwarnings("ignore:getName\\(\\) is deprecated"),
]
PLOTS = ("score_by_trial", "score_by_parameter", "parallel_coordinates")


@pytest.mark.parametrize("recipe", recipes.names())
def test_every_draw_from_a_search_space_is_a_configuration(recipe):
    module = recipes.get(recipe)
    space = oracles.space(module, module.Config(), {})
    found = set()
    for seed in range(30):
        values = {hp.name: hp.random_sample(seed) for hp in space.space}
        found.add(
            trials.configured(
                module, module.Config(), oracles.filled(values), {}
            )
        )
    assert len(found) > 20
    # What stands in the objective can be looked up in metrics.json.
    name, direction = module.objective(module.Config())
    assert name.startswith("validation_") and direction in ("min", "max")


def test_texts_of_ones_own_have_more_to_search(tmp_path):
    config = imdb_sentiment.Config(train_file="mine.csv", epochs=10)
    space = oracles.space(imdb_sentiment, config, {})
    more = {"epochs", "ngrams", "tokens", "vocabulary_size"}
    assert more <= {parameter.name for parameter in space.space}
    known = oracles.space(imdb_sentiment, imdb_sentiment.Config(), {})
    assert not more & {parameter.name for parameter in known.space}
    for seed in range(30):
        values = {hp.name: hp.random_sample(seed) for hp in space.space}
        filled = oracles.filled(values)
        trials.configured(imdb_sentiment, config, filled, {})


def test_a_score_says_on_how_many_examples_it_rests(tmp_path):
    chosen = {"trial": "3", "score": 0.75}
    folder = trials.run_folder(tmp_path, "3")
    name = "validation_accuracy"
    assert results.rests_on(tmp_path, chosen, name) == ""
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text('{"validation_examples": 300}')
    # Twice the root of 0.75 * 0.25 / 300 is a twentieth.
    said = "rests on 300 examples: a difference below 5.0 points may be chance"
    assert said in results.rests_on(tmp_path, chosen, name)
    assert results.rests_on(tmp_path, chosen, "validation_bleu") == ""


@pytest.mark.training
def test_a_search_writes_all_files(
    tiny, reviews, tmp_path, capsys, monkeypatch
):
    def read(*_, **__):
        raise AssertionError("the test set was read")

    monkeypatch.setattr(classification, "predict", read)
    folder = tmp_path / "search"
    words = "--epochs 1 --units 8 --embedding-size 8 --layers 1 --batch-size 64"
    words = [*words.split(), "--train-file", reviews, "--trials", 2, "--json"]
    assert tune(folder, *words, recipe="imdb_sentiment") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["trials"] == 2 and answer["failed"] == 0
    rows = table(folder)
    assert [row["trial"] for row in rows] == ["default", "0", "1"]
    assert {row["status"] for row in rows} == {"completed"}
    assert rows[0]["differences"] == {}
    for row in rows[1:]:
        # What was given is fixed, what was not is searched.
        assert not {"units", "epochs", "layers"} & row["differences"].keys()
        assert "learning_rate" in row["differences"]
        held = folder / "trials" / row["trial"]
        metrics = json.loads((held / "metrics.json").read_text())
        assert metrics["validation_accuracy"] == row["score"]
        assert not [name for name in metrics if name.startswith("test")]
    for name in PLOTS:
        assert (folder / "plots" / f"{name}.png").stat().st_size > 10_000
    for row in rows:
        assert list((folder / "logs" / row["trial"]).glob("*tfevents*"))
    seen = hparams(folder / "logs" / "1")
    assert seen["cell"] in ("gru", "lstm", "mingru") and "units" not in seen

    # It is not run again, and its best trains.
    before = (folder / "trials" / "1" / "model.keras").stat().st_mtime_ns
    assert tune(folder, *words, recipe="imdb_sentiment") == 0
    assert json.loads(capsys.readouterr().out) == answer
    after = (folder / "trials" / "1" / "model.keras").stat().st_mtime_ns
    assert after == before
    parser = flags.parser(
        "imdb_sentiment", imdb_sentiment.Config, imdb_sentiment.PRESETS, ""
    )
    best, _ = flags.parse(
        parser,
        ["--config", str(folder / "best.json")],
        imdb_sentiment.Config,
        imdb_sentiment.PRESETS,
    )
    assert dataclasses.asdict(best) == answer["best_config"]


def hparams(folder):
    """What TensorBoard's HParams view reads of one trial."""
    from tensorboard.backend.event_processing.event_accumulator import (
        EventAccumulator,
    )
    from tensorboard.plugins.hparams import metadata

    events = EventAccumulator(str(folder))
    events.Reload()
    content = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG)
    data = metadata.parse_session_start_info_plugin_data(
        content.plugin_data.content
    )
    assert "validation_accuracy" in events.Tags()["tensors"]
    return {
        name: value.number_value or value.string_value
        for name, value in data.hparams.items()
    }


@pytest.mark.training
@pytest.mark.slow
def test_the_default_stays_where_no_trial_beats_it(trained, tmp_path, capsys):
    assert tune(tmp_path / "s", "--learning-rate", 1e-4, "--trials", 3) == 0
    assert "best is" not in capsys.readouterr().out
    # One layer is best, and the default has one.
    best = json.loads((tmp_path / "s" / "best.json").read_text())
    assert best["layers"] == 1 and best["learning_rate"] == 1e-4
    assert best == dataclasses.asdict(agreement.Config(learning_rate=1e-4))
    assert len(trained) == 4


@pytest.mark.training
def test_another_search_is_refused_and_a_longer_one_goes_on(
    trained, tmp_path, capsys
):
    folder = tmp_path / "search"
    tune(folder, "--trials", 2)
    first = trained[:]
    capsys.readouterr()
    words = ["tune", "agreement", "--run-dir", folder]
    assert "tuner 'random' there, 'bayesian' here" in mistake(
        capsys, *words, "--tuner", "bayesian"
    )
    assert "fixed units None there, 8 here" in mistake(
        capsys, *words, "--units", 8
    )
    assert "recipe 'agreement' there" in mistake(
        capsys, "tune", "imdb_sentiment", "--run-dir", folder
    )
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    assert "not a search folder" in mistake(
        capsys, "tune", "agreement", "--run-dir", tmp_path / "other"
    )
    assert trained == first
    tune(folder, "--trials", 4)
    assert [name for name, _ in trained] == ["default", "0", "1", "2", "3"]


def test_mistakes(trained, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["tune", "agreement"]
    assert "Did you mean 'random'?" in mistake(
        capsys, *words, "--tuner", "randon"
    )
    assert "`trials`" in mistake(capsys, *words, "--trials", 0)
    assert "`epochs` of at least 3" in mistake(
        capsys, *words, "--tuner", "hyperband", "--epochs", 2
    )
    every = "--cell gru --units 8 --layers 1 --embedding-size 8 --dropout 0"
    every += " --batch-size 8 --learning-rate 0.1"
    assert "Nothing is left" in mistake(capsys, *words, *every.split())
    assert "is not there" in mistake(
        capsys, "tune", "imdb_sentiment", "--prepared", "no"
    )
    assert "is not a folder" in mistake(
        capsys, "tune", "imdb_sentiment", "--data-dir", "no"
    )
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "tuner0")
    assert "needs KERASTUNER_ORACLE_IP" in mistake(capsys, *words)
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name: None if name == "keras_tuner" else find(name),
    )
    assert 'recurrent-zoo[tune]"' in mistake(capsys, *words)


@pytest.mark.filterwarnings("ignore:The optimal value found:UserWarning")
@pytest.mark.parametrize(
    "tuner",
    ["bayesian", "hyperband"],
)
@pytest.mark.slow
def test_the_other_tuners(trained, tmp_path, tuner):
    # Three at random, then two of the Gaussian process; nine short trials,
    # then three longer ones.
    number = {"bayesian": 5, "hyperband": 12}[tuner]
    words = ["--tuner", tuner, "--trials", number, "--epochs", 9]
    assert tune(tmp_path / "s", *words) == 0
    rows = table(tmp_path / "s")
    assert len(rows) == number + 1
    epochs = {config.epochs for name, config in trained}
    assert epochs == ({9} if tuner == "bayesian" else {9, 1, 3})
    best = max(rows, key=lambda row: row["score"])
    found = json.loads((tmp_path / "s" / "best.json").read_text())
    for name, value in best["differences"].items():
        assert found[name] == value
