"""Every cell against its equations, Keras's own layers, and itself."""

import inspect

import keras
import numpy as np
import pytest
import references

import zoo.cells
from zoo.errors import InputError
from zoo.layers import Recurrent

BATCH, TIME, FEATURES, UNITS = 3, 6, 4, 5
CELLS = zoo.cells.names()
MASKED = [
    name for name in CELLS if zoo.cells.registration(name).takes_recurrent_mask
]
# Those that can be had without biases.
OPTIONAL = [
    name
    for name in CELLS
    if "use_bias"
    in inspect.signature(zoo.cells.registration(name).cell).parameters
]
KERAS_LAYERS = {
    "elman": keras.layers.SimpleRNN,
    "gru": keras.layers.GRU,
    "lstm": keras.layers.LSTM,
}
# float32 sums of a dozen terms of size 1, through six steps.
TOLERANCE = 2e-6


def random_inputs(seed=1):
    random = np.random.default_rng(seed)
    return random.normal(size=(BATCH, TIME, FEATURES)).astype("float32")


def random_states(cell, seed=2):
    random = np.random.default_rng(seed)
    sizes = zoo.cells.get(cell, UNITS).state_size
    return [
        random.uniform(-1, 1, (BATCH, size)).astype("float32") for size in sizes
    ]


def layer_of(cell, use_bias=True, **arguments):
    layer = Recurrent(
        zoo.cells.get(cell, UNITS, use_bias=use_bias),
        return_sequences=True,
        return_state=True,
        **arguments,
    )
    layer.build((None, None, FEATURES))
    return layer, references.random_weights(layer)


def assert_close(actual, expected, tolerance=TOLERANCE):
    for a, e in zip(actual, expected, strict=True):
        # The states of most cells stay below 1; those of others may grow.
        size = max(1, np.max(np.abs(e), initial=0))
        np.testing.assert_allclose(a, e, rtol=0, atol=tolerance * size)


@pytest.mark.parametrize(
    "cell, use_bias",
    [*((name, True) for name in CELLS), *((name, False) for name in OPTIONAL)],
)
def test_equations(cell, use_bias):
    layer, w = layer_of(cell, use_bias)
    inputs, states = random_inputs(), random_states(cell)
    outputs, *final = layer(inputs, initial_state=states)
    expected, expected_final = references.run(
        cell, inputs.astype("float64"), states, w
    )
    assert_close([outputs, *final], [expected, *expected_final])


@pytest.mark.parametrize("cell", KERAS_LAYERS)
def test_weights_move_to_and_from_keras(cell):
    layer, _ = layer_of(cell)
    theirs = KERAS_LAYERS[cell](UNITS, return_sequences=True, return_state=True)
    theirs.build((None, None, FEATURES))
    theirs.set_weights(layer.get_weights())
    inputs, states = random_inputs(), random_states(cell)
    mask = np.arange(TIME) < np.array([[TIME], [2], [0]])
    outputs, *final = layer(inputs, initial_state=states, mask=mask)
    their_outputs, *expected = theirs(inputs, initial_state=states, mask=mask)
    assert_close(final, expected)
    # At masked steps Keras repeats the last output; ours are zeros.
    assert_close([outputs], [np.where(mask[:, :, None], their_outputs, 0)])
    back, _ = layer_of(cell)
    back.set_weights(theirs.get_weights())
    for ours, weight in zip(
        back.get_weights(), layer.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, weight)


@pytest.mark.parametrize("cell", CELLS)
def test_keras_rnn_runs_it_too(cell):
    layer, _ = layer_of(cell)
    theirs = keras.layers.RNN(layer.cell, return_sequences=True)
    inputs = random_inputs()
    assert_close([layer(inputs)[0]], [theirs(inputs)])


@pytest.mark.parametrize("cell", CELLS)
def test_whole_sequence_is_step_by_step(cell):
    layer, _ = layer_of(cell)
    inputs, states = random_inputs(), random_states(cell)
    outputs, *final = layer(inputs, initial_state=states)
    for t in range(TIME):
        output, states = layer.cell(inputs[:, t], states)
        assert_close([outputs[:, t]], [output])
    assert_close(final, states)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_masked_is_shorter(cell, reverse):
    layer, _ = layer_of(cell, reverse=reverse)
    inputs, states = random_inputs(), random_states(cell)
    lengths = [TIME, 2, 1]
    mask = np.arange(TIME) < np.array(lengths)[:, None]
    outputs, *final = layer(inputs, initial_state=states, mask=mask)
    for row, length in enumerate(lengths):
        one = slice(row, row + 1)
        short_outputs, *short_final = layer(
            inputs[one, :length], initial_state=[s[one] for s in states]
        )
        assert_close([outputs[one, :length]], [short_outputs])
        assert_close([state[one] for state in final], short_final)


