"""What runs cells over time: one way, both ways, and in stacks."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from layer_inputs import (
    BATCH,
    CELLS,
    FEATURES,
    LENGTHS,
    MASK,
    TIME,
    TOLERANCE,
    UNITS,
    close,
    random_inputs,
)
from tiers import fast_are

import zoo
from zoo.errors import InputError
from zoo.layers import Bidirectional, Recurrent, Stacked

FEW_FAST = fast_are({"lstm", "mingru", "qrnn"}.__contains__, CELLS, "thorough")


@pytest.mark.parametrize("cell", CELLS)
def test_reverse_reads_the_reversed_sequence(cell):
    forward = Recurrent(zoo.cells.get(cell, UNITS), return_sequences=True)
    backward = Recurrent(
        zoo.cells.get(cell, UNITS), return_sequences=True, reverse=True
    )
    x = random_inputs()
    forward(x), backward(x)
    backward.set_weights(forward.get_weights())
    close(backward(x), np.asarray(forward(x[:, ::-1]))[:, ::-1])


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("cell", FEW_FAST)
def test_training_takes_another_way_to_the_same_gradients(cell, mask):
    layer = Recurrent(zoo.cells.get(cell, UNITS), return_sequences=True)
    x = tf.constant(random_inputs())
    layer(x)

    @tf.function(reduce_retracing=True)
    def gradients(x, training):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, mask=mask, training=training)
            loss = tf.reduce_sum(outputs**2)
        return tape.gradient(loss, [x, *layer.trainable_variables])

    for one, other in zip(gradients(x, True), gradients(x, False), strict=True):
        close(one, other, 5 * TOLERANCE)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_bidirectional_is_keras_bidirectional(cell):
    keras_layer = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[cell]
    theirs = keras.layers.Bidirectional(
        keras_layer(UNITS, return_sequences=True)
    )
    ours = Bidirectional(
        Recurrent(zoo.cells.get(cell, UNITS), return_sequences=True)
    )
    x = random_inputs()
    ours(x), theirs(x)
    ours.set_weights(theirs.get_weights())
    # Past a row's end Keras's backward half differs by its own convention.
    close(
        np.asarray(ours(x, mask=MASK))[MASK],
        np.asarray(theirs(x, mask=MASK))[MASK],
    )


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", FEW_FAST)
def test_stacked_last_output_and_states(cell, layers, bidirectional):
    stack = Stacked(
        cell,
        UNITS,
        layers=layers,
        bidirectional=bidirectional,
        return_state=True,
    )
    sequences = Stacked(
        cell,
        UNITS,
        layers=layers,
        bidirectional=bidirectional,
        return_sequences=True,
    )
    x = random_inputs()
    output, *states = stack(x, mask=MASK)
    sequences(x)
    sequences.set_weights(stack.get_weights())
    steps = np.asarray(sequences(x, mask=MASK))
    directions = 2 if bidirectional else 1
    assert output.shape == (BATCH, directions * UNITS)
    assert len(states) == len(stack.initial_state(BATCH))
    for row, length in enumerate(LENGTHS):
        expected = steps[row, length - 1]
        if bidirectional:
            expected = np.concatenate([expected[:UNITS], steps[row, 0, UNITS:]])
        close(output[row], expected)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_states_carry_a_sequence_over(cell, layers):
    stack = Stacked(cell, UNITS, layers=layers, return_state=True)
    x = random_inputs()
    whole, *whole_states = stack(x)
    _, *states = stack(x[:, :3])
    output, *states = stack(x[:, 3:], initial_state=states)
    close(output, whole)
    for state, expected in zip(states, whole_states, strict=True):
        close(state, expected)


def test_bidirectional_takes_the_states_of_both_directions():
    layer = Bidirectional(
        Recurrent(zoo.cells.get("lstm", UNITS), return_state=True)
    )
    x = random_inputs()
    random = np.random.default_rng(3)
    states = [
        random.normal(size=(BATCH, UNITS)).astype("float32") for _ in range(4)
    ]
    output, *final = layer(x, initial_state=states)
    forward = layer.forward_layer(x, initial_state=states[:2])
    backward = layer.backward_layer(x, initial_state=states[2:])
    close(output, np.concatenate([forward[0], backward[0]], axis=-1))
    close(final[1], forward[2])
    close(final[3], backward[2])


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"layers": 2, "bidirectional": True, "use_bias": False},
        {"dropout": 0.3, "recurrent_dropout": 0.2, "return_sequences": True},
        {"return_state": True},
    ],
)
def test_stacked_config_round_trip(arguments):
    stack = Stacked("gru", UNITS, **arguments)
    again = Stacked.from_config(stack.get_config())
    assert again.get_config() == stack.get_config()


def test_bidirectional_round_trip(tmp_path):
    layer = Bidirectional(
        Recurrent(zoo.cells.get("gated", UNITS), recurrent_dropout=0.1, seed=4)
    )
    x = random_inputs()
    layer(x)
    again = Bidirectional.from_config(layer.get_config())
    again(x)
    again.set_weights(layer.get_weights())
    close(again(x), layer(x), tolerance=0)
    assert again.get_config() == layer.get_config()
    inputs = keras.Input((None, FEATURES))
    model = keras.Model(inputs, again(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    close(loaded(x), layer(x), tolerance=0)
    # Two directions with one mask would hide the same units from both.
    assert layer.backward_layer.seed != layer.forward_layer.seed


@pytest.mark.parametrize("cell", ["elman", "gated", "gru", "lstm"])
def test_recurrent_dropout_is_one_mask_for_the_whole_sequence(cell):
    layer = Recurrent(
        zoo.cells.get(cell, UNITS),
        recurrent_dropout=0.5,
        seed=3,
        return_sequences=True,
    )
    masks = []

    class Spy(type(layer.cell)):
        def call(self, inputs, states, training=None, recurrent_mask=None):
            masks.append(np.asarray(recurrent_mask))
            return super().call(inputs, states, training, recurrent_mask)

    layer.cell = Spy(UNITS)
    x = random_inputs()
    layer(x, training=True)
    first = [mask.copy() for mask in masks]
    assert len(first) == TIME
    for mask in first:
        np.testing.assert_array_equal(mask, first[0])
    assert set(np.unique(first[0])) == {0.0, 2.0}
    masks.clear()
    layer(x, training=True)
    assert (masks[0] != first[0]).any()
    masks.clear()
    without = layer(x, training=False)
    assert masks[0].dtype == object  # None: no mask at all
    assert np.isfinite(np.asarray(without)).all()


def test_dropout_between_layers_is_for_training_and_between_only():
    x = random_inputs()
    one = Stacked("gru", UNITS, layers=1, dropout=0.5)
    # Two programs: training has another form of the same sums.
    close(one(x, training=True), one(x, training=False))
    two = Stacked("gru", UNITS, layers=2, dropout=0.5)
    close(two(x), two(x, training=False), tolerance=0)
    assert (np.asarray(two(x, training=True)) != np.asarray(two(x))).any()


def test_a_cell_that_cannot_do_what_was_asked_is_refused():
    with pytest.raises(ValueError, match="recurrent_mask"):
        Recurrent(keras.layers.GRUCell(3), recurrent_dropout=0.2)
    with pytest.raises(ValueError, match="must have `state_size`"):
        Recurrent(keras.layers.Dense(3))
    with pytest.raises(ValueError, match="run forwards"):
        Bidirectional(Recurrent(zoo.cells.get("gru", 3), reverse=True))
    layer = Recurrent(zoo.cells.get("lstm", UNITS))
    with pytest.raises(ValueError, match="list of 2 tensors. Received: 1"):
        layer(random_inputs(), initial_state=[np.zeros((BATCH, UNITS))])


@pytest.mark.parametrize("arguments", [{"units": 0}, {"layers": -1}])
def test_sizes_below_one_are_refused(arguments):
    with pytest.raises(InputError, match="at least 1. Received"):
        Stacked("gru", **{"units": 3, **arguments})


@pytest.mark.parametrize("dropout", [-0.1, 1.0, float("nan")])
def test_dropout_outside_its_range_is_refused(dropout):
    with pytest.raises(InputError, match="`dropout` must be at least 0"):
        Stacked("gru", 3, dropout=dropout)
