"""From a trained model to a folder of artifacts that are proven equal to it.

Of the format saved_model:
    saved_model/             texts in or ids in (export.saved_model.classifier,
                             and of each other task the file of its name)
Of the format onnx:
    model.onnx               a classifier, a language model: ids to logits
    step.onnx                a language model: one token (export.tasks)
    encoder.onnx, decoder_step.onnx, translate.onnx   a translator, likewise
    classify.py, generate.py or translate.py, and requirements.txt
    text_in.onnx, text_in.py   with `text_in`: text to answer
Of the format litert:
    *.tflite                 the same, without translate (export.litert)
Of the format web:
    web/                     a page, with ONNX files of its own (export.web)
With `layout`:
    tfserving/, triton/      copies, as a server wants them (export.servers)
Always:
    tokenizer.json           what makes the ids; beside it words.json,
                             characters.json or *.model, where it needs them
    card.md                  the card of the model
    manifest.json            largest difference of each artifact, hashes,
                             versions

The order, in which nothing is computed from a file that is not yet proven, and
no number of a file changes behind its proof:

1. SavedModel and ONNX files are written, opened again and compared with the
   model, in every runtime that is installed; with `quantize`, whose float32
   files go away, in ONNX Runtime alone.
2. With `quantize`, smaller ONNX files take their place. They are compared anew,
   in every runtime: with the float32 files, or, if they are not the same
   numbers, scored as well.
3. The tokenizer is written; metadata, of which its hashes are a part, go into
   the ONNX files beside the graph, which stays as it was compared.
4. LiteRT files are written with their metadata and compared with the model;
   with `quantize`, smaller ones take their place, are compared with them and
   scored.
5. The page gets ONNX files that are made of the model, not of those above:
   whatever `quantize` says, stored smaller only where all numbers stay the
   same. They are compared with the model.
6. text_in.onnx is put together from the ONNX file as it is by then, the smaller
   one with `quantize`, and compared with it and, in float32, with the model.
7. A layout has copies of the files above, byte for byte.
8. The card, and, last, the manifest with a hash of every other file.
"""

import functools
import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export import (
    card,
    metadata,
    scripts,
    smaller_files,
    tokenizer_data,
)
from export.onnx import generic_quantizers
from export.request import Request, check, owned
from export.tasks import classifier, language_model, translator
from zoo.argument_checks import path_of
from zoo.errors import InputError
from zoo.evaluation import Validation
from zoo.io.files import sha256, write_json, write_text
from zoo.io.folders import replacing_folder
from zoo.pretrained.limits import EXPORT_KIND
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

_LITERT = "export.litert.artifacts:add"
# What is made behind those, in this order: whether it is asked for, and
# "module:function" of what makes it from the model, the draft and the request;
# it gives the same two dicts as `artifacts`.
_FURTHER: list[tuple[Callable[[Request], bool], str]] = [
    (lambda asked: "litert" in asked.formats, _LITERT),
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
        formats: which artifacts to make; by default a SavedModel and ONNX,
            with `quantize` ONNX alone, as a SavedModel stays in float32.
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
    smaller_files.check(request, validation)
    if callable(validation):
        # Both formats may need it.
        validation = functools.cache(validation)
    artifacts = _ARTIFACTS[type(trained)]
    with replacing_folder(folder, owned) as draft:
        differences, about = artifacts(trained, draft, request)
        if quantize is None and "onnx" in request.formats:
            about["quantization_excludes"] = generic_quantizers.of_folder(draft)
        elif "onnx" in request.formats:
            changed, smaller = smaller_files.onnx(
                trained, draft, request, validation, about.get("step")
            )
            differences.update(changed)
            about.update(smaller)
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
        for asked_for, home in _FURTHER:
            if asked_for(request):
                more, further = load(home)(trained, draft, request)
                if home == _LITERT and quantize is not None:
                    # Of what goes away, no figure stays.
                    more, smaller = smaller_files.litert(
                        trained, draft, request, validation
                    )
                    further.update(smaller)
                differences.update(more)
                runtimes = about.get("runtimes", {})
                about.update(further)
                # Each format has its own.
                about["runtimes"] = {**runtimes, **further.get("runtimes", {})}
        said = smaller_files.said(about)
        write_text(draft / "card.md", card.written(trained, draft) + said)
        with_opset = {"onnx", "web"} & set(request.formats)
        manifest = {
            "kind": EXPORT_KIND,
            "format": 1,
            "name": trained.name,
            "builder": trained.builder,
            "arguments": trained.arguments,
            "labels": labels_of(trained),
            "largest_difference": differences,
            "metadata": facts,
            **about,
            "opset": request.opset if with_opset else None,
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
