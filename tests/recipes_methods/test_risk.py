"""Training on how good a translator's own translations are."""

import csv
import dataclasses
import json

import numpy as np
import pytest
from tiers import fast_are

import zoo
from recipes import translation
from recipes.data.examples import Batches
from recipes.data.feed import padded
from recipes.data.replica_batches import shares
from recipes.evaluation.translation import of_sentences
from recipes.methods import minimum_risk
from zoo import models
from zoo.errors import InputError

SAID = {
    "ids": [
        [[5, 6, 7], [8], [], [9, 9]],
        [[4] * 9],
        [[]],
        [[4, 4], [5] * 30],
        [[6]],
    ],
    "costs": [[0.5, 0.25, 0.0, 0.75], [1.0], [0.0], [0.3, 0.1], [0.0]],
}
TEXTS = [("1 2", "a"), ("3", "b"), ("4", "c"), ("5", "d"), ("7 " * 30, "e")]


@pytest.fixture
def judged(numbers_run):
    tokenizer = zoo.load(numbers_run).tokenizer
    return minimum_risk.Judged.from_texts(TEXTS, tokenizer, SAID, longest=20)


@pytest.mark.thorough
def test_translations_are_ranked_by_their_cost(judged):
    """Empty and long ones are left out, and sources without any."""
    assert judged.costs == [[0.25, 0.5, 0.75], [1.0], [0.3]]
    targets = [[list(ids) for ids in several] for several in judged.targets]
    assert targets == [[[8], [5, 6, 7], [9, 9]], [[4] * 9], [[4, 4]]]
    assert len(judged) == 3
    np.testing.assert_array_equal(judged.lengths[:, 1], [16, 40, 12])


@pytest.mark.training
def test_a_batch(judged):
    inputs, targets = judged.batch([0, 2])
    np.testing.assert_array_equal(
        inputs["target_ids"],
        [
            [[2, 8, 3, 0, 0], [2, 5, 6, 7, 3], [2, 9, 9, 3, 0], [0] * 5],
            [[2, 4, 4, 3, 0], [0] * 5, [0] * 5, [0] * 5],
        ],
    )
    np.testing.assert_allclose(
        inputs["costs"], [[0.25, 0.5, 0.75, 0], [0.3, 0, 0, 0]]
    )
    assert targets["logits"].shape == (2,)
    # Where every length costs a compilation, there are few of them.
    longer, _ = padded(inputs, targets)
    assert longer["target_ids"].shape == (2, minimum_risk.BEST, 32)
    assert longer["costs"].shape == (2, minimum_risk.BEST)
    np.testing.assert_array_equal(
        longer["target_ids"][..., :5], inputs["target_ids"]
    )


def log_softmax(z):
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


@pytest.mark.training
@pytest.mark.parametrize(
    "weight, smoothing",
    fast_are(
        lambda one: one == (0.5, 0.1),
        [(0.5, 0.0), (0.5, 0.1), (4.0, 0.0), (4.0, 0.1)],
        "slow",
    ),
)
def test_the_loss_is_its_equation(judged, weight, smoothing):
    model = models.translator(
        70, 70, units=4, embedding_size=4, shared=True, dropout=0.5
    )
    random = np.random.default_rng(3)
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.7, variable.shape))
    inputs, _ = judged.batch(range(3))
    form = minimum_risk.training_model(model, weight, label_smoothing=smoothing)
    assert len(form.trainable_weights) == len(model.trainable_weights)
    ours = np.asarray(form(inputs)["logits"])
    for row, costs in enumerate(judged.costs):
        log_p = []
        for target in judged.targets[row]:
            source = inputs["source_ids"][row : row + 1]
            read = np.array([[2, *target]], "int32")
            said = [*target, 3]
            logits = model({"source_ids": source, "target_ids": read})["logits"]
            by_unit = log_softmax(np.asarray(logits, "float64")[0])
            chosen = by_unit[np.arange(len(said)), said]
            log_p.append(chosen.sum())
            if len(log_p) == 1:
                best = (1 - smoothing) * -chosen.mean()
                best -= smoothing * by_unit.mean()
        p = np.exp(log_p)
        expected = best + weight * (p / p.sum() * costs).sum()
        assert ours[row] == pytest.approx(expected, rel=1e-5)


@pytest.mark.training
def test_replicas_divide_it(judged):
    """The gradient's weights are those of one mean over all sentences."""
    model = models.translator(70, 70, units=4, embedding_size=4, shared=True)
    form = minimum_risk.training_model(model, 4.0, label_smoothing=0.1)
    inputs, _ = judged.batch(range(3))
    expected = np.mean(form(inputs)["logits"])
    whole = Batches(lambda _: iter([judged.batch(range(3))]), 1)
    divided = list(shares(whole, 2, range(2)).make(0))
    assert len(divided) == 2
    found = [
        (np.asarray(form(inputs)["logits"]) * weights[:, 0]).sum()
        for inputs, _, weights in divided
    ]
    assert sum(found) == pytest.approx(expected, rel=1e-5)


@pytest.mark.training
def test_nothing_to_learn_from(numbers_run):
    tokenizer = zoo.load(numbers_run).tokenizer
    said = {"ids": [[[], [4, 4]]], "costs": [[0.5, 0.5]]}
    with pytest.raises(InputError, match="nothing of at most `longest` 1"):
        minimum_risk.Judged.from_texts(
            [("1", "one")], tokenizer, said, longest=1
        )


@pytest.mark.training
def test_costs_of_translations(numbers_run, tmp_path):
    texts = [("1 2 3", "one two three"), ("4 0 0 1", "x y")]
    kept = tmp_path / "judged.json"
    said = minimum_risk.judge(zoo.load(numbers_run), texts, kept)
    right, wrong = said["costs"]
    assert (
        min(right) == 0 and len(right) == minimum_risk.BEST and max(right) > 0.2
    )
    assert min(wrong) > 0.9
    # What is there is not made again.
    assert (
        minimum_risk.judge(None, texts, kept)
        == json.loads(kept.read_text())
        == said
    )


def test_bleu_of_a_sentence():
    """Whatever its case; a short one is judged by the n-grams it has."""
    same, near, none = of_sentences(["A dog.", "a cat.", "x"], "a dog.")
    assert same == pytest.approx(100) and none < near < same
    assert of_sentences([], "a") == []


@pytest.mark.training
def test_a_run_costs_less_and_less(numbers_run, numbers, tmp_path):
    config = translation.Config(
        train_pairs=str(numbers),
        source=str(numbers_run),
        risk=1000.0,
        learning_rate=0.002,
        epochs=3,
        dropout=0.0,
        beams=1,
        batch_tokens=2000,
    )
    folder = tmp_path / "run"
    metrics = translation.train(config, folder, progress=False)
    with open(folder / "history.csv", newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert losses[-1] < 0.9 * losses[0]
    assert metrics["exact_match"] > 0.8
    assert zoo.load(folder).about["config"]["risk"] == 1000.0


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"source": ""}, "`risk` needs a translator to start from"),
        ({"risk": -1.0}, "`risk` must be above 0"),
        ({"teacher": "x"}, "alone. Leave out `teacher`"),
        ({"beside": "multi30k"}, "alone. Leave out `beside`"),
        ({"word_dropout": 0.1}, "alone. Leave out `word_dropout`"),
    ],
)
def test_what_cannot_go_together(changes, message):
    config = translation.Config(
        data="tatoeba", pair="fr-en", source="x", risk=1.0
    )
    with pytest.raises(InputError, match=message):
        dataclasses.replace(config, **changes)
