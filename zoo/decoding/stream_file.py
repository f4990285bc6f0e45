"""Where a stream is, as a file."""

import hashlib
import json
from pathlib import Path

import numpy as np

from zoo.decoding.stream_state import Place
from zoo.errors import InputError
from zoo.io import npz_reader
from zoo.io.files import replacing
from zoo.tasks.trained import Trained

# The digits of a SHA-256, ids, and states.
_TYPES = ("<U64", "<i4", "<i8", "<f4")
# States of a row, and the tokens that a penalty remembers.
_LARGEST = 1 << 26


def save(
    path: Path, trained: Trained, place: Place, undecoded: list[int]
) -> None:
    """Writes a place, with what tells the model that it belongs to.

    Args:
        path: the file.
        trained: the model.
        place: of one text.
        undecoded: the last tokens, which may be half a character.
    """
    arrays = {
        f"state_{number}": np.asarray(state)
        for number, state in enumerate(place.states)
    }
    if place.logits is not None:
        arrays["logits"] = np.asarray(place.logits)
    with replacing(path) as draft, open(draft, "wb") as file:
        np.savez(
            file,
            fingerprint=np.array(fingerprint(trained)),
            recent=np.asarray(place.recent),
            undecoded=np.array(undecoded, "int32"),
            **arrays,
        )


def load(
    path: Path, trained: Trained, state_names: list[str]
) -> tuple[Place, list[int]]:
    """The place and the undecoded tokens that `save` wrote.

    Raises:
        InputError: for a file that is not one of these, or belongs to other
            weights.
        OSError: for one that cannot be read.
    """
    other = InputError(f"{path} does not hold the state of a stream.")
    names = {"fingerprint", "recent", "undecoded", "logits", *state_names}
    size = Path(path).stat().st_size
    if size > _LARGEST:
        raise other
    try:
        arrays = npz_reader.read(
            Path(path).read_bytes(), names, _TYPES, _LARGEST, str(path)
        )
    except InputError as error:
        raise other from error
    if {"fingerprint", "recent", "undecoded", *state_names} - arrays.keys():
        raise other
    if str(arrays["fingerprint"]) != fingerprint(trained):
        raise InputError(
            f"{path} holds a state of another model than {trained.name}."
        )
    states = [arrays[name] for name in state_names]
    place = Place(arrays.get("logits"), arrays["recent"], states)
    return place, arrays["undecoded"].tolist()


def fingerprint(trained: Trained) -> str:
    """What tells a model's weights and vocabulary from any others."""
    digest = hashlib.sha256(json.dumps(trained.tokenizer.vocabulary).encode())
    for variable in trained.model.weights:
        digest.update(np.ascontiguousarray(variable).tobytes())
    return digest.hexdigest()
