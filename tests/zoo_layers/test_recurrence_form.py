"""Which form a cell is trained in, and how often a form is compiled."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from zoo.backend.devices import xla_compiles
from zoo.backend.few_sizes import ROWS, STEPS
from zoo.errors import InputError
from zoo.layers.recurrence_form import (
    VARIABLE,
    pays_to_compile,
    step_gradient,
)

needs_xla = pytest.mark.skipif(not xla_compiles(), reason="there is no XLA")


def pays(cell, rows, steps, units=8):
    return pays_to_compile(
        zoo.cells.get(cell, units), tf.zeros((rows, steps, 2))
    )


def test_sizes_choose():
    assert pays("gru", 64, 200) is True
    assert pays("gru", 64, 31) is pays("gru", 0, 200) is False
    assert pays("gru", 64, 200, units=257) is False
    assert pays("gru", 8, 200, units=256) is True
    assert pays("gru", 64, 200, units=256) is False
    assert pays("gated", 128, 200, units=128) is True
    assert pays("lstm", 128, 200, units=128) is False


def test_sizes_choose_later():
    @tf.function(input_signature=[tf.TensorSpec([None, None, 2])])
    def later(x):
        assert pays_to_compile(zoo.cells.get("gru", 257), x) is False
        return pays_to_compile(zoo.cells.get("gru", 8), x)

    assert bool(later(tf.zeros((64, 200, 2))))
    assert not bool(later(tf.zeros((64, 31, 2))))


@needs_xla
def test_the_environment_chooses(monkeypatch):
    cell = zoo.cells.get("gru", 8)
    assert step_gradient(cell)
    for form, expected in {"sequence": False, "xla": True}.items():
        monkeypatch.setenv(VARIABLE, form)
        assert step_gradient(cell)
        assert pays("gru", 1, 1) is pays("gru", 64, 200) is expected
    monkeypatch.setenv(VARIABLE, "loop")
    assert step_gradient(cell) is None
    monkeypatch.setenv(VARIABLE, "lop")
    with pytest.raises(InputError, match="Did you mean 'loop'"):
        step_gradient(cell)


def test_a_cell_of_a_class_of_its_own_is_left_to_the_loop():
    class Other(zoo.cells.GRUCell):
        pass

    assert step_gradient(Other(3)) is None
    assert step_gradient(keras.layers.GRUCell(3)) is None
    assert step_gradient(zoo.cells.get("mingru", 3)) is None


def test_sizes_are_few():
    assert STEPS[:9] == [32, 64, 96, 128, 192, 256, 384, 512, 768]
    assert ROWS[:11] == [1, 2, 4, 8, 16, 20, 24, 28, 32, 40, 48]


# Operations are deterministic, and there are two replicas. Prints the gradient
# of one replica's batch, alone and beside the other, for several lengths.
SCRIPT = """
import json
import keras
import tensorflow as tf
devices = tf.config.list_physical_devices("CPU")
parts = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(devices[0], parts)
keras.utils.set_random_seed(1)
tf.config.experimental.enable_op_determinism()
import zoo
layer = zoo.layers.Recurrent(zoo.cells.get("gru", 8), return_sequences=True)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    layer.build((None, None, 4))


@tf.function(input_signature=[tf.TensorSpec([None, None, 4])])
def gradients(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x, training=True) ** 2)
    return tape.gradient(loss, layer.trainable_variables)


@tf.function(input_signature=[tf.TensorSpec([None, None, 4])])
def replicated(x):
    found = strategy.run(gradients, [x])
    return [strategy.experimental_local_results(f)[1] for f in found]


found = []
for steps in (40, 50, 64, 40):
    x = tf.random.stateless_normal((3, steps, 4), (1, steps))
    for function in (gradients, replicated):
        found.append([g.numpy().tolist() for g in function(x)])
print(json.dumps(found))
"""


@needs_xla
@pytest.mark.process
def test_lengths_share_programs_and_replicas_compute_the_same(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "XLA_FLAGS": f"--xla_dump_to={tmp_path}"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    for one, other in zip(found[::2], found[1::2], strict=True):
        for left, right in zip(one, other, strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-5)
    # The first length once more: the same bits.
    assert found[:2] == found[-2:]
    modules = {p.name for p in tmp_path.glob("*before_optimizations.txt")}
    # There and back, for each of the two devices.
    assert len(modules) == 4, sorted(modules)
