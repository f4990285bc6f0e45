"""Run folders whose `model.safetensors` is hostile."""

import os

import numpy as np
import pytest
import safetensors.numpy
from hostile import (
    assert_whole,
    in_place_of,
    pickle_of,
    refused,
    run_config,
    sparse,
)
from keras_archives import a_lambda
from untrained import write_run

SAFETENSORS = "model.safetensors"


def safetensors_of(change):
    """Other arrays, by the paths of their variables, in `model.safetensors`."""

    def make(run, marker):
        path = run / SAFETENSORS
        arrays = safetensors.numpy.load(path.read_bytes())
        change(arrays)
        path.write_bytes(safetensors.numpy.save(arrays))

    return make


HOSTILE_SAFETENSORS = {
    "a pickle": (pickle_of(SAFETENSORS), "cannot be read"),
    "a link": (
        in_place_of(SAFETENSORS, lambda path: path.symlink_to("/dev/zero")),
        "is a link",
    ),
    "a link that leads nowhere": (
        in_place_of(SAFETENSORS, lambda path: path.symlink_to("nowhere")),
        "is a link",
    ),
    "a hard link": (
        lambda run, marker: os.link(run / SAFETENSORS, run.parent / "x"),
        "a second name",
    ),
    "a pipe": (in_place_of(SAFETENSORS, os.mkfifo), "not a plain file"),
    "a terabyte": (sparse(SAFETENSORS, 1 << 40), "is the most"),
    "no numbers": (
        safetensors_of(
            lambda a: a.update({"hidden_0/bias": a["hidden_0/bias"] / 0})
        ),
        "is not finite",
    ),
    "an array more": (
        safetensors_of(lambda a: a.update({"more": np.ones(3, "float32")})),
        "is one too many",
    ),
    "an array less": (
        safetensors_of(lambda a: a.pop("hidden_0/bias")),
        "is missing",
    ),
    "another shape": (
        safetensors_of(lambda a: a.update({"hidden_0/bias": np.ones(3, "f4")})),
        "must have shape",
    ),
    "64-bit numbers": (
        safetensors_of(lambda a: a.update({"hidden_0/bias": np.ones(16)})),
        "must be one of F16",
    ),
    "8192 units": (run_config(units=8192), "must have shape"),
    "a million layers": (run_config(layers=10**6), "`layers` is 1000000"),
}


@pytest.mark.parametrize("name", HOSTILE_SAFETENSORS)
def test_hostile_weights_of_a_run_are_refused(tmp_path, marker, name):
    run = tmp_path / "in" / "run"
    run.parent.mkdir()
    write_run(run)
    change, message = HOSTILE_SAFETENSORS[name]
    with np.errstate(all="ignore"):
        change(run, marker)
    refused(run, tmp_path, message)


def test_the_keras_file_of_a_run_with_safetensors_is_not_read(tmp_path):
    """It is for people: whatever is in it, nothing comes of it."""
    write_run(tmp_path / "run")
    assert_whole(tmp_path / "run")
    a_lambda(tmp_path / "run", None)
    assert_whole(tmp_path / "run")
    (tmp_path / "run" / "model.keras").unlink()
    assert_whole(tmp_path / "run")
