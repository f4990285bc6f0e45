"""From a trained model to a folder of artifacts that are proven equal to it.

saved_model/    texts in or ids in (see export.saved_model.classifier)
model.onnx      ids in
tokenizer.json  what makes the ids
manifest.json   largest difference of each artifact, hashes, versions
card.md         the card of the model

Of a language model and of a translator there is more:
export.tasks.language_model, export.tasks.translator. With smaller weights
(export.quantization), the manifest also says what they are, and what they cost
on validation data.
"""

import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export import metadata, quantization, tokenizer_data
from export.request import KIND, Request, check, owned
from export.tasks import classifier, language_model, translator
from zoo.argument_checks import path_of
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.io.files import sha256, write_json, write_text
from zoo.io.folders import replacing_folder
from zoo.pretrained import summary
from zoo.pretrained.card import card
from zoo.registry import load
from zoo.tasks import (
    LanguageModel,
    Task,
    TextClassifier,
    Translator,
    labels_of,
)

_ARTIFACTS: dict[type, Callable[..., tuple[dict, dict]]] = {
    TextClassifier: classifier.artifacts,
    LanguageModel: language_model.artifacts,
    Translator: translator.artifacts,
}

# What is made behind those, in this order: whether it is asked for, and
# "module:function" of what makes it from the model, the draft and the request;
# it gives the same two dicts as `artifacts`.
_FURTHER: list[tuple[Callable[[Request], bool], str]] = [
    (lambda asked: "litert" in asked.formats, "export.litert.artifacts:add"),
    (lambda asked: "web" in asked.formats, "export.web.artifacts:add"),
    (lambda asked: asked.text_in, "export.text_in.artifacts:add"),
    (lambda asked: asked.layout is not None, "export.servers.layouts:arrange"),
]


def export(
    trained: Task,
    folder: Path,
    formats: tuple[str, ...] | None = None,
    quantize: str | None = None,
    validation: Validation | None = None,
    largest_loss: float | None = None,
    **options: Any,
) -> dict:
    """Exports, opens every artifact again, compares, and only then keeps.

    Args:
        trained: what `zoo.load` returns.
        folder: where to; an export that is there already is replaced, in
            one step, once the new one is proven. It must hold nothing but
            what its manifest names, unchanged.
        formats: which artifacts to make; by default all, with `quantize`
            ONNX alone, as a SavedModel stays in float32.
        quantize: what the matrices of the ONNX files become, one of
            `export.WEIGHTS`; None leaves them in float32.
        validation: what smaller files are scored on.
        largest_loss: by how much the score may get worse; by default what
            `validation` says.
        **options: other attributes of `export.request.Request`.

    Returns:
        What `manifest.json` holds.

    Raises:
        ExportError: if `folder` exists and is not an export, or holds what no
            export has written.
        ConversionError: if an artifact cannot be made or opened.
        MismatchError: if one computes something else.
        LossError: if a smaller one is too much worse. In every case the
            destination is as it was.
        InputError: for weights that are not known, or that cannot be scored.
    """
    folder = path_of("folder", folder)
    if type(trained) not in _ARTIFACTS:
        raise InputError(
            "What is exported is a trained model, as `zoo.load` returns it. "
            f"Received: {type(trained).__name__}"
        )
    request = check(folder, formats, quantize, largest_loss, **options)
    if quantize is not None and validation is None:
        raise InputError(
            "`quantize` needs `validation`: what the smaller files are scored "
            "on."
        )
    artifacts = _ARTIFACTS[type(trained)]
    with replacing_folder(folder, owned) as draft:
        differences, about = artifacts(trained, draft, request)
        page = card(trained.name, summary.of_task(trained))
        if quantize is not None and validation is not None:
            if largest_loss is None:
                largest_loss = validation.largest_loss
            changed, smaller = quantization.compress(
                trained,
                draft,
                quantize,
                validation,
                largest_loss,
                about.get("step"),
            )
            differences.update(changed)
            about["runtimes"] = smaller.pop("runtimes")
            about["quantization"] = smaller
            page += f"\n{quantization.said(about['quantization'])}\n"
        trained.tokenizer.save(draft / "tokenizer.json")
        tokenizer_data.write(trained.tokenizer, draft)
        facts = metadata.described(trained, draft)
        for path in sorted(draft.rglob("*.onnx")):
            metadata.write(path, facts)
        for asked_for, home in _FURTHER:
            if asked_for(request):
                more, further = load(home)(trained, draft, request)
                differences.update(more)
                runtimes = about.get("runtimes", {})
                about.update(further)
                # Each format has its own.
                about["runtimes"] = {**runtimes, **further.get("runtimes", {})}
        write_text(draft / "card.md", page)
        manifest = {
            "kind": KIND,
            "format": 1,
            "name": trained.name,
            "builder": trained.builder,
            "arguments": trained.arguments,
            "labels": labels_of(trained),
            "largest_difference": differences,
            "metadata": facts,
            **about,
            "opset": request.opset if "onnx" in request.formats else None,
            "files": {
                path.relative_to(draft).as_posix(): sha256(path)
                for path in sorted(draft.rglob("*"))
                if path.is_file()
            },
            "versions": _versions(),
        }
        write_json(draft / "manifest.json", manifest)
    return manifest


def _versions() -> dict[str, str]:
    versions = {}
    for name in ("recurrent-zoo", "keras", "tensorflow", "tf2onnx", "onnx"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