# In training a scan takes another form.
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_masked_steps_in_the_middle_are_left_out(cell, reverse, training):
    layer, _ = layer_of(cell, reverse=reverse)
    inputs, states = random_inputs(), random_states(cell)
    kept = [0, 3, 5]
    mask = np.zeros((BATCH, TIME), bool)
    mask[:, kept] = True
    outputs, *final = layer(
        inputs, initial_state=states, mask=mask, training=training
    )
    expected, *expected_final = layer(inputs[:, kept], initial_state=states)
    assert_close([np.asarray(outputs)[:, kept]], [expected])
    assert_close(final, expected_final)
    assert not np.asarray(outputs)[:, [1, 2, 4]].any()
    layer.return_sequences = False
    last = layer(inputs, initial_state=states, mask=mask)[0]
    assert_close([last], [np.asarray(expected)[:, 0 if reverse else -1]])


@pytest.mark.parametrize("cell", CELLS)
def test_an_all_masked_row_keeps_its_state(cell):
    layer, _ = layer_of(cell)
    states = random_states(cell)
    mask = np.zeros((BATCH, TIME), bool)
    outputs, *final = layer(random_inputs(), initial_state=states, mask=mask)
    assert_close(final, states, tolerance=0)
    assert not np.asarray(outputs).any()
    layer.return_sequences = False
    assert not np.asarray(layer(random_inputs(), mask=mask)[0]).any()


@pytest.mark.parametrize("time", [0, 1])
@pytest.mark.parametrize("cell", CELLS)
def test_short_sequences(cell, time):
    layer, _ = layer_of(cell)
    states = random_states(cell)
    outputs, *final = layer(random_inputs()[:, :time], initial_state=states)
    assert outputs.shape == (BATCH, time, UNITS)
    if not time:
        assert_close(final, states, tolerance=0)


@pytest.mark.parametrize("cell", CELLS)
def test_config_round_trip(cell):
    ours = zoo.cells.get(cell, UNITS, use_bias=cell not in OPTIONAL, name="one")
    again = type(ours).from_config(ours.get_config())
    assert again.get_config() == ours.get_config()
    arguments = set(inspect.signature(type(ours)).parameters) - {"kwargs"}
    assert arguments <= set(ours.get_config())


@pytest.mark.parametrize("cell", CELLS)
def test_file_round_trip_is_bit_equal(cell, tmp_path):
    inputs = keras.Input((None, FEATURES))
    layer = Recurrent(zoo.cells.get(cell, UNITS))
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = random_inputs()
    np.testing.assert_array_equal(model(x), again(x))


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_reach_every_weight(cell):
    import tensorflow as tf

    layer, _ = layer_of(cell)
    with tf.GradientTape() as tape:
        outputs, *_ = layer(random_inputs())
        loss = tf.reduce_sum(outputs * random_inputs(5)[:, :, :1])
    for gradient in tape.gradient(loss, layer.trainable_variables):
        gradient = np.asarray(gradient)
        assert np.isfinite(gradient).all()
        assert (gradient != 0).all()


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("cell", CELLS)
def test_mixed_precision(cell, policy):
    layer, w = layer_of(cell, dtype=keras.DTypePolicy("float32"))
    expected = layer(random_inputs())[0]
    low = Recurrent(
        zoo.cells.get(cell, UNITS, dtype=policy),
        return_sequences=True,
        dtype=policy,
    )
    low.build((None, None, FEATURES))
    low.set_weights(layer.get_weights())
    outputs = low(random_inputs())
    assert keras.backend.standardize_dtype(outputs.dtype) == low.compute_dtype
    # bfloat16 has 8 bits: one part in 256 for each of some dozen terms.
    assert_close([keras.ops.cast(outputs, "float32")], [expected], 0.2)


@pytest.mark.parametrize("cell", MASKED)
def test_recurrent_mask_hides_the_state_from_the_products_only(cell):
    layer, w = layer_of(cell)
    x, states = random_inputs()[:, 0], random_states(cell)
    mask = np.zeros((BATCH, UNITS), "float32")
    _, hidden = layer.cell(x, states, recurrent_mask=mask)
    # With the recurrent weights at zero, the products see no state either,
    # while what a gate keeps of the state is still there.
    blind = {**w, "recurrent_kernel": np.zeros_like(w["recurrent_kernel"])}
    _, expected = references.reference_of(cell)(
        x.astype("float64"), states, blind
    )
    assert_close(hidden, expected)


def test_the_forget_gate_starts_open():
    cell = zoo.cells.LSTMCell(UNITS)
    cell.build((None, FEATURES))
    i, f, g, o = np.split(np.asarray(cell.bias), 4)
    assert (f == 1).all() and not (i.any() or g.any() or o.any())


def test_an_unknown_cell_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="Received: 'gruu'.*mean 'gru'"):
        zoo.cells.get("gruu", 3)
