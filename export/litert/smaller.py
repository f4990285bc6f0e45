"""LiteRT files with smaller weights, compared with those in float32."""

import dataclasses
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from export import metadata, verify
from export.litert import checks, convert, file_format, files, runs
from export.litert.artifacts import RUNTIME, described
from export.request import Request
from export.runtimes import registry, verification
from export.smaller_checks import largest_change
from zoo.tasks import Task, Translator


def compress(
    trained: Task,
    draft: Path,
    request: Request,
    scored: Callable[[dict, dict], dict],
) -> tuple[dict, dict]:
    """Puts smaller files in the place of the LiteRT files of an export.

    Args:
        trained: the model that they are of.
        draft: the folder that they are in.
        request: what is asked for, `quantize` among it.
        scored: of what answers before and after, by names of artifacts, their
            score; it raises an error where that is too much worse.

    Returns:
        The largest difference of each artifact from its float32 file, and what
        the manifest says of the smaller ones: `litert` and `runtimes`, as
        `export.litert.artifacts.add`, and `litert_quantization`.

    Raises:
        ConversionError: if a file cannot be made or opened.
        MismatchError: if one computes something else.
    """
    forms, axes = files.of(trained, request)
    rows = request.batch_size or 1
    runtime = registry.get(RUNTIME)
    known = checks.known(trained, request).answers
    # Whether the same units are chosen is for the score to say.
    known.pop("litert_translate", None)
    limits = {
        name: largest_change(request, answers)
        for name, (_, answers) in known.items()
    }
    facts = metadata.described(trained, draft)
    size = sum((draft / name).stat().st_size for name in forms)
    about = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, form in forms.items():
            shutil.copy(draft / name, folder)
            content = convert.converted(form, request.quantize)
            about[name] = described(name, form, content)
            (draft / name).write_bytes(content)
            file_format.add_facts(draft / name, facts)
        before = runs.opened(trained, Path(folder), runtime, axes, rows)

        after = runs.opened(trained, draft, runtime, axes, rows)

        def compared(name):
            what = f"{name} with {request.quantize} weights in {runtime.title}"
            inputs = known[name][0]
            return verify.largest_difference(
                what, after[name], before[name], inputs, limits[name]
            )

        each: verification.Checks = {
            name: functools.partial(compared, name) for name in known
        }
        found = verification.in_each(
            lambda _: (each, {"shapes": checks.shapes(known)}),
            suffix=".tflite",
            required=RUNTIME,
        )
        if request.length is not None:
            before, after = _of_any_length(trained, Path(folder), request)
        chosen = list(before)
        if isinstance(trained, Translator):
            chosen = ["litert_translate"]
        score = scored(
            *({n: one[n] for n in chosen} for one in (before, after))
        )
    quantization = {
        "weights": request.quantize,
        "bytes_before": size,
        "bytes_after": sum((draft / name).stat().st_size for name in forms),
        "largest_allowed": limits,
        "score": score,
    }
    return found[RUNTIME]["largest_difference"], {
        "litert": about,
        "litert_quantization": quantization,
        "runtimes": found,
    }


def _of_any_length(trained, folder, request) -> list[dict]:
    """The float32 files and the smaller ones, of the same matrices, without
    the fixed length, into which validation data do not fit.
    """
    forms, axes = files.of(trained, dataclasses.replace(request, length=None))
    found = []
    for place, weights in (("before", None), ("after", request.quantize)):
        (folder / place).mkdir()
        for name, form in forms.items():
            content = convert.converted(form, weights)
            (folder / place / name).write_bytes(content)
        rows = request.batch_size or 1
        runtime = registry.get(RUNTIME)
        found.append(runs.opened(trained, folder / place, runtime, axes, rows))
    return found
