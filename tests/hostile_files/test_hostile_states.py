"""States of streams that must not be opened."""

import pickle

import numpy as np
import pytest
from hostile import Command, refused
from untrained import untrained

from zoo.decoding import stream_file


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(1),
        b"",
        b"PK",
        pytest.param(None, id="objects"),
    ],
)
def test_a_state_that_is_hostile_is_refused(tmp_path, marker, content):
    path = tmp_path / "state.npz"
    if content is None:
        array = np.array([Command(marker)], dtype=object)
        np.savez(path, fingerprint=array, recent=array, undecoded=array)
    else:
        path.write_bytes(content)
    task = untrained("feedforward")
    refused(
        path,
        tmp_path,
        "does not hold the state",
        lambda path: stream_file.load(
            path, [], model=task.model, tokenizer=task.tokenizer
        ),
    )
