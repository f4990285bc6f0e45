"""Where a stream is, as a file."""

import hashlib
import json
from pathlib import Path

import keras
import numpy as np

from zoo.decoding.stream_state import StreamState
from zoo.errors import InputError
from zoo.io import npz_reader
from zoo.io.files import read_given, replacing
from zoo.text import Tokenizer

# The digits of a SHA-256, ids, and states.
_TYPES = ("<U64", "<i4", "<i8", "<f4")
# States of a row, and the tokens that a penalty remembers.
_LARGEST = 1 << 26
# No character has more than four bytes.
_UNDECODED = 3


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
    like: StreamState,
    *,
    model: keras.Model,
    tokenizer: Tokenizer,
) -> tuple[StreamState, list[int]]:
    """The state and the undecoded tokens that `save` wrote.

    Args:
        path: the file.
        state_names: names of the states in the step form of `model`.
        like: a state of one text, whose shapes those of the file must have.
        model: the language model.
        tokenizer: its tokenizer.

    Raises:
        InputError: for a file that is not one of these, or belongs to other
            weights; for a pipe or a device.
        OSError: for one that is not there, or cannot be read.
    """
    other = InputError(f"{path} does not hold the state of a stream.")
    names = {"fingerprint", "recent", "undecoded", "logits", *state_names}
    content = read_given(path, _LARGEST)
    try:
        arrays = npz_reader.read(content, names, _TYPES, _LARGEST, str(path))
        written = str(arrays["fingerprint"])
    # An array of text may hold what is no character.
    except (InputError, KeyError, ValueError) as error:
        raise other from error
    if written != fingerprint(model, tokenizer):
        raise InputError(f"{path} holds a state of another model.")
    size = model.output["logits"].shape[-1]
    shapes = {
        name: np.shape(zeros)
        for name, zeros in zip(state_names, like.states, strict=True)
    }
    shapes["recent"] = np.shape(like.recent)
    if "logits" in arrays:
        shapes["logits"] = (1, size)
    for name, shape in shapes.items():
        if name not in arrays or arrays[name].shape != shape:
            raise other
        kind = "i" if name == "recent" else "f"
        if (
            arrays[name].dtype.kind != kind
            or not np.isfinite(arrays[name]).all()
        ):
            raise other
    recent, undecoded = arrays["recent"], arrays.get("undecoded")
    if undecoded is None or undecoded.ndim != 1 or len(undecoded) > _UNDECODED:
        raise other
    # What nothing was read of stands there as -1.
    ids = np.concatenate([recent.ravel() + 1, undecoded])
    if undecoded.dtype.kind != "i" or not (ids >= 0).all() or ids.max() > size:
        raise other
    if undecoded.max(initial=0) >= size:
        raise other
    states = [arrays[name] for name in state_names]
    state = StreamState(arrays.get("logits"), recent, states)
    return state, undecoded.tolist()


def fingerprint(model: keras.Model, tokenizer: Tokenizer) -> str:
    """What tells a model's weights and vocabulary from any others."""
    digest = hashlib.sha256(json.dumps(tokenizer.vocabulary).encode())
    for variable in model.weights:
        digest.update(np.ascontiguousarray(variable).tobytes())
    return digest.hexdigest()
