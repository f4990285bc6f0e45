"""The artifacts of a classifier, each proven equal to the model."""

from pathlib import Path

from export import verify
from export.onnx import convert, edges
from export.request import Request
from export.saved_model import classifier
from zoo.backend.compile import logits_function
from zoo.tasks import TextClassifier
from zoo.text.ids import pad


def artifacts(
    trained: TextClassifier, draft: Path, request: Request
) -> tuple[dict, dict]:
    """Writes them, opens them again, and compares.

    Args:
        trained: a classifier.
        draft: an empty folder.
        request: what is asked for.

    Returns:
        The largest difference of each artifact, and what else belongs into
        the manifest.

    Raises:
        ConversionError: if an artifact cannot be made or opened.
        MismatchError: if one computes something else.
    """
    expected = logits_function(trained.model)
    ids = verify.example_ids(trained.tokenizer.size)
    differences = {}
    if "saved_model" in request.formats:
        classifier.write(trained, draft / "saved_model")
        from_text, from_ids = classifier.read(draft / "saved_model")
        differences["saved_model"] = verify.largest_difference(
            "The SavedModel",
            from_ids,
            expected,
            ids,
            verify.SAVED_MODEL_TOLERANCE,
        )
        # One batch, so that padding is the same on both sides.
        differences["saved_model_text"] = verify.largest_difference(
            "The SavedModel's text signature",
            from_text,
            lambda texts: expected(
                pad([trained.tokenizer.encode(text) for text in texts])
            ),
            [verify.TEXTS, verify.TEXTS[:1]],
            verify.SAVED_MODEL_TOLERANCE,
        )
    if "onnx" in request.formats:
        convert.write(trained, draft / "model.onnx")
        differences["onnx"] = verify.largest_difference(
            "The ONNX file",
            convert.read(draft / "model.onnx"),
            expected,
            ids,
            verify.ONNX_TOLERANCE,
        )
    about = {"compared_shapes": verify.SHAPES, "input_rules": edges.RULES}
    return differences, about
