"""Matrices that are whole numbers times a scale, found from themselves.

A pretrained folder may hold a matrix as whole numbers of 8 bits and a scale for
each of its rows or columns (`zoo.pretrained.weights`), or in 16 bits. What is
read from it is float32, and so is what the exporter makes of it: transposed,
its blocks in another order, several of them stacked. Here the whole numbers
and the scales are found again, and only believed where they give the matrix
back bit for bit.
"""

import dataclasses

import numpy as np

# The largest whole number of 8 bits on both sides of 0.
_LARGEST = 127
# A scale goes with as many numbers at least, or it saves too little.
_FEWEST = 16
# Steps from one float32 to the next that a scale may be off by: a number that
# was rounded when it was multiplied, and again when it is divided.
_STEPS = (0, 1, -1, 2, -2)
# Rows that are tried first: of a matrix that is none, not one is found.
_FEW = 4


@dataclasses.dataclass(frozen=True)
class Stored:
    """A matrix in fewer bits.

    Attributes:
        whole: int8, or float16, of the shape of the matrix.
        scales: float32 to multiply it with, of length 1 along one of the axes;
            `None` for float16.
    """

    whole: np.ndarray
    scales: np.ndarray | None = None


def stored(matrix: np.ndarray, weights: str = "int8") -> Stored | None:
    """The same numbers in fewer bits, `None` if they do not fit.

    Args:
        matrix: float32, of two axes or more.
        weights: `int8`, where a matrix of few rows or columns may be float16,
            as it is in a pretrained file; or `float16`.
    """
    if weights == "int8":
        for axis in reversed(range(matrix.ndim)):
            if matrix.shape[axis] >= _FEWEST:
                found = _grid(matrix, axis)
                if found is not None:
                    return found
        if min(matrix.shape[-2:]) >= _FEWEST:
            return None
    # What is too large becomes infinite, which is another number.
    with np.errstate(over="ignore"):
        half = matrix.astype("float16")
    if _same(half.astype("float32"), matrix):
        return Stored(half)
    return None


def _grid(matrix, axis) -> Stored | None:
    """The matrix with one scale for all places along `axis`."""
    rows = np.moveaxis(matrix, axis, -1)
    flat = np.ascontiguousarray(rows).reshape(-1, matrix.shape[axis])
    if not np.isfinite(flat).all():
        return None
    used = np.flatnonzero(flat.any(axis=1))
    scales = np.ones(len(flat), "float32")
    for some in (used[:_FEW], used[_FEW:]):
        found = _scales(flat[some])
        if found is None:
            return None
        scales[some] = found
    # A zero below zero, which only a scale below zero gives back.
    scales[(np.signbit(flat) & (flat == 0)).any(axis=1)] *= -1
    whole = np.rint(flat / scales[:, None]).astype("int8")
    if not _same(whole.astype("float32") * scales[:, None], flat):
        return None
    whole = np.moveaxis(whole.reshape(rows.shape), -1, axis)
    shape = (*rows.shape[:-1], 1)
    return Stored(
        np.ascontiguousarray(whole),
        np.ascontiguousarray(np.moveaxis(scales.reshape(shape), -1, axis)),
    )


def _scales(rows) -> np.ndarray | None:
    """A scale for each row, which has one number other than 0 at least."""
    scales = np.zeros(len(rows), "float32")
    largest = np.abs(rows).max(axis=1, initial=0)
    # The largest is 127 as it is written, but may be in another's part.
    for whole in range(_LARGEST, 0, -1):
        near = largest / np.float32(whole)
        for steps in _STEPS:
            left = np.flatnonzero(scales == 0)
            if not len(left):
                return scales
            scale = _stepped(near[left], steps)
            some = rows[left]
            with np.errstate(all="ignore"):
                again = np.rint(some / scale[:, None]) * scale[:, None]
            fits = (again == some).all(axis=1) & (scale > 0)
            scales[left[fits]] = scale[fits]
    return scales if scales.all() else None


def _stepped(numbers, steps) -> np.ndarray:
    """float32 above 0, so many steps further."""
    bits = numbers.view("int32") + np.int32(steps)
    return np.maximum(bits, 0).view("float32")


def _same(first, second) -> bool:
    """Whether two float32 arrays have the same bits."""
    return np.array_equal(first.view("int32"), second.view("int32"))
