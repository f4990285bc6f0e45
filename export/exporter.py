"""From a trained model to a folder of artifacts that are proven equal to it.

saved_model/    texts in or ids in (see export.saved_model.classifier)
model.onnx      ids in
tokenizer.json  what makes the ids
manifest.json   largest difference of each artifact, hashes, versions
card.md         the card of the model

Of a language model and of a translator there is more:
export.tasks.language_model, export.tasks.translator. With smaller weights
(export.lossless, export.quantization), the manifest also says what they are,
and what they cost on validation data.
"""

import functools
import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export import (
    card,
    lossless,
    metadata,
    quantization,
    score_loss,
    scripts,
    tokenizer_data,
)
from export.onnx import generic_quantizers
from export.request import KIND, Request, check, owned
from export.tasks import classifier, language_model, translator
from zoo.argument_checks import path_of
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.io.files import sha256, write_json, write_text
from zoo.io.folders import replacing_folder
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
    validation: Validation | Callable[[], Validation] | None = None,
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
        validation: what smaller files are scored on; or a function that gives
            it. Without one, and before the function is called, it is tried
            whether the files can be smaller without any change, as those of
            the models that ship.
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
        InputError: for what cannot be asked for; or smaller files that are
            not the same, without what they are scored on.
    """
    folder = path_of("folder", folder)
    if type(trained) not in _ARTIFACTS:
        raise InputError(
            "What is exported is a trained model, as `zoo.load` returns it. "
            f"Received: {type(trained).__name__}"
        )
    request = check(folder, formats, quantize, largest_loss, **options)
    artifacts = _ARTIFACTS[type(trained)]
    with replacing_folder(folder, owned) as draft:
        differences, about = artifacts(trained, draft, request)
        said = ""
        if quantize is None and "onnx" in request.formats:
            about["quantization_excludes"] = generic_quantizers.of_folder(draft)
        elif quantize is not None and "onnx" in request.formats:
            changed, smaller = _smaller(
                trained, draft, request, validation, about.get("step")
            )
            differences.update(changed)
            about["runtimes"] = smaller.pop("runtimes")
            about["quantization"] = smaller
        trained.tokenizer.save(draft / "tokenizer.json")
        tokenizer_data.write(trained.tokenizer, draft)
        facts = metadata.described(trained, draft)
        if "onnx" in request.formats:
            scripts.write(trained, draft, request.text_in)
        added = 0
        for path in sorted(draft.rglob("*.onnx")):
            before = path.stat().st_size
            metadata.write(path, facts)
            added += path.stat().st_size - before
        if "quantization" in about:
            for name in ("bytes_before", "bytes_after"):
                about["quantization"][name] += added
            said = f"\n{_said(about['quantization'])}\n"
        for asked_for, home in _FURTHER:
            if asked_for(request):
                more, further = load(home)(trained, draft, request)
                differences.update(more)
                runtimes = about.get("runtimes", {})
                about.update(further)
                # Each format has its own.
                about["runtimes"] = {**runtimes, **further.get("runtimes", {})}
        if quantize is not None and "litert" in request.formats:
            changed, smaller = _smaller_litert(
                trained, draft, request, validation
            )
            differences.update(changed)
            about["litert_quantization"] = smaller
        write_text(draft / "card.md", card.written(trained, draft) + said)
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
            **_fixed(request),
            "files": {
                path.relative_to(draft).as_posix(): sha256(path)
                for path in sorted(draft.rglob("*"))
                if path.is_file()
            },
            "versions": _versions(),
        }
        write_json(draft / "manifest.json", manifest)
    return manifest


def _smaller(
    trained: Task,
    draft: Path,
    request: Request,
    validation: Validation | Callable[[], Validation] | None,
    axes: dict | None,
) -> tuple[dict, dict]:
    """Makes the ONNX files smaller, without a change if that can be.

    Returns:
        Differences, and what the manifest says, `runtimes` among it.

    Raises:
        InputError: where nothing is given to score them on.
    """
    weights = str(request.quantize)
    if not isinstance(validation, Validation):
        same = lossless.compress(trained, draft, request, axes)
        if same is not None:
            return {}, same
        if validation is None:
            raise InputError(
                f"{trained.name} is other numbers than {weights} holds, so "
                "`quantize` needs `validation`: what the smaller files are "
                "scored on."
            )
        validation = validation()
    limit = request.largest_loss
    return quantization.compress(
        trained,
        draft,
        weights,
        validation,
        validation.largest_loss if limit is None else limit,
        axes,
    )


def _said(about: dict) -> str:
    said = lossless.said if about.get("lossless") else quantization.said
    return said(about)


def _smaller_litert(
    trained: Task,
    draft: Path,
    request: Request,
    validation: Validation | Callable[[], Validation] | None,
) -> tuple[dict, dict]:
    """Makes the LiteRT files smaller. They are never the same: LiteRT rounds
    what it multiplies with 8 bits too.

    Returns:
        Differences, and what the manifest says.

    Raises:
        InputError: where nothing is given to score them on.
    """
    from export.litert import smaller

    if validation is None:
        raise InputError(
            "`quantize` of LiteRT files needs `validation`: what they are "
            "scored on."
        )
    if not isinstance(validation, Validation):
        validation = validation()
    weights, limit = str(request.quantize), request.largest_loss
    scored = functools.partial(
        score_loss.scored,
        weights,
        validation,
        limit=validation.largest_loss if limit is None else limit,
    )
    share = quantization.LARGEST_CHANGE[weights]
    return smaller.compress(trained, draft, request, share, scored)


def artifacts_of(trained: Task) -> Callable[..., tuple[dict, dict]]:
    """What writes the SavedModel and the ONNX files of a kind of model."""
    return _ARTIFACTS[type(trained)]


def _fixed(request: Request) -> dict:
    """What the manifest says of shapes that are fixed."""
    sizes = {"batch": request.batch_size, "time": request.length}
    fixed = {axis: size for axis, size in sizes.items() if size is not None}
    if not fixed:
        return {}
    free = [name for name in request.formats if name == "saved_model"]
    return {"fixed_axes": fixed, "any_shape": free}


def _versions() -> dict[str, str]:
    versions = {}
    for name in ("recurrent-zoo", "keras", "tensorflow", "tf2onnx", "onnx"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
