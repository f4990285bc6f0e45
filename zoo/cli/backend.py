"""Which of Keras's backends the command runs on."""

import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any

from zoo.errors import InputError
from zoo.io.files import read_given

BACKENDS = ("tensorflow", "jax")
# What Keras reads from its configuration file, and takes there.
_CHOICES = {
    "floatx": ("float16", "float32", "float64"),
    "image_data_format": ("channels_last", "channels_first"),
}

_LARGEST = 1 << 20
# Of the environment; Keras reads them as it is imported.
_NUMBERS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")


def check_backend() -> None:
    """Says what is wrong with the choice of a backend before Keras fails.

    Raises:
        InputError: for a backend that this project does not run on, or one
            that is not installed, in KERAS_BACKEND or in `keras.json`; and for
            a `keras.json` or a variable that Keras cannot be imported with.
    """
    for name in _NUMBERS:
        if not re.fullmatch(r"\s*[+-]?\d{1,18}\s*", os.environ.get(name, "0")):
            raise InputError(
                f"{name} must be a whole number. Received: "
                f"{os.environ[name][:80]!r}"
            )
    if os.environ.get("KERAS_NNX_ENABLED", "").lower() in ("1", "true"):
        raise InputError("KERAS_NNX_ENABLED must be left out.")
    path = _configuration()
    content = _read(path)
    # It is empty for a shell's `KERAS_BACKEND= zoo`.
    chosen = os.environ.get("KERAS_BACKEND")
    where = "KERAS_BACKEND"
    if not chosen:
        if "backend" not in content:
            return
        chosen, where = content["backend"], f"`backend` in {path}"
    if chosen not in BACKENDS:
        raise InputError(
            f"{where} must be {' or '.join(BACKENDS)}. Received: {chosen!r}"
        )
    if importlib.util.find_spec(chosen) is None:
        others = [name for name in BACKENDS if name != chosen]
        raise InputError(
            f"The Keras backend {chosen} is not installed ({where}): pip "
            f"install {chosen}, or set KERAS_BACKEND={others[0]}."
        )


def _configuration() -> Path:
    """Where Keras keeps `keras.json`."""
    home = os.environ.get("KERAS_HOME")
    if home is not None:
        return Path(home, "keras.json")
    base = os.path.expanduser("~")
    if not os.access(base, os.W_OK):
        base = "/tmp"
    return Path(base, ".keras", "keras.json")


def _read(path: Path) -> dict[str, Any]:
    """What `keras.json` holds; nothing where Keras passes it over.

    Raises:
        InputError: for what stops Keras.
    """
    path = Path(os.path.expanduser(path))
    try:
        if not path.exists():
            return {}
        content = json.loads(read_given(path, _LARGEST).decode("utf-8"))
    except InputError:
        raise
    except ValueError:
        # Keras goes on without a file that is no JSON.
        return {}
    except (OSError, RecursionError) as error:
        raise InputError(
            f"{path}, Keras's configuration, cannot be read: "
            f"{getattr(error, 'strerror', None) or 'it is no JSON'}. Mend or "
            "remove it."
        ) from error
    if not isinstance(content, dict):
        raise _damaged(path, "must hold a JSON object")
    for name, known in _CHOICES.items():
        if content.get(name, known[0]) not in known:
            raise _damaged(path, f"`{name}` must be {' or '.join(known)}")
    if not isinstance(content.get("epsilon", 1e-7), float):
        raise _damaged(path, "`epsilon` must be a number like 1e-7")
    if content.get("nnx_enabled"):
        raise _damaged(path, "`nnx_enabled` must be false")
    return content


def _damaged(path: Path, what: str) -> InputError:
    return InputError(
        f"{path}, Keras's configuration: {what}. Mend or remove it."
    )
