"""Gradients over time against finite differences, in float64."""

import json

import keras
import numpy as np
import pytest

import zoo.cells
from zoo.errors import InputError
from zoo.inspect import gradient_flow, observed, plots
from zoo.inspect.gradient_flow import half_life
from zoo.layers import Recurrent
from zoo.models import classifier, feedforward, language_model

CELLS = zoo.cells.names()
TIME = 6
# Central differences of step 1e-5 in float64 are right to some 1e-9.
STEP, TOLERANCE = 1e-5, 1e-7


@pytest.fixture(autouse=True)
def in_float64():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


def built(cell, **arguments):
    keras.utils.set_random_seed(1)
    model = classifier(12, 3, cell=cell, units=3, embedding_size=2, **arguments)
    # Far from the start, where biases are zero and states are small.
    random = np.random.default_rng(2)
    model.set_weights(
        [random.normal(size=w.shape) * 0.7 for w in model.get_weights()]
    )
    return model


def ids(batch=1, seed=3):
    return np.random.default_rng(seed).integers(1, 12, (batch, TIME))


@pytest.mark.parametrize("cell", CELLS)
def test_states_against_finite_differences(cell):
    model = built(cell, bidirectional=False)
    x = model.get_layer("embedding")(ids())
    way = model.get_layer("recurrent").recurrent_layers[0]
    layer = Recurrent(way.cell, return_state=True)
    (flow,) = gradient_flow(model, ids())
    assert flow.cell == type(way.cell).__name__

    def run(states, start, end):
        sizes = np.cumsum(way.cell.state_size)[:-1]
        states = [s[None] for s in np.split(states, sizes)]
        final = layer(x[:, start:end], initial_state=states)[1:]
        return np.concatenate([np.asarray(s)[0] for s in final])

    size = sum(way.cell.state_size)
    for i in (0, TIME - 1):
        for k in sorted({0, i - 2, i - 1, i} & set(range(TIME))):
            state = run(np.zeros(size), 0, k + 1)
            columns = []
            for nudge in np.eye(size) * STEP if k < i else ():
                above, below = (
                    run(state + sign * nudge, k + 1, i + 1) for sign in (1, -1)
                )
                columns.append((above - below) / (2 * STEP))
            jacobian = np.array(columns).T if k < i else np.eye(size)
            expected = np.sqrt((jacobian**2).sum() / size)
            assert abs(flow.states[i, k] - expected) < TOLERANCE
    assert np.isnan(flow.states[0, 1])


@pytest.mark.parametrize(
    ("cell", "pooling", "layers", "places"),
    [
        *((cell, "last", 1, [(0, 1), (1, 3)]) for cell in CELLS),
        ("gru", "mean_max", 2, [(0, 0), (0, 5), (1, 2), (2, 3), (3, 5)]),
    ],
)
@pytest.mark.thorough
def test_loss_against_finite_differences(cell, pooling, layers, places):
    model = built(cell, layers=layers, pooling=pooling)
    token_ids, labels = ids(2), np.array([0, 2])
    token_ids[1, 4:] = 0
    flows = gradient_flow(model, token_ids, labels)
    names = [
        f"layer {depth} {way}"
        for depth in range(layers)
        for way in ("forward", "backward")
    ]
    assert [flow.name for flow in flows] == names
    logits, seen = observed.run(model, token_ids)
    np.testing.assert_allclose(logits, model(token_ids)["logits"], atol=1e-9)

    def losses(nudges):
        logits = np.asarray(observed.run(model, token_ids, nudges)[0])
        logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return -logs[[0, 1], labels]

    zeros = [np.zeros_like(one.states) for one in seen]
    for place, t in places:
        squares = np.zeros(2)
        for entry in range(zeros[place].shape[-1]):
            sides = []
            for sign in (1, -1):
                nudges = [array.copy() for array in zeros]
                nudges[place][:, t, entry] = sign * STEP
                sides.append(losses(nudges))
            squares += ((sides[0] - sides[1]) / (2 * STEP)) ** 2
        mask = np.asarray(seen[place].mask)[:, t]
        expected = np.sqrt(squares)[mask].mean()
        assert abs(flows[place].loss[t] - expected) < TOLERANCE


