"""The artifacts of a translator, each proven equal to the model.

saved_model/        text in, text out: signatures `greedy` and `beam`; and
                    `token_ids`
encoder.onnx        source ids to memory and states, once for each text
decoder_step.onnx   one token, the states and the memory to logits and states
translate.onnx      source ids to target ids, greedily; the loop is inside

`export.scripts` puts translate.py beside them: beam search over the two.
"""

from pathlib import Path
from typing import Any

from export import verify
from export.errors import MismatchError
from export.onnx import convert, edges, greedy_loop, shapes
from export.onnx import translator as onnx_translator
from export.request import Request
from export.runtimes import verification
from export.tasks.translator_checks import Known, checks
from export.tasks.translator_reference import Reference, counted
from zoo.models.translator import encoder_form, step_form
from zoo.tasks import Translator
from zoo.text.ids import PADDING

TEXTS = [
    "Ein Hund l\u00e4uft \u00fcber  die Wiese .",
    "3. Oktober 1990",
    "",
    "  \t two  spaces,\na line end",
    "\U0001f415\U0001f3fd na\u00efve e\u0301 \u4e2d\u6587 \u0395\u03bb \ufb01 "
    "\u00bd\u00a0x",
    "\u0905\u0928\u0941\u0935\u093e\u0926 \u202fabc",
]


def artifacts(
    trained: Translator,
    draft: Path,
    request: Request,
    *,
    only_required: bool = False,
) -> tuple[dict, dict]:
    """Writes them, opens them again, and compares.

    Args:
        trained: a translator.
        draft: an empty folder.
        request: what is asked for.
        only_required: whether the ONNX files are compared in ONNX Runtime
            alone, as they are where others take their place (`quantize`).

    Returns:
        The largest difference of each artifact, and what else belongs into
        the manifest.

    Raises:
        ConversionError: if an artifact cannot be made or opened.
        MismatchError: if one computes something else.
    """
    encoder, step_model = encoder_form(trained.model), step_form(trained.model)
    reference = Reference(trained, encoder, step_model)
    axes = onnx_translator.step_axes(encoder, step_model)
    pairs = reference.pairs(request.batch_size, request.length)
    logits = [reference.logits(pair) for pair in pairs]
    sources = reference.sentences(request.batch_size, request.length)
    differences: dict[str, float] = {}
    about: dict[str, Any] = {}
    if "saved_model" in request.formats:
        limit = verify.limit(request.atol, verify.SAVED_MODEL_TOLERANCE)
        found = _saved_model(trained, reference, pairs, logits, draft, limit)
        differences["saved_model"] = found
    if "onnx" in request.formats:
        sizes = (request.batch_size, request.length)
        read_proto = onnx_translator.encoder_model(
            trained.model, encoder, request.opset, fixed=None not in sizes
        )
        step_proto = onnx_translator.step_proto(step_model, axes, request.opset)
        whole = greedy_loop.with_greedy_loop(
            read_proto, step_proto, reference.bias
        )
        checked_step = edges.checked_step(
            step_proto, onnx_translator.TARGET, axes["inputs"]
        )
        for name, proto in (
            ("encoder", read_proto),
            ("decoder_step", checked_step),
            ("translate", whole),
        ):
            proto = shapes.fixed(proto, *sizes)
            convert.save(proto, draft / f"{name}.onnx")
        sentences = [(ids, reference.greedy(ids)) for ids in sources]
        known = Known(reference, pairs, logits, sentences)
        runtimes = verification.in_each(
            checks(draft, axes, known, request),
            only_required=only_required or request.quantize is not None,
        )
        differences.update(
            runtimes[verification.REQUIRED]["largest_difference"]
        )
        about["runtimes"] = runtimes
    about |= {
        "encoder": onnx_translator.encoder_axes(encoder),
        "step": axes,
        "input_rules": edges.RULES,
        "compared_shapes": [list(ids.shape) for ids, _ in pairs],
        "compared_sentences": sum(len(ids) for ids in sources),
    }
    return differences, about


def _saved_model(trained, reference, pairs, answers, draft, limit) -> float:
    from export.saved_model import translator as saved_translator

    saved_translator.write(trained, draft / "saved_model")
    logits, greedy, beam = saved_translator.read_back(draft / "saved_model")
    difference = verify.compared(
        "The SavedModel",
        lambda ids: counted(logits(*ids), ids[1]),
        pairs,
        answers,
        limit,
    )
    translator = trained.decoder
    # Not the units themselves: what their text is cut into.
    texts = TEXTS + [
        trained.tokenizer.source.decode(row[row != PADDING].tolist())
        for batch in reference.sentences()
        for row in batch
    ]
    ours = [one.text for one in translator.translate(texts, None)]
    _check_text("greedy", reference, texts, ours, greedy(texts))
    few = texts[: len(TEXTS) + 16]
    ranked = translator.n_best(few, saved_translator.SEARCH.beams)
    ours = [found[0].text for found in ranked]
    theirs = [found[0][0] for found in beam(few)]
    _check_text("beam", reference, few, ours, theirs)
    return difference


def _check_text(signature, reference, texts, ours, theirs):
    for text, our, their in zip(texts, ours, theirs, strict=True):
        if our != their:
            raise MismatchError(
                f"The translation of {text!r} by the SavedModel's "
                f"`{signature}`, {their!r} for {our!r},",
                float("inf"),
                0.0,
            )
