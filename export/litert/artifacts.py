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
from export.litert.forms import Form
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
    facts = metadata.described(trained, draft)
    about = {}
    for name, form in forms.items():
        content = convert.converted(form)
        about[name] = described(name, form, content)
        (draft / name).write_bytes(content)
        file_format.add_facts(draft / name, facts)
    known = checks.known(trained, request)
    found = verification.in_each(
        checks.checks(trained, draft, axes, known, request),
        suffix=".tflite",
        required=RUNTIME,
    )
    differences = found[RUNTIME]["largest_difference"]
    return differences, {"litert": about, "runtimes": found}


def described(name: str, form: Form, content: bytes) -> dict:
    """What the manifest says of a file.

    Args:
        name: of the file.
        form: what was converted.
        content: what the file holds.

    Raises:
        ConversionError: if it needs operators that LiteRT does not have.
    """
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
