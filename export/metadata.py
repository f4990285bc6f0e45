"""What a deployer needs to know of a model, as plain strings.

It stands in each ONNX file of an export (`metadata_props`), in its LiteRT
files and in `manifest.json` (`metadata`), so that a file that has lost its
folder still says what its ids mean. What is long stands in the files beside it,
by name and SHA-256: a vocabulary of words or subwords, and the table of
characters of the second rules of words (240 KB). Patterns, ids and the
vocabulary of characters are in the file.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from export import tokenizer_data
from zoo import __version__, models
from zoo.decoding.translation import LONGEST_SOURCE
from zoo.decoding.translator_step import max_target_length
from zoo.io.files import replacing, sha256
from zoo.tasks import Task, labels_of
from zoo.text import PairTokenizer, TextTokenizer, WordTokenizer, word_rules
from zoo.text.ids import END, PADDING, START, UNKNOWN

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto

PRODUCER = "recurrent-zoo"
# Where a folder of weights has them.
_WEIGHTS = "model.safetensors"
# A vocabulary of at most so many characters stands in the file itself.
_MOST_CHARACTERS = 2_000


def described(trained: Task, folder: Path | None = None) -> dict[str, Any]:
    """What is known of a model and of how its ids come from texts.

    Args:
        trained: a classifier, language model or translator.
        folder: where the files of its tokenizer lie; with it, their SHA-256
            are told.

    Returns:
        Plain values, in a fixed order; what is not known is left out.
    """
    about = trained.about
    weights = _weights(trained)
    facts: dict[str, Any] = {
        "name": trained.name or None,
        "task": models.task(trained.builder),
        "builder": trained.builder,
        "labels": labels_of(trained) or None,
        "tokenizer": _tokenizer(trained.tokenizer, folder),
        "ids": _ids(trained),
        "padding_side": "right",
        "length_limit": _length_limit(trained),
        "producer": PRODUCER,
        "producer_version": __version__,
        "model_version": weights["sha256"][:12],
        "weights": weights,
        "trained_with": about.get("versions") or None,
        "recipe": about.get("recipe"),
        "data": about.get("data", {}).get("name"),
        "licence": about.get("licence"),
        "licence_of_data": about.get("data", {}).get("licence"),
    }
    return {key: value for key, value in facts.items() if value is not None}


def flat(facts: dict[str, Any]) -> dict[str, str]:
    """The same as strings: what is not one already, as JSON in ASCII."""
    return {
        key: value.encode("utf-8", "replace").decode("utf-8")
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"))
        for key, value in facts.items()
    }


def put(model: "ModelProto", facts: dict[str, Any]) -> None:
    """Puts facts into an ONNX model, with the types of its own values.

    Args:
        model: it is changed; what it has of these facts is replaced.
        facts: of `described`.
    """
    ours = facts | {
        "inputs": {x.name: _type(x) for x in model.graph.input},
        "outputs": {x.name: _type(x) for x in model.graph.output},
    }
    kept = {x.key: x.value for x in model.metadata_props}
    del model.metadata_props[:]
    for key, value in (kept | flat(ours)).items():
        model.metadata_props.add(key=key, value=value)
    model.producer_name = PRODUCER
    model.producer_version = facts["producer_version"]


def write(path: Path, facts: dict[str, Any]) -> None:
    """Puts facts into an ONNX file; equal files and facts give equal bytes."""
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    put(model, facts)
    with replacing(path) as draft:
        draft.write_bytes(model.SerializeToString(deterministic=True))


def read(path: Path) -> dict[str, Any]:
    """What `write` put into an ONNX file."""
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    return {x.key: _value(x.value) for x in model.metadata_props}


def _value(text: str) -> Any:
    return json.loads(text) if text[:1] in ("{", "[") else text


def _type(value: "ValueInfoProto") -> dict[str, Any]:
    import onnx

    tensor = value.type.tensor_type
    kinds = onnx.TensorProto.DataType
    return {
        "type": kinds.Name(tensor.elem_type).lower(),
        "shape": [x.dim_param or x.dim_value for x in tensor.shape.dim],
    }


def _tokenizer(
    tokenizer: TextTokenizer | PairTokenizer, folder: Path | None
) -> dict[str, Any]:
    """How ids come from a text, and the files that say the rest."""
    names = ["tokenizer.json", *tokenizer.files]
    names += tokenizer_data.names(tokenizer)
    facts: dict[str, Any] = {"kind": tokenizer.kind}
    if isinstance(tokenizer, PairTokenizer):
        source, target = tokenizer.files[0], tokenizer.files[-1]
        facts |= {"source": source, "target": target, **tokenizer.sizes}
    else:
        facts |= {"unit": tokenizer.unit, "size": tokenizer.size}
    if isinstance(tokenizer, WordTokenizer):
        facts["rules"] = {
            "version": tokenizer.rules,
            # In this order; then words are between spaces.
            "changes": [
                ["table", tokenizer_data.WORDS]
                if change[0] == "table"
                else change
                for change in word_rules.described(tokenizer.rules)
            ],
        }
    elif tokenizer.kind == "characters":
        if len(tokenizer.vocabulary) <= _MOST_CHARACTERS:
            facts["vocabulary"] = tokenizer.vocabulary
        facts["fold_case"] = getattr(tokenizer, "fold_case", False)
    facts["first_id"] = 1 if tokenizer.kind == "bytes" else 2
    if isinstance(tokenizer, PairTokenizer) or "subwords" in tokenizer.kind:
        facts["library"] = "sentencepiece"
        del facts["first_id"]
    facts["files"] = {
        name: sha256(folder / name)
        if folder is not None and (folder / name).is_file()
        else None
        for name in names
    }
    return facts


def _ids(trained: Task) -> dict[str, Any]:
    """What ids mean that are no part of a text."""
    tokenizer = trained.tokenizer
    ids: dict[str, Any] = {"padding": PADDING}
    if tokenizer.kind != "bytes":
        ids["unknown"] = UNKNOWN
    if isinstance(tokenizer, PairTokenizer):
        banned = [PADDING, UNKNOWN, START]
        return ids | {"start": START, "end": END, "banned": banned}
    if models.task(trained.builder) == "language_model":
        if PADDING not in tokenizer.reserved:
            # The end of one text and the beginning of the next.
            ids |= {"start": PADDING, "end": PADDING}
        ids["opening"] = [int(one) for one in tokenizer.opening]
        ids["banned"] = [int(one) for one in tokenizer.reserved]
    return ids


def _length_limit(trained: Task) -> dict[str, Any] | None:
    """Most units of a text, where there is a limit."""
    if not isinstance(trained.tokenizer, PairTokenizer):
        return None
    begin = max_target_length(0)
    slope = max_target_length(1) - begin
    target = {"times_source": slope, "plus": begin}
    return {"source": LONGEST_SOURCE, "target": target}


def _weights(trained: Task) -> dict[str, str]:
    """SHA-256 of the weights that the export was made from."""
    path = trained.folder and Path(trained.folder) / _WEIGHTS
    if path and path.is_file():
        return {"of": _WEIGHTS, "sha256": sha256(path)}
    # Made by hand: there is no file.
    digest = hashlib.sha256()
    for array in trained.model.get_weights():
        digest.update(np.ascontiguousarray(array).tobytes())
    return {"of": "the model's arrays, in order", "sha256": digest.hexdigest()}
