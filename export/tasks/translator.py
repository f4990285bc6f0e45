"""The artifacts of a translator, each proven equal to the model.

saved_model/        text in, text out: signatures `greedy` and `beam`; and
                    `token_ids`
encoder.onnx        source ids to memory and states, once for each text
decoder_step.onnx   one token, the states and the memory to logits and states
translate.onnx      source ids to target ids, greedily; the loop is inside
translate.py        beam search over the two; needs onnxruntime, sentencepiece
                    and NumPy alone
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from export import verify
from export.errors import MismatchError
from export.onnx import convert, edges, greedy_loop
from export.onnx import translator as onnx_translator
from export.request import Request
from export.tasks.translator_reference import SENTENCES, Reference, counted
from zoo.io.files import write_text
from zoo.models.translator import encoder_form, step_form
from zoo.tasks import Translator
from zoo.text.ids import PADDING, START

# Logits of a trained one are in the tens, and other kernels' differences add up
# in the states from step to step.
TOLERANCE = 1e-4
_SCRIPT = Path(__file__).parents[1] / "standalone" / "translate.py"
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
    trained: Translator, draft: Path, request: Request
) -> tuple[dict, dict]:
    """Writes them, opens them again, and compares.

    Args:
        trained: a translator.
        draft: an empty folder.
        request: what is asked for.

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
    differences = {}
    if "saved_model" in request.formats:
        differences.update(_saved_model(trained, reference, draft))
    if "onnx" in request.formats:
        read_proto = onnx_translator.encoder_model(trained.model, encoder)
        step_proto = onnx_translator.step_proto(step_model, axes)
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
            convert.save(proto, draft / f"{name}.onnx")
        differences.update(_onnx(reference, draft, axes))
        write_text(draft / "translate.py", _SCRIPT.read_text(encoding="utf-8"))
    about = {
        "encoder": onnx_translator.encoder_axes(encoder),
        "step": axes,
        "input_rules": edges.RULES,
        "compared_shapes": verify.SHAPES,
        "compared_sentences": SENTENCES,
    }
    return differences, about


def _saved_model(trained, reference, draft):
    from export.saved_model import translator as saved_translator

    saved_translator.write(trained, draft / "saved_model")
    logits, greedy, beam = saved_translator.read_back(draft / "saved_model")
    difference = verify.largest_difference(
        "The SavedModel",
        lambda ids: counted(logits(*ids), ids[1]),
        reference.logits,
        reference.pairs(),
        verify.SAVED_MODEL_TOLERANCE,
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
    return {"saved_model": difference}


def _check_text(signature, reference, texts, ours, theirs):
    for text, our, their in zip(texts, ours, theirs, strict=True):
        if our != their:
            raise MismatchError(
                f"The translation of {text!r} by the SavedModel's "
                f"`{signature}`, {their!r} for {our!r},",
                float("inf"),
                0.0,
            )


def _onnx(reference, draft, axes):
    read_source, step, looped = (
        onnx_translator.read(draft / f"{name}.onnx")
        for name in ("encoder", "decoder_step", "translate")
    )
    differences = {
        "onnx_step": verify.largest_difference(
            "encoder.onnx with decoder_step.onnx",
            lambda ids: stepped(read_source, step, axes, *ids),
            reference.logits,
            reference.pairs(),
            TOLERANCE,
        )
    }
    gaps = [0.0]
    for source_ids in reference.sentences():
        ours = reference.greedy(source_ids)
        theirs = looped({"source_ids": source_ids})["target_ids"]
        gaps.append(same_tokens(reference, source_ids, ours, theirs))
    differences["onnx_translate"] = max(gaps)
    return differences


def stepped(
    read_source: Callable,
    step: Callable,
    axes: dict,
    source_ids: np.ndarray,
    target_ids: np.ndarray,
) -> np.ndarray:
    """The logits of whole targets, one token after the other.

    Args:
        read_source: encoder.onnx, as `onnx_translator.read` opens it.
        step: decoder_step.onnx likewise.
        axes: names of what goes into a step.
        source_ids: int32 of shape `(batch, source_time)`.
        target_ids: int32 of shape `(batch, target_time)`.
    """
    values = read_source({"source_ids": source_ids})
    logits = []
    for t in range(target_ids.shape[1]):
        values["target_ids"] = target_ids[:, t : t + 1]
        outputs = step({name: values[name] for name in axes["inputs"]})
        logits.append(outputs["logits"])
        for name, value in outputs.items():
            if name.startswith("next_"):
                values[name.removeprefix("next_")] = value
    return counted(np.stack(logits, axis=1), target_ids)


def same_tokens(
    reference: Reference,
    source_ids: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
) -> float:
    """Checks that two greedy translations are the same.

    Where the two best tokens are as good as each other, within the tolerance
    of their logits, either may be chosen; what follows then does not count.

    Returns:
        The largest difference of two such logits; 0 where all are the same.

    Raises:
        MismatchError: otherwise.
    """
    width = max(ours.shape[1], theirs.shape[1])
    ours, theirs = (
        np.pad(x, [[0, 0], [0, width - x.shape[1]]]) for x in (ours, theirs)
    )
    largest = 0.0
    for row in np.flatnonzero((ours != theirs).any(axis=1)):
        t = int((ours[row] != theirs[row]).argmax())
        target_ids = np.array([[START, *ours[row, :t]]], "int32")
        logits = reference.logits((source_ids[row : row + 1], target_ids))
        gap = logits[0, t, ours[row, t]] - logits[0, t, theirs[row, t]]
        if not abs(gap) <= TOLERANCE:
            raise MismatchError(
                "A translation by translate.onnx", float(abs(gap)), TOLERANCE
            )
        largest = max(largest, float(abs(gap)))
    return largest