def test_padding_changes_nothing():
    model = built("gru", pooling="last")
    alone = gradient_flow(model, ids()[:, :4], [1])
    padded = ids()
    padded[:, 4:] = 0
    for ours, theirs in zip(
        alone, gradient_flow(model, padded, [1]), strict=True
    ):
        np.testing.assert_allclose(ours.by_distance, theirs.by_distance[:4])
        assert np.isnan(theirs.by_distance[4:]).all()
        np.testing.assert_allclose(
            ours.loss_by_distance, theirs.loss_by_distance[:4]
        )
        assert ours.half_life == theirs.half_life


def test_a_shut_gate_keeps_the_gradient_and_an_elman_network_loses_it():
    kept = built("gated", bidirectional=False)
    cell = kept.get_layer("recurrent").recurrent_layers[0].cell
    cell.bias.assign(np.r_[np.full(3, -50.0), np.zeros(3)])
    (flow,) = gradient_flow(kept, ids())
    np.testing.assert_allclose(flow.by_distance, 1, atol=1e-6)
    assert flow.half_life > 1e6
    lost = built("elman", bidirectional=False)
    cell = lost.get_layer("recurrent").recurrent_layers[0].cell
    cell.recurrent_kernel.assign(np.eye(3) * 0.25)
    (flow,) = gradient_flow(lost, ids())
    assert (np.diff(np.log(flow.by_distance)) <= np.log(0.25) + 1e-9).all()
    assert flow.half_life < 0.5 + 1e-9


def test_half_life():
    assert half_life(0.5 ** (np.arange(9) / 3)) == pytest.approx(3)
    assert half_life(np.array([1.0, 0.9, 1.1])) == np.inf
    assert half_life(np.array([1.0, np.nan])) == np.inf
    assert half_life(np.array([1.0, 0.0])) < 1


def test_pictures_and_json(tmp_path):
    flows = gradient_flow(built("lstm"), ids())
    plots.by_distance({"lstm": flows}, tmp_path / "distance.png")
    plots.heat_maps(flows, tmp_path / "heat.png")
    plots.heat_maps(flows[:1], tmp_path / "one.png")
    assert len(list(tmp_path.glob("*.png"))) == 3
    text = json.dumps([flow.as_json() for flow in flows], allow_nan=False)
    assert json.loads(text)[0]["states"][0][1] is None


@pytest.mark.parametrize(
    ("token_ids", "message"),
    [
        ([1, 2], "shape"),
        (np.zeros((1, 0)), "shape"),
        ([[0, 1]], "padded with 0 on the right"),
    ],
)
def test_bad_ids(token_ids, message):
    with pytest.raises(InputError, match=message):
        gradient_flow(built("gru"), token_ids)


def test_a_model_without_recurrence():
    with pytest.raises(InputError, match="no recurrent layer"):
        gradient_flow(feedforward(12, 3), ids())


@pytest.mark.parametrize(
    "model",
    [
        lambda: built("gru", ngrams=3, ngram_slots=16, layers=2),
        lambda: language_model(12, units=3, embedding_size=3, tied=True),
    ],
)
def test_layer_by_layer_is_the_whole_model(model):
    model = model()
    logits, seen = observed.run(model, ids(2))
    expected = model(ids(2))["logits"]
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-9)
    assert seen


def test_a_cell_whose_output_is_no_state():
    model = built("gru")
    (way,) = model.get_layer("recurrent").recurrent_layers
    for one in (way.forward_layer, way.backward_layer):
        plain = one.cell.call
        one.cell.call = lambda x, s, plain=plain: (2 * plain(x, s)[0], s)
    with pytest.raises(InputError, match="That of GRUCell is another tensor"):
        gradient_flow(model, ids())
