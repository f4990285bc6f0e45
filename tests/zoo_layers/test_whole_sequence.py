"""A backward pass of our own, compiled and not, against the loop."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from references import run

import zoo
from zoo.backend.devices import xla_compiles
from zoo.layers import Recurrent
from zoo.layers.recurrence_form import VARIABLE

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not xla_compiles(), reason="there is no XLA"),
]
CELLS = ["elman", "gated", "gru", "lstm"]
ROWS, TIME, FEATURES, UNITS = 5, 9, 4, 6
# Of the largest value: float32, through nine steps.
TOLERANCE = 1e-5
MASKS = {
    "none": None,
    "right": np.arange(TIME) < np.array([9, 4, 1, 0, 9])[:, None],
    "left": np.arange(TIME) >= np.array([0, 5, 8, 9, 2])[:, None],
    "holes": np.random.default_rng(5).random((ROWS, TIME)) < 0.6,
}


def layer_of(cell, dtype="float32", use_bias=True, **arguments):
    """A layer whose weights depend on the cell only."""
    keras.utils.set_random_seed(1)
    layer = Recurrent(
        zoo.cells.get(cell, UNITS, use_bias=use_bias, dtype=dtype),
        return_sequences=True,
        return_state=True,
        dtype=dtype,
        **arguments,
    )
    layer.build((None, None, FEATURES))
    random = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(random.normal(size=weight.shape).astype("float32") / 2)
    return layer


def example(layer, initial, time=TIME):
    """Inputs, states or `None`, and what the outputs are multiplied by."""
    random = np.random.default_rng(3)
    sizes = layer.cell.state_size
    x = random.normal(size=(ROWS, time, FEATURES))
    states = [random.normal(size=(ROWS, size)) for size in sizes]
    shapes = [(ROWS, time, UNITS), *[(ROWS, size) for size in sizes]]
    upstream = [random.normal(size=shape) for shape in shapes]
    return x, states if initial else None, upstream


def trained(layer, x, states, upstream, mask, unknown=None):
    """Outputs, final states, and all gradients of their weighted sum."""
    dtype = layer.compute_dtype
    given = [tf.constant(v, dtype) for v in [x, *(states or [])]]

    def both(*given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            found = layer(
                given[0],
                initial_state=list(given[1:]) or None,
                mask=None if mask is None else tf.constant(mask),
                training=True,
            )
            loss = sum(
                tf.reduce_sum(value * tf.cast(d, value.dtype))
                for value, d in zip(found, upstream, strict=True)
            )
        return found, tape.gradient(loss, [*given, *layer.trainable_variables])

    if unknown is not None:
        shapes = [[None] * len(v.shape[:-1]) + [v.shape[-1]] for v in given]
        specs = [tf.TensorSpec(shape, dtype) for shape in shapes]
        both = tf.function(both, input_signature=specs if unknown else None)
    found, gradients = both(*given)
    return [np.asarray(v, "float64") for v in [*found, *gradients]]


def assert_close(actual, expected, tolerance=TOLERANCE):
    for one, other in zip(actual, expected, strict=True):
        largest = np.abs(other).max() or 1.0
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * largest)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("initial", [False, True])
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("cell", CELLS)
def test_outputs_and_gradients(cell, mask, initial, reverse, monkeypatch):
    wide = layer_of(cell, "float64", reverse=reverse)
    layer = layer_of(cell, reverse=reverse)
    given = *example(wide, initial), MASKS[mask]
    monkeypatch.setenv(VARIABLE, "loop")
    expected = trained(wide, *given)
    monkeypatch.setenv(VARIABLE, "xla")
    assert_close(trained(layer, *given, unknown=True), expected)
    if mask == "none" and not reverse:
        x, states, _ = example(wide, True)
        states = states if initial else [0 * state for state in states]
        weights = {w.name: np.asarray(w) for w in wide.weights}
        outputs, final = run(cell, x, states, weights)
        assert_close(expected[: 1 + len(final)], [outputs, *final])


# Outside of a graph; in one; and, in one that knows no sizes, not compiled.
@pytest.mark.parametrize(
    "form, unknown", [("xla", None), ("xla", False), ("sequence", True)]
)
@pytest.mark.parametrize("cell", CELLS)
def test_elsewhere(cell, form, unknown, monkeypatch):
    wide, layer = layer_of(cell, "float64"), layer_of(cell)
    given = *example(wide, True), MASKS["holes"]
    monkeypatch.setenv(VARIABLE, "loop")
    expected = trained(wide, *given)
    monkeypatch.setenv(VARIABLE, form)
    assert_close(trained(layer, *given, unknown), expected)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_states_that_are_dropped(cell, bias, monkeypatch):
    found = []
    for form in ("loop", "xla"):
        layer = layer_of(cell, use_bias=bias, recurrent_dropout=0.5, seed=3)
        monkeypatch.setenv(VARIABLE, form)
        given = example(layer, True)
        found.append(trained(layer, *given, MASKS["right"]))
    assert_close(found[1], found[0])


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_in_lower_precision(cell, dtype, monkeypatch):
    wide, layer = layer_of(cell, "float64"), layer_of(cell, dtype)
    given = *example(wide, True), MASKS["right"]
    monkeypatch.setenv(VARIABLE, "loop")
    expected, by_loop = trained(wide, *given), trained(layer, *given)
    monkeypatch.setenv(VARIABLE, "xla")
    found = trained(layer, *given)
    assert layer.compute_dtype == layer(given[0])[0].dtype

    def error(values):
        return max(
            np.abs(one - other).max() / np.abs(other).max()
            for one, other in zip(values, expected, strict=True)
        )

    # The states of the loop are of 8 or 11 bits.
    assert error(found) < error(by_loop) < 0.1


def test_the_gradient_has_a_gradient(monkeypatch):
    layer = layer_of("lstm", "float64")
    x = tf.constant(example(layer, False)[0])
    found = []
    for form in ("loop", "xla"):
        monkeypatch.setenv(VARIABLE, form)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = tf.reduce_sum(layer(x, training=True)[0] ** 2)
            total = tf.reduce_sum(tape.gradient(loss, x) ** 2)
        found.append(outer.gradient(total, [x, *layer.trainable_variables]))
    assert_close(found[1], found[0])


def test_the_same_bits_every_time(monkeypatch):
    monkeypatch.setenv(VARIABLE, "xla")
    layer = layer_of("gru")
    given = *example(layer, True, time=200), None
    first = trained(layer, *given)
    for _ in range(3):
        for one, other in zip(trained(layer, *given), first, strict=True):
            np.testing.assert_array_equal(one, other)


# By sizes, too; and compiled as a whole, as `--xla` has it.
@pytest.mark.parametrize(
    "form, xla", [("sequence", False), ("xla", False), ("", False), ("", True)]
)
def test_a_training_that_ends_like_that_of_the_loop(form, xla, monkeypatch):
    # Keras refuses where an earlier test has made operations deterministic.
    supports = "keras.src.trainers.trainer.model_supports_jit"
    monkeypatch.setattr(supports, lambda model: True)
    random = np.random.default_rng(0)
    ids = random.integers(1, 20, (20, 40)) * (random.random((20, 40)) < 0.9)
    labels = (ids == 3).any(axis=1).astype("float32")

    def batches():
        # The last one is smaller, and of another length.
        yield ids[:16], labels[:16]
        yield ids[16:, :33], labels[16:]

    specs = tf.TensorSpec([None, None], "int64"), tf.TensorSpec([None])
    data = tf.data.Dataset.from_generator(batches, output_signature=specs)
    data = data.apply(tf.data.experimental.assert_cardinality(2))
    weights = []
    for each in ("loop", form):
        monkeypatch.setenv(VARIABLE, each)
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [
                keras.layers.Embedding(20, 4, mask_zero=True),
                Recurrent(zoo.cells.get("gru", 8), recurrent_dropout=0.2),
                keras.layers.Dense(1, "sigmoid"),
            ]
        )
        model.compile("adam", "binary_crossentropy", jit_compile=xla)
        model.fit(data, epochs=3, verbose=0, shuffle=False)
        weights.append(model.get_weights())
    assert_close(weights[1], weights[0])
