"""The weights that a run folder holds."""

import json

import numpy as np

from zoo import models


def weights(folder):
    config = json.loads((folder / "config.json").read_text())
    model = models.build(config["builder"], config["arguments"])
    model.load_weights(folder / "model.keras")
    return model.get_weights()


def assert_same_weights(folder, other):
    for ours, theirs in zip(weights(folder), weights(other), strict=True):
        np.testing.assert_array_equal(ours, theirs)
