"""The artifacts of a classifier, each proven equal to the model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from export import verify
from export.onnx import convert, edges
from export.request import Request
from export.runtimes import verification
from export.runtimes.registry import Runtime
from export.saved_model import classifier
from zoo.backend.compile import logits_function
from zoo.tasks import TextClassifier
from zoo.text.ids import pad

# Of the ids that are compared, those that have rows of all lengths.
_PADDED = 3


def artifacts(
    trained: TextClassifier,
    draft: Path,
    request: Request,
    *,
    only_required: bool = False,
) -> tuple[dict, dict]:
    """Writes them, opens them again, and compares.

    Args:
        trained: a classifier.
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
    expected = logits_function(trained.model)
    ids = verify.example_ids(
        trained.tokenizer.size, request.batch_size, request.length
    )
    # Some servers pad on the left.
    ids.append(verify.left_padded(ids[_PADDED]))
    answers = [expected(one) for one in ids]
    differences = {}
    about = {
        "compared_shapes": [list(one.shape) for one in ids],
        "input_rules": edges.RULES,
    }
    if "saved_model" in request.formats:
        limit = verify.limit(request.atol, verify.SAVED_MODEL_TOLERANCE)
        classifier.write(trained, draft / "saved_model")
        from_text, from_ids = classifier.read(draft / "saved_model")
        differences["saved_model"] = verify.compared(
            "The SavedModel", from_ids, ids, answers, limit
        )
        # One batch, so that padding is the same on both sides.
        differences["saved_model_text"] = verify.largest_difference(
            "The SavedModel's text signature",
            from_text,
            lambda texts: expected(
                pad([trained.tokenizer.encode(text) for text in texts])
            ),
            [verify.TEXTS, verify.TEXTS[:1]],
            limit,
        )
    if "onnx" in request.formats:
        convert.write(
            trained,
            draft / "model.onnx",
            request.opset,
            request.batch_size,
            request.length,
        )
        found = verification.in_each(
            checks(draft, ids, answers, request),
            only_required=only_required or request.quantize is not None,
        )
        differences.update(found[verification.REQUIRED]["largest_difference"])
        about["runtimes"] = found
    return differences, about


def opened(
    folder: Path, runtime: Runtime, axes: dict | None = None
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The ONNX files of an export in a runtime, as functions of ids to logits.

    Args:
        folder: of the export.
        runtime: what opens them, when they are called.
        axes: means nothing here.

    Returns:
        By name of an artifact, as in a manifest's `largest_difference`.
    """
    run = runtime.when_called(folder / "model.onnx")
    return {"onnx": lambda ids: run({convert.INPUT: ids})[convert.OUTPUT]}


def checks(
    folder: Path,
    ids: list[np.ndarray],
    answers: list[np.ndarray],
    request: Request,
) -> Callable[[Runtime], tuple[verification.Checks, dict]]:
    """What `export.runtimes.verification.in_each` compares.

    Args:
        folder: of the files.
        ids: what they are called with.
        answers: the logits that they must give.
        request: what is asked for, the tolerance among it.
    """

    def of(runtime):
        inputs, known = ids, answers
        if runtime.slow:
            few = verify.FEW_SHAPES
            inputs, known = ([*x[:few], x[-1]] for x in (ids, answers))
        (run,) = opened(folder, runtime).values()

        def compared():
            return verify.compared(
                f"The ONNX file in {runtime.title}",
                run,
                inputs,
                known,
                verify.limit(request.atol, runtime.tolerance),
            )

        shapes = [list(one.shape) for one in inputs]
        return {"onnx": compared}, {"shapes": shapes}

    return of
