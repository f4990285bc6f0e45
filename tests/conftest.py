"""What all tests share: no accelerator chatter, fixed seeds, tiny models."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pathlib import Path

import keras
import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def fixed_seed():
    keras.utils.set_random_seed(1234)


@pytest.fixture(scope="session")
def tiny_runs(tmp_path_factory):
    """A finished run folder of `agreement` for each kind of network."""
    from recipes import agreement, demo

    folder = tmp_path_factory.mktemp("runs")
    for cell in demo.NETWORKS:
        config = agreement.Config(
            cell=cell, units=8, train_examples=200, epochs=1
        )
        agreement.train(config, folder / cell, progress=False)
    return folder


@pytest.fixture(scope="session")
def shared_data():
    return SHARED / "tensorflow_datasets"
