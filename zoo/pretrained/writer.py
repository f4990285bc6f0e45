"""The pretrained folder written: from a trained model to its files."""

import dataclasses
import platform
from pathlib import Path

import keras
import numpy as np

import zoo
import zoo.pretrained.manifest as manifest
import zoo.pretrained.summary as summary
import zoo.pretrained.weights as stored
from zoo import models
from zoo.backend.compile import logits_function
from zoo.errors import InputError, PretrainedError
from zoo.io import json_reader, safetensors_reader
from zoo.io.files import sha256, write_json, write_text
from zoo.io.folders import check_replaceable, replacing_folder
from zoo.pretrained.card import card
from zoo.pretrained.folder_names import check_name
from zoo.pretrained.limits import FILES, MANIFEST
from zoo.tasks import Task, labels_of

# Of the golden rows; and where each step has thousands of logits, which would
# make a file larger than the weights.
_LENGTHS, _FEW, _MOST_LOGITS = (0, 1, 7, 25, 40), (0, 1, 4), 1 << 18


def save(trained: Task, folder: Path, weights: str = "float16") -> None:
    """Writes `trained` as a pretrained folder named like `folder`.

    A pretrained folder that is there already is replaced in one step, if it
    holds nothing but what its manifest names, unchanged.

    Args:
        trained: model, tokenizer, labels and what else is known.
        folder: where to; its last part is the model's name.
        weights: how they are stored, `float16` or `int8` (see
            `zoo.pretrained.weights`). The golden logits are those of what a
            reader gets back.

    Raises:
        InputError: if `folder` exists and is or holds something else, has a
            name that no folder has on Windows, or for another form of
            `weights`.
    """
    folder = Path(folder)
    check_name(folder.name)
    check_replaceable(folder, owned)
    # Else a reader would refuse it.
    shown = {"labels": labels_of(trained), "about": trained.about}
    json_reader.check_printable(shown, trained.name)
    content = stored.write(
        {v.path: np.asarray(v) for v in trained.model.weights}, weights
    )
    model = models.build(trained.builder, trained.arguments)
    stored.assign(
        model, safetensors_reader.read(content, str(folder)), str(folder)
    )
    tokenizer = trained.tokenizer
    names = (*FILES, *tokenizer.files)
    inputs = dict(
        zip(
            [value.name for value in model.inputs],
            _golden_ids(model, tokenizer.sizes.values()),
            strict=True,
        )
    )
    with replacing_folder(folder, owned) as draft:
        write_json(
            draft / "config.json",
            {
                "builder": trained.builder,
                "arguments": trained.arguments,
                "labels": labels_of(trained),
                "tokenizer": tokenizer.kind,
            },
        )
        (draft / "model.safetensors").write_bytes(content)
        tokenizer.save(draft / "tokenizer.json")
        logits = logits_function(model)(*inputs.values())
        np.savez(draft / "golden.npz", **inputs, logits=logits)
        write_text(
            draft / "card.md", card(folder.name, summary.of_task(trained))
        )
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


def restate(trained: Task, scores: dict) -> None:
    """Writes other scores into the card and the manifest of a folder.

    Args:
        trained: what was loaded from the folder.
        scores: the new ones; those that are not among them stay.

    Raises:
        InputError: for a model that was not loaded from a folder.
    """
    folder = trained.folder
    if folder is None:
        raise InputError("This model was not loaded from a folder.")
    about = {**trained.about, "scores": {**trained.about["scores"], **scores}}
    content = manifest.read(folder)
    trained = dataclasses.replace(trained, about=about)
    write_text(folder / "card.md", card(folder.name, summary.of_task(trained)))
    content["files"]["card.md"] = sha256(folder / "card.md")
    content["bytes"] = sum(
        (folder / name).stat().st_size for name in content["files"]
    )
    form = ("format", "checksum")
    kept = {key: value for key, value in content.items() if key not in form}
    manifest.write(folder / MANIFEST, {**kept, "scores": about["scores"]})


def owned(folder: Path) -> dict[str, str]:
    """The files of a pretrained folder, with their SHA-256.

    Raises:
        InputError: for any other folder.
    """
    try:
        digest, listed = sha256(folder / MANIFEST), manifest.read(folder)
    except (OSError, PretrainedError) as error:
        raise InputError(
            f"{folder} exists and is not a pretrained folder. Choose another."
        ) from error
    return {**listed["files"], MANIFEST: digest}


def _golden_ids(model, vocabulary_sizes) -> list[np.ndarray]:
    """For each input, rows of several lengths, the shortest without a token."""
    _, *steps, width = model.output["logits"].shape
    many = bool(steps) and len(_LENGTHS) * max(_LENGTHS) * width > _MOST_LOGITS
    lengths = _FEW if many else _LENGTHS
    made = []
    for size in vocabulary_sizes:
        random = np.random.default_rng(0)
        shape = (len(lengths), max(lengths))
        ids = random.integers(1, size, shape).astype("int32")
        for row, length in enumerate(lengths):
            ids[row, length:] = 0
        made.append(ids)
    return made
