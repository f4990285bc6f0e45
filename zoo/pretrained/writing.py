"""The pretrained folder written: from a trained model to its files."""

import platform
from pathlib import Path

import keras
import numpy as np

import zoo
from zoo import json_text, models
from zoo.errors import InputError, PretrainedError
from zoo.files import replacing_folder, sha256, write_json, write_text
from zoo.pretrained import manifest
from zoo.pretrained import weights as stored
from zoo.pretrained.card import card
from zoo.pretrained.limits import FILES, LARGEST, MANIFEST
from zoo.trained import Trained, compiled


def save(trained: Trained, folder: Path, weights: str = "float16") -> None:
    """Writes `trained` as a pretrained folder named like `folder`.

    A folder that is there already is replaced if it is a pretrained folder.

    Args:
        trained: model, tokenizer, labels and what else is known.
        folder: where to; its last part is the model's name.
        weights: how they are stored, `float16` or `int8` (see
            `zoo.pretrained.weights`). The golden logits are those of what a
            reader gets back.

    Raises:
        InputError: if `folder` exists and is something else, or for another
            form of `weights`.
    """
    folder = Path(folder)
    if not _may_replace(folder):
        raise InputError(
            f"{folder} exists and is not a pretrained folder. Choose another."
        )
    # Else a reader would refuse it.
    shown = {"labels": trained.labels, "about": trained.about}
    json_text.check_printable(shown, trained.name)
    content = stored.write(
        {v.path: np.asarray(v) for v in trained.model.weights}, weights
    )
    model = models.build(trained.builder, trained.arguments)
    stored.assign(model, content, str(folder))
    tokenizer = trained.tokenizer
    names = (*FILES, *tokenizer.files)
    inputs = dict(
        zip(
            [value.name for value in model.inputs],
            map(_golden_ids, tokenizer.sizes.values()),
            strict=True,
        )
    )
    with replacing_folder(folder) as draft:
        write_json(
            draft / "config.json",
            {
                "builder": trained.builder,
                "arguments": trained.arguments,
                "labels": trained.labels,
                "tokenizer": tokenizer.kind,
            },
        )
        (draft / "model.safetensors").write_bytes(content)
        tokenizer.save(draft / "tokenizer.json")
        logits = compiled(model)(*inputs.values())
        np.savez(draft / "golden.npz", **inputs, logits=logits)
        write_text(draft / "card.md", card(folder.name, trained))
        about = {
            "name": folder.name,
            "files": {name: sha256(draft / name) for name in names},
            "bytes": sum((draft / n).stat().st_size for n in names),
            "weights": weights,
            "versions": {
                "recurrent-zoo": zoo.__version__,
                "keras": keras.__version__,
                "python": platform.python_version(),
            },
        }
        # What is known of a model that was itself loaded from a pretrained
        # folder holds the name and size of that one.
        known = {k: v for k, v in trained.about.items() if k not in about}
        manifest.write(draft / MANIFEST, {**about, **known})


def _may_replace(folder: Path) -> bool:
    """Whether nothing but a pretrained model would be lost."""
    if not folder.exists():
        return True
    if not folder.is_dir():
        return False
    held = {path.name for path in folder.iterdir()}
    if not held:
        return True
    if held - set(LARGEST):
        return False
    try:
        manifest.read(folder)
    except PretrainedError:
        return False
    return True


def _golden_ids(vocabulary_size: int) -> np.ndarray:
    """Rows of several lengths, the shortest without a single token."""
    random = np.random.default_rng(0)
    ids = random.integers(1, vocabulary_size, (5, 40)).astype("int32")
    for row, length in enumerate([0, 1, 7, 25, 40]):
        ids[row, length:] = 0
    return ids
