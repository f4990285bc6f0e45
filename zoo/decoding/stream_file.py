"""Where a stream is, as a file."""

import hashlib
import json
from pathlib import Path

import keras
import numpy as np

from zoo.decoding.stream_state import StreamState
from zoo.errors import InputError
from zoo.io import npz_reader
from zoo.io.files import replacing
from zoo.text import Tokenizer

# The digits of a SHA-256, ids, and states.
_TYPES = ("<U64", "<i4", "<i8", "<f4")
# States of a row, and the tokens that a penalty remembers.
_LARGEST = 1 << 26


def save(
    path: Path,
    state: StreamState,
    undecoded: list[int],
    *,
    model: keras.Model,
    tokenizer: Tokenizer,
) -> None:
    """Writes a state, with what tells the model that it belongs to.

    Args:
        path: the file.
        state: of one text.
        undecoded: the last tokens, which may be half a character.
        model: the language model.
        tokenizer: its tokenizer.
    """
    arrays = {
        f"state_{number}": np.asarray(values)
        for number, values in enumerate(state.states)
    }
    if state.logits is not None:
        arrays["logits"] = np.asarray(state.logits)
    with replacing(path) as draft, open(draft, "wb") as file:
        np.savez(
            file,
            fingerprint=np.array(fingerprint(model, tokenizer)),
            recent=np.asarray(state.recent),
            undecoded=np.array(undecoded, "int32"),
            **arrays,  # type: ignore[arg-type]
        )


def load(
    path: Path,
    state_names: list[str],
    *,
    model: keras.Model,
    tokenizer: Tokenizer,
) -> tuple[StreamState, list[int]]:
    """The state and the undecoded tokens that `save` wrote.

    Args:
        path: the file.
        state_names: names of the states in the step form of `model`.
        model: the language model.
        tokenizer: its tokenizer.

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
    if str(arrays["fingerprint"]) != fingerprint(model, tokenizer):
        raise InputError(f"{path} holds a state of another model.")
    states = [arrays[name] for name in state_names]
    state = StreamState(arrays.get("logits"), arrays["recent"], states)
    return state, arrays["undecoded"].tolist()


def fingerprint(model: keras.Model, tokenizer: Tokenizer) -> str:
    """What tells a model's weights and vocabulary from any others."""
    digest = hashlib.sha256(json.dumps(tokenizer.vocabulary).encode())
    for variable in model.weights:
        digest.update(np.ascontiguousarray(variable).tobytes())
    return digest.hexdigest()
