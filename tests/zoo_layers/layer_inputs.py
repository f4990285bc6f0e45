"""Inputs of layers, some of their steps masked."""

import numpy as np

import zoo

BATCH, TIME, FEATURES, UNITS = 3, 7, 4, 5
CELLS = zoo.cells.names()
LENGTHS = [7, 3, 1]
MASK = np.arange(TIME) < np.array(LENGTHS)[:, None]
# Two float32 programs for the same sums of a dozen terms of size 1.
TOLERANCE = 2e-6


def random_inputs(time=TIME, seed=1):
    random = np.random.default_rng(seed)
    return random.normal(size=(BATCH, time, FEATURES)).astype("float32")


def close(actual, expected, tolerance=TOLERANCE):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance)
