"""The LiteRT files of a model, each proven equal to it.

model.tflite          classifiers and language models: token ids to logits
step.tflite           language models: a token and states to logits and states
encoder.tflite        translators: source ids to memory and states
decoder_step.tflite   translators: a token, states and memory to logits, states
                      and attention

Inputs and outputs have the names that they have in ONNX files.
"""

from pathlib import Path

from export import metadata
from export.errors import ConversionError
from export.litert import checks, convert, file_format, files
from export.request import Request
from export.runtimes import verification
from zoo.tasks import Task

# The runtime that must be there, as a file that is not proven is not made.
RUNTIME = "litert"


def add(trained: Task, draft: Path, request: Request) -> tuple[dict, dict]:
    """Writes them, opens them again, and compares.

    Args:
        trained: a classifier, language model or translator.
        draft: the folder of the export.
        request: what is asked for.

    Returns:
        The largest difference of each artifact, and what else belongs into
        the manifest: under `litert` what the files take and are made of, under
        `runtimes` how they were verified.

    Raises:
        ConversionError: if a file cannot be made or opened, or LiteRT is not
            installed.
        MismatchError: if one computes something else.
    """
    forms, axes = files.of(trained, request)
    about = {}
    for name, form in forms.items():
        content = convert.converted(form)
        about[name] = _described(name, form, content)
        (draft / name).write_bytes(content)
        file_format.add_facts(draft / name, metadata.described(trained, draft))
    found = verification.in_each(
        checks.checks(
            trained, draft, axes, checks.known(trained, request), request
        ),
        suffix=".tflite",
        required=RUNTIME,
    )
    differences = found[RUNTIME]["largest_difference"]
    return differences, {"litert": about, "runtimes": found}


def _described(name, form, content) -> dict:
    """What the manifest says of a file."""
    operators = file_format.operators(content)
    foreign = [one for one in operators if one.startswith("CUSTOM")]
    if foreign:
        raise ConversionError(
            f"{name} would need operators that LiteRT does not have: "
            f"{', '.join(foreign)}"
        )
    return {
        "inputs": form.axes,
        "signature": convert.SIGNATURE,
        "operators": operators,
    }
